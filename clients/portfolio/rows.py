"""One table, line by line: buyers, lines to correct, lines to leave out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from clients.portfolio.buckets import find_ageing
from clients.portfolio.buyers import BEYOND_MEASURE, CREDIT_BALANCE, doubt_about, set_aside
from clients.portfolio.cells import AmountColumn, code_and_name, country_written, cut, is_coded, joined, shown
from clients.portfolio.credits import is_credit_side
from clients.portfolio.dates import cut_off_said
from clients.portfolio.headers import FIELDS, IDENTIFIERS, Layout
from clients.portfolio.identifiers import BadIdentifier, identify_line
from clients.portfolio.lines import cell_at, is_blank, is_repeated_header, is_repeated_title, is_total, title_marks
from clients.portfolio.merging import merge
from clients.portfolio.reading import AMOUNTS, MAX_COLUMNS, Ignored, Line, Reading, Rejected, Row, UnreadablePortfolio
from clients.portfolio.sheets import Grid
from clients.portfolio.sureness import how_sure
from clients.portfolio.terms import HALF_A_MONTH, parse_terms, read_terms
from clients.portfolio.texts import SPACES
from clients.portfolio.values import (
    EUROS,
    HIGHEST_AMOUNT,
    Cell,
    as_text,
    decimal_separator,
    parse_amount,
    unit_said,
    words,
)
from factortaboite.money import UnreadableNumber, euros

SAMPLE = 500
LONGEST_REASON = 500  # a reason quotes the cell
TEXTS = ("name", "account", "country", "currency", "note", "city", "postcode")

_TITLE_UNIT = re.compile(r"(?:\ben|montants?|unites?|\()\s*:?\s*(?:k€|k €|keur|k euros?|milliers)", re.IGNORECASE)
_BULLETS = frozenset("-–•*·▪")
_BULLET = re.compile(r"^[-–•*·▪]\s+")


_TOO_WIDE = (
    "Plus de cellules que de colonnes : un séparateur se trouve dans un texte ou dans un montant. Demandez l’export "
    "en .xlsx, ou avec des points-virgules."
)


class _Doubtful(ValueError):
    """A line that somebody has to correct; the message says why."""


class GridReader:
    """One table being read (a ListReader): its layout, what its columns taught, and the `mapping` somebody chose."""

    def __init__(
        self, grid: Grid, layout: Layout, mapping: Mapping[str, str], received_on: date | None = None
    ) -> None:
        self.grid = grid
        self.layout = layout
        self.notices: list[str] = list(grid.notices)
        self.title_unit = 1
        self.titles: list[Ignored] = []
        # Asked of the layout once, not for each line.
        self.texts = [(field, layout.columns[field]) for field in TEXTS if field in layout.columns]
        self.identifiers = [(field, column) for field in IDENTIFIERS for column in layout.columns.get(field, ())]
        self.remarks = [column for field in ("note", "category") for column in layout.columns.get(field, ())]
        self.terms = layout.columns.get("terms_days", ())
        self.sides = layout.columns.get("side", ())
        self.widest = self._widest()
        self.is_coded = self._is_coded()
        self.padding = [""] * len(layout.headers)
        # Where each company was met first, and what the accounts met later add to it.
        self.met: dict[tuple[str, str, str], int] = {}
        self.merged: dict[tuple[str, str, str], Row] = {}
        self._read_titles()
        self._notice_doubles()
        self.amounts = [(field, self._amount_columns(field)) for field in AMOUNTS if field in layout.columns]
        titles = [cells for _, cells in grid.records[: layout.first]]
        self.marks = title_marks(titles[: -len(layout.header_lines) or None])
        cut_off = cut_off_said((as_text(cell) for cells in titles for cell in cells), near=received_on)
        self.ageing = find_ageing(layout.headers, cut_off, near=received_on)
        self.ages = {column: self._column(column) for column in self.ageing.columns} if self.ageing else {}
        self.notices += self.ageing.notices if self.ageing else ()
        self._notice_ends_of_month()
        self.reading = Reading(
            encoding=grid.encoding,
            separator=grid.separator,
            sheet=grid.sheet,
            columns={field: layout.named(field) for field in FIELDS if field in layout.columns},
            headers=layout.headers,
            sheets=grid.sheets,
            notices=tuple(self.notices),
            ageing_from=self.ageing.first_days if self.ageing else (),
            sureness=how_sure(grid.records, layout, mapping),
        )

    def lines(self) -> Iterator[Line]:
        """Every line but those of companies met before, which the corrections bring."""
        yield from self.titles
        some_buyer = False
        records = self.grid.records
        for index in range(self.layout.first, len(records)):
            found = self._line(*records[index])
            if isinstance(found, Ignored):
                yield found
                continue
            some_buyer = True
            if isinstance(found, Rejected):
                yield found
            elif not self._was_met(found, index):
                yield _with_credit_warning(found)
        if not some_buyer:
            raise UnreadablePortfolio("La liste n’a aucune ligne d’acheteur : vérifiez le fichier ou la feuille.")

    def corrections(self) -> Iterator[Line]:
        """One row for each company with several accounts; where they add up to nonsense, its lines are rejected."""
        for row in self.merged.values():
            if any(abs(getattr(row, name) or 0) >= HIGHEST_AMOUNT for name in AMOUNTS):
                for line in (row.line, *row.merged_lines):
                    yield Rejected(line, BEYOND_MEASURE, ())
            else:
                yield _with_credit_warning(row)

    def _was_met(self, row: Row, index: int) -> bool:
        """Whether another account of the company came before; the first one's line is then read again, because
        keeping every row would take more memory than the file."""
        if not row.id_value:
            return False
        key = (row.country, row.id_type, row.id_value)
        first = self.met.setdefault(key, index)
        if first == index:
            return False
        so_far = self.merged.get(key) or self._row(*self._padded(*self.grid.records[first]))
        assert so_far is not None
        self.merged[key] = merge(so_far, row)
        return True

    def _widest(self) -> int:
        """How many cells a line may fill: a text's separator may also stand in a name or, a comma, in an amount."""
        if self.grid.separator in ("", SPACES):
            return MAX_COLUMNS
        widths = Counter(len(cells) for _, cells in self.grid.records[self.layout.first :][:SAMPLE])
        usual = 0 if self.grid.separator == "," else max(widths, key=widths.__getitem__, default=0)
        return max(len(self.layout.headers), usual)

    def _is_coded(self) -> bool:
        """Do the names carry the client's own numbers (« C001 - Dupont SA »)?"""
        if "account" in self.layout.columns or "name" not in self.layout.columns:
            return False
        column = self.layout.columns["name"][0]
        names = [as_text(cell_at(cells, column)) for _, cells in self.grid.records[self.layout.first :][:SAMPLE]]
        return sum(map(is_coded, names)) * 5 >= sum(map(bool, names)) * 4

    def _read_titles(self) -> None:
        for line, cells in self.grid.records[: self.layout.first]:
            if line in self.layout.header_lines:
                continue
            title = " ".join(map(as_text, cells)).strip()
            self.titles.append(Ignored(line, "titre au-dessus de l’en-tête" if title else "ligne vide"))
            if _TITLE_UNIT.search(title):
                self.title_unit = 1000
                self.notices.append("Le titre annonce des milliers d’euros : les montants sont multipliés par 1 000.")

    def _notice_doubles(self) -> None:
        used = [self.layout.headers[column] for field in FIELDS for column in self.layout.columns.get(field, ())]
        for header in dict.fromkeys(used):
            if self.layout.headers.count(header) > used.count(header):
                self.notices.append(f"Plusieurs colonnes s’appellent « {header} » : seule la première est lue.")

    def _notice_ends_of_month(self) -> None:
        body = islice(self.grid.records, self.layout.first, None)
        if any(map(_falls_at_end_of_month, {cell_at(cells, column) for _, cells in body for column in self.terms})):
            self.notices.append(
                f"« fin de mois » compte pour {HALF_A_MONTH} jours de plus en moyenne : 45 jours fin de mois sont lus "
                "60 jours."
            )

    def _amount_columns(self, field: str) -> list[AmountColumn]:
        signed = [(column, 1) for column in self.layout.columns[field]]
        if field == "outstanding":
            signed += [(column, -1) for column in self.layout.columns.get("credit", ())]
        return [self._column(column, sign) for column, sign in signed]

    def _column(self, column: int, sign: int = 1) -> AmountColumn:
        records = islice(self.grid.records, self.layout.first, None)
        separator = decimal_separator(cell_at(cells, column) for _, cells in records)
        return AmountColumn(column, separator, self._unit(self.layout.headers[column]), sign)

    def _unit(self, header: str) -> int:
        unit = unit_said(header)
        if unit is None:
            return 1 if "€" in header or "eur" in words(header).split() else self.title_unit
        notice = f"La colonne « {header} » est multipliée par {unit:,}.".replace(",", "\u202f")
        self.notices += [notice] if notice not in self.notices else []
        return unit

    def _line(self, line: int, cells: Sequence[Cell]) -> Line:
        line, cells = self._padded(line, cells)
        if reason := self._why_no_buyer(cells):
            return Ignored(line, reason)
        try:
            if len(cells) > self.widest and any(cells[self.widest :]):
                raise _Doubtful(_TOO_WIDE)
            row = self._row(line, cells)
        except (BadIdentifier, UnreadableNumber, _Doubtful) as error:
            if is_repeated_title(cells, self.marks):
                return Ignored(line, "titre répété")
            return Rejected(line, cut(str(error), LONGEST_REASON), tuple(map(shown, cells)))
        return row or Ignored(line, "ni identifiant ni montant")

    def _padded(self, line: int, cells: Sequence[Cell]) -> tuple[int, Sequence[Cell]]:
        missing = self.padding[len(cells) :]
        return line, [*cells, *missing] if missing else cells

    def _why_no_buyer(self, cells: Sequence[Cell]) -> str | None:
        for _, column in self.identifiers:
            if as_text(cells[column]).isdigit():  # most lines, and much faster
                return None
        if is_blank(cells):
            return "ligne vide"
        if is_repeated_header(cells, self.layout.headers):
            return "en-tête répété"
        return "ligne de total" if is_total(cells, self.layout) else None

    def _row(self, line: int, cells: Sequence[Cell]) -> Row | None:
        """The buyer of a line, None when the line has neither identifier nor amount."""
        texts = {field: joined(cells, columns) for field, columns in self.texts}
        name = texts.get("name", "")
        if name[:1] in _BULLETS:
            name = _BULLET.sub("", name)
        account = texts.get("account", "")
        if self.is_coded:
            account, name = code_and_name(name)
        name = name or account
        country = country_written(texts.get("country", ""))
        numbers = [(field, as_text(cells[column])) for field, column in self.identifiers]
        identifier, warnings = identify_line(numbers, country) if numbers else (None, [])
        amounts = {field: self._amount(columns, cells) for field, columns in self.amounts}
        if identifier is None and all(amount is None for amount in amounts.values()):
            return None
        _refuse_doubtful(texts, is_named=bool(name or identifier), is_placed=bool(country or identifier))
        id_type, id_value = (identifier.id_type, identifier.id_value) if identifier else ("", "")
        if doubt := doubt_about(name, id_type=id_type, id_value=id_value):
            warnings.append(doubt)
        ageing = self._ageing(cells)
        aged, owed = sum(ageing, Decimal(0)), amounts.get("outstanding")
        if (
            self.sides
            and owed is not None
            and owed > 0
            and any(is_credit_side(as_text(cells[column])) for column in self.sides)
        ):
            ageing = tuple(-amount for amount in ageing) if aged == owed else ageing
            aged, owed = sum(ageing, Decimal(0)), -owed
            amounts["outstanding"] = owed
        if ageing and owed is not None and aged != owed:
            warnings.append(f"L’ancienneté s’additionne à {euros(aged, cents=True)}, pas au solde.")
        said = "\n".join([as_text(cells[column]) for column in self.remarks])
        return Row(
            line=line,
            name=name,
            id_type=id_type,
            id_value=id_value,
            country=identifier.country if identifier else country or "FR",
            outstanding=amounts.get("outstanding"),
            peak=amounts.get("peak"),
            turnover=amounts.get("turnover"),
            requested=amounts.get("requested"),
            terms_days=self._terms(cells, warnings),
            note=texts.get("note", ""),
            city=texts.get("city", ""),
            postcode=texts.get("postcode", ""),
            account=account,
            ageing=ageing,
            set_aside=set_aside(name=name, note=said, id_type=id_type, id_value=id_value),
            warnings=tuple(warnings),
        )

    def _amount(self, columns: Sequence[AmountColumn], cells: Sequence[Cell]) -> Decimal | None:
        total: Decimal | None = None
        for place in columns:
            try:
                amount = parse_amount(cells[place.column], decimal_separator=place.separator, unit=place.unit)
            except UnreadableNumber as error:
                raise _Doubtful(f"Colonne « {self.layout.headers[place.column]} » : {error}") from error
            if amount is not None:
                signed = amount if place.sign > 0 else -amount
                total = signed if total is None else total + signed
        if len(columns) > 1 and total is not None and abs(total) >= HIGHEST_AMOUNT:
            raise _Doubtful(BEYOND_MEASURE)
        return total

    def _ageing(self, cells: Sequence[Cell]) -> tuple[Decimal, ...]:
        if self.ageing is None:
            return ()
        return self.ageing.split({column: self._amount((place,), cells) for column, place in self.ages.items()})

    def _terms(self, cells: Sequence[Cell], warnings: list[str]) -> int | None:
        for column in self.terms:
            try:
                return parse_terms(cells[column])
            except UnreadableNumber as error:
                warnings.append(cut(str(error), LONGEST_REASON))
        return None


def _refuse_doubtful(texts: Mapping[str, str], *, is_named: bool, is_placed: bool) -> None:
    if (currency := texts.get("currency")) and words(currency) not in EUROS:
        raise _Doubtful(f"Montants en {currency} : convertissez-les en euros.")
    if not is_named:
        raise _Doubtful("Ni nom ni identifiant : complétez la ligne.")
    if not is_placed and (written := texts.get("country")):
        raise _Doubtful(f"Pays « {written} » non reconnu : écrivez son nom ou son code à deux lettres.")


def _falls_at_end_of_month(cell: Cell) -> bool:
    try:
        terms = read_terms(cell)
    except UnreadableNumber:
        return False
    return terms is not None and terms.end_of_month


def _with_credit_warning(row: Row) -> Row:
    if row.outstanding is None or row.outstanding >= 0:
        return row
    return row._replace(warnings=(*row.warnings, CREDIT_BALANCE))
