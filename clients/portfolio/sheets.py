"""From the bytes of any file to grids of cells. The first bytes decide, never the extension."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import python_calamine

from clients.portfolio.archives import DAMAGED, LOCKED, MAX_CELLS, TOO_FAR, check_archive
from clients.portfolio.compound import check_compound
from clients.portfolio.fixed_width import fixed_width_form
from clients.portfolio.reading import MAX_COLUMNS, MAX_LINES, UnreadablePortfolio
from clients.portfolio.texts import Record, decode, split_table
from clients.portfolio.values import Cell, clean

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The record FILEPASS of Excel 97, after the first one of the workbook and perhaps a write protection.
_ENCRYPTED_FROM_HERE = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
_WEB_PAGES = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"mime-version")

_EXACT = 10**15

LARGEST_LIST = 50_000_000
"""Bytes: 200 000 lines of 250 characters. Only a FEC may be larger, because it is read as it streams by."""

TOO_LARGE = (
    "Ce fichier dépasse 50 Mo et n’est pas un fichier des écritures comptables (FEC) : ne gardez que la liste des "
    "clients et déposez-la à nouveau."
)

_PDF_SENTENCE = (
    "Ce fichier est un PDF : demandez la liste au format Excel ou CSV, ou copiez son tableau et collez-le ici."
)
_IMAGE_SENTENCE = "Ce fichier est une image : demandez la liste au format Excel ou CSV."
_WEB_SENTENCE = "Ce fichier est une page web ou du XML : ouvrez-le dans Excel, enregistrez-le en .xlsx et déposez-le."
_WORD_SENTENCE = "Ce fichier est un document Word : copiez son tableau dans Excel ou collez-le ici."


@dataclass(frozen=True)
class Grid:
    """One table of cells with the line numbers of the file or sheet. `encoding` and `separator` are a text's,
    `sheet` and `sheets` a workbook's. `notices` are French sentences about the file."""

    records: list[Record]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def open_grids(content: bytes, *, sheet: str | None = None) -> list[Grid]:
    """The tables of a file: one for a text, one per filled sheet for a workbook, only `sheet` when it is named.

    Raises UnreadablePortfolio with what to do.
    """
    if len(content) > LARGEST_LIST:
        raise UnreadablePortfolio(TOO_LARGE)
    beginning = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not content.strip(b"\x00 \t\r\n"):
        raise UnreadablePortfolio("Ce fichier est vide : exportez la liste à nouveau et déposez-la.")
    if content.startswith(_ZIP):
        notices = check_archive(content)
        return [replace(grid, notices=notices) for grid in _workbook(content, sheet)]
    if content.startswith(_OLE):
        return _old_workbook(content, sheet)
    if beginning.startswith(b"%pdf"):
        raise UnreadablePortfolio(_PDF_SENTENCE)
    if content.startswith(_IMAGES) and b"\x00" in content[:512]:
        raise UnreadablePortfolio(_IMAGE_SENTENCE)
    if beginning.startswith(_WEB_PAGES):
        raise UnreadablePortfolio(_WEB_SENTENCE)
    text, encoding = decode(content)
    if sentence := fixed_width_form(text):
        raise UnreadablePortfolio(sentence)
    separator, records = split_table(text)
    return [Grid(records, encoding=encoding, separator=separator)]


def _old_workbook(content: bytes, sheet: str | None) -> list[Grid]:
    if "EncryptedPackage".encode("utf-16-le") in content or _ENCRYPTED_FROM_HERE.search(content):
        raise UnreadablePortfolio(LOCKED)
    if "WordDocument".encode("utf-16-le") in content:
        raise UnreadablePortfolio(_WORD_SENTENCE)
    check_compound(content)
    return _workbook(content, sheet)


def _workbook(content: bytes, wanted: str | None) -> list[Grid]:
    try:
        workbook = python_calamine.load_workbook(BytesIO(content))
        names = tuple(workbook.sheet_names)
        if wanted is not None and wanted not in names:
            raise UnreadablePortfolio(
                f"Le classeur n’a pas de feuille « {wanted} » : choisissez parmi {', '.join(names)}."
            )
        grids = [
            Grid(records, sheet=clean(name), sheets=tuple(map(clean, names)))
            for name in (_visible_first(workbook) if wanted is None else (wanted,))
            if (records := _sheet_records(workbook.get_sheet_by_name(name)))
        ]
    except python_calamine.PasswordError as error:
        raise UnreadablePortfolio(LOCKED) from error
    except (python_calamine.CalamineError, python_calamine.XmlError, python_calamine.ZipError) as error:
        raise UnreadablePortfolio(DAMAGED) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the parser's own language: it has no other name here
            raise
        raise UnreadablePortfolio(DAMAGED) from error
    if not grids:
        raise UnreadablePortfolio("Ce classeur est vide : vérifiez la feuille et déposez-le à nouveau.")
    return grids


def _visible_first(workbook: python_calamine.CalamineWorkbook) -> list[str]:
    visible = python_calamine.SheetVisibleEnum.Visible
    return [sheet.name for sheet in sorted(workbook.sheets_metadata, key=lambda sheet: sheet.visible != visible)]


def _sheet_records(sheet: python_calamine.CalamineSheet) -> list[Record]:
    height, width = sheet.total_height, sheet.total_width
    if height > MAX_LINES or width > MAX_COLUMNS or height * width > MAX_CELLS:
        raise UnreadablePortfolio(TOO_FAR)
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    records = [(line, [_cell(value) for value in row]) for line, row in enumerate(rows, start=1)]
    while records and not any(cell != "" for cell in records[-1][1]):
        records.pop()
    return records


def _cell(value: Any) -> Cell:
    kind = type(value)
    if kind is str:
        return clean(value)
    if kind is bool:
        return "VRAI" if value else "FAUX"
    if kind is int:
        return Decimal(value)
    if kind is float:
        if value.is_integer() and -_EXACT < value < _EXACT:  # many cells, and faster
            return Decimal(int(value))
        # Fifteen significant digits are what a spreadsheet shows: 0.1 + 0.2 is 0.3 there.
        number = Decimal(f"{value:.15g}")
        return number if number.is_finite() else str(value)
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    return clean(str(value))
