"""A list as a file: what the address shows, in its order, without its pages. Read and written a thousand rows at a
time, whatever their number."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import islice
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

from clients.lists.keyset import in_order
from clients.lists.listing import Column, Kind, Listing

CHUNK = 1000  # rows
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# What a spreadsheet takes for the beginning of a formula, in any script.
FORMULA_SIGNS = tuple("=+-@\t\r＝＋－＠")
WIDTHS = {Kind.TEXT: 28, Kind.EUROS: 16, Kind.COUNT: 12, Kind.DATE: 12}


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
    """An open temporary file, which is gone once it is closed. Amounts in euros, days as days; no formula at all."""
    target = TemporaryFile()
    book = xlsxwriter.Workbook(target, OPTIONS)
    sheet = book.add_worksheet(title)
    formats = {
        Kind.EUROS: book.add_format({"num_format": "#,##0.00"}),
        Kind.COUNT: book.add_format({"num_format": "#,##0"}),
        Kind.DATE: book.add_format({"num_format": "dd/mm/yyyy"}),
    }
    heading = book.add_format({"bold": True, "bg_color": "#E7EFF4", "text_wrap": True, "valign": "top"})
    sheet.freeze_panes(1, 1)
    columns = columns_of(listing)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, WIDTHS[column.kind])
        sheet.write_string(0, position, column.label, heading)
    line = 0
    for line, values in enumerate(_values(listing), start=1):
        for position, (column, value) in enumerate(zip(columns, values, strict=True)):
            if value is None or value == "":
                continue
            if column.kind is Kind.TEXT:
                sheet.write_string(line, position, value)
            elif column.kind is Kind.DATE:
                sheet.write_datetime(line, position, value, formats[Kind.DATE])
            else:
                sheet.write_number(line, position, value, formats[column.kind])
    sheet.autofilter(0, 0, line, len(columns) - 1)
    book.close()
    target.seek(0)
    return target


def text_of(listing: Listing) -> Iterator[bytes]:
    """As Excel reads it in France: UTF-8 with its mark, semicolons, decimal commas."""
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
