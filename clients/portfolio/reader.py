"""A buyer list of any French export, read into rows that can be trusted: what is doubtful is said, line by line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter

from clients.portfolio.choices import Choices, Told
from clients.portfolio.contents import (
    column_name,
    guess_layout,
    holds_identifiers,
    holds_sides,
    holds_terms,
    identifier_column,
    side_column,
)
from clients.portfolio.corrections import corrected
from clients.portfolio.forms import READERS, FormReader, open_fec, recognise
from clients.portfolio.headers import IDENTIFIERS, Layout, apply_mapping, find_header, header_with
from clients.portfolio.reading import Ignored, ListReader, Reading, Rejected, Row, UnreadablePortfolio, collect
from clients.portfolio.rows import GridReader
from clients.portfolio.sheets import Grid, open_grids
from clients.portfolio.texts import Record, split_table

__all__ = [
    "Ignored",
    "Reading",
    "Rejected",
    "Row",
    "UnreadablePortfolio",
    "open_list",
    "read_pasted",
    "read_portfolio",
]

# Below, a table of entries or invoices is read as a list: nothing of it can be counted on.
SURE_ENOUGH = 0.5
_EXPECTED = (
    "une colonne de noms ou de SIREN, et une colonne de montants (solde, encours, encours maximum, chiffre d’affaires "
    "ou montant demandé)"
)


def open_list(content: bytes, told: Told | None = None) -> ListReader:
    """The buyers of a file to be read line by line: csv, tsv, txt, xlsx, xls or ods.

    The content decides which. Without a chosen sheet, the best one of a workbook is taken.
    Raises UnreadablePortfolio when nothing can be read.
    """
    told = told or Told()
    if not told.choices.get("columns") and (entries := open_fec(content, told)) is not None:
        return entries
    grids = open_grids(content, sheet=told.choices.get("sheet"))
    if lines := told.choices.get("lines"):
        grids = [replace(grid, records=list(corrected(grid.records, lines))) for grid in grids]
    return _reader(grids, told)


def read_portfolio(
    content: bytes, filename: str = "", *, sheet: str | None = None, columns: Mapping[str, str] | None = None
) -> Reading:
    """The same as a whole. `columns` maps fields to headers where the reader chose otherwise."""
    choices: Choices = {"columns": columns or {}}
    if sheet:
        choices["sheet"] = sheet
    return collect(open_list(content, Told(filename, choices)))


def read_pasted(text: str) -> Reading:
    """The buyers of a list pasted from a spreadsheet or a mail, with or without header.

    Raises UnreadablePortfolio when nothing can be read.
    """
    if not text.strip():
        raise UnreadablePortfolio("La zone est vide : collez la liste, une ligne par acheteur.")
    separator, records = split_table(text.strip("\r\n"))
    return collect(_reader([Grid(records, separator=separator)], Told()))


def _reader(grids: Sequence[Grid], told: Told) -> ListReader:
    """The reader of the best table: entries or invoices before a list, then the most fields, the most lines."""
    failure: UnreadablePortfolio | None = None
    best: tuple[tuple[bool, int, int], Callable[[], ListReader]] | None = None
    for grid in grids:
        try:
            rank, open_it = _candidate(grid, told)
        except UnreadablePortfolio as error:
            failure = failure or error
        else:
            best = max(best or (rank, open_it), (rank, open_it), key=itemgetter(0))
    if best is None:
        raise failure or UnreadablePortfolio("Ce fichier est vide : exportez la liste à nouveau et déposez-la.")
    return best[1]()


def _candidate(grid: Grid, told: Told) -> tuple[tuple[bool, int, int], Callable[[], ListReader]]:
    """How good a table is, and how to open it. Raises UnreadablePortfolio."""
    lines = len(grid.records)
    if not told.choices.get("columns"):
        form = recognise(grid.records)
        if form.kind in READERS and form.sure >= SURE_ENOUGH:
            return (True, 0, lines), partial(FormReader, grid, form, told)
    header = find_header(grid.records) if told.known else None
    choices, remembered = told.choices_for(header.headers if header else ())
    mapping = choices.get("columns", {})
    grid = replace(grid, notices=(*grid.notices, *remembered))
    layout = _layout(grid.records, mapping)
    return (False, len(layout.columns), lines), partial(GridReader, grid, layout, mapping, told.received_on)


def _layout(records: Sequence[Record], mapping: Mapping[str, str]) -> Layout:
    if mapping:
        width = max((len(cells) for _, cells in records), default=0)
        unnamed = Layout({}, tuple(map(column_name, range(width))))
        chosen = header_with(records, [header for header in mapping.values() if header])
        layout = apply_mapping(chosen or find_header(records) or guess_layout(records) or unnamed, mapping)
    else:
        header = find_header(records)
        found = header if header and header.is_usable else guess_layout(records) or header
        if found is None:
            raise UnreadablePortfolio(
                f"Aucun en-tête n’a été reconnu : la première ligne de la liste doit nommer {_EXPECTED}."
            )
        layout = found
    layout = _checked_by_contents(records, layout)
    if not layout.is_usable:
        raise UnreadablePortfolio(f"Il manque des colonnes : la liste doit avoir {_EXPECTED}.")
    return layout


def _checked_by_contents(records: Sequence[Record], layout: Layout) -> Layout:
    """« TVA » may head amounts, « Identifiant » internal codes and « Échéance » dates: such columns count when their
    cells agree. Without any named column of identifiers, the one whose cells are identifiers is taken."""
    columns = dict(layout.columns)
    country = columns.get("country", (None,))[0]
    for field in ("vat", "id"):
        if field in columns and not holds_identifiers(records[layout.first :], columns[field][0], country, field):
            del columns[field]
    if "terms_days" in columns and not holds_terms(records, layout):
        del columns["terms_days"]
    if "side" in columns and not holds_sides(records, layout):
        del columns["side"]
    if "side" not in columns and (column := side_column(records, replace(layout, columns=columns))) is not None:
        columns["side"] = (column,)
    layout = replace(layout, columns=columns)
    if not any(field in columns for field in IDENTIFIERS):
        column = identifier_column(records, layout)
        if column is not None:
            layout = replace(layout, columns={**columns, "id": (column,)})
    return layout
