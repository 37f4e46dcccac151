"""Until when a creditor files what it is owed (*déclaration de créances*).

Two months from the publication in the BODACC, four when creditor and court are not on the same side of the sea
(art. R. 622-24 C. com.; DOMAIN.md §7.2). Counted from date to date, to the last day of a shorter month (art. 641
C. pr. civ.); a last day that is a Saturday, a Sunday or a public holiday is put off to the next working day
(art. 642); both apply here by art. R. 662-1 C. com.
"""

import calendar
from datetime import date, timedelta

MONTHS = 2
MONTHS_FROM_AFAR = 4
RELIEF_MONTHS = 6
OVERSEAS = ("97", "98")  # beginnings of postcodes; the third digit says which territory
SATURDAY = 5
_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
# After Easter: Monday, Ascension, Whit Monday (art. L. 3133-1 C. trav.).
_MOVING_HOLIDAYS = (1, 39, 50)


def filing_deadline(published_on: date, *, creditor_postcode: str = "", debtor_postcode: str = "") -> date:
    """The last day to file. The postcodes are those of the two head offices; unknown ones never lengthen the time."""
    months = MONTHS_FROM_AFAR if _is_from_afar(creditor_postcode, debtor_postcode) else MONTHS
    return next_working_day(_add_months(published_on, months))


def relief_deadline(published_on: date) -> date:
    """The last day to ask the judge to admit a debt that was filed too late (*relevé de forclusion*): six months from
    the publication (art. L. 622-26 C. com.)."""
    return next_working_day(_add_months(published_on, RELIEF_MONTHS))


def next_working_day(day: date) -> date:
    """The day itself when people work on it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def is_working_day(day: date) -> bool:
    """Neither a Saturday nor a Sunday nor a public holiday of all of France."""
    if day.weekday() >= SATURDAY or (day.month, day.day) in _FIXED_HOLIDAYS:
        return False
    return (day - _easter(day.year)).days not in _MOVING_HOLIDAYS


def _is_from_afar(creditor_postcode: str, debtor_postcode: str) -> bool:
    if not creditor_postcode or not debtor_postcode:
        return False
    return _territory(creditor_postcode) != _territory(debtor_postcode)


def _territory(postcode: str) -> str:
    """Empty for mainland France."""
    return postcode[:3] if postcode.startswith(OVERSEAS) else ""


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _easter(year: int) -> date:
    """Easter Sunday, by the Gregorian computation (Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    lead = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * lead) // 433
    month = (h + lead - 7 * m + 90) // 25
    return date(year, month, (h + lead - 7 * m + 33 * month + 19) % 32)
