"""Files as clients really send them, and files nobody should parse. Each function returns the bytes of one."""

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def text(lines: str, encoding: str = "cp1252", end: str = "\r\n") -> bytes:
    """A text file of the lines given, without their indentation."""
    return end.join(line.strip(" ") for line in lines.strip("\n").split("\n")).encode(encoding)


def xlsx(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook written as Excel does; None leaves a cell out, a date is a real date."""
    target = BytesIO()
    workbook = xlsxwriter.Workbook(target, {"in_memory": True})
    workbook.set_properties({"created": datetime(2026, 1, 1)})  # the same bytes each time
    day = workbook.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in sheets:
        sheet = workbook.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif value is not None:
                    sheet.write(line, column, value)
    workbook.close()
    return target.getvalue()


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of Excel 97."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Clients")
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def ods(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A LibreOffice workbook, with the million empty cells that LibreOffice declares around the list."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Clients")
    for row in rows:
        line = TableRow()
        for value in row:
            if isinstance(value, str):
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=value))
            else:
                cell = TableCell(valuetype="float", value=str(value))
            line.addElement(cell)
        line.addElement(TableCell(numbercolumnsrepeated=16_000))
        table.addElement(line)
    rest = TableRow(numberrowsrepeated=1_048_000)
    rest.addElement(TableCell(numbercolumnsrepeated=16_384))
    table.addElement(rest)
    document.spreadsheet.addElement(table)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def raw_xlsx(sheet_data: str, *, prolog: str = "", sheet_encoding: str = "utf-8") -> bytes:
    """A minimal workbook around `<sheetData>` as given: what no honest program writes."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {_NAMESPACE} xmlns:r="{_RELATIONS}"><sheets><sheet name="Clients" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATIONS}/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
        )
        sheet = f"{prolog}<worksheet {_NAMESPACE}><sheetData>{sheet_data}</sheetData></worksheet>"
        archive.writestr("xl/worksheets/sheet1.xml", sheet.encode(sheet_encoding))
    return target.getvalue()


def far_cell_xlsx() -> bytes:
    """About 1 kB with cells in A1 and XFD1048576: unchecked, the parser aborts on the rectangle between them."""
    return raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def far_cell_hidden_from_a_search_xlsx() -> bytes:
    """The same in UTF-16, where a search for the bytes of `XFD1048576` finds nothing."""
    return raw_xlsx(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        prolog='<?xml version="1.0" encoding="UTF-16"?>',
        sheet_encoding="utf-16",
    )


def zip_bomb_xlsx() -> bytes:
    """Some 120 kB that unpack to 120 MB of zeros."""
    target = BytesIO(far_cell_xlsx())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"0" * 120_000_000)
    return target.getvalue()


def entity_bomb_xlsx() -> bytes:
    """The billion laughs, in the sheet."""
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    return raw_xlsx('<row r="1"><c r="A1" t="str"><v>&i;</v></c></row>', prolog=f"<!DOCTYPE x [{entities}]>")


def crowded_xlsx(entries: int = 300) -> bytes:
    """A workbook of hundreds of parts."""
    target = BytesIO(raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>'))
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(entries):
            archive.writestr(f"xl/media/{number}.bin", b"")
    return target.getvalue()


def repeated_rows_ods() -> bytes:
    """One filled row that says it comes a million times."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Clients")
    row = TableRow(numberrowsrepeated=1_000_000)
    cell = TableCell(valuetype="float", value="1")
    row.addElement(cell)
    table.addElement(row)
    document.spreadsheet.addElement(table)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def zip_of(*names: str) -> bytes:
    """An archive with empty entries under the names given."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return target.getvalue()


def encrypted_xlsx() -> bytes:
    """What Excel writes under a password: a compound file with the stream EncryptedPackage."""
    return _compound_file("EncryptedPackage")


def word_document() -> bytes:
    return _compound_file("WordDocument")


def _compound_file(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le").ljust(512, b"\x00")


def memory_hungry_xlsx() -> bytes:
    """A modest archive, near cells, and one long shared text that thousands of them repeat: gigabytes in memory."""
    letters = "".join(chr(97 + (number * number // 7) % 26) for number in range(1_000_000))
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 5001))
    target = BytesIO(raw_xlsx(cells))
    with zipfile.ZipFile(target) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/sharedStrings.xml"] = f"<sst {_NAMESPACE}><si><t>{letters}</t></si></sst>".encode()
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId2" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>".encode(),
    )
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()
