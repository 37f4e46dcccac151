"""What the reader understood of a buyer list."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from clients.portfolio.values import words

MAX_LINES = 200_000
MAX_COLUMNS = 500
AMOUNTS = ("outstanding", "peak", "turnover", "requested")


class UnreadablePortfolio(ValueError):
    """The file cannot be read at all; the message is one French sentence that says what to do.

    `form` is the reading's, when it got as far as that: another date or order may be all it takes.
    """

    form = ""


class Rejected(NamedTuple):
    """A line that looks like a buyer but cannot be kept as it is: somebody has to correct it."""

    line: int
    reason: str
    cells: tuple[str, ...]


class Ignored(NamedTuple):
    """A line that is no buyer: title, blank line, repeated header, total."""

    line: int
    reason: str


class Row(NamedTuple):
    """One buyer. `line` and `merged_lines` are 1-based physical lines of the file or sheet.

    Amounts are euros as the file has them, neither rounded nor converted: `outstanding` and `peak` TTC unless the
    header says HT, `turnover` and `requested` HT. `country` is ISO-2. `id_type` is "siren", "vat" (with its country
    prefix), "other" or "". `set_aside` is "", "public_body", "collective_procedure", "private_person" or
    "related_company". `account` is the client's own number for the buyer. `ageing` splits the balance into the columns
    that the reading's `ageing_from` names, empty when the file does not say.
    """

    line: int
    name: str = ""
    id_type: str = ""
    id_value: str = ""
    country: str = "FR"
    outstanding: Decimal | None = None
    peak: Decimal | None = None
    turnover: Decimal | None = None
    requested: Decimal | None = None
    terms_days: int | None = None
    note: str = ""
    city: str = ""
    postcode: str = ""
    set_aside: str = ""
    warnings: tuple[str, ...] = ()
    merged_lines: tuple[int, ...] = ()
    account: str = ""
    ageing: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How a buyer list was read, and its lines when they were collected.

    `encoding` and `separator` are empty for a workbook, `sheet` and `sheets` for a text. `columns` maps each field to
    the header it was read from (« colonne A » without header; several headers are joined by « + »), `headers` names
    the columns that `Rejected.cells` follow. `notices` are French sentences about the file as a whole. `ageing_from`
    is the first day overdue of each column of the rows' ageing, 0 for what is not due yet. `form` is "fec", "ledger"
    or "invoices", empty for a list of buyers. `sureness` says how sure each field's column is (a share: 1 is certain).
    For entries and invoices, `order` is that of their dates where somebody chose it, `terms_days` those that missing
    due dates are estimated with, and `cut_off` the day they are drawn up on (AAAA-MM-JJ).
    """

    encoding: str
    separator: str
    sheet: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    headers: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    ageing_from: tuple[int, ...] = ()
    form: str = ""
    sureness: Mapping[str, float] = field(default_factory=dict)
    order: str = ""
    terms_days: int | None = None
    cut_off: str = ""

    @cached_property
    def balances_net(self) -> bool:
        """Does a header say that the balances are HT (« Encours HT »)? Ledgers hold them TTC."""
        headers = [self.columns.get(field, "") for field in ("outstanding", "peak")]
        return any("ht" in words(header).split() for header in headers)

    def about(self) -> dict[str, Any]:
        """All but the lines, as plain JSON values."""
        about = asdict(replace(self, rows=(), rejected=(), ignored=()))
        return {name: value for name, value in about.items() if name not in ("rows", "rejected", "ignored")}


def to_json(reading: Reading) -> dict[str, Any]:
    """The whole reading as plain JSON values; amounts are strings with at least two decimals, None stays null."""
    return {
        **reading.about(),
        "rows": [_row_to_json(row) for row in reading.rows],
        "rejected": [rejected._asdict() for rejected in reading.rejected],
        "ignored": [ignored._asdict() for ignored in reading.ignored],
    }


def _row_to_json(row: Row) -> dict[str, Any]:
    values = row._asdict()
    for name in AMOUNTS:
        values[name] = None if values[name] is None else _amount_to_text(values[name])
    values["ageing"] = [_amount_to_text(amount) for amount in row.ageing]
    return values


def _amount_to_text(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text if len(text.partition(".")[2]) >= 2 else f"{amount:.2f}"


Line = Row | Rejected | Ignored


class ListReader(Protocol):
    """A list being read, in this order: what is known before its first line, the lines, then the corrections."""

    reading: Reading

    def lines(self) -> Iterator[Line]:
        """Every line of the file as it is met. Raises UnreadablePortfolio when none is a buyer's."""
        ...

    def corrections(self) -> Iterator[Line]:
        """What the whole list taught about lines that were given already: each replaces the one of the same number."""
        ...


def collect(reader: ListReader) -> Reading:
    """The whole list in memory. Raises UnreadablePortfolio."""
    found = {line.line: line for line in reader.lines()}
    found |= {line.line: line for line in reader.corrections()}
    lines = sorted(found.values(), key=lambda line: line.line)
    return replace(
        reader.reading,
        rows=tuple(line for line in lines if isinstance(line, Row)),
        rejected=tuple(line for line in lines if isinstance(line, Rejected)),
        ignored=tuple(line for line in lines if isinstance(line, Ignored)),
    )
