"""Payment terms as French invoices write them: « 60 jours », « 45 jours fin de mois », « 30 j FDM le 10 »."""

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from clients.portfolio.values import Cell, as_text, is_unknown, words
from factortaboite.money import UnreadableNumber

LONGEST_TERMS = 365

HALF_A_MONTH = 15
"""What the end of the month adds to an invoice's terms in days, on average: « 45 jours fin de mois » are 60 days."""

_PLAIN_DAYS = re.compile(r"(\d{1,3})(?:[.,]0+)?")
_NOUGHTS = re.compile(r"(?<=\d)[.,]0+(?!\d)")
# A sign, part of a day or two delays to choose from: `words` would leave of them a number that nobody wrote.
_NO_DELAY = re.compile(r"^\W*[-–−]\s*\d|\d[.,]\d|\d\s*(?:j|jrs?|jours?)?\s*(?:à|a|ou)\s*\d", re.IGNORECASE)
_DAYS = re.compile(r"(?:^|[a-z] ?)(\d{1,3}) ?(?:j|d(?!u)|fdm|fin|net|$)")
_MONTHS = re.compile(r"\b(\d{1,2}) mois\b")
_CASH = re.compile(r"\b(?:comptant|a (?:la )?reception|immediate?|cash|a la commande|avance)\b")
_END_OF_MONTH = re.compile(r"\b(?:\d{0,3}fdm|fin (?:de |du )?mois|eom|end of month)\b")
_ON_THE = re.compile(r"\ble (\d{1,2})\b")


class Terms(NamedTuple):
    """`days` from the invoice, then the end of that month where `end_of_month`, then `on_the` of the next month."""

    days: int
    end_of_month: bool = False
    on_the: int = 0

    @property
    def on_average(self) -> int:
        """Days from an invoice of any day of the month."""
        return self.days + (HALF_A_MONTH if self.end_of_month else 0) + self.on_the

    def due(self, issued: date) -> date:
        """The day an invoice falls due."""
        day = issued + timedelta(days=self.days)
        if self.end_of_month:
            day = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return day + timedelta(days=self.on_the)


@lru_cache(maxsize=1024)
def parse_terms(cell: Cell) -> int | None:
    """Payment terms in days, on average: « 60 j », « 45 jours fin de mois » (60), « comptant » (0). None when empty.

    Raises UnreadableNumber with a French sentence when the cell says something else.
    """
    terms = read_terms(cell)
    return None if terms is None else terms.on_average


def read_terms(cell: Cell) -> Terms | None:
    """The same with the end of the month told apart."""
    text = as_text(cell)
    if is_unknown(text):
        return None
    terms: Terms | None = None
    if isinstance(cell, Decimal):
        terms = Terms(int(cell)) if cell == int(cell) else None
    elif match := _PLAIN_DAYS.fullmatch(text):
        terms = Terms(int(match[1]))
    elif any(c.isalpha() for c in text) and not _NO_DELAY.search(whole := _NOUGHTS.sub("", text)):
        terms = _in_words(words(whole))
    if terms is None or not 0 <= terms.on_average <= LONGEST_TERMS:
        raise UnreadableNumber(f"« {text} » n’est pas un délai en jours.")
    return terms


def _in_words(said: str) -> Terms | None:
    at_the_end = bool(_END_OF_MONTH.search(said))
    on_the = int(match[1]) if at_the_end and (match := _ON_THE.search(said)) else 0
    said = _ON_THE.sub("", said).strip() if on_the else said
    if match := _DAYS.search(said):
        return Terms(int(match[1]), at_the_end, on_the)
    if match := _MONTHS.search(said):
        return Terms(int(match[1]) * 30, at_the_end, on_the)
    if at_the_end or _CASH.search(said):
        return Terms(0, at_the_end, on_the)
    return None
