"""One table, line by line: buyers, lines to correct, lines to leave out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from clients.portfolio.buyers import BEYOND_MEASURE, CREDIT_BALANCE, doubt_about, set_aside
from clients.portfolio.cells import code_and_name, country_written, cut, joined, shown
from clients.portfolio.credits import is_credit_side
from clients.portfolio.currencies import refuse_other_currencies
from clients.portfolio.headers import FIELDS, Layout
from clients.portfolio.identifiers import BadIdentifier, identify_line
from clients.portfolio.lines import is_blank, is_repeated_header, is_repeated_title, is_total
from clients.portfolio.list_columns import ListColumns
from clients.portfolio.merging import merge
from clients.portfolio.reading import AMOUNTS, Ignored, Line, Reading, Rejected, Row, UnreadablePortfolio
from clients.portfolio.sheets import Grid
from clients.portfolio.sureness import how_sure
from clients.portfolio.terms import parse_terms
from clients.portfolio.values import HIGHEST_AMOUNT, Cell, as_text
from factortaboite.money import UnreadableNumber, euros

LONGEST_REASON = 500  # a reason quotes the cell

_BULLETS = frozenset("-–•*·▪")
_BULLET = re.compile(r"^[-–•*·▪]\s+")

_TOO_WIDE = (
    "Plus de cellules que de colonnes : un séparateur se trouve dans un texte ou dans un montant. Demandez l’export "
    "en .xlsx, ou avec des points-virgules."
)


class _Doubtful(ValueError):
    """A line that somebody has to correct; the message says why."""


class GridReader:
    """One table being read (a ListReader): what its columns taught, and the `mapping` somebody chose."""

    def __init__(
        self, grid: Grid, layout: Layout, mapping: Mapping[str, str], received_on: date | None = None
    ) -> None:
        self.grid = grid
        self.layout = layout
        self.columns = ListColumns(grid, layout, received_on)
        self.padding = [""] * len(layout.headers)
        # Where each company was met first, and what the accounts met later add to it.
        self.met: dict[tuple[str, str, str], int] = {}
        self.merged: dict[tuple[str, str, str], Row] = {}
        self.reading = Reading(
            encoding=grid.encoding,
            separator=grid.separator,
            sheet=grid.sheet,
            columns={field: layout.named(field) for field in FIELDS if field in layout.columns},
            headers=layout.headers,
            sheets=grid.sheets,
            notices=tuple(self.columns.notices),
            ageing_from=self.columns.ageing.first_days if self.columns.ageing else (),
            sureness=how_sure(grid.records, layout, mapping),
        )

    def lines(self) -> Iterator[Line]:
        """Every line but those of companies met before, which the corrections bring."""
        yield from self.columns.titles
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

    def _line(self, line: int, cells: Sequence[Cell]) -> Line:
        line, cells = self._padded(line, cells)
        if reason := self._why_no_buyer(cells):
            return Ignored(line, reason)
        try:
            if len(cells) > self.columns.widest and any(cells[self.columns.widest :]):
                raise _Doubtful(_TOO_WIDE)
            row = self._row(line, cells)
        except (BadIdentifier, UnreadableNumber, _Doubtful) as error:
            if is_repeated_title(cells, self.columns.marks):
                return Ignored(line, "titre répété")
            return Rejected(line, cut(str(error), LONGEST_REASON), tuple(map(shown, cells)))
        return row or Ignored(line, "ni identifiant ni montant")

    def _padded(self, line: int, cells: Sequence[Cell]) -> tuple[int, Sequence[Cell]]:
        missing = self.padding[len(cells) :]
        return line, [*cells, *missing] if missing else cells

    def _why_no_buyer(self, cells: Sequence[Cell]) -> str | None:
        if self.columns.is_supplier(cells):
            return "compte de fournisseur"
        for _, column in self.columns.identifiers:
            if as_text(cells[column]).isdigit():  # most lines, and much faster
                return None
        if is_blank(cells):
            return "ligne vide"
        if is_repeated_header(cells, self.layout.headers):
            return "en-tête répété"
        return "ligne de total" if is_total(cells, self.layout) else None

    def _row(self, line: int, cells: Sequence[Cell]) -> Row | None:
        """The buyer of a line, None when the line has neither identifier nor amount."""
        taught = self.columns
        texts = {field: joined(cells, columns) for field, columns in taught.texts}
        name = texts.get("name", "")
        if name[:1] in _BULLETS:
            name = _BULLET.sub("", name)
        account = texts.get("account", "")
        if taught.is_coded:
            account, name = code_and_name(name)
        name = name or account
        country = country_written(texts.get("country", ""))
        numbers = [(field, as_text(cells[column])) for field, column in taught.identifiers]
        identifier, warnings = identify_line(numbers, country) if numbers else (None, [])
        amounts = {field: taught.amount(places, cells) for field, places in taught.amounts}
        if identifier is None and all(amount is None for amount in amounts.values()):
            return None
        refuse_other_currencies(texts.get("currency") or taught.currency)
        _refuse_doubtful(texts, is_named=bool(name or identifier), is_placed=bool(country or identifier))
        id_type, id_value = (identifier.id_type, identifier.id_value) if identifier else ("", "")
        if doubt := doubt_about(name, id_type=id_type, id_value=id_value):
            warnings.append(doubt)
        ageing = taught.split(cells)
        aged, owed = sum(ageing, Decimal(0)), amounts.get("outstanding")
        if (
            taught.sides
            and owed is not None
            and owed > 0
            and any(is_credit_side(as_text(cells[column])) for column in taught.sides)
        ):
            ageing = tuple(-amount for amount in ageing) if aged == owed else ageing
            aged, owed = sum(ageing, Decimal(0)), -owed
            amounts["outstanding"] = owed
        if ageing and owed is not None and aged != owed:
            warnings.append(f"L’ancienneté s’additionne à {euros(aged, cents=True)}, pas au solde.")
        said = "\n".join([as_text(cells[column]) for column in taught.remarks])
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

    def _terms(self, cells: Sequence[Cell], warnings: list[str]) -> int | None:
        for column in self.columns.terms:
            try:
                return parse_terms(cells[column])
            except UnreadableNumber as error:
                warnings.append(cut(str(error), LONGEST_REASON))
        return None


def _refuse_doubtful(texts: Mapping[str, str], *, is_named: bool, is_placed: bool) -> None:
    if not is_named:
        raise _Doubtful("Ni nom ni identifiant : complétez la ligne.")
    if not is_placed and (written := texts.get("country")):
        raise _Doubtful(f"Pays « {written} » non reconnu : écrivez son nom ou son code à deux lettres.")


def _with_credit_warning(row: Row) -> Row:
    if row.outstanding is None or row.outstanding >= 0:
        return row
    return row._replace(warnings=(*row.warnings, CREDIT_BALANCE))
