"""What is checked of a zipped workbook before anything parses it: 1 kB can claim a million columns."""

import re
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import IO
from xml.parsers import expat

from clients.portfolio.reading import MAX_COLUMNS, MAX_LINES, UnreadablePortfolio

MAX_UNCOMPRESSED = 100_000_000
MAX_RATIO = 100
MAX_ENTRIES = 200
MAX_CELLS = 5_000_000
"""Rows × columns of the filled rectangle: the parser allocates all of it, empty cells included."""

_RATIO_MATTERS_FROM = 1_000_000
_CHUNK = 1 << 16
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")

DAMAGED = "Ce classeur est abîmé : ouvrez-le dans Excel, enregistrez-le à nouveau en .xlsx et déposez-le."
LOCKED = "Ce classeur est protégé par un mot de passe : enregistrez-en une copie sans mot de passe et déposez-la."
TOO_FAR = (
    "Ce classeur a des cellules au-delà de 200 000 lignes ou de 500 colonnes : copiez votre liste seule dans un "
    "nouveau classeur et déposez-le."
)
TOO_BIG = "Ce classeur est trop volumineux une fois décompressé : copiez votre liste seule dans un nouveau classeur."


class _NotASheet(Exception):
    """This part of the archive holds no cells."""


def check_archive(content: bytes) -> None:
    """Pass an .xlsx or .ods that is safe to parse. Raises UnreadablePortfolio otherwise."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive)
            _check_kind(archive)
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    _check_extent(part)
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise UnreadablePortfolio(DAMAGED) from error


def _check_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_dense = size > _RATIO_MATTERS_FROM and size > packed * MAX_RATIO
    if len(entries) > MAX_ENTRIES or size > MAX_UNCOMPRESSED or too_dense:
        raise UnreadablePortfolio(TOO_BIG)
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadablePortfolio(LOCKED)


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = {name.lower() for name in archive.namelist()}
    if "xl/workbook.xml" in names:
        return
    if "content.xml" in names and "mimetype" in names:
        if b"opendocument.spreadsheet" not in archive.read("mimetype"):
            raise UnreadablePortfolio("Ce document n’est pas un classeur : déposez une feuille de calcul.")
        if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
            "META-INF/manifest.xml"
        ):
            raise UnreadablePortfolio(LOCKED)
        return
    if "xl/workbook.bin" in names:
        raise UnreadablePortfolio(
            "Ce classeur est au format binaire .xlsb : enregistrez-le en .xlsx dans Excel et déposez-le."
        )
    if "word/document.xml" in names:
        raise UnreadablePortfolio("Ce fichier est un document Word : copiez son tableau dans Excel ou collez-le ici.")
    raise UnreadablePortfolio("Ce fichier est une archive ZIP : décompressez-la et déposez la liste qu’elle contient.")


@lru_cache(maxsize=1024)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


class _Extent:
    """The furthest filled row and column of a sheet; refuses as soon as they pass the limits."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.furthest_row = self.furthest_column = 0

    def fill(self) -> None:
        self.furthest_row = max(self.furthest_row, self.row)
        self.furthest_column = max(self.furthest_column, self.column)
        if (
            self.furthest_row > MAX_LINES
            or self.furthest_column > MAX_COLUMNS
            or self.furthest_row * self.furthest_column > MAX_CELLS
        ):
            raise UnreadablePortfolio(TOO_FAR)


Handler = Callable[[str, dict[str, str]], None]


def _excel_handler(extent: _Extent) -> Handler:
    def start(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                extent.row = int(attributes.get("r", extent.row + 1))
                extent.column = 0
            case "c":
                if reference := _REFERENCE.fullmatch(attributes.get("r", "")):
                    extent.column, extent.row = _column_number(reference[1]), int(reference[2])
                else:
                    extent.column += 1
            case "v" | "is" | "f":  # a styled cell without value weighs nothing
                extent.fill()

    return start


def _opendocument_handler(extent: _Extent) -> Handler:
    def start(name: str, attributes: dict[str, str]) -> None:
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        match name.rpartition(" ")[2]:
            case "table":
                extent.row = 0
            case "table-row":
                extent.row += int(local.get("number-rows-repeated", 1))
                extent.column = 0
            case "table-cell" | "covered-table-cell":
                extent.column += int(local.get("number-columns-repeated", 1))
                if "value-type" in local or "formula" in local:
                    extent.fill()
            case "p":
                extent.fill()

    return start


def _check_extent(part: IO[bytes]) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    is_sheet = False

    def first_element(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_sheet
        is_sheet = True
        match name.rpartition(" ")[2]:
            case "worksheet":
                parser.StartElementHandler = _excel_handler(_Extent())
            case "document-content":
                parser.StartElementHandler = _opendocument_handler(_Extent())
            case _:
                raise _NotASheet

    def doctype(*declaration: object) -> None:
        raise UnreadablePortfolio(DAMAGED)

    parser.StartElementHandler = first_element
    parser.StartDoctypeDeclHandler = doctype
    try:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except _NotASheet:
        return
    except UnreadablePortfolio:
        raise
    except (expat.ExpatError, ValueError) as error:
        # A more lenient parser could go on and meet a far cell behind the fault.
        if is_sheet:
            raise UnreadablePortfolio(DAMAGED) from error
