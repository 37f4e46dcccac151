"""What leaves as a workbook: amounts are numbers, days are days, and nothing that anybody wrote becomes a formula, a
link or a number of the spreadsheet's own making."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADING = {"bold": True, "bg_color": "#E7EFF4", "text_wrap": True, "valign": "top"}
# What a spreadsheet holds: rows under the headings, and characters of a cell.
MOST_ROWS, LONGEST_TEXT = 1_048_575, 32_767
IN_MEMORY = 1_000_000  # bytes
_TEXTS_STAY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# Some spreadsheets show the code of what XML cannot hold, and of the first half of a line's end.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class Shown(StrEnum):
    """How the cells of a column are written; the values are the spreadsheet's own formats."""

    TEXT = "General"
    EUROS = "#,##0.00"
    COUNT = "#,##0"
    DAY = "dd/mm/yyyy"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """`width` is in characters."""

    heading: str
    shown: Shown
    width: int


def workbook_in(target: IO[bytes], *, row_by_row: bool = False) -> xlsxwriter.Workbook:
    """A new workbook, there once it is closed. With `row_by_row` a row leaves the memory when the next one begins:
    cells are written from left to right, rows from top to bottom."""
    kept = "constant_memory" if row_by_row else "in_memory"
    return xlsxwriter.Workbook(target, {kept: True, **_TEXTS_STAY})


def table_file(rows: Iterable[Sequence[object]], *, title: str, columns: Sequence[SheetColumn]) -> IO[bytes]:
    """A workbook of one sheet, to be read from its beginning and closed. It takes the same memory for any number of
    rows; raises ValueError beyond MOST_ROWS.

    A cell is a text, a number (Decimal or int), a day, or None. The headings stay in sight with the first column, and
    filter the rows.
    """
    target = SpooledTemporaryFile(IN_MEMORY)
    try:
        _write_table(target, rows, title, columns)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _write_table(
    target: IO[bytes], rows: Iterable[Sequence[object]], title: str, columns: Sequence[SheetColumn]
) -> None:
    with workbook_in(target, row_by_row=True) as book:
        sheet = book.add_worksheet(title)
        heading = book.add_format(HEADING)
        formats = {shown: book.add_format({"num_format": shown.value}) for shown in Shown}
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, _text(column.heading), heading)
        of_columns = [formats[column.shown] for column in columns]
        last = 0
        for last, row in enumerate(rows, start=1):
            if last > MOST_ROWS:
                raise ValueError("more rows than a spreadsheet has")
            for place, (value, cell_format) in enumerate(zip(row, of_columns, strict=True)):
                if value is not None and value != "":
                    _write(sheet, last, place, value, cell_format)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(columns) - 1)


def _text(value: str) -> str:
    return _UNPRINTABLE.sub("", value)[:LONGEST_TEXT]


def _write(sheet: Worksheet, row: int, place: int, value: object, cell_format: Format) -> None:
    if isinstance(value, str):
        sheet.write_string(row, place, _text(value))
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, cell_format)
    elif isinstance(value, Decimal | int):
        sheet.write_number(row, place, value, cell_format)
    else:
        raise TypeError(f"no cell holds a {type(value).__name__}")
