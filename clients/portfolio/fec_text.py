"""A FEC in its legal form, a text of up to a million lines, opened without ever standing whole in memory as cells."""

import io
from collections.abc import Iterator
from itertools import islice

from clients.portfolio.charsets import single_byte_charset
from clients.portfolio.fec import SEARCHED_LINES, find_columns
from clients.portfolio.reading import MAX_COLUMNS, UnreadablePortfolio
from clients.portfolio.texts import Record, decode
from clients.portfolio.values import Cell, clean

SEPARATORS = ("\t", "|", ";")
"""The law's two, and the one of spreadsheets."""

_SAMPLE_BYTES = 1 << 20
_FIRST_BYTES = 1 << 14


def fec_records(content: bytes) -> tuple[str, str, Iterator[Record]] | None:
    """The encoding, the separator and the records of a FEC, read as they are asked for; None when the first lines are
    not the header of one."""
    first = content[:_FIRST_BYTES]
    if b"compte" not in first.replace(b"\x00", b"").lower():  # most files, workbooks among them
        return None
    try:
        encoding = _encoding(content[:_SAMPLE_BYTES])
    except UnreadablePortfolio:
        return None
    for line in islice(_lines(first, encoding), SEARCHED_LINES):
        for separator in SEPARATORS:
            if separator in line and find_columns(_cells(line, separator)) is not None:
                return encoding, separator, _records(content, encoding, separator)
    return None


def _encoding(sample: bytes) -> str:
    """As for any text, by its first million bytes: a FEC has labels with accents all along."""
    encoding = decode(sample)[1]
    return single_byte_charset(sample) if encoding == "cp1252" else encoding


def _lines(content: bytes, encoding: str) -> Iterator[str]:
    errors = "as_cp1252" if encoding == "utf-8" else "replace"
    return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors=errors)


def _records(content: bytes, encoding: str, separator: str) -> Iterator[Record]:
    before, after = f" {separator}", f"{separator} "
    for number, line in enumerate(_lines(content, encoding), start=1):
        line = line.rstrip("\n")
        printable = line.isprintable() if separator != "\t" else line.replace("\t", "").isprintable()
        if not printable or "  " in line or '"' in line or before in line or after in line:
            yield number, _cells(line, separator)
        else:  # most lines: one look at the whole is faster than one per cell
            yield number, line.split(separator)  # type: ignore[misc]  # a list of texts is one of cells


def _cells(line: str, separator: str) -> list[Cell]:
    """The cells as a person reads them. A FEC has no quotes around its cells by law, and some have."""
    cells = line.split(separator, MAX_COLUMNS)
    return [clean(cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell) for cell in cells]
