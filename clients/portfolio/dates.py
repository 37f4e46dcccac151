"""Dates as French exports write them; what has two readings is asked about, never guessed (DOMAIN.md §6.3)."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from clients.portfolio.values import Cell, as_text, is_unknown, words

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "dmy", "mdy", "ymd"
_ORDERS = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
MIXED = "mixed"
"""The order of a column whose dates contradict each other."""

_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)  # 1954 to 2119
_YEARS = range(1950, 2120)
_FIRST_YEAR_OF_LAST_CENTURY = 70
# A date of two digits is read in the order that puts it near the cut-off, when only one does.
_LONG_BEFORE, _LONG_AFTER = timedelta(days=3660), timedelta(days=550)
_LONGEST_DATE = 40

_TIME = re.compile(r"[T ]\d{1,2}[:h]\d{2}.*$")
_PARTS = re.compile(r"(\d{1,4})([/.\- ])(\d{1,2})\2(\d{1,4})", re.ASCII)
_COMPACT = re.compile(r"\d{5,8}", re.ASCII)
_YEAR_IN_FULL = re.compile(r"(?<!\d)(?:\d{4}|\d{8})(?!\d)")
_NO_DATE = re.compile(r"[0/.\-: ]+")
_IN_WORDS = re.compile(r"(\d{1,2})(?:er)? ?([a-z]{3,9}) ?(\d{4}|\d{2})")
_MONTHS = ("jan", "fev", "mar", "avr", "mai", "juin", "juil", "aou", "sep", "oct", "nov", "dec")
_ENGLISH_MONTHS = {"feb": 2, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8}
_SAID_AT = re.compile(
    r"(?:\b(?:au|arretee?s? (?:au|le)|situation (?:au|du)|date d.arrete ?:?)\s+)"
    r"(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{1,2}(?:er)? [a-zéû]{3,9}\.? \d{4})",
    re.IGNORECASE,
)


class UnreadableDate(ValueError):
    """The cell is no date; the message says so in French."""


class AmbiguousDate(UnreadableDate):
    """The cell could be two dates (`01/02/03`): somebody has to be asked."""


def parse_date(cell: Cell, *, order: str | None = None, near: date | None = None) -> date | None:
    """The date of a cell, None when it says nothing (empty, « NC », `00/00/0000`).

    Reads JJ/MM/AAAA, JJ/MM/AA, AAAAMMJJ, AAAA-MM-JJ, months in words and Excel's day numbers. `order` is what
    `date_order` learned from the column, or what somebody chose. `near` is the cut-off of the list: a year of two
    digits must fall near it, unless somebody chose the order.
    Raises UnreadableDate, or AmbiguousDate when there are two readings.
    """
    if isinstance(cell, date):
        if order == MIXED and cell.day <= 12 and cell.day != cell.month:
            raise _ambiguous(f"{cell:%d/%m/%Y}", [cell, cell.replace(month=cell.day, day=cell.month)])
        return cell
    text = as_text(cell)
    if is_unknown(text) or _NO_DATE.fullmatch(text):
        return None
    return _read(text, order, near)


@lru_cache(maxsize=8192)
def _read(text: str, order: str | None, near: date | None) -> date:
    readings = _readings(text)
    if not readings:
        raise UnreadableDate(f"« {text[:_LONGEST_DATE]} » n’est pas une date.")
    if len(readings) == len(_ORDERS) and len(set(readings.values())) == 1:
        return readings[DAY_FIRST]
    if order in readings and (order in _plausible(readings, near) or YEAR_FIRST not in readings):
        return readings[order]
    if order in _ORDERS and order not in readings:
        raise UnreadableDate(f"« {text[:_LONGEST_DATE]} » n’est pas une date dans l’ordre du reste de la colonne.")
    plausible = set(_plausible(readings, near).values())
    if order == MIXED:
        if len(plausible) == 1:
            return plausible.pop()
    elif YEAR_FIRST not in readings:  # four digits say which is the year, and a French file puts the day first
        if DAY_FIRST in readings:
            return readings[DAY_FIRST]
        raise AmbiguousDate(
            f"« {text} » : le mois et le jour semblent inversés. Écrivez les dates JJ/MM/AAAA ou précisez l’ordre."
        )
    else:
        upright = {each for name, each in _plausible(readings, near).items() if name != MONTH_FIRST}
        if len(upright) == 1 and readings.get(DAY_FIRST) in upright:
            return upright.pop()
    raise _ambiguous(text, sorted(set(readings.values())))


def _ambiguous(text: str, readings: list[date]) -> AmbiguousDate:
    said = " ou ".join(f"{reading:%d/%m/%Y}" for reading in readings)
    return AmbiguousDate(f"« {text} » peut se lire {said} : écrivez la date JJ/MM/AAAA ou précisez l’ordre.")


def _plausible(readings: dict[str, date], near: date | None) -> dict[str, date]:
    if near is None:
        return readings
    return {
        order: reading for order, reading in readings.items() if near - _LONG_BEFORE <= reading <= near + _LONG_AFTER
    }


@lru_cache(maxsize=8192)
def _readings(text: str) -> dict[str, date]:
    """Every date the text can be, by the order of its parts; the same date under all orders when it has no order."""
    text = _TIME.sub("", text.strip())
    if match := _PARTS.fullmatch(text):
        first, _, second, third = match.groups()
        return _ordered(first, second, third)
    if _COMPACT.fullmatch(text):
        if len(text) == 5:
            return _certain(_SERIAL_ZERO + timedelta(days=int(text))) if int(text) in _SERIALS else {}
        if len(text) == 8:
            return _ordered(text[:4], text[4:6], text[6:]) or _ordered(text[:2], text[2:4], text[4:])
        return _ordered(text[:2], text[2:4], text[4:]) if len(text) == 6 else {}
    if match := _IN_WORDS.fullmatch(words(text)):
        found = _date(_year(match[3]), _month(match[2]), int(match[1]))
        return _certain(found) if found else {}
    if re.fullmatch(r"\d{5}[.,]\d+", text):  # a day and an hour
        return _readings(text[:5])
    return {}


def _ordered(first: str, second: str, third: str) -> dict[str, date]:
    """The readings of three numbers. Four digits are a year; without them, the year is first or last."""
    tried: dict[str, date | None] = {}
    if len(first) == 4:
        found = _date(int(first), int(second), int(third)) if len(third) <= 2 else None
        return _certain(found) if found else {}
    if len(third) in (2, 4) and len(first) <= 2:
        tried[DAY_FIRST] = _date(_year(third), int(second), int(first))
        tried[MONTH_FIRST] = _date(_year(third), int(first), int(second))
    if len(first) == len(third) == 2:
        tried[YEAR_FIRST] = _date(_year(first), int(second), int(third))
    return {order: found for order, found in tried.items() if found}


def _certain(found: date) -> dict[str, date]:
    return dict.fromkeys(_ORDERS, found)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < _FIRST_YEAR_OF_LAST_CENTURY else 1900)


def _month(said: str) -> int:
    for number, beginning in enumerate(_MONTHS, start=1):
        if said.startswith(beginning):
            return number
    return _ENGLISH_MONTHS.get(said[:3], 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def date_order(cells: Iterable[Cell], *, near: date | None = None) -> str | None:
    """The order of day, month and year in a column, as its cells teach it: None when they are silent, `MIXED` when
    they contradict each other.

    A spreadsheet that opened the file of another country turns round the dates it can (day and month up to 12) and
    leaves the others as texts: such a column is `MIXED` too.
    """
    orders = set(_ORDERS)
    typed: list[date] = []
    texts = False
    for cell in cells:
        if isinstance(cell, date):
            typed.append(cell)
            continue
        text = as_text(cell)
        if is_unknown(text) or _NO_DATE.fullmatch(text) or not (readings := _readings(text)):
            continue
        kept = _plausible(readings, near) or readings
        if len(set(kept.values())) > 1 or len(kept) < len(readings) or len(kept) < len(_ORDERS):
            orders &= set(kept)
            texts = True
    if not orders or (typed and texts and _turned_round(typed, orders)):
        return MIXED
    if {DAY_FIRST, YEAR_FIRST} <= orders:
        return None
    return next(order for order in (DAY_FIRST, YEAR_FIRST, MONTH_FIRST) if order in orders)


def latest_certain(cells: Iterable[Cell]) -> date | None:
    """The latest date whose year is written in full, None when there is none."""
    certain = (cell if isinstance(cell, date) else _in_full(as_text(cell)) for cell in cells)
    return max((each for each in certain if each is not None), default=None)


def _in_full(text: str) -> date | None:
    return _readings(text).get(DAY_FIRST) if _YEAR_IN_FULL.search(text) else None


def _turned_round(typed: list[date], orders: set[str]) -> bool:
    proved = len(orders) == 1
    return proved and all(each.day <= 12 for each in typed) and any(each.day != each.month for each in typed)


def cut_off_said(texts: Iterable[str], *, near: date | None = None) -> date | None:
    """The date that the titles of a list are drawn up at (« Balance âgée au 31/10/2026 »), None when none is said.

    A year of two digits must fall `near` the day the list came. A period (« du 01/01/2026 au 31/12/2026 ») ends at
    its last day.
    """
    for text in texts:
        for said in _SAID_AT.findall(_plain(text)):
            try:
                return parse_date(said, near=near)
            except UnreadableDate:
                continue
    return None


def _plain(text: str) -> str:
    """The text in lower case without accents, its dates left as they are."""
    return text.lower().translate(str.maketrans("éèêàâûôîç", "eeeaauoic"))


def is_date(cell: Cell) -> bool:
    """Is the cell a date and nothing else? A bare number is none: it may be an amount."""
    if isinstance(cell, date):
        return True
    return not isinstance(cell, Decimal) and len(cell) >= 6 and not cell.isdigit() and bool(_readings(cell))
