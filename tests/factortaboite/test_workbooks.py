"""A table as a workbook, read back by two readers of spreadsheets."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from weakref import WeakSet

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from factortaboite.workbooks import LONGEST_TEXT, SheetColumn, Shown, table_file

COLUMNS = [
    SheetColumn("Acheteur", Shown.TEXT, 28),
    SheetColumn("Demandé HT", Shown.EUROS, 16),
    SheetColumn("Délai", Shown.COUNT, 12),
    SheetColumn("Le", Shown.DAY, 12),
]


def written(rows, columns=COLUMNS) -> bytes:
    with table_file(rows, title="Acheteurs & Cie", columns=columns) as file:
        return file.read()


def sheet_of(content: bytes):
    return openpyxl.load_workbook(BytesIO(content)).active


def test_texts_numbers_and_days_are_read_back():
    rows = [
        ["Élec « Vaucassin » & <Fils>", Decimal("1234567.89"), 45, date(2024, 2, 29)],
        ["", None, None, None],
        ["000100990", Decimal("-0.01"), 0, date(2026, 1, 1)],
    ]
    content = written(rows)
    sheet = sheet_of(content)
    assert sheet.title == "Acheteurs & Cie"
    assert [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        ["Élec « Vaucassin » & <Fils>", 1234567.89, 45, datetime(2024, 2, 29)],
        [None] * 4,
        ["000100990", -0.01, 0, datetime(2026, 1, 1)],
    ]
    assert [cell.number_format for cell in sheet[2]] == ["General", "#,##0.00", "#,##0", "dd/mm/yyyy"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:D4")
    header, first, *_ = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert header == [column.heading for column in COLUMNS]
    assert first == ["Élec « Vaucassin » & <Fils>", 1234567.89, 45, date(2024, 2, 29)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("  deux espaces  ", "  deux espaces  ", id="spaces at the ends"),
        pytest.param("deux\nlignes", "deux\nlignes", id="two lines"),
        pytest.param("deux\r\nlignes", "deux\nlignes", id="two lines of a form"),
        pytest.param("a\x01b\ufffec", "abc", id="what no XML holds"),
        pytest.param("x" * 40_000, "x" * LONGEST_TEXT, id="longer than a cell"),
        pytest.param("=1+1", "=1+1", id="no formula"),
        pytest.param("https://voleur.example/", "https://voleur.example/", id="no link"),
        pytest.param("000100990", "000100990", id="no number"),
        pytest.param("]]>&amp;", "]]>&amp;", id="marks of XML"),
    ],
)
def test_any_text_stays_what_it_is_in_a_cell_and_in_a_heading(text, read):
    sheet = sheet_of(written([[text]], [SheetColumn(text, Shown.TEXT, 16)]))
    assert [(cell.value, cell.data_type) for cell in sheet["A"]] == [(read, "s")] * 2


def test_columns_beyond_z():
    columns = [SheetColumn(f"n° {number}", Shown.COUNT, 8) for number in range(1, 29)]
    sheet = sheet_of(written([range(1, 29)], columns))
    assert (sheet["Z2"].value, sheet["AA2"].value, sheet["AB2"].value) == (26, 27, 28)
    assert sheet.auto_filter.ref == "A1:AB2"


def test_without_a_row_it_has_its_headings():
    assert [list(row) for row in sheet_of(written([])).values] == [[column.heading for column in COLUMNS]]


class Amount(Decimal):
    """One that can be counted while it lives."""


def test_rows_that_are_written_are_not_kept():
    alive = WeakSet()

    def rows():
        for number in range(50):
            amount = Amount(number)
            alive.add(amount)
            yield ["Garonnel", amount, None, None]
            del amount
            assert len(alive) <= 2

    assert len(sheet_of(written(rows()))["B"]) == 51


def test_no_row_is_lost_in_silence(monkeypatch):
    monkeypatch.setattr("factortaboite.workbooks.MOST_ROWS", 2)
    with pytest.raises(ValueError, match="more rows"):
        written([["Garonnel", None, None, None]] * 3)


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match="float"):
        written([["Garonnel", 1.5, None, None]])
