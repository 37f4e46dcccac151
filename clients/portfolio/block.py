"""A block of cells copied from a spreadsheet: which of its cells go into which column of the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.portfolio.grid import AMOUNTS, COLUMNS, PLAIN, Form
from clients.portfolio.headers import IDENTIFIERS, match_columns, named_exactly
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import split_table
from clients.portfolio.values import as_text, decimal_separator, unit_said, words
from factortaboite.money import format_number

LONGEST_BLOCK = 5_000
MOST_CHARACTERS = 2_000_000  # of that many lines; a block is read while somebody waits, by the web server itself

_DECISION = frozenset(("decision", "ecarte", "ecartes", "motif"))
_BALANCES = ("outstanding", "peak")


class BadBlock(ValueError):
    """Nothing can be pasted from the text; the French message says what to do."""


@dataclass(frozen=True)
class Block:
    """`rows` hold the text of each cell by column of the grid; a blank row holds nothing. `forms` say how the amounts
    of a column are written, `notices` (French) what was left aside or multiplied."""

    rows: tuple[Mapping[str, str], ...]
    columns: tuple[str, ...]
    forms: Mapping[str, Form]
    has_header: bool = False
    notices: tuple[str, ...] = ()


def read_block(text: str, *, column: str = "name") -> Block:
    """The cells of a copied text, from the grid's `column` rightwards, or where the header that was copied along says.

    Columns are separated by tabs as spreadsheets do; without any, by semicolons or bars when every line has as many.
    A shorter row ends with empty cells. Raises BadBlock.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadBlock(
            f"Ce bloc est trop long : collez {LONGEST_BLOCK} lignes au plus à la fois, ou importez la liste."
        )
    try:
        # A last line of ours keeps the empty cells at the end of theirs.
        _, records = split_table(f"sep={_separator(text)}\n{text}\n.")
    except UnreadablePortfolio as error:
        raise BadBlock(str(error)) from error
    rows = [[as_text(cell) for cell in cells] for _, cells in records[1:-1]]
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise BadBlock("Il n’y a rien à coller : copiez d’abord des cellules dans votre tableur.")
    fields = _fields_of_header(rows[0])
    if fields is not None and len(rows) == 1:
        raise BadBlock("Ce bloc n’a qu’une ligne d’en-têtes : copiez aussi les lignes qui la suivent.")
    if len(rows) - (fields is not None) > LONGEST_BLOCK:
        raise BadBlock(
            f"Ce bloc compte {len(rows)} lignes : collez-en {LONGEST_BLOCK} au plus à la fois, ou importez la liste."
        )
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    return _placed(rows, column) if fields is None else _named(rows[0], rows[1:], fields)


def _separator(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    if "\t" not in text:
        for separator in (";", "|"):
            if len(counts := {line.count(separator) for line in lines}) == 1 and counts != {0}:
                return separator
    return "\t"


def _fields_of_header(cells: Sequence[str]) -> dict[str, tuple[int, ...]] | None:
    """The columns of each field of a header line; None for a line of data."""
    fields = dict(match_columns(cells))
    decisions = [place for place, cell in enumerate(cells) if words(cell) in _DECISION]
    exact = sum(named_exactly(field, cells[place]) for field, places in fields.items() for place in places)
    filled = sum(bool(cell) for cell in cells)
    if not filled or exact + len(decisions) < min(2, filled) or (exact + len(decisions)) * 2 < filled:
        return None
    if decisions:
        fields = {field: rest for field, places in fields.items() if (rest := tuple(set(places) - {decisions[0]}))}
        fields["set_aside"] = (decisions[0],)
    return fields


def _placed(rows: Sequence[Sequence[str]], column: str) -> Block:
    """Cell after cell from the first one's column."""
    columns = list(COLUMNS)[list(COLUMNS).index(column) :]
    beyond = max((place for row in rows for place, cell in enumerate(row) if cell), default=0) - len(columns) + 1
    notices = []
    if beyond > 0:
        notices.append(
            f"Le bloc dépasse la grille à droite : {_columns(beyond)} de côté. Collez-le depuis une colonne plus à "
            "gauche, ou avec ses en-têtes."
        )
    return _block(rows, {name: (place,) for place, name in enumerate(columns[: len(rows[0])])}, {}, notices)


def _named(headers: Sequence[str], rows: Sequence[Sequence[str]], fields: Mapping[str, tuple[int, ...]]) -> Block:
    """Each column where its header says."""
    places: dict[str, tuple[int, ...]] = {}
    units: dict[str, int] = {}
    notices = []
    told: set[int] = set()
    for field in (field for field in COLUMNS if field in fields):
        found = fields[field]
        header = headers[found[0]]
        if field in _BALANCES and "ht" in words(header).split():
            notices.append(f"« {header} » est HT, la grille veut des encours TTC : colonne laissée de côté.")
            told.update(found)
        elif len(found) == 1 or field not in AMOUNTS:  # a balance in several buckets is a list to import
            places[field] = found[:1]
        if field in AMOUNTS and field in places and (unit := unit_said(header)):
            units[field] = unit
            notices.append(f"La colonne « {header} » est multipliée par {format_number(Decimal(unit))}.")
    if identifiers := [place for field in IDENTIFIERS for place in fields.get(field, ())]:
        places["identifier"] = tuple(identifiers)
    if not places:
        raise BadBlock("Aucun en-tête du bloc n’est une colonne de la grille : collez-le sans sa ligne d’en-têtes.")
    told.update(place for found in places.values() for place in found)
    unused = [header or f"n° {place}" for place, header in enumerate(headers, start=1) if place - 1 not in told]
    if unused:
        notices.append(f"{_columns(len(unused))} de côté : {', '.join(unused)}.")
    return _block(rows, places, units, notices, has_header=True)


def _columns(count: int) -> str:
    return "1 colonne est laissée" if count == 1 else f"{count} colonnes sont laissées"


def _block(
    rows: Sequence[Sequence[str]],
    places: Mapping[str, tuple[int, ...]],
    units: Mapping[str, int],
    notices: Sequence[str],
    has_header: bool = False,
) -> Block:
    columns = tuple(column for column in COLUMNS if column in places)
    texts = tuple(
        {column: next((row[place] for place in places[column] if row[place]), "") for column in columns}
        if any(row)
        else {}
        for row in rows
    )
    forms = {
        column: Form(decimal_separator(row.get(column, "") for row in texts), units.get(column, PLAIN.unit))
        for column in columns
        if column in AMOUNTS
    }
    return Block(texts, columns, forms, has_header, tuple(notices))
