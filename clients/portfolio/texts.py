"""Text files and pasted lists: bytes to characters, characters to cells."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from clients.portfolio.charsets import single_byte_charset
from clients.portfolio.reading import MAX_COLUMNS, MAX_LINES, UnreadablePortfolio
from clients.portfolio.typed import typed_cells
from clients.portfolio.values import Cell, clean

SEPARATORS = (";", "\t", "|", ",")
SPACES = "  "
"""Two spaces or more between the columns, as in a mail or a printed list."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOSTLY = 0.9
_SAMPLE = 200
_LONGEST_RECORD = 20
_GAP = re.compile(r"[ \u00a0]{2,}")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_HINT = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_END = "\x00end"

Record = tuple[int, list[Cell]]
"""The 1-based physical line a record begins on, and its cells; texts are clean (values.clean)."""


def decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding it was in: byte order mark, then UTF-8, then UTF-16 without mark, then cp1252 or
    ISO-8859-15, the only others that French exports use.

    A few cp1252 lines pasted into a UTF-8 file are read as such.
    Raises UnreadablePortfolio when the bytes are no text.
    """
    encoding = _encoding(content)
    text = content.decode(encoding, errors="as_cp1252" if encoding == "utf-8" else "replace")
    if len(_CONTROL.findall(text[:100_000])) > len(text[:100_000]) // 200:
        raise UnreadablePortfolio(
            "Ce fichier n’est pas une liste lisible : déposez un classeur Excel (.xlsx) ou un fichier CSV."
        )
    return text, encoding


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("as_cp1252", _as_cp1252)


def _encoding(content: bytes) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    # Latin letters in UTF-16 leave a zero every second byte, which strict UTF-8 would accept.
    sample = content[:4000]
    if sample.count(0) > len(sample) // 4:
        little_endian = sample[1::2].count(0) > sample[0::2].count(0)
        return "utf-16-le" if little_endian else "utf-16-be"
    beyond_ascii = sum(map(len, _BEYOND_ASCII.findall(content)))
    in_utf8 = sum(map(len, _UTF8_LETTER.findall(content))) if beyond_ascii else 0
    return "utf-8" if in_utf8 >= beyond_ascii * _MOSTLY else single_byte_charset(content)


def split_table(text: str) -> tuple[str, list[Record]]:
    """The separator and the records of a text, each cell on one line. Blank lines come as empty records.

    Raises UnreadablePortfolio beyond 200 000 lines or 500 columns.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    if len(lines) > MAX_LINES:
        raise UnreadablePortfolio(
            "Ce fichier dépasse 200 000 lignes : ne gardez que vos clients, une ligne chacun, et déposez-le à nouveau."
        )
    hint = _HINT.fullmatch(lines[0])
    if hint:
        lines[0] = ""
    separator = hint[1] if hint else choose_separator(lines)
    typed = None if separator else typed_cells(lines)
    found = enumerate(typed) if typed else _records(lines, separator)
    records = [(number, _clean_cells(cells)) for number, cells in found]
    if any(len(cells) > MAX_COLUMNS for _, cells in records):
        raise UnreadablePortfolio(
            "Ce fichier dépasse 500 colonnes : ne gardez que les colonnes utiles et déposez-le à nouveau."
        )
    return separator, records


def _clean_cells(cells: list[str]) -> list[Cell]:
    whole = "".join(cells)
    if whole.isprintable() and "  " not in whole:  # most lines: one look at the whole is faster than one per cell
        return [cell.strip() for cell in cells]
    return [clean(cell) for cell in cells]


def choose_separator(lines: list[str]) -> str:
    """The first of `;`, tab, `|` and `,` that cuts most lines into the same number of cells, else runs of spaces.

    The comma comes last and does not count within amounts. An empty string when the lines have one column only.
    """
    best, best_score = "", 0.0
    for separator in (*SEPARATORS, SPACES):
        cut = [_DECIMAL_COMMA.sub("", line) for line in lines[:_SAMPLE]] if separator == "," else lines
        sample = [cells for _, cells in islice(_records(cut, separator), _SAMPLE) if any(cells)]
        widths = [len(cells) for cells in sample if len(cells) > 1]
        if not widths or len(widths) < len(sample) * 0.3:
            continue
        consistency = Counter(widths).most_common(1)[0][1] / len(widths)
        if consistency >= 0.8 and len(widths) >= 2:
            return separator
        if consistency * len(widths) > best_score:
            best, best_score = separator, consistency * len(widths)
    return best


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    usual = Counter(line.count(separator) for line in lines[:_SAMPLE] if separator in line).most_common(1)
    whole_record = usual[0][0] if usual else 0
    number = 0
    while number < len(lines):
        line = lines[number]
        if separator in ("", SPACES):
            cells, used = (_GAP.split(line.strip()) if separator else [line]), 1
        elif '"' in line:
            cells, used = _quoted(lines, number, separator, whole_record)
        else:
            cells, used = line.split(separator), 1
        yield number + 1, cells
        number += used


def _quoted(lines: list[str], first: int, separator: str, whole_record: int) -> tuple[list[str], int]:
    """The record that begins on line `first` and the number of lines it takes; quoted cells may hold line breaks.

    A quote that nobody closes must not swallow the buyers that follow: it is an ordinary character when it would
    enclose a whole record's separators, or past a few lines.
    """
    for used in range(1, min(_LONGEST_RECORD, len(lines) - first) + 1):
        block = [line + "\n" for line in lines[first : first + used]]
        block[-1] = block[-1][:-1] + separator + _END
        try:
            records = list(csv.reader(block, delimiter=separator))
        except csv.Error:
            break
        if len(records) == 1 and records[0][-1] == _END:
            cells = records[0][:-1]
            within_quotes = sum(line.count(separator) for line in lines[first : first + used]) - (len(cells) - 1)
            if used > 1 and within_quotes >= whole_record:
                break
            return cells, used
    return [cell.strip('"') for cell in lines[first].split(separator)], 1
