"""What an underwriter writes in a cell, read: « OK », « NC », « 50 dont 30 temp. jusqu’au 31/12/2026 ».

Nothing is guessed: what has no single plausible meaning becomes a question for the broker.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from factortaboite.money import UnreadableNumber, euros, parse_decimal
from factortaboite.typography import typeset
from quotes.partners.base import Answer
from quotes.vocabulary import Decision, Reason


class Unit(StrEnum):
    """What an amount without a unit is counted in."""

    EUR = "EUR"
    KEUR = "kEUR"


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """The partner has not decided, or wrote nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class ToClarify:
    """Not understood, or not plausible: `question` is put to the broker, in French."""

    text: str
    question: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", typeset(self.question))


Reading = Answer | StillWaiting | ToClarify

# An amount that is less than this share of what was asked is more often a wrong unit than a decision.
SUSPICIOUS_SHARE = Decimal("0.01")

_FACTORS = {Unit.EUR: 1, Unit.KEUR: 1000}
_UNIT_WORDS = {
    "k€": 1000, "keur": 1000, "keuros": 1000, "ke": 1000, "k": 1000,
    "m€": 1_000_000, "meur": 1_000_000,
    "€": 1, "eur": 1, "euro": 1, "euros": 1,
}  # fmt: skip

_FULL = re.compile(r"(?:ok|oui|accord|accordee?|(?:avis )?favorable|couverte?|garantie?)(?: (?:total|integral)e?)?")
_REFUSED = (
    r"(?:nc|n\.c\.?|ko|non(?: couverte?| garantie?)?|pas couverte?|pas de garantie|aucune garantie|refus|refusee?"
    r"|neant|(?:avis )?defavorable)"
)
_REFUSAL = re.compile(rf"{_REFUSED}(?:\s*(?:[:;,(–-]|\bcar\b)\s*(?P<why>[^\d]+?)\)?)?")
_WAITING = re.compile(
    r"(?:(?:toujours )?(?:en cours|a l'etude|en attente|en instruction)(?: d'(?:etude|analyse|instruction))?"
    r"|etude en cours|reponse a venir)"
)
_CONDITION = re.compile(r"\bsous (?:reserve|condition)s?\b|\ba condition\b")
_PREFIX = re.compile(
    r"(?:(?:ok|oui|accord|accordee?|avis favorable)(?: partiel)?(?: (?:pour|sur|a hauteur de))?"
    r"|limitee? a|max(?:imum)?)\s*[:,]?\s+(?=\d)"
)

_NUMBER = r"\d{1,3}(?:[ .']\d{3})+(?:,\d{1,2})?|\d{1,3}(?:,\d{3})+\.\d{1,2}|\d+(?:[.,]\d+)?"
_UNITS = "|".join(sorted(_UNIT_WORDS, key=len, reverse=True))


def _amount(name: str) -> str:
    return rf"(?P<{name}>{_NUMBER})\s*(?P<{name}_unit>(?:{_UNITS})(?![a-z€]))?(?:\s*ht\b)?"


_DATE = r"(?P<until>\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|(?:1er|\d{1,2}) [a-z]+ \d{4})"
_TEMPORARY = rf"\s*temp(?:o|oraires?)?\b\.?\s*[,(]?\s*(?:(?:jusqu'au|jusque|au|fin)\s*)?(?:{_DATE})?\)?"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        _amount("total"),
        rf"{_amount('total')}\s*[,(]?\s*(?:dont|y compris|incluant)\s+{_amount('temporary')}{_TEMPORARY}",
        rf"{_amount('permanent')}(?:\s*perm(?:anents?)?\.?)?\s*(?:\+|et|plus)\s*{_amount('temporary')}{_TEMPORARY}",
        rf"{_amount('temporary')}{_TEMPORARY}",
    )
)
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_WHY = (
    (re.compile(r"(?:pas|absence|manque|aucun) ?d?e? ?(?:bilan|comptes)"), Reason.NO_FINANCIALS),
    (re.compile(r"redressement|liquidation|sauvegarde|procedure collective"), Reason.INSOLVENCY),
    (re.compile(r"retards? de paiement|impayes?"), Reason.LATE_PAYMENTS),
    (re.compile(r"engagement (?:maximal|maximum) atteint|capacite atteinte"), Reason.LIMIT_FULL),
)


def fold(text: str) -> str:
    """Lower case without accents, letter for letter: positions in the result are positions in `text`."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower()[0] for letter in text.replace("’", "'"))


def parse_cell(text: str, *, asked: Decimal, unit: Unit) -> Reading:
    """What `text` answers to a request of `asked` euros HT.

    `unit` holds for the amounts that carry none; a unit written beside an amount wins, if the result is plausible.
    An amount above what was asked, or under one hundredth of it, is asked back.
    """
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    folded = fold(clean)
    words = folded.rstrip(" .!")
    if not words or _WAITING.fullmatch(words):
        return StillWaiting(text)
    if refusal := _REFUSAL.fullmatch(words):
        return _refusal(text, clean, refusal, asked)
    condition = _CONDITION.search(folded)
    conditions = (clean[condition.start() :].rstrip(" .)"),) if condition else ()
    grant = (folded[: condition.start()] if condition else folded).rstrip(" .,;:(–-")
    if _FULL.fullmatch(grant):
        return _answer(text, asked, (asked, Decimal(0), None), conditions)
    if "%" in grant:
        return ToClarify(text, f"« {clean} » est un pourcentage : quel montant est accordé ?")
    if prefix := _PREFIX.match(grant):
        grant = grant[prefix.end() :]
    shape = next((found for found in (shape.fullmatch(grant) for shape in _SHAPES) if found), None)
    if shape is None:
        return ToClarify(text, f"« {clean} » : quel montant l’assureur accorde-t-il ?")
    try:
        return _answer(text, asked, _amounts(shape, asked, unit), conditions)
    except _Unclear as unclear:
        return ToClarify(text, str(unclear))
    except UnreadableNumber as unreadable:
        return ToClarify(text, str(unreadable))


class _Unclear(Exception):
    """Carries the question."""


def _refusal(text: str, clean: str, refusal: re.Match[str], asked: Decimal) -> Answer:
    why = refusal["why"]
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    if why:
        reasons = tuple(reason for pattern, reason in _WHY if pattern.search(why)) or (Reason.OTHER,)
        conditions = (clean[refusal.start("why") : refusal.end("why")],)
    return Answer(Decision.REFUSED, asked, Decimal(0), raw=text.encode(), reasons=reasons, conditions=conditions)


def _answer(
    text: str, asked: Decimal, amounts: tuple[Decimal, Decimal, date | None], conditions: tuple[str, ...]
) -> Answer:
    permanent, temporary, until = amounts
    granted = permanent + temporary
    if not granted:
        decision = Decision.REFUSED
    elif conditions:
        decision = Decision.CONDITIONAL
    else:
        decision = Decision.GRANTED if granted == asked else Decision.PARTIAL
    return Answer(
        decision=decision,
        asked=asked,
        permanent=permanent,
        temporary=temporary,
        temporary_until=until,
        conditions=conditions,
        raw=text.encode(),
    )


def _amounts(shape: re.Match[str], asked: Decimal, unit: Unit) -> tuple[Decimal, Decimal, date | None]:
    """Permanent part, temporary part and its last day. Raises _Unclear with the question to ask."""
    written = shape.groupdict()
    total, permanent, temporary = _in_euros(written, unit)
    if total is not None and temporary is not None:
        if temporary > total:
            raise _Unclear(f"{euros(temporary)} temporaires dans un total de {euros(total)} : lequel est juste ?")
        permanent = total - temporary
    elif total is not None:
        permanent = total
    permanent, temporary = permanent or Decimal(0), temporary or Decimal(0)
    _check_plausible(permanent + temporary, asked, written, unit)
    if not temporary:
        return permanent, temporary, None
    if not written.get("until"):
        raise _Unclear(f"Jusqu’à quelle date vont les {euros(temporary)} temporaires ?")
    return permanent, temporary, _day(written["until"])


def _in_euros(written: dict[str, str | None], unit: Unit) -> Sequence[Decimal | None]:
    own = {_UNIT_WORDS[value] for name, value in written.items() if name.endswith("_unit") and value}
    bare = any(written.get(name) and not written[f"{name}_unit"] for name in ("total", "permanent", "temporary"))
    if bare and len(own) > 1:
        raise _Unclear("Plusieurs unités dans la même réponse : précisez chaque montant en euros.")
    default = own.pop() if bare and own else _FACTORS[unit]
    amounts: list[Decimal | None] = []
    for name in ("total", "permanent", "temporary"):
        number = written.get(name)
        suffix = written.get(f"{name}_unit")
        amounts.append(parse_decimal(number) * (_UNIT_WORDS[suffix] if suffix else default) if number else None)
    return amounts


def _check_plausible(granted: Decimal, asked: Decimal, written: dict[str, str | None], unit: Unit) -> None:
    if not granted or asked * SUSPICIOUS_SHARE <= granted <= asked:
        return
    said = f"Cette réponse ferait {euros(granted)} pour {euros(asked)} demandés"
    other = granted / 1000 if granted > asked else granted * 1000
    if asked * SUSPICIOUS_SHARE <= other <= asked:
        raise _Unclear(f"{said} : est-ce plutôt {euros(other)} ?")
    raise _Unclear(f"{said} : quel est le bon montant ?")


def _day(written: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
            return date.fromisoformat(written)
        day, month, year = re.split(r"[/. -]", written)
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
        return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day.removesuffix("er")))
    except ValueError as error:
        raise _Unclear(f"« {written} » n’est pas une date : jusqu’à quand va le montant temporaire ?") from error
