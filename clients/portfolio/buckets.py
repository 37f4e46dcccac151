"""Ageing columns of any scheme, by their headers: the first day overdue of each (DOMAIN.md §6.1).

« Non échu », « 1 à 30 jours », « > 90 j », « 30 jours », « M-1 », « 10/2026 », « T3 2026 », « Antérieur »: the header
text decides, never the position.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clients.portfolio.dates import UnreadableDate, parse_date

NOT_DUE = 0
LONGEST_HEADER = 60

_UNITS = re.compile(r"\(.*?\)|\b(?:ttc|ht|eur|euros?|k€|keur)\b|€")
_MEASURE = re.compile(r"^(?:somme de )?(?:(?:montants?|soldes?|encours)\s+(?=\S))?")
_DAYS = r"\s*(?:j|jrs?|jours?|d|days?)?"
_BEFORE = (
    r"(?:(?:dont|echue?s?|retards?|en retard|depuis|de|d|a|entre|tranche|age|overdue|past due|\+\s*de)\s*+[:.]?\s*+)*"
)
_AFTER = r"(?:\s+(?:de retard|echue?s?|d.anciennete|overdue|past due))?"
_BETWEEN = re.compile(rf"{_BEFORE}(\d{{1,3}}){_DAYS}\s*(?:-|–|—|a|/|et|to|>|au?)\s*(\d{{1,3}}){_DAYS}{_AFTER}")
_MORE_THAN = re.compile(
    rf"{_BEFORE}(?:[>+](?:\s*de)?|plus de|sup(?:erieure?s?)?\.? a|au[ -]dela de|au[ -]dessus de|over)\s*=?\s*"
    rf"(\d{{1,3}}){_DAYS}{_AFTER}"
)
_OR_MORE = re.compile(
    rf"{_BEFORE}(?:a partir de\s+)?(\d{{1,3}})(?:\s*\+)?{_DAYS}\s*(?:\+|et \+|et plus|ou plus|et au[ -]dela)?{_AFTER}"
)
_LESS_THAN = re.compile(
    rf"{_BEFORE}(?:<|<=|moins de|inf(?:erieure?s?)?\.? a|jusqu.a|under)\s*=?\s*(\d{{1,3}}){_DAYS}{_AFTER}"
)
_IS_OPEN_ENDED = re.compile(r"\+|et plus|ou plus|et au[ -]dela|a partir de")
_NOT_DUE = re.compile(
    r"(?:dont )?(?:non|pas|not|pas encore)[ -](?:echue?s?|due|exigibles?)|a[ -]echoir|a venir|courante?s?|actuel"
    r"|current|posterieure?s?|(?:echeances?|montants?)? ?(?:futures?|a venir)"
)
# What a package calls « En cours » or « Au 31/10/2026 » is not due only beside a total: each may name that one too.
_AS_OF = re.compile(r"en cours|(?:a la|at) date|(?:au|as of)\s*:?\s*\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")
_EARLIER = re.compile(r"(?:soldes?|periodes?|mois)?\s*(?:et )?(?:anterieure?s?|plus anciens?|avant|older)")
_OVERDUE = re.compile(r"(?:total|dont|montant|solde)?\s*(?:echue?s?|en retard|retards?|overdue|past due)")
_TOTAL = re.compile(r"(?:total|totaux|solde|balance|encours)(?: (?:general|global|du|client|compte|tiers|ttc|eur))?")

_MONTHS = (
    r"janv?(?:ier)?|jan(?:uary)?",
    r"fevr?(?:ier)?|feb(?:ruary)?",
    r"mars?|march",
    r"avr(?:il)?|apr(?:il)?",
    r"mai|may",
    r"juin|june?",
    r"juil(?:let)?|july?",
    r"aout?|aug(?:ust)?",
    r"sept?(?:embre)?|september",
    r"oct(?:obre)?|october",
    r"nov(?:embre)?|november",
    r"dec(?:embre)?|december",
)
_MONTH_NUMBER = re.compile(r"(0?[1-9]|1[0-2])[/.\-](20\d\d)|(20\d\d)[/.\-](0[1-9]|1[0-2])")
_MONTH_NAME = re.compile("(?:" + "|".join(f"({names})" for names in _MONTHS) + r")\.?(?:[ \-/.]*(20\d\d|\d\d))?")
_MONTH_BEFORE = re.compile(r"(?:mois )?m(?:\s*-\s*(\d{1,2}))?|mois en cours|mois courant")
_QUARTER = re.compile(
    r"(?:(?:t|trim(?:estre)?\.?)\s*([1-4])|([1-4])\s*(?:e|er|eme)?\s*t(?:rim(?:estre)?\.?)?)[ \-/]*(20\d\d)"
)
_WEEK = re.compile(r"(?:s|sem(?:aine)?\.?)\s*(\d{1,2})(?:[ \-/]*(20\d\d))?")
_AND_BEFORE = re.compile(r"(.*\d) et (?:anterieure?s?|avant|precedente?s?|plus anciens?)")
_ONLY_BEFORE = re.compile(r"(?:avant|anterieure?s? a) (.*\d)")
_PERIOD = re.compile(r"(?:du )?(\d{1,2}[/.]\d{1,2}[/.]\d{2,4})\s*(?:-|–|au|a)\s*(\d{1,2}[/.]\d{1,2}[/.]\d{2,4})")


@dataclass(frozen=True)
class Ageing:
    """How the columns of a list split the balances. `columns` gives the first day overdue of each ageing column (by
    its number from 0), 0 for what is not due. `total` is the column of the whole balance, if there is one. `notices`
    are French sentences."""

    columns: Mapping[int, int]
    total: int | None = None
    notices: tuple[str, ...] = ()

    @property
    def first_days(self) -> tuple[int, ...]:
        """What `Reading.ageing_from` holds: columns of the same age are one."""
        return tuple(sorted(set(self.columns.values())))

    def split(self, amounts: Mapping[int, Decimal | None]) -> tuple[Decimal, ...]:
        """One buyer's `Row.ageing`, in the order of `first_days`, from its amounts by column number."""
        by_age = dict.fromkeys(self.first_days, Decimal(0))
        for column, first_day in self.columns.items():
            by_age[first_day] += amounts.get(column) or Decimal(0)
        return tuple(by_age.values())


@dataclass(frozen=True)
class _Days:
    """« 31 à 60 » is (31, 60), « > 90 » (91, None), « 30 jours » (None, 30): it begins after the column before."""

    first: int | None
    last: int | None


def find_ageing(headers: Sequence[str], cut_off: date | None = None, *, near: date | None = None) -> Ageing | None:
    """The ageing columns among the headers, None when there are fewer than two.

    `cut_off` places the columns that name a period; without it the latest of these periods ends at the cut-off, and
    a notice says so. `near` is the day the list came: months without their year are the last ones before it.
    """
    plain = [_plain(header) for header in headers]
    total = next((column for column, text in enumerate(plain) if text and _TOTAL.fullmatch(text)), None)
    found = {column: NOT_DUE for column, text in enumerate(plain) if text and _NOT_DUE.fullmatch(text)}
    not_due_parts = {column for column, text in enumerate(plain) if text and _is_not_due_part(text)}
    found |= dict.fromkeys(not_due_parts, NOT_DUE)
    days = {column: read for column, text in enumerate(plain) if column not in found and (read := _days(text))}
    notices: list[str] = []
    if days:
        found |= _first_days(days)
        earlier = [column for column, text in enumerate(plain) if text and _EARLIER.fullmatch(text)]
        oldest = max((read.last or read.first or 0 for read in days.values()), default=0)
        found |= dict.fromkeys(earlier, oldest + 1)
    else:
        found |= _periods(plain, cut_off, notices, near)
    if total is not None and days and NOT_DUE not in found.values():
        as_of = [column for column, text in enumerate(plain) if column != total and _AS_OF.fullmatch(text)]
        found |= dict.fromkeys(as_of[:1], NOT_DUE)
    overdue = [column for column, text in enumerate(plain) if text and _OVERDUE.fullmatch(text)]
    if overdue and found and all(first_day == NOT_DUE for first_day in found.values()):
        found[overdue[0]] = 1  # « Échu » stands for its own columns only where these are missing
    if len(found) < 2:
        return None
    return Ageing(dict(sorted(found.items())), total, tuple(notices))


def _plain(header: str) -> str:
    if len(header) > LONGEST_HEADER:
        return ""
    kept = header.lower().translate(str.maketrans("éèêëàâûùôîïç’", "eeeeaauuoiic'"))
    return _MEASURE.sub("", " ".join(_UNITS.sub(" ", kept).split()).strip(" :"))


def _is_not_due_part(text: str) -> bool:
    """« À échoir 0-30 j », « Non échu > 60 jours »: parts of what is not due."""
    match = _NOT_DUE.match(text)
    return bool(match and _days(text[match.end() :].strip(" :a")))


def _days(text: str) -> _Days | None:
    if not text:
        return None
    if match := _BETWEEN.fullmatch(text):
        first, last = int(match[1]), int(match[2])
        return _Days(first, last) if first < last else None
    if match := _LESS_THAN.fullmatch(text):
        return _Days(None, int(match[1]))
    if match := _MORE_THAN.fullmatch(text):
        return _Days(int(match[1]) + 1, None)
    if match := _OR_MORE.fullmatch(text):
        number = int(match[1])
        if _IS_OPEN_ENDED.search(text):
            return _Days(number, None)
        return _Days(None, number) if re.search(r"\d\s*(?:j|d)", text) else None
    return None


def _first_days(days: Mapping[int, _Days]) -> dict[int, int]:
    """The first day of each column; where the header gives only the end, the day after the column before."""
    found: dict[int, int] = {}
    ends = 0
    for column, read in sorted(days.items(), key=lambda item: (item[1].last or 10_000, item[1].first or 0)):
        follows = read.first is None or (read.last is None and ends and abs(read.first - ends - 1) <= 1)
        found[column] = max(ends + 1 if follows else read.first or 0, 1)
        ends = read.last or ends
    return found


def _periods(plain: Sequence[str], cut_off: date | None, notices: list[str], near: date | None) -> dict[int, int]:
    """The columns that name a month, quarter, week or span of days: what fell due in it is overdue since its end."""
    spans = {column: span for column, text in enumerate(plain) if text and (span := _span(text, cut_off, near))}
    if not spans:
        return {}
    if cut_off is None:
        cut_off = max(end for _, end in spans.values())
        notices.append(
            f"Sans date d’arrêté, l’ancienneté est comptée au {cut_off:%d/%m/%Y}, fin de la dernière période nommée."
        )
    found = {}
    for column, (start, end) in spans.items():
        if end > cut_off >= start:
            notices.append(
                "La colonne de la période en cours mêle des factures échues et d’autres à échoir : "
                "elle est comptée comme non échue."
            )
        found[column] = NOT_DUE if end > cut_off else max((cut_off - end).days, 1)
    oldest = min(start for start, _ in spans.values()) - timedelta(days=1)
    for column, text in enumerate(plain):
        if text and _EARLIER.fullmatch(text):
            found[column] = max((cut_off - oldest).days, 1)
    return found


def _span(text: str, cut_off: date | None, near: date | None) -> tuple[date, date] | None:
    """The first and last day of the period that a header names. « 07/2026 et antérieur » ends like 07/2026, « avant
    08/2026 » on the day before."""
    if match := _AND_BEFORE.fullmatch(text):
        return _span(match[1], cut_off, near)
    if match := _ONLY_BEFORE.fullmatch(text):
        span = _span(match[1], cut_off, near)
        return span and (span[0] - timedelta(days=1), span[0] - timedelta(days=1))
    if match := _MONTH_NUMBER.fullmatch(text):
        return _month(int(match[2] or match[3]), int(match[1] or match[4]))
    if match := _QUARTER.fullmatch(text):
        last_month = 3 * int(match[1] or match[2])
        return _month(int(match[3]), last_month - 2)[0], _month(int(match[3]), last_month)[1]
    if match := _PERIOD.fullmatch(text):
        return _between(match[1], match[2], cut_off)
    if cut_off is not None and (match := _MONTH_BEFORE.fullmatch(text)):
        months = cut_off.year * 12 + cut_off.month - 1 - int(match[1] or 0)
        return _month(months // 12, months % 12 + 1)
    if match := _WEEK.fullmatch(text):
        return _week(int(match[1]), match[2], cut_off)
    if match := _MONTH_NAME.fullmatch(text):
        return _named_month(next(number for number in range(1, 13) if match[number]), match[13], cut_off or near)
    return None


def _month(year: int, month: int) -> tuple[date, date]:
    start = date(year, month, 1)
    return start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _named_month(number: int, year: str | None, cut_off: date | None) -> tuple[date, date] | None:
    """A month without its year is the last one of that name that the cut-off allows."""
    if year is not None:
        return _month(int(year) + (2000 if len(year) == 2 else 0), number)
    if cut_off is None:
        return None
    return _month(cut_off.year - (number > cut_off.month), number)


def _week(number: int, year: str | None, cut_off: date | None) -> tuple[date, date] | None:
    if year is None and cut_off is None:
        return None
    try:
        if year is not None:
            monday = date.fromisocalendar(int(year), number, 1)
        else:
            assert cut_off is not None
            monday = date.fromisocalendar(cut_off.isocalendar().year, number, 1)
            if monday > cut_off:
                monday = date.fromisocalendar(cut_off.isocalendar().year - 1, number, 1)
    except ValueError:
        return None
    return monday, monday + timedelta(days=6)


def _between(first: str, last: str, near: date | None) -> tuple[date, date] | None:
    try:
        start, end = parse_date(first, near=near), parse_date(last, near=near)
    except UnreadableDate:
        return None
    return (start, end) if start and end and start <= end else None
