"""What confirming a list would do, line by line, before anything is written: the fate of every buyer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import cast

from clients.portfolio.countries import country_code
from clients.portfolio.reading import Reading, Row
from clients.portfolio.selection import NOT_ASKED, Buyer, vat_rate_by_country, whom_to_ask
from clients.portfolio.values import parse_amount, parse_terms, unit_said, words
from factortaboite.money import UnreadableNumber

# The parts of the turnover that a set-aside buyer belongs to (DOMAIN.md §1.2).
UNINSURABLE = ("public_body", "collective_procedure", "private_person", "related_company")


@dataclass(frozen=True)
class PreviewLine:
    """One buyer. `amount` is the limit to ask, HT in euros; None when it is set aside, and `reason` says why.

    `vat_rate` is the share of VAT in the balances.
    """

    row: Row
    vat_rate: Decimal
    amount: Decimal | None
    reason: str

    @property
    def reason_label(self) -> str:
        """In French; the only reason that the selection does not know is that the broker said so."""
        return NOT_ASKED.get(self.reason, "écarté par le courtier")


@dataclass(frozen=True)
class Preview:
    """The whole list: every line of the file is in exactly one of asked, set_aside, reading.rejected and ignored,
    or merged into one of the first two."""

    reading: Reading
    lines: tuple[PreviewLine, ...]

    @cached_property
    def asked(self) -> list[PreviewLine]:
        """Largest first, then as in the file."""
        asked = [line for line in self.lines if line.amount is not None]
        return sorted(asked, key=lambda line: (-(line.amount or 0), line.row.line))

    @cached_property
    def set_aside(self) -> list[PreviewLine]:
        return [line for line in self.lines if line.amount is None]

    @property
    def total(self) -> Decimal:
        """HT."""
        return sum((line.amount for line in self.asked if line.amount is not None), Decimal(0))

    @property
    def merged_count(self) -> int:
        """Lines of the file that stand under another line of the same company."""
        return sum(len(line.row.merged_lines) for line in self.lines)

    def turnover(self, reason: str) -> Decimal:
        """HT, of the buyers set aside for one of the reasons in UNINSURABLE."""
        return _turnover(line for line in self.lines if line.reason == reason)

    @property
    def export_turnover(self) -> Decimal:
        """HT, of the insurable buyers outside France."""
        return _turnover(line for line in self.lines if line.row.country != "FR" and line.reason not in UNINSURABLE)

    @property
    def named_turnover(self) -> Decimal:
        """HT, of every buyer the file names."""
        return _turnover(self.lines)


def _turnover(lines: Iterable[PreviewLine]) -> Decimal:
    return sum((line.row.turnover for line in lines if line.row.turnover is not None), Decimal(0))


def preview(reading: Reading, *, vat_rates: Mapping[int, Decimal] | None = None, top: int | None = None) -> Preview:
    """The fate of every row. `vat_rates` are the broker's choices by line number; `top` keeps the largest only.

    Balances whose header says HT hold no VAT.
    """
    chosen = vat_rates or {}
    balances_net = any("ht" in words(reading.columns.get(field, "")).split() for field in ("outstanding", "peak"))

    def vat_rate(buyer: Buyer) -> Decimal:
        row = cast(Row, buyer)
        return chosen.get(row.line, Decimal(0) if balances_net else vat_rate_by_country(row))

    proposals = whom_to_ask(reading.rows, top=top, vat_rate=vat_rate)
    lines = tuple(
        PreviewLine(row, vat_rate(row), proposal.amount, proposal.reason)
        for row, proposal in zip(reading.rows, proposals, strict=True)
    )
    return Preview(reading, lines)


def row_from_rejected(reading: Reading, line: int) -> Row:
    """What can still be read of a rejected line. `id_value` is as written, unchecked, and has no `id_type`; an amount
    that is none is left out.

    Raises StopIteration when the line was not rejected.
    """
    cells = next(rejected.cells for rejected in reading.rejected if rejected.line == line)
    texts = {field: _cell_under(reading, header, cells) for field, header in reading.columns.items()}
    return Row(
        line=line,
        name=texts.get("name", ""),
        id_value=next((texts[field] for field in ("siren", "siret", "vat", "id") if texts.get(field)), ""),
        country=country_code(texts.get("country", "")) or "FR",
        outstanding=_amount(reading, texts, "outstanding"),
        peak=_amount(reading, texts, "peak"),
        turnover=_amount(reading, texts, "turnover"),
        requested=_amount(reading, texts, "requested"),
        terms_days=_terms(texts.get("terms_days", "")),
        note=texts.get("note", ""),
        city=texts.get("city", ""),
        postcode=texts.get("postcode", ""),
    )


def _cell_under(reading: Reading, header: str, cells: tuple[str, ...]) -> str:
    position = reading.headers.index(header) if header in reading.headers else len(cells)
    return cells[position] if position < len(cells) else ""


def _amount(reading: Reading, texts: Mapping[str, str], field: str) -> Decimal | None:
    try:
        return parse_amount(texts.get(field, ""), unit=unit_said(reading.columns.get(field, "")) or 1)
    except UnreadableNumber:
        return None


def _terms(text: str) -> int | None:
    try:
        return parse_terms(text)
    except UnreadableNumber:
        return None
