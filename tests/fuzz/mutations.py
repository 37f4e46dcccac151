"""Files damaged at random, the same for the same number: the traps of buyer lists, cut, spliced, flipped, stuffed."""

import random
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO

from clients.portfolio.choices import Choices, Told
from clients.portfolio.dates import DAY_FIRST, MONTH_FIRST, YEAR_FIRST
from clients.portfolio.headers import FIELDS
from tests.files import traps
from tests.files.traps_of_formats import FORMATS
from tests.files.traps_of_lists import TRAPS

_TABLE = [["Nom", "SIREN", "Encours"], ["Garonnel", "552008443", 100.5], ["Étoile", "404833048", 1]]

Members = list[tuple[str, bytes]]


def _members(content: bytes) -> Members:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def _packed(members: Members, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same bytes at any time of day."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name are what a file may bring
        for name, part in members:
            archive.writestr(zipfile.ZipInfo(name), part, compression)
    return target.getvalue()


_WORKBOOKS = [traps.xls(_TABLE), traps.ods(_TABLE), traps.xlsx(("A", _TABLE), ("B", _TABLE))]
FILES = [
    _packed(_members(content)) if content.startswith(b"PK\x03\x04") else content
    for content in (*(trap.content for trap in (*TRAPS, *FORMATS)), *_WORKBOOKS)
]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "iso-8859-15", "cp850")
# What stands in real files, where nobody expects it.
FRAGMENTS = [
    *(
        b";",
        b"|",
        b"\t",
        b",",
        b"\n",
        b"\r",
        b'"',
        b"'",
        b"\x00",
        b"  ",
        b"\xe9",
        b"\xff",
        b"\xc2\xa0",
        b"\xef\xbb\xbf",
    ),
    *(b"0", b"-", b"1.234", b"(", b"C", b"1e9", b"NaN", b"Infinity", b"99999999999999,99", b"-1,00-", b"%", b"=1+1"),
    *(b"31/02/2026", b"01/02/03", b"20269999", b"00/00/0000", b"1/1/1", b"31/12/9999", b"-46266", b"0001-01-01"),
    *(
        b"411",
        b"411DUP Dupont",
        b"Total",
        b"Report",
        b"Date",
        b"Solde",
        b"SIREN",
        b"EUR",
        b"USD",
        b"en k\x80",
        b"30 jours",
    ),
    *("²".encode(), "٣".encode(), "\u202e".encode(), "\U0001f600".encode(), "ﬁ".encode(), "İ".encode()),
]
_WORDS_OF_XML = [
    b"<v>1e400</v>",
    b' r="XFD1048576"',
    b"<row>",
    b"</c>",
    b'<c t="e"><v>#N/A</v></c>',
    b"&#0;",
    b"<f>1</f>",
]


def damaged(seed: int) -> tuple[bytes, Told]:
    """A file, and what somebody chose of it."""
    source = random.Random(seed)
    content = source.choice(FILES)
    is_archive = content.startswith(b"PK\x03\x04")
    change = _change_archive if is_archive and source.random() < 0.8 else _change_bytes
    for _ in range(source.choice((1, 1, 2, 3, 6, 15))):
        content = change(content, source)
    return content, Told(filename=source.choice(("", "552008443FEC20261231.txt")), choices=_choices(source))


def _choices(source: random.Random) -> Choices:
    choices: Choices = {}
    if source.random() < 0.2:
        choices["order"] = source.choice((DAY_FIRST, MONTH_FIRST, YEAR_FIRST, ""))
    if source.random() < 0.2:
        choices["terms_days"] = source.randint(0, 365)
    if source.random() < 0.2:
        choices["cut_off"] = f"{source.randint(2000, 2099)}-{source.randint(1, 12):02}-28"
    if source.random() < 0.1:
        headers = ("Nom", "SIREN", "Solde", "Encours", "Date", "colonne A", "colonne C", "")
        choices["columns"] = {source.choice(FIELDS): source.choice(headers) for _ in range(3)}
    return choices


def _change_bytes(content: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(content) + 1)
    return source.choice(_BYTE_CHANGES)(content, place, source)


def _insert(content: bytes, place: int, source: random.Random) -> bytes:
    return content[:place] + source.choice(FRAGMENTS) * source.choice((1, 1, 1, 3, 600)) + content[place:]


def _cut_out(content: bytes, place: int, source: random.Random) -> bytes:
    return content[:place] + content[place + source.randrange(1, 12) :]


def _flip(content: bytes, place: int, source: random.Random) -> bytes:
    return content[:place] + bytes([source.randrange(256)]) + content[place + 1 :]


def _truncate(content: bytes, place: int, source: random.Random) -> bytes:
    return content[:place]


def _splice(content: bytes, place: int, source: random.Random) -> bytes:
    other = source.choice(FILES)
    return content[:place] + other[source.randrange(len(other)) :]


def _repeat_block(content: bytes, place: int, source: random.Random) -> bytes:
    block = content[place : place + source.choice((10, 100, 1000))]
    return content[:place] + block * source.choice((2, 2, 2, 50)) + content[place:]


def _shuffle_lines(content: bytes, place: int, source: random.Random) -> bytes:
    lines = content.split(b"\n")
    source.shuffle(lines)
    return b"\n".join(lines)


def _double_a_line(content: bytes, place: int, source: random.Random) -> bytes:
    lines = content.split(b"\n")
    lines.insert(source.randrange(len(lines) + 1), source.choice(lines))
    return b"\n".join(lines)


def _shuffle_cells(content: bytes, place: int, source: random.Random) -> bytes:
    lines = content.split(b"\n")
    separator = source.choice((b";", b"|", b"\t", b","))
    number = source.randrange(len(lines))
    cells = lines[number].split(separator)
    source.shuffle(cells)
    lines[number] = separator.join(cells)
    return b"\n".join(lines)


def _change_encoding(content: bytes, place: int, source: random.Random) -> bytes:
    return content.decode("cp1252", errors="replace").encode(source.choice(ENCODINGS), errors="replace")


_BYTE_CHANGES: list[Callable[[bytes, int, random.Random], bytes]] = [
    *(_insert, _insert, _insert, _cut_out, _cut_out, _flip, _flip, _truncate, _splice, _repeat_block),
    *(_shuffle_lines, _double_a_line, _shuffle_cells, _change_encoding),
]


def _change_archive(content: bytes, source: random.Random) -> bytes:
    """The workbook with one of its members changed, left out, doubled or renamed, and packed again."""
    try:
        members = _members(content)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError):
        return _change_bytes(content, source)
    number = source.randrange(len(members))
    name, part = members[number]
    kind = source.random()
    if kind < 0.05:
        del members[number]
    elif kind < 0.1:
        members.append((source.choice(members)[0], part))
    elif kind < 0.15:
        members[number] = (name.swapcase(), part)
    elif kind < 0.4:
        place = source.randrange(len(part) + 1)
        members[number] = (name, part[:place] + source.choice(_WORDS_OF_XML) + part[place:])
    else:
        members[number] = (name, _change_bytes(part, source))
    return _packed(members, source.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
