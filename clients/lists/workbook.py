"""A workbook of one sheet, written as it is sent: the first bytes leave at once, and no row is kept (ECMA-376).

Texts are inline strings: never a formula, a link or a number of the spreadsheet's own making.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENT_AT_ONCE = 64 * 1024  # bytes

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet, which counts a 29 February 1900


class Style(IntEnum):
    """The formats of cells, by their place in `xl/styles.xml`."""

    TEXT = 0
    HEADING = 1
    EUROS = 2
    COUNT = 3
    DAY = 4


_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{MIME}.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE7EFF4"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


class _Sent:
    """What a `ZipFile` writes to when nothing can be gone back to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, content: bytes) -> int:
        self._pieces.append(bytes(content))
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces, self.size = [], 0
        return content


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """`width` is in characters."""

    heading: str
    style: Style
    width: int


def streamed_workbook(
    rows: Iterable[Sequence[object]], *, title: str, columns: Sequence[SheetColumn]
) -> Iterator[bytes]:
    """The file in pieces. A cell is a text, a number (Decimal or int), a day, or None. The headings stay in sight with
    the first column, and filter the rows."""
    sent = _Sent()
    letters = [_letters(place) for place in range(1, len(columns) + 1)]
    styles = [column.style for column in columns]
    with ZipFile(sent, "w", ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in (*_PARTS.items(), ("xl/workbook.xml", _book(title))):
            archive.writestr(name, _XML + content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(_beginning(columns).encode())
            headings = [column.heading for column in columns]
            sheet.write(_row(1, letters, headings, [Style.HEADING] * len(columns)))
            last = 1
            for last, row in enumerate(rows, start=2):
                sheet.write(_row(last, letters, row, styles))
                if sent.size > SENT_AT_ONCE:
                    yield sent.take()
            sheet.write(f'</sheetData><autoFilter ref="A1:{letters[-1]}{last}"/></worksheet>'.encode())
    yield sent.take()


def _book(title: str) -> str:
    sheet = f'<sheet name="{_text(title)}" sheetId="1" r:id="rId1"/>'
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheet}</sheets></workbook>'


def _beginning(columns: Sequence[SheetColumn]) -> str:
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{column.width}" customWidth="1"/>'
        for place, column in enumerate(columns, start=1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="1" '
        'topLeftCell="B2" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    )


def _row(number: int, letters: Sequence[str], values: Sequence[object], styles: Sequence[Style]) -> bytes:
    cells = "".join(
        f'<c r="{letter}{number}" s="{style:d}"{_content(value)}</c>'
        for letter, value, style in zip(letters, values, styles, strict=True)
        if value is not None and value != ""
    )
    return f'<row r="{number}">{cells}</row>\n'.encode()


def _content(value: object) -> str:
    """The rest of a cell's opening tag, and what it holds."""
    if isinstance(value, str):
        return f' t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is>'
    if isinstance(value, date):
        return f"><v>{(value - _EPOCH).days}</v>"
    if isinstance(value, Decimal | int):
        return f"><v>{value}</v>"
    raise TypeError(f"no cell holds a {type(value).__name__}")


def _text(text: str) -> str:
    return escape(_UNPRINTABLE.sub("", text), {'"': "&quot;"})


def _letters(column: int) -> str:
    """« A » for 1, « AB » for 28."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
