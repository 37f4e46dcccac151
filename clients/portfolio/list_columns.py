"""What the columns of one list of buyers teach before its first line is read: units, separators, ageing, codes, and
what to say of them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from clients.portfolio.accounts import SUPPLIERS
from clients.portfolio.buckets import find_ageing
from clients.portfolio.buyers import BEYOND_MEASURE
from clients.portfolio.cells import AmountColumn, is_coded
from clients.portfolio.currencies import currency_in_header, currency_in_title
from clients.portfolio.dates import cut_off_said
from clients.portfolio.headers import FIELDS, IDENTIFIERS, Layout
from clients.portfolio.lines import cell_at, title_marks
from clients.portfolio.reading import AMOUNTS, MAX_COLUMNS, Ignored
from clients.portfolio.sheets import Grid
from clients.portfolio.terms import HALF_A_MONTH, read_terms
from clients.portfolio.texts import SPACES
from clients.portfolio.values import (
    HIGHEST_AMOUNT,
    Cell,
    as_text,
    decimal_separator,
    parse_amount,
    unit_said,
    words,
)
from factortaboite.money import UnreadableNumber

SAMPLE = 500
TEXTS = ("name", "account", "country", "currency", "note", "city", "postcode")

_TITLE_UNIT = re.compile(r"(?:\ben|montants?|unites?|\()\s*:?\s*(?:k€|k €|ke\b|keur|k euros?|milliers)", re.IGNORECASE)
_ISSUE_DATE = re.compile(r"\bdate (?:de |d |du )?(?:facture|facturation|piece|document|ecriture|emission|comptable)\b")
_BUYERS_SECTION = "41"

FROM_ISSUE = (
    "Le titre dit que l’ancienneté part de la date de facture et non de l’échéance : une facture ancienne n’est pas "
    "forcément en retard."
)


class ListColumns:
    """The columns of a list, asked of its layout once and not for each line. `titles` are the lines above the header,
    `notices` French sentences, `currency` the one that a header or a title says in place of the euro, `suppliers` how
    many lines are accounts of suppliers."""

    def __init__(self, grid: Grid, layout: Layout, received_on: date | None = None) -> None:
        self.grid = grid
        self.layout = layout
        self.headers = layout.headers
        self.notices: list[str] = list(grid.notices)
        self.texts = [(field, layout.columns[field]) for field in TEXTS if field in layout.columns]
        self.identifiers = [(field, column) for field in IDENTIFIERS for column in layout.columns.get(field, ())]
        self.remarks = [column for field in ("note", "category") for column in layout.columns.get(field, ())]
        self.terms = layout.columns.get("terms_days", ())
        self.sides = layout.columns.get("side", ())
        self.account = layout.columns.get("account", (None,))[0]
        self.widest = self._widest()
        self.is_coded = self._is_coded()
        self.title_unit = 1
        self.currency = ""
        self.titles: list[Ignored] = []
        self._read_titles()
        self._notice_doubles()
        self._notice_gross_turnover()
        self.amounts = [(field, self._amount_columns(field)) for field in AMOUNTS if field in layout.columns]
        titles = [cells for _, cells in grid.records[: layout.first]]
        self.marks = title_marks(titles[: -len(layout.header_lines) or None])
        cut_off = cut_off_said((as_text(cell) for cells in titles for cell in cells), near=received_on)
        self.ageing = find_ageing(layout.headers, cut_off, near=received_on)
        self.ages = {column: self._column(column) for column in self.ageing.columns} if self.ageing else {}
        self.notices += self.ageing.notices if self.ageing else ()
        self._notice_issue_dates(titles)
        self._notice_ends_of_month()
        self.suppliers = self._count_suppliers()
        if self.suppliers:
            self.notices.append(f"Comptes de fournisseurs, laissés de côté : {self.suppliers}.")

    def amount(self, places: Sequence[AmountColumn], cells: Sequence[Cell]) -> Decimal | None:
        """What the columns add up to, None when they say nothing. Raises UnreadableNumber."""
        total: Decimal | None = None
        for place in places:
            try:
                amount = parse_amount(cells[place.column], decimal_separator=place.separator, unit=place.unit)
            except UnreadableNumber as error:
                raise UnreadableNumber(f"Colonne « {self.headers[place.column]} » : {error}") from error
            if amount is not None:
                signed = amount if place.sign > 0 else -amount
                total = signed if total is None else total + signed
        if len(places) > 1 and total is not None and abs(total) >= HIGHEST_AMOUNT:
            raise UnreadableNumber(BEYOND_MEASURE)
        return total

    def split(self, cells: Sequence[Cell]) -> tuple[Decimal, ...]:
        """The balance by age, empty when the list does not say. Raises UnreadableNumber."""
        if self.ageing is None:
            return ()
        return self.ageing.split({column: self.amount((place,), cells) for column, place in self.ages.items()})

    def is_supplier(self, cells: Sequence[Cell]) -> bool:
        """Is the line's account one of a supplier, in a list that holds both?"""
        return bool(self.suppliers) and self._section(cells) in SUPPLIERS

    def _body(self) -> Iterator[Sequence[Cell]]:
        return (cells for _, cells in islice(self.grid.records, self.layout.first, None))

    def _widest(self) -> int:
        """How many cells a line may fill: a text's separator may also stand in a name or, a comma, in an amount."""
        if self.grid.separator in ("", SPACES):
            return MAX_COLUMNS
        widths = Counter(len(cells) for cells in islice(self._body(), SAMPLE))
        usual = 0 if self.grid.separator == "," else max(widths, key=widths.__getitem__, default=0)
        return max(len(self.headers), usual)

    def _is_coded(self) -> bool:
        """Do the names carry the client's own numbers (« C001 - Dupont SA »)?"""
        if "account" in self.layout.columns or "name" not in self.layout.columns:
            return False
        column = self.layout.columns["name"][0]
        names = [as_text(cell_at(cells, column)) for cells in islice(self._body(), SAMPLE)]
        return sum(map(is_coded, names)) * 5 >= sum(map(bool, names)) * 4

    def _read_titles(self) -> None:
        for line, cells in self.grid.records[: self.layout.first]:
            if line in self.layout.header_lines:
                continue
            title = " ".join(map(as_text, cells)).strip()
            self.titles.append(Ignored(line, "titre au-dessus de l’en-tête" if title else "ligne vide"))
            self.currency = self.currency or currency_in_title(title)
            if _TITLE_UNIT.search(title):
                self.title_unit = 1000
                self.notices.append("Le titre annonce des milliers d’euros : les montants sont multipliés par 1 000.")

    def _notice_gross_turnover(self) -> None:
        for column in self.layout.columns.get("turnover", ()):
            if "ttc" in words(self.headers[column]).split():
                self.notices.append(
                    f"« {self.headers[column]} » est TTC, et le chiffre d’affaires compte HT : corrigez-le si besoin."
                )

    def _notice_doubles(self) -> None:
        used = [self.headers[column] for field in FIELDS for column in self.layout.columns.get(field, ())]
        for header in dict.fromkeys(used):
            if self.headers.count(header) > used.count(header):
                self.notices.append(f"Plusieurs colonnes s’appellent « {header} » : seule la première est lue.")

    def _notice_issue_dates(self, titles: Sequence[Sequence[Cell]]) -> None:
        said = [words(" ".join(map(as_text, cells))) for cells in titles[: -len(self.layout.header_lines) or None]]
        if self.ageing and any(_ISSUE_DATE.search(title) and "echeance" not in title for title in said):
            self.notices.append(FROM_ISSUE)

    def _notice_ends_of_month(self) -> None:
        if any(
            map(_falls_at_end_of_month, {cell_at(cells, column) for cells in self._body() for column in self.terms})
        ):
            self.notices.append(
                f"« fin de mois » compte pour {HALF_A_MONTH} jours de plus en moyenne : 45 jours fin de mois sont lus "
                "60 jours."
            )

    def _count_suppliers(self) -> int:
        """An export of all third parties: every number in the column of accounts is one of the French chart, buyers'
        (41…) or suppliers', and both are there. Numbers of another kind say nothing."""
        found: Counter[bool] = Counter()
        for cells in self._body() if self.account is not None else ():
            section = self._section(cells)
            if section[:2] == _BUYERS_SECTION or section in SUPPLIERS:
                found[section in SUPPLIERS] += 1
            elif section[:1].isdigit():
                return 0
        return found[True] if found[False] else 0

    def _section(self, cells: Sequence[Cell]) -> str:
        return as_text(cell_at(cells, self.account))[:3] if self.account is not None else ""

    def _amount_columns(self, field: str) -> list[AmountColumn]:
        signed = [(column, 1) for column in self.layout.columns[field]]
        if field == "outstanding":
            signed += [(column, -1) for column in self.layout.columns.get("credit", ())]
        return [self._column(column, sign) for column, sign in signed]

    def _column(self, column: int, sign: int = 1) -> AmountColumn:
        header = self.headers[column]
        self.currency = currency_in_header(header) or self.currency
        separator = decimal_separator(cell_at(cells, column) for cells in self._body())
        return AmountColumn(column, separator, self._unit(header), sign)

    def _unit(self, header: str) -> int:
        unit = unit_said(header)
        if unit is None:
            return 1 if "€" in header or "eur" in words(header).split() else self.title_unit
        notice = f"La colonne « {header} » est multipliée par {unit:,}.".replace(",", "\u202f")
        self.notices += [notice] if notice not in self.notices else []
        return unit


def _falls_at_end_of_month(cell: Cell) -> bool:
    try:
        terms = read_terms(cell)
    except UnreadableNumber:
        return False
    return terms is not None and terms.end_of_month
