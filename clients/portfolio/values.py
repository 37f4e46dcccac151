"""What stands in one cell: text, amounts, units."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from factortaboite.money import UnreadableNumber, parse_decimal

Cell = str | Decimal | date
"""The empty cell is the empty string."""

# Of one buyer, in euros: what is computed from it still fits the twelve digits that amounts are stored with.
HIGHEST_AMOUNT = Decimal(10) ** 11
LONGEST_AMOUNT = 60
LONGEST_TEXT = 200  # of a cell that is stored

_WHITE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00a0\u2007\u2009\u202f\u200b\ufeff]+")
# Marks that turn the direction of what follows, joiners, soft hyphens: a name may look like another one with them.
_UNSEEN = re.compile(r"[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u2069]+")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_COMBINING = re.compile("[\u0300-\u036f]+")
_NIL = frozenset(("-", "–", "—", "- €", "-€"))
_UNKNOWN = frozenset(
    ("", "n a", "na", "nc", "n c", "ns", "nr", "nd", "neant", "inconnu", "non communique", "sans", "x")
)
_NOT_A_NUMBER = re.compile(r"[^\d.,]+")
_LONGEST_UNKNOWN = 20
_UNIT = re.compile(r"(?<![a-z])(k|m)\s?(?:€|(?:eur(?:os?)?|(?<=k)e)(?![a-z]))|\b(milliers)\b|\b(millions)\b")
_CELL_UNIT = re.compile(r"(?<=\d)\s*(?:(k)(?:\s*(?:€|eur|euros?))?|(m)\s*(?:€|eur|euros?))$", re.IGNORECASE)
_EURO = re.compile(r"€|eur", re.IGNORECASE)
_USUAL_AMOUNT = re.compile(r"[0-9]{1,3}(?: ?[0-9]{3}){0,2}(?:,[0-9]{2})?")
_EURO_BEFORE = re.compile(r"^(?:€|eur(?:os?)?)\s*", re.IGNORECASE)


CellAsJson = tuple[str, str]
"""What a cell is ("text", "number" or "date"), and its text."""


def cell_as_json(cell: Cell) -> CellAsJson:
    if isinstance(cell, Decimal):
        return "number", str(cell)
    return ("date", cell.isoformat()) if isinstance(cell, date) else ("text", cell)


def cell_from_json(cell: CellAsJson) -> Cell:
    kind, text = cell
    if kind == "number":
        return Decimal(text)
    return date.fromisoformat(text) if kind == "date" else text


def clean(text: str) -> str:
    """The text as a person reads it: on one line, single spaces, no unseen characters."""
    if text.isprintable() and "  " not in text:  # most cells, and much faster
        return text.strip()
    return _WHITE.sub(" ", _UNSEEN.sub("", text)).strip()


def as_text(cell: Cell) -> str:
    """The cell in words. Strings of a record are clean already."""
    if isinstance(cell, str):
        return cell
    return f"{cell:f}" if isinstance(cell, Decimal) else f"{cell:%d/%m/%Y}"


@lru_cache(maxsize=4096)
def words(text: str) -> str:
    """The words of a text for comparing: lower case, no accents, no punctuation, single spaces."""
    bare = text.lower()
    if bare.isascii():
        if "  " not in bare and bare.replace(" ", "").isalnum():  # most names, and faster
            return bare.strip()
    else:
        bare = unicodedata.normalize("NFKD", bare.replace("œ", "oe").replace("æ", "ae"))
        bare = _COMBINING.sub("", bare)
    return _NOT_A_WORD.sub(" ", bare).strip()


def is_unknown(text: str) -> bool:
    """Does the cell only say that nothing is known: empty, a dash, « NC », « n/a »?"""
    return len(text) <= _LONGEST_UNKNOWN and words(text) in _UNKNOWN


def unit_said(text: str) -> int | None:
    """1000 when a header or title says k€ or thousands of euros, a million for M€, otherwise None."""
    match = _UNIT.search(text.lower())
    if match is None:
        return None
    return 1000 if match[1] == "k" or match[2] else 1_000_000


def parse_amount(cell: Cell, *, decimal_separator: str | None = None, unit: int = 1) -> Decimal | None:
    """The amount in euros, None when the cell says nothing. `unit` is the column's; the cell's own unit goes first.

    Raises UnreadableNumber (AmbiguousNumber when the text has two readings) with a French sentence.
    """
    if isinstance(cell, str):
        if decimal_separator != "." and _USUAL_AMOUNT.fullmatch(cell):  # most cells, and much faster
            amount = Decimal(cell.replace(" ", "").replace(",", "."))
            return amount if unit == 1 else amount * unit
        text = clean(cell)
        if not (text[:1].isdigit() and text[-1:].isdigit()):
            if text.startswith("#"):
                raise UnreadableNumber(f"« {text[:LONGEST_AMOUNT]} » est une erreur de calcul du tableur.")
            if is_unknown(text):
                return Decimal(0) if text in _NIL else None
            text, unit = _without_unit(text, unit)
        if len(text) > LONGEST_AMOUNT:
            raise UnreadableNumber(f"« {text[:LONGEST_AMOUNT]}… » est trop long pour un montant.")
        amount = parse_decimal(text, decimal_separator=decimal_separator) * unit
    elif isinstance(cell, Decimal):
        amount = cell if unit == 1 else cell * unit
    else:
        raise UnreadableNumber(f"« {as_text(cell)} » est une date, pas un montant.")
    if not -HIGHEST_AMOUNT < amount < HIGHEST_AMOUNT:
        raise UnreadableNumber(f"« {as_text(cell)} » est trop grand pour un montant.")
    return amount


def _without_unit(text: str, unit: int) -> tuple[str, int]:
    """The bare number and the unit that holds for it."""
    if said := _CELL_UNIT.search(text):
        return text[: said.start()], 1000 if said[1] else 1_000_000
    return _EURO_BEFORE.sub("", text), 1 if _EURO.search(text) else unit


def decimal_separator(cells: Iterable[Cell]) -> str | None:
    """The decimal separator of a column, as its unambiguous cells teach it; None when they are silent or disagree."""
    taught = {_taught_by(cell) for cell in cells if cell and isinstance(cell, str)} - {None}
    return taught.pop() if len(taught) == 1 else None


def _taught_by(text: str) -> str | None:
    if text[-3:-2] == "," and text.count(",") == 1 and "." not in text:  # most cells, and much faster
        return ","
    digits = _NOT_A_NUMBER.sub("", text)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return max(".,", key=digits.rindex)
    if not points and not commas:
        return None
    written, other = (".", ",") if points else (",", ".")
    if digits.count(written) > 1:
        return other
    whole, _, decimals = digits.partition(written)
    could_be_thousands = len(decimals) == 3 and 1 <= len(whole) <= 3 and whole.strip("0") != ""
    return None if could_be_thousands else written
