"""A ledger or a list of invoices while it is read: what its columns taught, and the lines that are no entries."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice

from clients.portfolio.accounts import to_cents
from clients.portfolio.currencies import currency_in_header, currency_in_title, refuse_other_currencies
from clients.portfolio.dates import (
    MIXED,
    MONTH_FIRST,
    UnreadableDate,
    cut_off_said,
    date_order,
    latest_certain,
    parse_date,
)
from clients.portfolio.entry_columns import EntryLayout, find_layout
from clients.portfolio.identifiers import BadIdentifier
from clients.portfolio.ledger_lines import begins_like_a_date
from clients.portfolio.lines import title_marks
from clients.portfolio.open_items import ALL_LATER, MAX_ENTRIES, MOST_LISTED, Aged, EntryOptions
from clients.portfolio.reading import Ignored, Rejected, UnreadablePortfolio
from clients.portfolio.texts import Record
from clients.portfolio.values import LONGEST_TEXT, Cell, as_text, decimal_separator, parse_amount
from factortaboite.money import UnreadableNumber

SAMPLE = 5000
"""The records that are looked at before the first is read."""


class EntryTable:
    """The common part of both. `numbers` are the columns of amounts, `order` that of the dates: chosen by somebody, or
    learned, and then a year of two digits must fall `near` the cut-off."""

    too_long = no_header = ""
    date_fields: tuple[str, ...] = ("date", "due_date")
    number_fields: tuple[str, ...] = ()

    def __init__(self, layout: EntryLayout, options: EntryOptions) -> None:
        self.layout = layout
        self.columns = layout.columns
        self.cell = layout.cell
        self.cut_off = options.cut_off
        self.terms = options.terms_days
        self.order = options.order
        self.received_on = options.received_on
        self.near: date | None = None
        self.currency = ""
        self.shape: tuple[int, bool] | None = None
        self.numbers = [self.columns[field] for field in self.number_fields if field in self.columns]
        self.numbers += layout.buckets
        self.separators: dict[int, str | None] = {}
        self.titles: frozenset[str] = frozenset()
        self.rejected: list[Rejected] = []
        self.ignored: list[Ignored] = []
        self.notices: list[str] = []
        self.later = self.unread = 0

    @classmethod
    def read_all(cls, records: Iterable[Record], options: EntryOptions) -> Aged:
        """The table from its first line to its last. Raises UnreadablePortfolio."""
        stream = iter(records)
        sample = list(islice(stream, SAMPLE))
        layout = find_layout(sample)
        if layout is None or not cls.fits(layout):
            raise UnreadablePortfolio(cls.no_header)
        table = cls(layout, options)
        table.learn_from(sample)
        table.read(chain(sample[layout.first :], stream))
        return table.aged(options.vat_rate)

    @staticmethod
    def fits(layout: EntryLayout) -> bool:
        """Does the layout have what such a table needs?"""
        raise NotImplementedError

    def learn_from(self, sample: Sequence[Record]) -> None:
        """The cut-off that the titles say, and how the columns write numbers and dates."""
        titles = [(line, " ".join(map(as_text, cells)).strip()) for line, cells in sample[: self.layout.first]]
        self.titles = title_marks(cells for _, cells in sample[: self.layout.first - 1])
        self.cut_off = self.cut_off or cut_off_said((text for _, text in titles), near=self.received_on)
        for line, text in titles:
            if line != self.layout.header_line:
                self.ignored.append(Ignored(line, "titre au-dessus de l’en-tête" if text else "ligne vide"))
        said = [currency_in_header(self.layout.headers[column]) for column in self.numbers]
        said += [currency_in_title(text) for line, text in titles if line != self.layout.header_line]
        self.currency = next(filter(None, said), "")
        body = [cells for _, cells in sample[self.layout.first :]]
        for column in self.numbers:
            self.separators[column] = decimal_separator(cells[column] for cells in body if column < len(cells))
        if self.order is None:
            dates = [self.cell(cells, field) for cells in body for field in self.date_fields]
            self.near = self.cut_off or latest_certain(dates) or self.received_on
            self.order = date_order(dates, near=self.near)
            if self.order == MONTH_FIRST:
                self.notices.append("Les dates sont lues mois/jour/année : certaines n’ont pas d’autre lecture.")
            elif self.order == MIXED:
                self.notices.append("Certaines dates ont le jour et le mois inversés : précisez leur ordre.")
        self.learn_shape(body)

    def learn_shape(self, body: Sequence[Sequence[Cell]]) -> None:
        """Where the buyer stands, by the lines of the sample."""
        raise NotImplementedError

    def read(self, records: Iterable[Record]) -> None:
        """Takes every line. Raises UnreadablePortfolio beyond `MAX_ENTRIES`."""
        count = 0
        for line, cells in islice(records, MAX_ENTRIES + 1):
            count += 1
            try:
                reason = self.read_line(line, cells)
            except (UnreadableNumber, UnreadableDate, BadIdentifier) as error:
                self.reject(line, str(error), cells)
            else:
                if reason and len(self.ignored) < MOST_LISTED:
                    self.ignored.append(Ignored(line, reason))
        if count > MAX_ENTRIES:
            raise UnreadablePortfolio(self.too_long)

    def read_line(self, line: int, cells: Sequence[Cell]) -> str:
        """Why the line is no entry; empty when it is one, or heads a buyer's."""
        raise NotImplementedError

    def aged(self, vat_rate: Decimal) -> Aged:
        """What the whole table says. Raises UnreadablePortfolio when it has no buyer."""
        raise NotImplementedError

    def reject(self, line: int, reason: str, cells: Sequence[Cell]) -> None:
        self.unread += 1
        if len(self.rejected) < MOST_LISTED:
            self.rejected.append(Rejected(line, reason, tuple(as_text(cell)[:LONGEST_TEXT] for cell in cells)))

    def refuse_unless_some(self, found: object, nothing: str, sentence: str) -> None:
        """Raises UnreadablePortfolio when nothing was found: with the first line's reason if all were rejected."""
        if found:
            return
        if self.rejected:
            line, reason, _ = self.rejected[0]
            raise UnreadablePortfolio(f"{nothing} n’a pu être lue. Ligne {line} : {reason}")
        if self.later and self.cut_off:
            raise UnreadablePortfolio(ALL_LATER.format(self.cut_off))
        raise UnreadablePortfolio(sentence)

    def text(self, cells: Sequence[Cell], field: str) -> str:
        return as_text(self.cell(cells, field))[:LONGEST_TEXT]

    def day(self, cells: Sequence[Cell], field: str) -> date | None:
        """Raises UnreadableDate."""
        cell = self.cell(cells, field)
        return parse_date(cell, order=self.order, near=self.near) if cell != "" else None

    def cents(self, cells: Sequence[Cell], field: str) -> int | None:
        """Whole cents. Raises UnreadableNumber."""
        column = self.columns.get(field, len(cells))
        return self.cents_in(cells, column) if column < len(cells) else None

    def cents_in(self, cells: Sequence[Cell], column: int) -> int | None:
        amount = (
            parse_amount(cells[column], decimal_separator=self.separators[column]) if cells[column] != "" else None
        )
        return to_cents(amount) if amount is not None else None

    def refuse_other_currencies(self, cells: Sequence[Cell]) -> None:
        """Raises UnreadableNumber."""
        refuse_other_currencies(self.text(cells, "currency") or self.currency)

    def begins_like_a_date(self, cells: Sequence[Cell]) -> bool:
        """Is there a date, or what looks like one, in a column of dates?"""
        return any(begins_like_a_date(self.cell(cells, field)) for field in ("date", "due_date"))
