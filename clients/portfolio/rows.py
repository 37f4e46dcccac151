"""One table, line by line: buyers, lines to correct, lines to leave out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from clients.portfolio.buckets import find_ageing
from clients.portfolio.buyers import BEYOND_MEASURE, CREDIT_BALANCE, doubt_about, set_aside
from clients.portfolio.countries import country_code
from clients.portfolio.dates import cut_off_said
from clients.portfolio.headers import FIELDS, IDENTIFIERS, Layout
from clients.portfolio.identifiers import BadIdentifier, Identifier, identify
from clients.portfolio.lines import cell_at, is_blank, is_repeated_header, is_total
from clients.portfolio.merging import merge
from clients.portfolio.reading import AMOUNTS, Ignored, Line, Reading, Rejected, Row, UnreadablePortfolio
from clients.portfolio.sheets import Grid
from clients.portfolio.sureness import how_sure
from clients.portfolio.values import (
    EUROS,
    HIGHEST_AMOUNT,
    LONGEST_TEXT,
    Cell,
    as_text,
    decimal_separator,
    is_unknown,
    parse_amount,
    parse_terms,
    unit_said,
    words,
)
from factortaboite.money import UnreadableNumber, euros

LONGEST_REASON = 500  # a reason quotes the cell
TEXTS = ("name", "account", "country", "currency", "note", "city", "postcode")

_TITLE_UNIT = re.compile(r"(?:\ben|montants?|unites?|\()\s*:?\s*(?:k€|k €|keur|k euros?|milliers)", re.IGNORECASE)
_BULLETS = frozenset("-–•*·▪")
_BULLET = re.compile(r"^[-–•*·▪]\s+")


class _Doubtful(ValueError):
    """A line that somebody has to correct; the message says why."""


@dataclass(frozen=True)
class _AmountColumn:
    column: int
    separator: str | None
    unit: int
    sign: int = 1


class GridReader:
    """One table being read (a ListReader): its layout, what its columns taught, and the `mapping` somebody chose."""

    def __init__(self, grid: Grid, layout: Layout, mapping: Mapping[str, str]) -> None:
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
        self.padding = [""] * len(layout.headers)
        # Where each company was met first, and what the accounts met later add to it.
        self.met: dict[tuple[str, str, str], int] = {}
        self.merged: dict[tuple[str, str, str], Row] = {}
        self._read_titles()
        self._notice_doubles()
        self.amounts = [(field, self._amount_columns(field)) for field in AMOUNTS if field in layout.columns]
        titles = (as_text(cell) for _, cells in grid.records[: layout.first] for cell in cells)
        self.ageing = find_ageing(layout.headers, cut_off_said(titles))
        self.ages = {column: self._column(column) for column in self.ageing.columns} if self.ageing else {}
        self.notices += self.ageing.notices if self.ageing else ()
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

    def _amount_columns(self, field: str) -> list[_AmountColumn]:
        signed = [(column, 1) for column in self.layout.columns[field]]
        if field == "outstanding":
            signed += [(column, -1) for column in self.layout.columns.get("credit", ())]
        return [self._column(column, sign) for column, sign in signed]

    def _column(self, column: int, sign: int = 1) -> _AmountColumn:
        records = islice(self.grid.records, self.layout.first, None)
        separator = decimal_separator(cell_at(cells, column) for _, cells in records)
        return _AmountColumn(column, separator, self._unit(self.layout.headers[column]), sign)

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
            row = self._row(line, cells)
        except (BadIdentifier, UnreadableNumber, _Doubtful) as error:
            return Rejected(line, _cut(str(error), LONGEST_REASON), tuple(map(_shown, cells)))
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
        texts = {field: _text(cells, columns) for field, columns in self.texts}
        warnings: list[str] = []
        name = texts.get("name", "")
        if name[:1] in _BULLETS:
            name = _BULLET.sub("", name)
        name = name or texts.get("account", "")
        country = _country(texts.get("country", ""))
        identifier = self._identifier(cells, country, warnings)
        amounts = {field: self._amount(columns, cells) for field, columns in self.amounts}
        if identifier is None and all(amount is None for amount in amounts.values()):
            return None
        _refuse_doubtful(texts, is_named=bool(name or identifier), is_placed=bool(country or identifier))
        id_type, id_value = (identifier.id_type, identifier.id_value) if identifier else ("", "")
        if doubt := doubt_about(name, id_type=id_type, id_value=id_value):
            warnings.append(doubt)
        ageing = self._ageing(cells)
        aged, owed = sum(ageing, Decimal(0)), amounts.get("outstanding")
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
            account=texts.get("account", ""),
            ageing=ageing,
            set_aside=set_aside(name=name, note=said, id_type=id_type, id_value=id_value),
            warnings=tuple(warnings),
        )

    def _identifier(self, cells: Sequence[Cell], country: str | None, warnings: list[str]) -> Identifier | None:
        """The first identifier that passes its check; the others only warn."""
        found: list[Identifier] = []
        failures: list[BadIdentifier] = []
        for field, column in self.identifiers:
            try:
                identifier = identify(as_text(cells[column]), country=country, kind=field)
            except BadIdentifier as failure:
                failures.append(failure)
            else:
                found += [identifier] if identifier else []
        if not found:
            if failures:
                raise failures[0]
            return None
        warnings += [f"{failure} Un autre identifiant de la ligne est bon." for failure in failures]
        if len(found) > 1 and len({(each.country, each.id_value) for each in found}) > 1:
            warnings.append("Les identifiants de la ligne désignent deux sociétés : le premier est gardé.")
        warnings += found[0].warnings
        return found[0]

    def _amount(self, columns: Sequence[_AmountColumn], cells: Sequence[Cell]) -> Decimal | None:
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
                warnings.append(_cut(str(error), LONGEST_REASON))
        return None


def _refuse_doubtful(texts: Mapping[str, str], *, is_named: bool, is_placed: bool) -> None:
    if (currency := texts.get("currency")) and words(currency) not in EUROS:
        raise _Doubtful(f"Montants en {currency} : convertissez-les en euros.")
    if not is_named:
        raise _Doubtful("Ni nom ni identifiant : complétez la ligne.")
    if not is_placed and (written := texts.get("country")):
        raise _Doubtful(f"Pays « {written} » non reconnu : écrivez son nom ou son code à deux lettres.")


def _text(cells: Sequence[Cell], columns: Sequence[int]) -> str:
    """What the columns say, cut where the eye sees it."""
    text = as_text(cells[columns[0]])
    if len(columns) > 1:
        text = " ; ".join(filter(None, [as_text(cells[column]) for column in columns]))
    return _cut(text, LONGEST_TEXT)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _shown(cell: Cell) -> str:
    return _cut(as_text(cell), LONGEST_TEXT)


@lru_cache(maxsize=1024)
def _country(written: str) -> str | None:
    return None if is_unknown(written) else country_code(written)


def _with_credit_warning(row: Row) -> Row:
    if row.outstanding is None or row.outstanding >= 0:
        return row
    return row._replace(warnings=(*row.warnings, CREDIT_BALANCE))
