"""What kind of export a table is, and the reader of each kind.

    if fec := open_fec(content):  # a text that may be too long for any list
        return fec
    for grid in open_grids(content):
        form = recognise(grid.records)
        if form.kind in READERS:
            return FormReader(grid, form)

"summary" (one line per buyer) and "free" (no header at all) are for the reader of lists.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from clients.portfolio import fec, invoices, ledger
from clients.portfolio.buckets import find_ageing
from clients.portfolio.choices import Choices, Told
from clients.portfolio.corrections import corrected
from clients.portfolio.entry_columns import EntryLayout, find_layout
from clients.portfolio.fec_text import fec_records
from clients.portfolio.headers import find_header
from clients.portfolio.ledger_lines import heading, kind_of
from clients.portfolio.open_items import DEFAULT_TERMS, Aged, EntryOptions
from clients.portfolio.reading import Line, Reading, UnreadablePortfolio
from clients.portfolio.sheets import Grid
from clients.portfolio.texts import Record
from clients.portfolio.values import as_text, words

FEC, LEDGER, INVOICES, SUMMARY, FREE = "fec", "ledger", "invoices", "summary", "free"

READERS: Mapping[str, Callable[..., Aged]] = MappingProxyType(
    {FEC: fec.read_fec, LEDGER: ledger.read_ledger, INVOICES: invoices.read_invoices}
)
"""Each takes up to `MAX_ENTRIES` records and the EntryOptions."""

_ENOUGH = 500
_LEGAL_FIELDS = 18


class Form(NamedTuple):
    """The kind of a table ("fec", "ledger", "invoices", "summary" or "free"), how sure that is (a share: 1 is
    certain, under 0.5 somebody should look), the reason in French, and the headers of entries and invoices."""

    kind: str
    sure: float
    reason: str
    headers: tuple[str, ...] = ()


class FormReader:
    """A table of entries or invoices being read (a ListReader). Its buyers are known at the last line, so the whole is
    read at once; it takes memory for each buyer, not for each line.

    Raises UnreadablePortfolio when it has no buyer.
    """

    def __init__(
        self, grid: Grid, form: Form, told: Told | None = None, *, records: Iterable[Record] | None = None
    ) -> None:
        """`records` stand for the grid's own where these are too many to be held."""
        told = told or Told()
        choices, remembered = told.choices_for(form.headers)
        options = _options(told, choices)
        try:
            self.aged = READERS[form.kind](grid.records if records is None else records, options)
        except UnreadablePortfolio as error:
            error.form = form.kind
            raise
        self.reading = Reading(
            encoding=grid.encoding,
            separator=grid.separator,
            sheet=grid.sheet,
            columns=self.aged.columns,
            headers=self.aged.headers,
            sheets=grid.sheets,
            notices=(*grid.notices, *remembered, form.reason, *self.aged.notices),
            ageing_from=self.aged.ageing_from,
            form=form.kind,
            sureness=dict.fromkeys(self.aged.columns, form.sure),
            order=options.order or "",
            terms_days=options.terms_days,
            cut_off=self.aged.cut_off.isoformat(),
        )

    def lines(self) -> Iterator[Line]:
        """The buyers by their first line, the lines to correct and those left out."""
        lines: list[Line] = [*self.aged.rows, *self.aged.rejected, *self.aged.ignored]
        yield from sorted(lines, key=lambda line: line.line)

    def corrections(self) -> Iterator[Line]:
        """None: every buyer is whole."""
        return iter(())


def _options(told: Told, choices: Choices) -> EntryOptions:
    cut_off = choices.get("cut_off")
    return EntryOptions(
        cut_off=date.fromisoformat(cut_off) if cut_off else fec.closing_date(told.filename),
        terms_days=choices.get("terms_days", DEFAULT_TERMS),
        order=choices.get("order") or None,
        received_on=told.received_on,
    )


def open_fec(content: bytes, told: Told | None = None) -> FormReader | None:
    """A FEC as a text, read as it is decoded; None when the content is no such text.

    Unless a cut-off was chosen, it is the closing date of the FEC's legal name, otherwise the last entry's date.
    Raises UnreadablePortfolio as `fec.read_fec` does, and for the XML form.
    """
    if fec.is_xml(content):
        raise UnreadablePortfolio(fec.XML_FORM)
    found = fec_records(content)
    if found is None:
        return None
    form = Form(FEC, 1.0, found.reason, found.headers)
    grid = Grid([], encoding=found.encoding, separator=found.separator)
    lines = told.choices.get("lines", {}) if told else {}
    return FormReader(grid, form, told, records=corrected(found.records, lines) if lines else found.records)


def recognise(records: Sequence[Record]) -> Form:
    """The form of the table whose first records these are; some hundreds are enough."""
    for _, cells in records[: fec.SEARCHED_LINES]:
        if (columns := fec.find_columns(cells)) is not None:
            found = len(columns)
            sure = 1.0 if found >= _LEGAL_FIELDS else 0.9
            reason = f"L’en-tête nomme {found} champs du fichier des écritures comptables (FEC)."
            return Form(FEC, sure, reason, tuple(map(as_text, cells)))
    layout = find_layout(records)
    header = find_header(records)
    if layout is not None and layout.has_movements:
        return _ledger(records, layout)._replace(headers=layout.headers)
    if layout is not None and layout.has_invoices:
        return _invoices(records, layout)._replace(headers=layout.headers)
    if header is None:
        return Form(FREE, 0.5, "Aucun en-tête n’est reconnu : les colonnes se devinent à leur contenu.")
    if find_ageing(header.headers) is not None:
        return Form(SUMMARY, 1.0, "Une ligne par client, avec des colonnes d’ancienneté : c’est une balance âgée.")
    if header.is_usable:
        return Form(SUMMARY, 0.9, "Une ligne par client, avec un montant : c’est une liste de soldes.")
    return Form(FREE, 0.4, "L’en-tête ne nomme pas à la fois le client et un montant.")


def _ledger(records: Sequence[Record], layout: EntryLayout) -> Form:
    body = [cells for _, cells in records[layout.first : layout.first + _ENOUGH]]
    dated = [cells for cells in body if layout.cell(cells, "date") != ""]
    carried = sum(layout.cell(cells, "account") != "" for cells in dated)
    if carried * 2 > len(dated):
        return Form(LEDGER, 0.95, "Chaque ligne a une date, un compte, un débit et un crédit : c’est un grand livre.")
    numbers = [layout.columns[field] for field in ("debit", "credit", "total") if field in layout.columns]
    bare = (cells for cells in body if not any(cells[column] != "" for column in numbers if column < len(cells)))
    if any(kind_of(cells) == "" and heading(cells, numbers) for cells in bare):
        return Form(
            LEDGER, 0.95, "Des titres de comptes suivis d’écritures au débit et au crédit : c’est un grand livre."
        )
    if "name" in layout.columns:
        return Form(LEDGER, 0.8, "Chaque ligne a une date, un débit et un crédit : ce sont des écritures.")
    return Form(LEDGER, 0.4, "Des écritures au débit et au crédit, mais le compte de chaque client n’est pas trouvé.")


def _invoices(records: Sequence[Record], layout: EntryLayout) -> Form:
    """A list of buyers may have dates too (« dernière facture »); invoices have numbers, and buyers come again."""
    body = [cells for _, cells in records[layout.first : layout.first + _ENOUGH]]
    field = "account" if "account" in layout.columns else "name"
    buyers = Counter(words(as_text(layout.cell(cells, field))) for cells in body)
    del buyers[""]
    comes_again = any(count > 1 for count in buyers.values())
    if "invoice" in layout.columns:
        return Form(INVOICES, 0.95 if comes_again else 0.85, "Une ligne par facture, avec son numéro et ses dates.")
    if comes_again or not buyers:
        return Form(INVOICES, 0.8, "Des clients reviennent sur plusieurs lignes datées : une ligne par facture.")
    if "due_date" in layout.columns and "date" in layout.columns:
        return Form(INVOICES, 0.6, "Chaque ligne a une date et une échéance, mais aucun client ne revient.")
    return Form(SUMMARY, 0.6, "Chaque client n’a qu’une ligne : la date est prise pour un renseignement.")
