"""One buyer as the cells of a grid: what each cell shows, and what somebody writes into it.

shown(line)                 the text of each cell
changed(before, after)      the columns of the cells that differ
change_line(line, texts)    the buyer with what the texts say, and what is wrong with those that say nothing
new_line(texts)             the same for a buyer that was not there
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from clients.portfolio.buyers import set_aside
from clients.portfolio.countries import country_code
from clients.portfolio.identifiers import BadIdentifier, identify
from clients.portfolio.selection import (
    FRENCH_VAT_RATE,
    NOT_ASKED,
    amount_needed,
    reason_not_to_ask,
    vat_rate_by_country,
)
from clients.portfolio.terms import parse_terms
from clients.portfolio.values import LONGEST_TEXT, clean, is_unknown, parse_amount, words
from factortaboite.money import UnreadableNumber, format_number, round_euros

COLUMNS = {
    "name": "Acheteur",
    "country": "Pays",
    "identifier": "Identifiant",
    "outstanding": "Encours TTC",
    "peak": "Encours max TTC",
    "turnover": "CA HT",
    "terms_days": "Délai",
    "requested": "Demandé HT",
    "set_aside": "Décision",
    "note": "Observations",
}
"""The columns from left to right, and their headers."""

AMOUNTS = ("outstanding", "peak", "turnover", "requested")
BROKER_CHOICE = "broker_choice"
# These follow from the line itself; the others somebody decided.
DERIVED = {
    "no_identifier": "Sans identifiant, aucun assureur ne répond : indiquez-le d’abord.",
    "no_amount": "Rien ne dit combien demander : indiquez un encours ou un montant.",
    "credit_balance": "Solde créditeur : il n’y a rien à garantir.",
}

_NOBODY = "Ni nom ni identifiant : dites de quel acheteur il s’agit."
_TO_ASK = frozenset(("", "a demander", "demander", "demander une garantie", "demande", "oui"))
_REASONS = {words(label): code for code, label in NOT_ASKED.items()} | {
    words(text): BROKER_CHOICE for text in ("écarté par le courtier", "écarté", "écarter", "ne pas demander", "non")
}


class BadCell(ValueError):
    """The text of a cell says nothing that its column can hold; the message is French."""


class Form(NamedTuple):
    """How the amounts of a column are written: its decimal separator (None: each says by itself), and its unit."""

    separator: str | None = None
    unit: int = 1


PLAIN = Form()


class Line(NamedTuple):
    """One buyer of the grid. `outstanding` and `peak` are TTC, `turnover` and `requested` HT, in euros; `vat_rate` is
    a share. `id_type` is "siren", "vat", "other" or ""; `set_aside` is "" or the code of a reason not to ask."""

    name: str = ""
    country: str = "FR"
    id_type: str = ""
    id_value: str = ""
    outstanding: Decimal | None = None
    peak: Decimal | None = None
    turnover: Decimal | None = None
    terms_days: int | None = None
    requested: Decimal | None = None
    set_aside: str = ""
    note: str = ""
    vat_rate: Decimal = FRENCH_VAT_RATE
    warnings: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.country, self.id_type, self.id_value


_PLACES = {column: Line._fields.index("id_value" if column == "identifier" else column) for column in COLUMNS}


class Change(NamedTuple):
    """The buyer as it is with every text that could be read; `errors` are French sentences by column."""

    line: Line
    errors: dict[str, str]


def shown(line: Line) -> dict[str, str]:
    """The text of each cell. No two values of a column show the same text; a decision shows its code."""
    texts = {"name": line.name, "country": line.country, "identifier": line.id_value, "note": line.note}
    texts["terms_days"] = "" if line.terms_days is None else str(line.terms_days)
    texts["set_aside"] = line.set_aside
    for column in AMOUNTS:
        amount: Decimal | None = getattr(line, column)
        is_whole = amount is not None and amount == amount.to_integral_value()
        texts[column] = "" if amount is None else format_number(amount, 0 if is_whole else 2)
    return {column: texts[column] for column in COLUMNS}


def changed(before: Line, after: Line) -> list[str]:
    """The columns of the cells that show another text: as no two values show the same one, nothing is written out."""
    return [column for column, place in _PLACES.items() if before[place] != after[place]]


def emptied(before: Line, after: Line) -> list[str]:
    """Those of them that show nothing any more."""
    return [column for column in changed(before, after) if after[_PLACES[column]] in ("", None)]


def new_line(texts: Mapping[str, str], *, forms: Mapping[str, Form] | None = None) -> Change:
    """A buyer typed or pasted; unless its decision is written, it is set aside when its name or its note says that no
    insurer covers it."""
    line, errors = change_line(Line(), texts, forms=forms)
    if not line.set_aside or line.set_aside in DERIVED:
        recognised = set_aside(name=line.name, note=line.note, id_type=line.id_type, id_value=line.id_value)
        is_decided = bool(clean(texts.get("set_aside", "")))
        line = line if is_decided or not recognised else line._replace(set_aside=recognised)
    return Change(line, errors)


def change_line(line: Line, texts: Mapping[str, str], *, forms: Mapping[str, Form] | None = None) -> Change:
    """Writes `texts` into the cells they are for (by column); cells that are not named stay.

    The amount asked follows the balances, turnover and terms, unless somebody typed another; an empty one is computed
    again. The country is the identifier's.
    """
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for column, read in _READERS.items():
        if column in texts:
            try:
                values[column] = read(clean(texts[column]), (forms or {}).get(column, PLAIN))
            except (BadCell, UnreadableNumber) as error:
                errors[column] = str(error)
    identity, wrong = _identity(line, texts)
    errors |= wrong
    changed = line._replace(**(values | identity))
    if not changed.name and not changed.id_value:
        named = [column for column in ("name", "identifier") if column in texts and column not in errors]
        errors |= dict.fromkeys(named or ["name"], _NOBODY)
        changed = changed._replace(name=line.name, country=line.country, id_type=line.id_type, id_value=line.id_value)
    if texts.keys() <= {"name", "note"} and line != Line():
        return Change(changed, errors)
    return _decide(line, changed, values, errors)


def _decide(line: Line, changed: Line, values: Mapping[str, Any], errors: dict[str, str]) -> Change:
    """How much to ask, and why not, once everything else is known."""
    if changed.country != line.country and line.vat_rate == vat_rate_by_country(line):
        changed = changed._replace(vat_rate=vat_rate_by_country(changed))
    typed = values["requested"] if "requested" in values else _typed_amount(line)
    decided = changed.set_aside if changed.set_aside not in DERIVED else ""
    asked = changed._replace(requested=typed, set_aside=decided)
    amount = amount_needed(asked, vat_rate=changed.vat_rate)
    reason = reason_not_to_ask(asked, amount)
    if reason in DERIVED and values.get("set_aside") == "":
        errors = {**errors, "set_aside": DERIVED[reason]}
        reason = line.set_aside or reason
    return Change(asked._replace(requested=amount, set_aside=reason), errors)


def _typed_amount(line: Line) -> Decimal | None:
    """What somebody asks for instead of what the buyer's figures say; None when it is just that."""
    proposed = amount_needed(line._replace(requested=None), vat_rate=line.vat_rate)
    return None if line.requested == proposed else line.requested


def _identity(line: Line, texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The country and the identifier, which are read together; and what is wrong with either."""
    errors: dict[str, str] = {}
    country = line.country
    if "country" in texts:
        try:
            country = _country(clean(texts["country"]))
        except BadCell as error:
            errors["country"] = str(error)
    if "identifier" not in texts:
        return (_moved(line, country, errors) if country != line.country else {}), errors
    # A grid says FR where nobody said anything: only another country, or one just written, tells against the number.
    said = country if "country" in texts or country != "FR" else None
    try:
        identifier = identify(clean(texts["identifier"]), country=said)
    except BadIdentifier as error:
        errors["identifier"] = str(error)
        return (_moved(line, country, errors) if country != line.country else {}), errors
    if identifier is None:
        return {"country": country, "id_type": "", "id_value": "", "warnings": ()}, errors
    return {
        "country": identifier.country,
        "id_type": identifier.id_type,
        "id_value": identifier.id_value,
        "warnings": identifier.warnings,
    }, errors


def _moved(line: Line, country: str, errors: dict[str, str]) -> dict[str, Any]:
    """The line in another country, unless its identifier says where it is."""
    if line.id_type in ("siren", "vat"):
        errors["country"] = f"Le n° {line.id_value} est de {line.country} : changez d’abord l’identifiant."
        return {}
    if not line.id_value:
        return {"country": country}
    try:
        identifier = identify(line.id_value, country=country)
    except BadIdentifier as error:
        errors["country"] = str(error)
        return {}
    assert identifier is not None
    return identifier._asdict()


def _country(text: str) -> str:
    if is_unknown(text):
        return "FR"
    if code := country_code(text):
        return code
    raise BadCell(f"Pays « {text} » non reconnu : écrivez son nom ou son code à deux lettres.")


def _text(text: str, form: Form) -> str:
    if len(text) > LONGEST_TEXT:
        raise BadCell(f"{LONGEST_TEXT} caractères au plus : il y en a {len(text)}.")
    return text


def _amount(text: str, form: Form) -> Decimal | None:
    amount = parse_amount(text, decimal_separator=form.separator, unit=form.unit)
    return None if amount is None else round_euros(amount)


def _requested(text: str, form: Form) -> Decimal | None:
    amount = _amount(text, form)
    if amount is not None and amount < 0:
        raise BadCell("Ce montant ne peut pas être négatif.")
    return amount


def _terms(text: str, form: Form) -> int | None:
    return parse_terms(text)


def _decision(text: str, form: Form) -> str:
    """A code, its French words, or what the reader recognises in a note (« RJ », « commune »)."""
    said = words(text)
    if said in _TO_ASK:
        return ""
    code = text if text in NOT_ASKED or text == BROKER_CHOICE else _REASONS.get(said, "")
    code = code or set_aside(name="", note=text)
    if not code:
        reasons = ", ".join(label for reason, label in NOT_ASKED.items() if reason not in DERIVED)
        raise BadCell(f"Décision « {text} » inconnue : « à demander », « écarté », ou l’un de : {reasons}.")
    return code


_READERS: Mapping[str, Callable[[str, Form], Any]] = {
    "name": _text,
    "outstanding": _amount,
    "peak": _amount,
    "turnover": _amount,
    "terms_days": _terms,
    "requested": _requested,
    "set_aside": _decision,
    "note": _text,
}
