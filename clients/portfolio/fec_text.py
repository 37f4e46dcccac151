"""A FEC in its legal form, a text of up to a million lines, opened without ever standing whole in memory as cells."""

import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from clients.portfolio.charsets import single_byte_charset
from clients.portfolio.fec import SEARCHED_LINES, find_columns, implied_headers
from clients.portfolio.reading import MAX_COLUMNS, UnreadablePortfolio
from clients.portfolio.texts import Record, decode
from clients.portfolio.values import Cell, as_text, clean

SEPARATORS = ("\t", "|", ";")
"""The law's two, and the one of spreadsheets."""

NAMED = "La première ligne nomme les champs du fichier des écritures comptables (FEC)."
NAMELESS = "Ce FEC n’a pas sa ligne de titres : ses champs sont lus dans l’ordre légal."

_LIKELY = re.compile(rb"compte|[\t|;](?:19|20)\d{6}[\t|;]", re.IGNORECASE)
_SAMPLE_BYTES = 1 << 20
_FIRST_BYTES = 1 << 14


class FecText(NamedTuple):
    """A FEC as it is being decoded. `reason` is the French sentence that says how it was recognised."""

    encoding: str
    separator: str
    headers: tuple[str, ...]
    reason: str
    records: Iterator[Record]


def fec_records(content: bytes) -> FecText | None:
    """The records of a FEC, read as they are asked for; None when the first lines are neither the header of one nor
    entries in the legal order."""
    first = content[:_FIRST_BYTES]
    if not _LIKELY.search(first.replace(b"\x00", b"")):  # most files, workbooks among them
        return None
    try:
        encoding = _encoding(content[:_SAMPLE_BYTES])
    except UnreadablePortfolio:
        return None
    lines = [line.rstrip("\n") for line in islice(_lines(first, encoding), SEARCHED_LINES)]
    for separator in SEPARATORS:
        table = [_cells(line, separator) for line in lines]
        header = next((cells for cells in table if find_columns(cells) is not None), None)
        if header is not None:
            headers = tuple(map(as_text, header))
            return FecText(encoding, separator, headers, NAMED, _records(content, encoding, separator))
        implied = {implied_headers([as_text(cell) for cell in cells]) for cells in table if any(cells)}
        if implied and None not in implied:
            headers = max(filter(None, implied), key=len)
            records = chain([(0, list[Cell](headers))], _records(content, encoding, separator))
            return FecText(encoding, separator, headers, NAMELESS, records)
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
