"""One buyer's account while its entries or invoices stream by: what is open and since when, peak, sales.

Amounts are whole cents while they are added up: a file of entries has a million lines, and the cent is the smallest
unit of an account. Days are ordinals (`date.toordinal`). What is kept grows with buyers and days, not with lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from clients.portfolio.reading import Row
from factortaboite.money import round_euros

AGEING_FROM = (0, 1, 31, 61, 91)
"""The first day overdue of each column that is computed here: « Non échu · 1–30 · 31–60 · 61–90 · > 90 »."""

BUYERS = frozenset(("411", "413", "416"))
"""The accounts of buyers, of their bills, and of those that have become doubtful (DOMAIN.md §6.4)."""

SUPPLIERS = frozenset(("401", "403", "404", "408", "409"))

MOST_LINES = 20


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

    def lacks(self, line: int | None) -> None:
        """Says that a line of the account could not be read, once; None when all were."""
        if line is not None and not self.warnings:
            self.warnings = (f"La ligne {line} n’a pas pu être lue : le solde est incomplet.",)

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
