"""What is checked of a zipped workbook before anything parses it: 1 kB can claim a million columns."""

import re
import struct
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
_CHUNK = 1 << 18
_CELL = re.compile(rb'<c(?: r="([A-Z]{1,3})([1-9][0-9]{0,6})"|[\s/>])')
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
# A program that never calculates leaves a formula's result out; where it is an empty text, Excel says so.
_NO_RESULT = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?><f>[^<]*</f>(?:</c>|<v ?/>|<v></v>)')
_ERROR_CELL = re.compile(rb'<c (?:[rs]="[A-Z0-9]*" )*t="e"')
_LONGEST_FORMULA = 1000
# What reading a damaged archive may raise: a false directory sends it before the beginning or beyond the end, and a
# member may be named in other letters.
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(NotImplementedError, EOFError, OSError, RuntimeError, ValueError, OverflowError, KeyError),
)
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")

DAMAGED = "Ce classeur est abîmé : ouvrez-le dans Excel, enregistrez-le à nouveau en .xlsx et déposez-le."
LOCKED = "Ce classeur est protégé par un mot de passe : enregistrez-en une copie sans mot de passe et déposez-la."
TOO_FAR = (
    "Ce classeur a des cellules au-delà de 200 000 lignes ou de 500 colonnes : copiez votre liste seule dans un "
    "nouveau classeur et déposez-le."
)
NOT_CALCULATED = (
    "Des formules de ce classeur n’ont pas de résultat enregistré, leurs cellules sont lues vides : ouvrez-le dans "
    "Excel, enregistrez-le et déposez-le à nouveau."
)
ERROR_CELLS = (
    "Des cellules de ce classeur sont des erreurs de calcul (#N/A, #REF!…) et sont lues vides : corrigez leurs "
    "formules et déposez-le à nouveau si leurs colonnes comptent."
)
TOO_BIG = "Ce classeur est trop volumineux une fois décompressé : copiez votre liste seule dans un nouveau classeur."


def check_archive(content: bytes) -> tuple[str, ...]:
    """Pass an .xlsx or .ods that is safe to parse. Raises UnreadablePortfolio otherwise.

    Returns what has to be said of cells that the parser gives back empty: French sentences, mostly none.
    """
    notices = set[str]()
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive)
            _check_kind(archive)
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    is_near = _is_plainly_near(part)
                if not is_near:
                    with archive.open(entry) as part:
                        _check_extent(part)
                with archive.open(entry) as part:
                    notices |= _notices(part)
    except UnreadablePortfolio:
        raise
    except _DAMAGES as error:
        raise UnreadablePortfolio(DAMAGED) from error
    return tuple(sorted(notices))


def _notices(part: IO[bytes]) -> set[str]:
    notices, before = set[str](), b""
    while chunk := part.read(_CHUNK):
        piece = before + chunk
        if b"</f>" in piece and _NO_RESULT.search(piece):
            notices.add(NOT_CALCULATED)
        if b't="e"' in piece and _ERROR_CELL.search(piece):
            notices.add(ERROR_CELLS)
        before = chunk[-_LONGEST_FORMULA:]
    return notices


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


def _is_too_far(row: int, column: int) -> bool:
    return row > MAX_LINES or column > MAX_COLUMNS or row * column > MAX_CELLS


def _is_plainly_near(part: IO[bytes]) -> bool:
    """Does every cell of the part say where it stands, as Excel and its imitators write it, and is none too far?

    A look at the bytes, much faster than the parser, which says yes to what anybody would read in the same way and
    leaves everything else to the parser: zeros of UTF-16, declarations, cells that are spelt otherwise.
    """
    furthest_row, letters, rest = 0, set[bytes](), b""
    while chunk := part.read(_CHUNK):
        whole_tags, bracket, begun = (rest + chunk).rpartition(b"<")
        rest = bracket + begun
        if len(rest) > _CHUNK or not _is_plain(whole_tags):
            return False
        if found := _CELL.findall(whole_tags):
            columns, rows = zip(*found, strict=True)
            letters.update(columns)
            furthest_row = max(furthest_row, *(int(row or 0) for row in set(rows)))
    furthest_column = max((_column_number(column.decode()) for column in letters), default=0)
    said = b"" not in letters and not _CELL.match(rest) and _is_plain(rest)
    return said and not _is_too_far(furthest_row, furthest_column)


def _is_plain(piece: bytes) -> bool:
    odd = (b"\x00" in piece, b"<!" in piece, b"<table:" in piece, _PREFIXED_CELL.search(piece))
    return not any(odd)


class _Extent:
    """The furthest filled row and column of a sheet; refuses as soon as they pass the limits."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.furthest_row = self.furthest_column = 0

    def fill(self) -> None:
        self.furthest_row = max(self.furthest_row, self.row)
        self.furthest_column = max(self.furthest_column, self.column)
        if _is_too_far(self.furthest_row, self.furthest_column):
            raise UnreadablePortfolio(TOO_FAR)


Handler = Callable[[str, dict[str, str]], None]


def _excel_handler(extent: _Extent) -> Handler:
    def start(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                extent.row = int(attributes.get("r", extent.row + 1))
                extent.column = 0
            case "c":
                if "r" not in attributes:
                    extent.column += 1
                elif reference := _REFERENCE.fullmatch(attributes["r"]):
                    extent.column, extent.row = _column_number(reference[1]), int(reference[2])
                else:  # the parser would take any number of letters for a column
                    raise UnreadablePortfolio(DAMAGED)
            case "v" | "is" | "f":  # a styled cell without value weighs nothing
                extent.fill()

    return start


def _opendocument_handler(extent: _Extent) -> Handler:
    # The names as they are written: the parser of the workbook goes by them, whatever the prefix is bound to.
    def start(name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table:table":
                extent.row = 0
            case "table:table-row":
                extent.row += int(attributes.get("table:number-rows-repeated", 1))
                extent.column = 0
            case "table:table-cell" | "table:covered-table-cell":
                extent.column += int(attributes.get("table:number-columns-repeated", 1))
                if "office:value-type" in attributes or "table:formula" in attributes:
                    extent.fill()
            case "text:p":
                extent.fill()

    return start


def _check_extent(part: IO[bytes]) -> None:
    parser = expat.ParserCreate()
    is_xml = False

    def first_element(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_xml
        is_xml = True
        # The parser of the workbook takes any part for a sheet when the list of sheets says so.
        is_opendocument = name.rpartition(":")[2] == "document-content"
        parser.StartElementHandler = (_opendocument_handler if is_opendocument else _excel_handler)(_Extent())

    def doctype(*declaration: object) -> None:
        raise UnreadablePortfolio(DAMAGED)

    parser.StartElementHandler = first_element
    parser.StartDoctypeDeclHandler = doctype
    try:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except UnreadablePortfolio:
        raise
    except LookupError as error:  # it is XML, in an encoding that does not exist
        raise UnreadablePortfolio(DAMAGED) from error
    except (expat.ExpatError, ValueError) as error:
        # A more lenient parser could go on and meet a far cell behind the fault; pictures are no XML at all.
        if is_xml:
            raise UnreadablePortfolio(DAMAGED) from error
