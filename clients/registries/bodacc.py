"""BODACC (DILA, on opendatasoft, API v2.1): the notices that French commercial courts and registrars publish.

Format: OUTSIDE_SYSTEMS.md §2.3. Members of a notice are JSON inside strings, and may be objects, lists or null; each
SIREN stands there twice, with and without spaces.
"""

import json
import logging
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any

from clients.monitoring.kinds import EventKind
from clients.registries.base import UnreadableRegistry
from clients.registries.judgments import opens_filing, stage_of
from clients.registries.line import Line
from clients.registries.pace import Pace
from clients.registries.reading import TEXT_CAP, Record, siren_or_empty
from factortaboite.money import NBSP
from factortaboite.outgoing import NotJson, read_json

logger = logging.getLogger(__name__)

LINE = Line("bodacc", "BODACC", Pace("bodacc", 5))
RECORDS = "/api/explore/v2.1/catalog/datasets/annonces-commerciales/records"
# What bears on whether a buyer will pay, every night. Filed accounts are ten times as many, some days more than a
# window holds: they are asked for by company.
WATCHED = ("collective", "conciliation", "retablissement_professionnel", "radiation", "vente")
OF_A_COMPANY = (*WATCHED, "dpc")
PAGE = 100
WINDOW = 10_000  # offset + limit
MOST_SIRENS = 40  # in one query: some 3 000 characters
LONGEST_REFERENCE = 30
LATEST = timedelta(days=3)  # a bulletin is online some days before its date at most
NIGHT_PATIENCE_SECONDS = 60.0
# Of a notice as received, what a proof needs: nothing of the persons it names.
KEPT = (
    *("id", "publicationavis", "parution", "numeroannonce", "typeavis", "typeavis_lib", "familleavis_lib", "registre"),
    *("jugement", "acte", "depot", "radiationaurcs", "parutionavisprecedent"),
)
JUDGED = ("collective", "conciliation", "retablissement_professionnel")
# Whoever had the business before its sale: one person or several, or JSON of them in a string.
BEFORE = ("listeprecedentproprietaire", "listeprecedentexploitant")
_OF_A_PERSON = re.compile(r'"numeroIdentification": *"([^"]*)"')
_NUMBER = re.compile(r"(?<!\d)\d{3} ?\d{3} ?\d{3}(?!\d)")
_MONTHS = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")
_WRITTEN_DAY = re.compile(r"(\d{1,2})(?:er)? (\w+)\.? (\d{4})")


class NoticeKind(Enum):
    INITIAL = "initial"
    RECTIFICATION = "rectification"  # says the earlier notice again, right this time
    CANCELLATION = "cancellation"  # the earlier notice never was


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `reference` is the BODACC's own id; `corrects` that of the notice it rectifies or cancels. Where it
    does not say that, `corrects_bulletin` may tell in which bulletin it stood (the beginning of its id) and
    `corrects_day` on which day it was published.
    """

    source: str
    reference: str
    family: str  # "collective", "radiation", "vente", "dpc"…
    kind: NoticeKind
    published_on: date
    sirens: tuple[str, ...]  # everybody it names: a sale lists buyer and seller
    sellers: tuple[str, ...] = ()  # those of them who had the business before its sale; empty when it does not say
    court: str = ""
    nature: str = ""
    detail: str = ""
    stage: EventKind | None = None  # of a collective procedure; None for other families
    opens_filing: bool = False
    decided_on: date | None = None  # judgment, end of business, or end of the financial year of filed accounts
    corrects: str = ""
    corrects_bulletin: str = ""
    corrects_day: date | None = None
    url: str = ""
    content: str = field(default="", compare=False)  # JSON, as received but for the persons it names


def notices_since(
    day: date, *, families: tuple[str, ...] = WATCHED, patience_seconds: float = NIGHT_PATIENCE_SECONDS
) -> Iterator[Notice]:
    """Every notice of these families published on `day` or later, oldest first, for all portfolios at once.

    Notices arrive late and are rectified: ask from some days back, and store each reference once. What cannot be read
    in one notice does not hold back the others. Raises RegistryError, after the notices already given.
    """
    yield from _windows(families, "", day, patience_seconds)


def notices_about_all(
    sirens: Sequence[str], *, since: date, patience_seconds: float = NIGHT_PATIENCE_SECONDS
) -> Iterator[Notice]:
    """What was published about these companies on `since` or later, filed accounts included, oldest first.

    At most MOST_SIRENS, for the length of an address. Raises ValueError for more, and RegistryError.
    """
    if len(sirens) > MOST_SIRENS:
        raise ValueError(f"{len(sirens)} companies at once")
    registers = " OR ".join(map(_registered, filter(siren_or_empty, sirens)))
    if registers:
        yield from _windows(OF_A_COMPANY, f" AND ({registers})", since, patience_seconds)


def _in(families: Iterable[str]) -> str:
    quoted = ", ".join(f'"{family}"' for family in families)
    return f"familleavis in ({quoted})"


def _registered(siren: str) -> str:
    """The condition that a notice names this company, in either spelling."""
    return f'registre="{siren}" OR registre="{siren[:3]} {siren[3:6]} {siren[6:]}"'


def _windows(families: tuple[str, ...], about: str, day: date, patience_seconds: float) -> Iterator[Notice]:
    """The notices of one query from `day` on, through as many windows as it takes: a day that fills one is read family
    by family. Raises UnreadableRegistry when a family fills one by itself."""
    first: date | None = day
    seen: set[str] = set()
    while first:
        since = f'{_in(families)}{about} AND dateparution>="{first.isoformat()}"'
        following = yield from _window(since, first, seen, patience_seconds)
        if following == first:
            for family in families:
                alone = f'{_in([family])}{about} AND dateparution="{first.isoformat()}"'
                if (yield from _window(alone, first, seen, patience_seconds)):
                    raise LINE.unreadable(f"plus de {WINDOW} annonces pour le seul {first:%d/%m/%Y}")
            following = first + timedelta(days=1)
        first = following


def _window(where: str, first: date, seen: set[str], patience_seconds: float) -> Generator[Notice, None, date | None]:
    """The notices of one query, but for those `seen`. Returns the day to go on from when the window was too short."""
    last = first
    for offset in range(0, WINDOW, PAGE):
        params = {
            "where": where,
            "order_by": "dateparution, id",
            "limit": str(PAGE),
            "offset": str(offset),
        }
        answer = Record(LINE.get(RECORDS, params=params, patience_seconds=patience_seconds), LINE)
        records = list(answer.records("results", required=True))
        notices = [notice for record in records if (notice := _read_or_skip(record))]
        if records and not notices:
            raise LINE.unreadable("aucune annonce n’a la forme prévue")
        for notice in notices:
            last = max(last, notice.published_on)
            if notice.reference not in seen:
                seen.add(notice.reference)
                yield notice
        if offset + len(records) >= answer.number("total_count") or not records:
            return None
    return last


def _read_or_skip(record: Record) -> Notice | None:
    try:
        return read_notice(record)
    except (UnreadableRegistry, RecursionError) as error:
        logger.warning("a notice is skipped: %s", error)
        return None


def read_notice(record: Record) -> Notice:
    """Raises UnreadableRegistry without an id, a family or a day of publication."""
    reference, family, published_on = record.text("id"), record.text("familleavis"), record.day("dateparution")
    if not 0 < len(reference) <= LONGEST_REFERENCE or not family or published_on is None:
        raise LINE.unreadable("annonce sans identifiant, famille ou date")
    if published_on > date.today() + LATEST:
        raise LINE.unreadable(f"annonce datée du {published_on:%d/%m/%Y}")
    judgment, removal = _member(record, "jugement"), _member(record, "radiationaurcs")
    sale, accounts = _member(record, "acte"), _member(record, "depot")
    nature = _text(judgment, "nature") or _text(sale, "categorieVente") or _text(accounts, "typeDepot")
    detail = _text(judgment, "complementJugement") or _text(removal, "commentaire") or _text(sale, "descriptif")
    is_judgment = family in JUDGED
    previous = _member(record, "parutionavisprecedent")
    sellers = _sellers(record) if family == "vente" else ()
    return Notice(
        source=LINE.source,
        reference=reference,
        family=family,
        kind=_kind(record, family, removal),
        published_on=published_on,
        sirens=tuple(dict.fromkeys((*_sirens(record.raw("registre")), *sellers))),
        sellers=sellers,
        court=_own_text(record, "tribunal"),
        nature=nature or _text(judgment, "famille"),
        detail=detail,
        stage=stage_of(nature, detail) if is_judgment else None,
        opens_filing=is_judgment and opens_filing(nature, detail),
        decided_on=_day(_text(judgment, "date") or _text(accounts, "dateCloture") or _text_like(removal, "dateCess")),
        corrects=_earlier(previous),
        corrects_bulletin=_bulletin(previous),
        corrects_day=_day(_text(previous, "dateParution")),
        url=_own_text(record, "url_complete"),
        content=json.dumps({name: record.raw(name) for name in KEPT if record.raw(name) is not None}, default=str),
    )


def _kind(record: Record, family: str, removal: dict[str, Any]) -> NoticeKind:
    says = f"{_own_text(record, 'typeavis')} {_own_text(record, 'typeavis_lib')}".lower()
    if "annul" in says:
        return NoticeKind.CANCELLATION
    if "rectif" not in says:
        return NoticeKind.INITIAL
    # A removal from the register that is taken back is published as a rectification.
    is_taken_back = family == "radiation" and "rapport" in json.dumps(removal, default=str).lower()
    return NoticeKind.CANCELLATION if is_taken_back else NoticeKind.RECTIFICATION


def _sirens(register: Any) -> tuple[str, ...]:
    """The SIRENs of the `registre` member, once each: « 482 309 382 », « 482309382 R.C.S. Pontoise »."""
    texts = register if isinstance(register, list) else [register]
    numbers = (
        number for text in texts if isinstance(text, str) for number in _NUMBER.findall(text.replace(NBSP, " "))
    )
    return tuple(dict.fromkeys(filter(None, map(siren_or_empty, numbers))))


def _sellers(record: Record) -> tuple[str, ...]:
    written = (record.raw(name) for name in BEFORE)
    texts = (text if isinstance(text, str) else json.dumps(text, default=str) for text in written)
    return _sirens([number for text in texts for number in _OF_A_PERSON.findall(text)])


def _member(record: Record, name: str) -> dict[str, Any]:
    """An object that stands there as such, as the only one of a list, or as JSON in a string; empty otherwise."""
    value = record.raw(name)
    if isinstance(value, str):
        try:
            value = read_json(value.encode(errors="replace"))
        except NotJson:
            return {}
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def _own_text(record: Record, name: str) -> str:
    """A member that a notice can do without: of another shape it is empty, and the judgment is not lost with it."""
    return _text({name: record.raw(name)}, name)


def _text(member: dict[str, Any], name: str) -> str:
    """The text under this name, however deep; empty without one."""
    return _text_like(member, f"^{name}$")


def _text_like(member: dict[str, Any], pattern: str) -> str:
    for name, value in member.items():
        if isinstance(value, str) and re.search(pattern, name):
            return "".join(filter(str.isprintable, " ".join(value.split())))[:TEXT_CAP]
    deeper = (_text_like(value, pattern) for value in member.values() if isinstance(value, dict))
    return next(filter(None, deeper), "")


def _day(text: str) -> date | None:
    """« 2026-09-08 » or, in older notices, « 10 décembre 2009 »; None when it is neither."""
    try:
        if written := _WRITTEN_DAY.fullmatch(text.strip().lower()):
            month = next(number for number, start in enumerate(_MONTHS, 1) if written[2].startswith(start))
            return date(int(written[3]), month, int(written[1]))
        return date.fromisoformat(text[:10])
    except (ValueError, StopIteration):
        return None


def _earlier(previous: dict[str, Any]) -> str:
    """The id of the notice that this one is about: letter of the bulletin, its number, the notice's."""
    bulletin, number = _bulletin(previous), _number(previous, "numeroAnnonce")
    reference = bulletin + number.lstrip("0") if bulletin and number else ""
    return reference if len(reference) <= LONGEST_REFERENCE else ""


def _bulletin(previous: dict[str, Any]) -> str:
    letter, number = _text(previous, "nomPublication")[-1:].upper(), _number(previous, "numeroParution")
    return letter + number if letter in ("A", "B", "C") and number else ""


def _number(previous: dict[str, Any], name: str) -> str:
    number = str(previous.get(name) or "").strip()
    return number if number.isascii() and number.isdigit() else ""
