"""One buyer's account while its entries or invoices stream by: what is open and since when, peak, sales.

Amounts are whole cents while they are added up: a file of entries has a million lines, and the cent is the smallest
unit of an account. Days are ordinals (`date.toordinal`). What is kept grows with buyers and days, not with lines.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from clients.portfolio.buyers import is_person_name, set_aside
from clients.portfolio.reading import Ignored, Rejected, Row
from clients.portfolio.values import HIGHEST_AMOUNT
from factortaboite.money import CENT, euros, percent, round_euros

AGEING_FROM = (0, 1, 31, 61, 91)
"""The first day overdue of each column that is computed here: « Non échu · 1–30 · 31–60 · 61–90 · > 90 »."""

DEFAULT_TERMS = 60
"""Days, where the file has no due dates (DOMAIN.md §6.4); also the longest terms that L441-10 allows."""

FRENCH_VAT = Decimal("0.20")

MAX_ENTRIES = 1_000_000
"""Lines of entries: what a child reads within its 20 s and 1 GiB."""

BUYERS = frozenset(("411", "413", "416"))
"""The accounts of buyers, of their bills, and of those that have become doubtful (DOMAIN.md §6.4)."""

MOST_LISTED = 1000  # rejected and ignored lines, each
MOST_LINES = 20
LONGEST_TEXT = 200
NO_IDENTIFIER = "Sans identifiant : à compléter avant d’interroger les assureurs."
ALL_LATER = "Tout est daté d’après le {:%d/%m/%Y}, date à laquelle la liste est arrêtée : corrigez cette date."
BEYOND_MEASURE = "Les montants de cet acheteur s’additionnent à une somme trop grande : corrigez-les."


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
    vat_rate: Decimal = FRENCH_VAT
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


@dataclass(slots=True)
class Account:
    """The account of one buyer. `row` is what is known of the buyer beside its amounts: line, name, identifier.

    `due` holds open debits by due day, `credit` the open credits, `lettered` the groups that do not net to zero (yet):
    their debits by due day and their net. `moves` is the net of each accounting day, `net_sales` (HT) and `debits`
    (TTC) that of each month (year × 12 + month). `opening` is a balance brought forward without any date.
    """

    row: Row
    due: dict[int, int] = field(default_factory=dict)
    credit: int = 0
    lettered: dict[str, tuple[int, dict[int, int]]] = field(default_factory=dict)
    moves: dict[int, int] = field(default_factory=dict)
    net_sales: dict[int, int] = field(default_factory=dict)
    debits: dict[int, int] = field(default_factory=dict)
    opening: int = 0
    carried: tuple[int, ...] = ()
    doubtful: int = 0
    lines: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    weighted_days: int = 0
    weight: int = 0
    section: str = ""

    def post(self, cents: int, *, day: int, due: int, group: str) -> None:
        """One entry: a debit is positive. `group` is its lettering, as written; empty when it is open."""
        self.moves[day] = self.moves.get(day, 0) + cents
        self.open(cents, due=due, group=group)

    def open(self, cents: int, *, due: int, group: str = "") -> None:
        """An amount that is open, as far as its group does not net to zero."""
        if not group:
            if cents > 0:
                self.due[due] = self.due.get(due, 0) + cents
            else:
                self.credit += cents
            return
        net, debits = self.lettered.get(group, (0, {}))
        net += cents
        if net == 0:
            self.lettered.pop(group, None)  # what nets to zero is settled: forget it, and its memory
            return
        if cents > 0:
            debits[due] = debits.get(due, 0) + cents
        self.lettered[group] = (net, debits)

    def seen_at(self, line: int) -> None:
        """Notes a line beside the first one, up to `MOST_LINES`."""
        if len(self.lines) < MOST_LINES:
            self.lines += (line,)


def account_key(number: str) -> str:
    """One key for « 411DUPONT », « 413DUPONT » and « 416DUPONT »; a number without letters is its own."""
    suffix = number[3:]
    return suffix if number[:3] in BUYERS and suffix.isalpha() and len(suffix) >= 3 else number


def month_of(day: date) -> int:
    """The key of `Account.debits`."""
    return day.year * 12 + day.month


def to_cents(amount: Decimal) -> int:
    """Whole cents, half up: amounts with more decimals are unit prices or currency conversions."""
    return int(round_euros(amount).scaleb(2))


def to_euros(cents: int) -> Decimal:
    """Euros with two decimals."""
    return Decimal(cents).scaleb(-2)


def balance(account: Account) -> int:
    """The open balance in cents; credits are negative."""
    lettered = sum(net for net, _ in account.lettered.values())
    return sum(account.due.values()) + account.credit + account.opening + lettered


def settle(account: Account, *, start: int) -> dict[int, int]:
    """The open debits in cents by due day, once the open credits have paid the oldest ones; what remains of the
    credits stands under day 0, negative. `start` is the due day of a balance brought forward without date."""
    open_debits = dict(account.due)
    credit = account.credit
    if account.opening > 0:
        open_debits[start] = open_debits.get(start, 0) + account.opening
    else:
        credit += account.opening
    for net, debits in account.lettered.values():
        # A credit pays the invoices it is lettered with before any other.
        left, remaining = _paid(debits, net - sum(debits.values()))
        for day, cents in remaining.items():
            open_debits[day] = open_debits.get(day, 0) + cents
        credit += left
    left, remaining = _paid(open_debits, credit)
    return {**remaining, 0: left} if left else remaining


def _paid(debits: Mapping[int, int], credit: int) -> tuple[int, dict[int, int]]:
    """What is left of a (negative) credit and of the debits, oldest paid first."""
    if not credit:
        return 0, dict(debits)
    remaining: dict[int, int] = {}
    for day in sorted(debits):
        paid = min(debits[day], -credit)
        credit += paid
        if debits[day] > paid:
            remaining[day] = debits[day] - paid
    return credit, remaining


def aged(open_debits: Mapping[int, int], cut_off: date) -> tuple[Decimal, ...]:
    """Euros in the columns of `AGEING_FROM`; an excess of credits is negative among what is not due."""
    columns = [0] * len(AGEING_FROM)
    today = cut_off.toordinal()
    for day, cents in open_debits.items():
        overdue = today - day if day else 0
        columns[sum(first <= overdue for first in AGEING_FROM[1:])] += cents
    return tuple(map(to_euros, columns))


def peak(account: Account, cut_off: date) -> Decimal | None:
    """The highest balance of the twelve months to the cut-off, at the end of a day, in euros TTC; None without any
    dated movement. Never below zero."""
    if not account.moves:
        return None
    first_day = year_before(cut_off).toordinal()
    level = account.opening + sum(cents for day, cents in account.moves.items() if day < first_day)
    highest = max(level, 0)
    for day in sorted(day for day in account.moves if day >= first_day):
        level += account.moves[day]
        highest = max(highest, level)
    return to_euros(highest)


def year_before(cut_off: date) -> date:
    """The first of the twelve months to the cut-off: 1 November 2025 for 31 October 2026."""
    following = cut_off + timedelta(days=1)
    if (following.month, following.day) == (2, 29):
        following += timedelta(days=1)
    return following.replace(year=following.year - 1)


def twelve_months(by_month: Mapping[int, int], cut_off: date) -> int:
    """The cents of the twelve calendar months that end with the cut-off's."""
    last = month_of(cut_off)
    return sum(cents for month, cents in by_month.items() if last - 12 < month <= last)


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
    if not row.id_value:
        yield NO_IDENTIFIER
    elif row.id_type == "siren" and is_person_name(row.name):
        yield "Nom de personne avec un SIREN : entrepreneur individuel ?"
    if account.doubtful:
        yield f"Dont {euros(to_euros(account.doubtful))} en créances douteuses (compte 416)."
    if any(open_debits.get(day, 0) > 0 for day in account.carried):
        yield "Reprise d’un exercice antérieur : la date d’origine est perdue, le retard est un minimum."
    if account.credit and account.due:
        paid = euros(to_euros(-account.credit))
        yield f"{paid} de règlements ou d’avoirs non lettrés : imputés sur les factures les plus anciennes."
    if balance(account) < 0:
        yield "Encours négatif : solde créditeur, l’acheteur n’est pas interrogé."
