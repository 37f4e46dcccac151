"""How old the balances of a list are, and how much of them should have been paid already."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from clients.analysis.bars import Bar, bar

NOT_DUE = 0
LATE = 60  # days overdue from which a buyer is no longer merely slow


@dataclass(frozen=True)
class Slice:
    """The balances of one age, TTC. `last_day` is None for the oldest. `share` is of the whole; credit notes may make
    it negative."""

    first_day: int
    last_day: int | None
    amount: Decimal
    share: Decimal

    @property
    def tone(self) -> str:
        """How worrying: "due", "soon" (a month at most), "late" (two) or "bad"."""
        if self.first_day == NOT_DUE:
            return "due"
        return "soon" if self.first_day <= 30 else "late" if self.first_day <= LATE else "bad"

    @property
    def label(self) -> str:
        if self.first_day == NOT_DUE:
            return "Non échu"
        if self.last_day is None:
            return f"Échu depuis plus de {self.first_day - 1} jours" if self.first_day > 1 else "Échu"
        return f"Échu de {self.first_day} à {self.last_day} jours"


@dataclass(frozen=True)
class AgedBalance:
    """A list's balances by age, youngest first, TTC. `overdue_share` is of the whole."""

    slices: tuple[Slice, ...]
    total: Decimal
    overdue: Decimal

    @property
    def overdue_share(self) -> Decimal:
        return self.overdue / self.total

    @property
    def late(self) -> Decimal:
        """Overdue for more than 60 days."""
        return sum((each.amount for each in self.slices if each.first_day > LATE), Decimal(0))

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Each slice's share of all that is owed; credit notes take no room."""
        owed = sum((max(each.amount, Decimal(0)) for each in self.slices), Decimal(0))
        bars, start = [], Decimal(0)
        for each in self.slices:
            width = max(each.amount, Decimal(0)) / owed
            bars.append(bar(each.tone, start, width))
            start += width
        return tuple(bars)

    def pooled(self, most: int) -> "AgedBalance":
        """The same in `most` slices at most: the oldest of more are one."""
        kept, rest = self.slices[: most - 1], self.slices[most - 1 :]
        if len(rest) < 2:
            return self
        amount = sum((each.amount for each in rest), Decimal(0))
        return replace(self, slices=(*kept, Slice(rest[0].first_day, None, amount, amount / self.total)))

    @property
    def tells_late(self) -> bool:
        """Do the list's columns set apart what is overdue for more than 60 days?"""
        return any(each.first_day > LATE for each in self.slices)


def aged_balance(
    first_days: Sequence[int], amounts: Sequence[Decimal], balance: Decimal | None = None
) -> AgedBalance | None:
    """The ageing of balances whose columns begin at `first_days` overdue (0: not due) and add up to `amounts`, TTC.

    A list without a column of what is not due leaves it to `balance`, the whole of the same buyers. None when that is
    not known, or when nothing is owed.
    """
    by_day = dict(zip(first_days, amounts, strict=True))
    if NOT_DUE not in by_day:
        if balance is None:
            return None
        by_day[NOT_DUE] = balance - sum(amounts, Decimal(0))
    total = sum(by_day.values(), Decimal(0))
    if total <= 0:
        return None
    days = sorted(by_day)
    ends = [following - 1 for following in days[1:]] + [None]
    return AgedBalance(
        slices=tuple(
            Slice(first, last, by_day[first], by_day[first] / total) for first, last in zip(days, ends, strict=True)
        ),
        total=total,
        overdue=total - by_day[NOT_DUE],
    )
