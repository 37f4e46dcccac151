"""How sure it is that a column holds what the reader took it for: by its header, then by its cells."""

from collections.abc import Mapping, Sequence

from clients.portfolio.contents import is_amount, is_identifier, is_number_of_days, share
from clients.portfolio.headers import IDENTIFIERS, Layout, named_exactly
from clients.portfolio.lines import cell_at
from clients.portfolio.reading import AMOUNTS
from clients.portfolio.texts import Record

SAMPLE = 200
# A header that is the field's own word, one that only contains it, and a column known by its cells alone.
BY_NAME, BY_PART_OF_NAME, BY_CONTENT = 1.0, 0.8, 0.6


def how_sure(records: Sequence[Record], layout: Layout, chosen: Mapping[str, str]) -> dict[str, float]:
    """For each field with a column, a share: 1 is certain. `chosen` are the fields somebody mapped."""
    body = [cells for _, cells in records[layout.first : layout.first + SAMPLE]]
    return {
        field: round(_by_header(field, layout, chosen) * _by_cells(field, columns[0], body), 2)
        for field, columns in layout.columns.items()
    }


def _by_header(field: str, layout: Layout, chosen: Mapping[str, str]) -> float:
    if field in chosen:
        return BY_NAME
    if not layout.header_lines:
        return BY_CONTENT
    return BY_NAME if named_exactly(field, layout.headers[layout.columns[field][0]]) else BY_PART_OF_NAME


def _by_cells(field: str, column: int, body: Sequence[Sequence]) -> float:
    """The share of filled cells that can be read as the field; 1 where any text will do."""
    tests = (
        {"terms_days": is_number_of_days}
        | dict.fromkeys(AMOUNTS, is_amount)
        | dict.fromkeys(IDENTIFIERS, is_identifier)
    )
    if field not in tests:
        return 1.0
    cells = [cell_at(cells, column) for cells in body]
    return share(cells, tests[field]) if any(cell != "" for cell in cells) else 0.0
