"""Which column holds what, by its cells: lists without header, identifier columns without a telling name."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from clients.portfolio.countries import country_code
from clients.portfolio.credits import is_credit_side, is_side
from clients.portfolio.headers import Layout
from clients.portfolio.identifiers import BadIdentifier, identify
from clients.portfolio.terms import parse_terms
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell, as_text, is_unknown, parse_amount
from factortaboite.money import AmbiguousNumber, UnreadableNumber

_SAMPLE = 500
_UNMISTAKABLE = 0.8
_USUAL_TERMS = frozenset((0, 8, 10, 14, 15, 20, 21, 30, 35, 40, 45, 50, 60, 75, 90, 120))
_ACCOUNT = re.compile(r"(?=.*\d)[A-Za-z]{0,6}\d\S*|[A-Za-z]+\d\S*")


def column_name(column: int) -> str:
    """« colonne A » for 0, as a spreadsheet counts."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"colonne {letters}"


def guess_layout(records: Sequence[Record]) -> Layout | None:
    """The layout of a list without header, when its columns are unmistakable: one of names or of identifiers, one of
    amounts (read as balances), at most one of each other kind. None otherwise."""
    filled = [cells for _, cells in records if sum(cell != "" for cell in cells) > 1][:_SAMPLE]
    if not filled:
        return None
    width = Counter(len(cells) for cells in filled).most_common(1)[0][0]
    rows = [cells for cells in filled if len(cells) == width]
    kinds = [_kind([row[column] for row in rows]) for column in range(width)]
    if "outstanding" not in kinds and kinds.count("terms_days") == 1:
        kinds[kinds.index("terms_days")] = "outstanding"
    columns = {kind: (column,) for column, kind in enumerate(kinds) if kind}
    is_clear = all(count == 1 for kind, count in Counter(kinds).items() if kind)
    headers = tuple(column_name(column) for column in range(width))
    layout = Layout(columns, headers)
    return layout if is_clear and "outstanding" in columns and ("name" in columns or "id" in columns) else None


def identifier_column(records: Sequence[Record], layout: Layout) -> int | None:
    """The one column without a field whose cells are identifiers, None when there is none or several."""
    taken = {column for columns in layout.columns.values() for column in columns}
    rows = [cells for _, cells in records[layout.first : layout.first + _SAMPLE]]
    found = [
        column
        for column in range(len(layout.headers))
        if column not in taken and share(_cells(rows, column), is_identifier) >= _UNMISTAKABLE
    ]
    return found[0] if len(found) == 1 else None


def holds_identifiers(records: Iterable[Record], column: int, country_column: int | None, kind: str) -> bool:
    """Are most filled cells of the column identifiers of the kind, in the country of their line?"""
    good = filled = 0
    for _, cells in islice(records, _SAMPLE):
        if column < len(cells) and not is_unknown(text := as_text(cells[column])):
            written = (
                as_text(cells[country_column]) if country_column is not None and country_column < len(cells) else ""
            )
            country = country_code(written)
            filled += 1
            good += is_identifier(text, country, kind)
    return good * 2 >= filled


def holds_sides(records: Sequence[Record], layout: Layout) -> bool:
    """Does every cell of the sides' column say debit or credit?"""
    column = layout.columns["side"][0]
    rows = [cells for _, cells in records[layout.first : layout.first + _SAMPLE]]
    return all(is_side(as_text(cell)) for cell in _cells(rows, column))


def side_column(records: Sequence[Record], layout: Layout) -> int | None:
    """The column without a field, beside a balance, whose cells all say debit or credit: its header may say « S », or
    nothing. Where no line is a debit, letters may stand for something else."""
    taken = {column for columns in layout.columns.values() for column in columns}
    rows = [cells for _, cells in records[layout.first : layout.first + _SAMPLE]]
    for balance in layout.columns.get("outstanding", ()):
        for column in {balance - 1, balance + 1} - taken:
            said = [as_text(cell) for cell in _cells(rows, column)] if column >= 0 else []
            filled = [text for text in said if text]
            if all(map(is_side, said)) and len(filled) * 2 > len(said) and not all(map(is_credit_side, filled)):
                return column
    return None


def holds_terms(records: Sequence[Record], layout: Layout) -> bool:
    """Are most filled cells of the terms' column numbers of days, and not due dates?"""
    rows = [cells for _, cells in records[layout.first : layout.first + _SAMPLE]]
    cells = [cell for cell in _cells(rows, layout.columns["terms_days"][0]) if not is_unknown(as_text(cell))]
    return sum(map(is_number_of_days, cells)) * 2 >= len(cells)


def _cells(rows: Sequence[Sequence[Cell]], column: int) -> list[Cell]:
    return [row[column] for row in rows if column < len(row)]


def _kind(cells: Sequence[Cell]) -> str:
    tests: tuple[tuple[str, Callable[[Cell], bool]], ...] = (
        ("id", is_identifier),
        ("country", lambda cell: country_code(as_text(cell)) is not None),
        ("terms_days", _is_terms),
        ("outstanding", is_amount),
        ("account", lambda cell: bool(_ACCOUNT.fullmatch(as_text(cell)))),
        ("name", lambda cell: any(c.isalpha() for c in as_text(cell))),
    )
    return next((kind for kind, test in tests if share(cells, test) >= _UNMISTAKABLE), "")


def share(cells: Sequence[Cell], test: Callable[[Cell], bool]) -> float:
    """Of the cells that say something, those that pass the test."""
    filled = [cell for cell in cells if not is_unknown(as_text(cell))]
    return sum(map(test, filled)) / len(filled) if filled else 0.0


def is_identifier(cell: Cell, country: str | None = None, kind: str = "id") -> bool:
    """Does the cell name a company, its key checked?"""
    try:
        return identify(as_text(cell), country=country, kind=kind) is not None
    except BadIdentifier:
        return False


def is_number_of_days(cell: Cell) -> bool:
    """Does the cell say payment terms?"""
    try:
        return parse_terms(cell) is not None
    except UnreadableNumber:
        return False


def _is_terms(cell: Cell) -> bool:
    try:
        return parse_terms(cell) in _USUAL_TERMS
    except UnreadableNumber:
        return False


def is_amount(cell: Cell) -> bool:
    """Is the cell an amount, be it one with two readings?"""
    try:
        return parse_amount(cell) is not None
    except AmbiguousNumber:
        return True
    except UnreadableNumber:
        return False
