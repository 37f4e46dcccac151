"""What a line of a list shows of its cells: texts cut where the eye sees it, countries, amounts to be added up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from clients.portfolio.countries import country_code
from clients.portfolio.values import LONGEST_TEXT, Cell, as_text, is_unknown

_CODED = re.compile(r"((?=\S*\d)\S++)\s+[-–—:|/]\s*(\S.*)")


@dataclass(frozen=True)
class AmountColumn:
    """Where an amount stands and how its column writes it; `sign` is -1 for a column of credits."""

    column: int
    separator: str | None
    unit: int
    sign: int = 1


def joined(cells: Sequence[Cell], columns: Sequence[int]) -> str:
    """What the columns say."""
    text = as_text(cells[columns[0]])
    if len(columns) > 1:
        text = " ; ".join(filter(None, [as_text(cells[column]) for column in columns]))
    return cut(text, LONGEST_TEXT)


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def shown(cell: Cell) -> str:
    return cut(as_text(cell), LONGEST_TEXT)


@lru_cache(maxsize=1024)
def country_written(text: str) -> str | None:
    """ISO-2, None when the cell says nothing or no country that is known."""
    return None if is_unknown(text) else country_code(text)


def is_coded(text: str) -> bool:
    """Does the client's own number stand before the name: « C001 - Dupont SA »?"""
    return bool(_CODED.fullmatch(text))


def code_and_name(text: str) -> tuple[str, str]:
    """The client's own number and the name of such a text; the whole is the name where there is no number."""
    match = _CODED.fullmatch(text)
    return (match[1], match[2]) if match else ("", text)
