"""A list as a file: what the address shows, in its order, without its pages. Read a thousand rows at a time, whatever
their number."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import IO

from clients.lists.keyset import in_order
from clients.lists.listing import Column, Kind, Listing
from factortaboite.workbooks import SheetColumn, Shown, table_file

CHUNK = 1000  # rows
# What a spreadsheet takes for the beginning of a formula, in any script.
FORMULA_SIGNS = tuple("=+-@\t\r＝＋－＠")
# The format of the cells, and the width of the column in characters.
SHOWN_AS = {
    Kind.TEXT: (Shown.TEXT, 28),
    Kind.EUROS: (Shown.EUROS, 16),
    Kind.COUNT: (Shown.COUNT, 12),
    Kind.DATE: (Shown.DAY, 12),
}


def columns_of(listing: Listing) -> list[Column]:
    return [listing.kind.subject, *listing.kind.identity, *listing.columns]


def _values(listing: Listing) -> Iterator[list]:
    columns = columns_of(listing)
    rows = in_order(listing.found, listing.order).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        listing.kind.complete(chunk)
        for row in chunk:
            yield [column.value(row) for column in columns]


def workbook_of(listing: Listing, *, title: str) -> IO[bytes]:
    """To be read from its beginning and closed. Amounts in euros, days as days; no formula at all."""
    return table_file(
        _values(listing),
        title=title,
        columns=[SheetColumn(column.label, *SHOWN_AS[column.kind]) for column in columns_of(listing)],
    )


def text_of(listing: Listing) -> Iterator[bytes]:
    """In pieces, as Excel reads it in France: UTF-8 with its mark, semicolons, decimal commas."""
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.label for column in columns_of(listing)])
    yield b"\xef\xbb\xbf"
    for line, values in enumerate(_values(listing), start=1):
        writer.writerow([_written(value) for value in values])
        if line % CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip(" \u00a0").startswith(FORMULA_SIGNS) else text
