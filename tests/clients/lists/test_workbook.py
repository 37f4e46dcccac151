"""A workbook written as it is sent, read back by two readers."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from clients.lists.workbook import SENT_AT_ONCE, SheetColumn, Style, streamed_workbook

COLUMNS = [
    SheetColumn("Acheteur", Style.TEXT, 28),
    SheetColumn("Demandé HT", Style.EUROS, 16),
    SheetColumn("Délai", Style.COUNT, 12),
    SheetColumn("Le", Style.DAY, 12),
]


def written(rows, columns=COLUMNS) -> bytes:
    return b"".join(streamed_workbook(rows, title="Acheteurs & Cie", columns=columns))


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
        pytest.param("a\x01b\ufffec", "abc", id="what no XML holds"),
        pytest.param("=1+1", "=1+1", id="no formula"),
        pytest.param("]]>&amp;", "]]>&amp;", id="marks of XML"),
    ],
)
def test_any_text_stays_what_it_is(text, read):
    cell = sheet_of(written([[text, None, None, None]]))["A2"]
    assert (cell.value, cell.data_type) == (read, "s")


def test_columns_beyond_z():
    columns = [SheetColumn(f"n° {number}", Style.COUNT, 8) for number in range(1, 29)]
    sheet = sheet_of(written([range(1, 29)], columns))
    assert (sheet["Z2"].value, sheet["AA2"].value, sheet["AB2"].value) == (26, 27, 28)
    assert sheet.auto_filter.ref == "A1:AB2"


def test_without_a_row_it_has_its_headings():
    assert [list(row) for row in sheet_of(written([])).values] == [[column.heading for column in COLUMNS]]


def test_leaves_while_rows_are_still_read():
    read = 0

    def rows():
        nonlocal read
        for read in range(1, 20_001):
            yield [f"{read * 7919:x} {read * 104_729:x}", Decimal(read), read, None]

    pieces = streamed_workbook(rows(), title="Acheteurs", columns=COLUMNS)
    assert len(next(pieces)) < 4 * SENT_AT_ONCE
    assert 0 < read < 20_000
    assert len(list(pieces)) > 1


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match="float"):
        written([["Garonnel", 1.5, None, None]])
