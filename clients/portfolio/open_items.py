"""A file of entries or invoices as one row per buyer: how it is read, and what becomes of each account."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.portfolio.accounts import AGEING_FROM, Account, aged, balance, peak, settle, to_euros, year_before
from clients.portfolio.buyers import BEYOND_MEASURE, CREDIT_BALANCE, doubt_about, set_aside
from clients.portfolio.reading import Ignored, Rejected, Row
from clients.portfolio.selection import FRENCH_VAT_RATE
from clients.portfolio.values import HIGHEST_AMOUNT
from factortaboite.money import CENT, euros, percent

DEFAULT_TERMS = 60
"""Days, where the file has no due dates (DOMAIN.md §6.4); also the longest terms that L441-10 allows."""

MAX_ENTRIES = 1_000_000
"""Lines of entries: what a child reads within its 20 s and 1 GiB."""


MOST_LISTED = 1000  # rejected and ignored lines, each
ALL_LATER = "Tout est daté d’après le {:%d/%m/%Y}, date à laquelle la liste est arrêtée : corrigez cette date."


@dataclass(frozen=True)
class EntryOptions:
    """How entries or invoices are read.

    `cut_off` leaves out later ones; without it, the date in the titles counts, otherwise the last entry's. Where the
    file has no due date, it is estimated at `terms_days`. `vat_rate` (a share) takes the VAT out of sales that are
    only known TTC. `order` ("dmy", "mdy", "ymd") is that of the dates, once somebody chose it. Dates that the file
    leaves in doubt must be near `received_on`, the day it came.
    """

    cut_off: date | None = None
    terms_days: int = DEFAULT_TERMS
    vat_rate: Decimal = FRENCH_VAT_RATE
    order: str | None = None
    received_on: date | None = None


AS_IT_SAYS = EntryOptions()


@dataclass(frozen=True)
class Aged:
    """A file of entries or invoices, as one row per buyer.

    The fields are those of the same name in `reading.Reading`, and `cut_off` is the day that balances, ageing and the
    twelve months end on.
    """

    columns: Mapping[str, str]
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    ignored: tuple[Ignored, ...]
    headers: tuple[str, ...]
    notices: tuple[str, ...]
    cut_off: date
    ageing_from: tuple[int, ...] = AGEING_FROM

    @classmethod
    def gathered(
        cls,
        lines: Iterable[Row | Rejected | Ignored],
        *,
        columns: Mapping[str, str],
        headers: tuple[str, ...],
        notices: Iterable[str],
        cut_off: date,
    ) -> "Aged":
        """The lines sorted by what they are and by their number."""
        kinds: dict[type, list] = {Row: [], Rejected: [], Ignored: []}
        for line in lines:
            kinds[type(line)].append(line)
        return cls(
            columns=columns,
            rows=tuple(kinds[Row]),
            rejected=tuple(sorted(kinds[Rejected])),
            ignored=tuple(sorted(kinds[Ignored])),
            headers=headers,
            notices=tuple(notices),
            cut_off=cut_off,
        )


def short_history(first_day: int, cut_off: date) -> Iterator[str]:
    """What to say of entries that begin within the twelve months."""
    if first_day > year_before(cut_off).toordinal() + 31:
        yield (
            f"Les écritures commencent le {date.fromordinal(first_day):%d/%m/%Y} : l’encours maximum et le chiffre "
            "d’affaires couvrent moins de douze mois."
        )


def estimated_sales(counted: str, vat_rate: Decimal) -> str:
    """What to say of a turnover that is only known TTC; `counted` says from what."""
    return f"Le chiffre d’affaires HT est estimé à partir des {counted} TTC, avec {percent(vat_rate, 0)} de TVA."


def rows_of(
    accounts: Iterable[Account],
    turnover_of: Callable[[Account], Decimal | None],
    *,
    cut_off: date,
    start: int,
    has_peak: bool = True,
) -> Iterator[Row | Rejected | Ignored]:
    """What becomes of each account: a row, unless its amounts are beyond measure or it is settled and asleep."""
    for account in accounts:
        try:
            row = to_row(account, cut_off=cut_off, start=start, turnover=turnover_of(account), has_peak=has_peak)
        except ValueError as error:
            yield Rejected(account.row.line, str(error), ())
            continue
        if row.outstanding or row.peak or row.turnover:
            yield row
        else:
            yield Ignored(row.line, "compte soldé et sans mouvement sur douze mois")


def to_row(account: Account, *, cut_off: date, start: int, turnover: Decimal | None, has_peak: bool = True) -> Row:
    """The buyer's row: amounts in euros, `turnover` HT as the caller found it.

    Raises ValueError with a French sentence when its amounts add up beyond measure.
    """
    open_debits = settle(account, start=start)
    outstanding = to_euros(balance(account))
    highest = peak(account, cut_off) if has_peak else None
    if any(abs(amount) >= HIGHEST_AMOUNT for amount in (outstanding, highest, turnover) if amount is not None):
        raise ValueError(BEYOND_MEASURE)
    row = account.row
    terms = row.terms_days
    if account.weight > 0:
        terms = int((Decimal(account.weighted_days) / account.weight).quantize(Decimal(1), "ROUND_HALF_UP"))
    return row._replace(
        outstanding=outstanding,
        peak=highest,
        turnover=turnover.quantize(CENT) if turnover is not None else None,
        terms_days=terms,
        ageing=aged(open_debits, cut_off),
        set_aside=row.set_aside or set_aside(name=row.name, note=row.note, id_type=row.id_type, id_value=row.id_value),
        warnings=tuple(dict.fromkeys((*row.warnings, *account.warnings, *_warnings(account, open_debits)))),
        merged_lines=account.lines,
    )


def _warnings(account: Account, open_debits: Mapping[int, int]) -> Iterator[str]:
    row = account.row
    if doubt := doubt_about(row.name, id_type=row.id_type, id_value=row.id_value):
        yield doubt
    if account.doubtful:
        yield f"Dont {euros(to_euros(account.doubtful))} en créances douteuses (compte 416)."
    if any(open_debits.get(day, 0) > 0 for day in account.carried):
        yield "Reprise d’un exercice antérieur : la date d’origine est perdue, le retard est un minimum."
    if account.credit and account.due:
        paid = euros(to_euros(-account.credit))
        yield f"{paid} de règlements ou d’avoirs non lettrés : imputés sur les factures les plus anciennes."
    if balance(account) < 0:
        yield CREDIT_BALANCE
