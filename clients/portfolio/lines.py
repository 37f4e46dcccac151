"""Lines that are no buyer: totals and headers printed again on each page."""

import re
from collections.abc import Iterable, Sequence

from clients.portfolio.headers import IDENTIFIERS, Layout
from clients.portfolio.values import Cell, as_text, words

_MAYBE_TOTAL = re.compile("tota|report|cumul", re.IGNORECASE)
# « Total Énergies » is a buyer: after « total » only the words of an accountant make a total.
_TOTAL = re.compile(
    r"(?:sous|ss?) tota(?:l|ux)\b.*|totaux\b.*|grand total\b.*"
    r"|(?:a reporter|report|cumul)(?: (?:page|general|de|du|des)\b.*)?"
    r"|total(?: (?:general|global|final|clients?|comptes?|balance|tiers|auxiliaires?|page|agence|zone|secteur|famille"
    r"|categorie|pays|des?|du|ht|ttc|eur|euros|k|\d).*)?"
)

_FIGURES = re.compile(r"\d+")


def cell_at(cells: Sequence[Cell], column: int) -> Cell:
    """The cell of a column, empty when the line is shorter."""
    return cells[column] if column < len(cells) else ""


def is_blank(cells: Sequence[Cell]) -> bool:
    """Is there nothing at all on the line?"""
    return not any(cells) and all(cell == "" for cell in cells)  # zero is something


def is_total(cells: Sequence[Cell], layout: Layout) -> bool:
    """Does the line begin like a total, or carry a total's name, without any identifier?"""
    labels = [next((as_text(cell) for cell in cells if cell != ""), "")]
    labels += [as_text(cell_at(cells, column)) for column in layout.columns.get("name", ())]
    if labels[0] and not labels[0].strip("*"):
        return True  # SAP's stars
    if not any(_MAYBE_TOTAL.search(label) and _TOTAL.fullmatch(words(label)) for label in labels):
        return False
    identified = (column for field in IDENTIFIERS for column in layout.columns.get(field, ()))
    return not any(c.isdigit() for column in identified for c in as_text(cell_at(cells, column)))


def title_marks(titles: Iterable[Sequence[Cell]]) -> frozenset[str]:
    """How `is_repeated_title` knows the lines above the header: without figures, which tell one page from another."""
    return frozenset(filter(None, map(_mark, titles)))


def is_repeated_title(cells: Sequence[Cell], marks: frozenset[str]) -> bool:
    """Is the line one of those above the header once more, as on each page of a printed list?"""
    return bool(marks) and _mark(cells) in marks


def _mark(cells: Sequence[Cell]) -> str:
    said = " ".join([as_text(cell) for cell in cells if cell != ""])
    return _FIGURES.sub("", said) if any(c.isalpha() for c in said) else ""


def is_repeated_header(cells: Sequence[Cell], headers: Sequence[str]) -> bool:
    """Is the line the header once more, as on each page of a printed list?"""
    same = sum(1 for cell, header in zip(cells, headers, strict=False) if header and cell == header)
    return same >= 2 and same * 3 >= sum(1 for cell in cells if cell != "") * 2
