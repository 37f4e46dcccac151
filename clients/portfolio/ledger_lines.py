"""What a line of a printed ledger is: the head of an account, an entry, a balance brought forward, a total."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from clients.portfolio.dates import is_date
from clients.portfolio.values import Cell, as_text, words

OPENING, PAGE, TOTAL, CLOSING = "opening", "page", "total", "closing"

# « Report » alone opens an account, or carries a page over; the reader knows which by what came before.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (PAGE, re.compile(r"a reporter\b.*|reports?(?: (?:de )?(?:la )?page.*)?")),
    (
        OPENING,
        re.compile(
            r"(?:reports? a nouveaux?|a nouveaux?|ran|ouverture|reprises?|balance (?:d )?ouverture|(?:soldes?|cumuls?)"
            r" (?:initi|anteri|d ouverture|precedent|a nouveau|reporte|au debut|en debut|debut)\w*)\b.*"
        ),
    ),
    (
        TOTAL,
        re.compile(
            r"(?:(?:sous|ss?) )?tota(?:l|ux)\b.*|grand total\b.*|cumuls?\b.*|mouvements?(?: du compte| total)?\b.*"
        ),
    ),
    (CLOSING, re.compile(r"soldes?(?: (?:au|du|final|finaux|de|debiteur|crediteur|comptable|compte|en)\b.*)?")),
)
_HEADING = re.compile(
    r"(?P<word>(?:n° ?(?:de )?)?compte|client|tiers|auxiliaire|code client)?\s*(?:n°|no\.?)?\s*[:\-–]?\s*"
    r"(?P<account>[0-9A-Za-z][0-9A-Za-z_./*+-]*)\s*(?:[:\-–|]\s*)?(?P<name>.*)",
    re.IGNORECASE | re.DOTALL,
)
_CONTINUED = re.compile(r"\s*\(?\s*\bsuite\b\s*\)?\s*$", re.IGNORECASE)
_SHORTEST_ACCOUNT = 3
_MOST_CELLS = 5


class Heading(NamedTuple):
    """The head of an account. `shape` is how it is laid out: the heads of one ledger look alike."""

    account: str
    name: str
    shape: tuple[int, bool]


def kind_of(cells: Sequence[Cell]) -> str:
    """What an undated line says it is: OPENING, PAGE, TOTAL or CLOSING; empty when it says nothing of the kind."""
    for cell in cells:
        if isinstance(cell, str) and cell and any(c.isalpha() for c in cell):
            said = words(cell)
            kind = next((kind for kind, pattern in _KINDS if pattern.fullmatch(said)), "")
            if kind:
                return kind
    return ""


def heading(cells: Sequence[Cell], numbers: Sequence[int]) -> Heading | None:
    """The account that a line opens: « Compte : 411DUP - Dupont SARL », « 411DUP » and « Dupont SARL » in two cells.

    `numbers` are the columns of amounts, whose cells do not count. None when the line is no heading.
    """
    filled = [(column, as_text(cell)) for column, cell in enumerate(cells) if cell != "" and column not in numbers]
    if not filled or len(filled) > _MOST_CELLS or any(is_date(text) for _, text in filled):
        return None
    match = _HEADING.fullmatch(" ".join(text for _, text in filled))
    if match is None or len(account := match["account"]) < _SHORTEST_ACCOUNT or is_date(account):
        return None
    if not any(c.isdigit() for c in account) and not match["word"]:
        return None
    name = _CONTINUED.sub("", match["name"]).strip(" :-–")
    return Heading(account, name, (filled[0][0], bool(match["word"])))


def begins_like_a_date(cell: Cell) -> bool:
    """Is the cell a date, or does it begin with a figure as dates and account numbers do?"""
    return not isinstance(cell, str) or cell[:1].isdigit()
