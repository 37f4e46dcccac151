"""What changed between two lists of the same client: who came, who left, who owes more or less."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from clients.analysis.bars import Bar, bar

THINNEST = Decimal("0.004")


class Change(Enum):
    """What became of a buyer that one list or both name. The label is the heading of a list."""

    NEW = "new", "Nouveaux"
    GROWN = "grown", "En hausse"
    SHRUNK = "shrunk", "En baisse"
    GONE = "gone", "Partis"
    SAME = "same", "Inchangés"

    label: str

    def __new__(cls, value: str, label: str) -> "Change":
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        return member


@dataclass(frozen=True)
class Moved:
    """The buyers that had the same change: how many, and what they weighed together before and after."""

    change: Change
    buyers: int
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Step:
    """One bar of the way from one total to the other: from `low` to `high`, both as shares of the longest bar."""

    label: str
    amount: Decimal
    low: Decimal
    high: Decimal
    kind: str  # "total", "up" or "down"
    buyers: int

    @property
    def bars(self) -> tuple[Bar, ...]:
        """A change too small to be seen is still a line."""
        return (bar(self.kind, self.low, max(self.high - self.low, THINNEST)),)


@dataclass(frozen=True)
class Evolution:
    """Every change once, in the order of Change. Amounts are of one measure on both sides."""

    moves: tuple[Moved, ...]

    @property
    def before(self) -> Decimal:
        return sum((moved.before for moved in self.moves), Decimal(0))

    @property
    def after(self) -> Decimal:
        return sum((moved.after for moved in self.moves), Decimal(0))

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of what there was before; None when there was nothing."""
        return self.difference / self.before if self.before > 0 else None

    def of(self, change: Change) -> Moved:
        return next(moved for moved in self.moves if moved.change == change)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The way from the first total to the second, as a chart draws it: what came, what grew, what shrank, what
        left."""
        walk = [("Avant", self.before, Decimal(0), self.before, "total", self._count(Change.NEW))]
        level = self.before
        for change in (Change.NEW, Change.GROWN, Change.SHRUNK, Change.GONE):
            moved = self.of(change)
            there = level + moved.difference
            kind = "down" if moved.difference < 0 else "up"
            walk.append((change.label, moved.difference, min(level, there), max(level, there), kind, moved.buyers))
            level = there
        walk.append(("Après", self.after, Decimal(0), self.after, "total", self._count(Change.GONE)))
        longest = max((high for _, _, _, high, _, _ in walk), default=Decimal(0))
        if longest <= 0:
            return ()
        return tuple(
            Step(label, amount, max(low, Decimal(0)) / longest, max(high, Decimal(0)) / longest, kind, buyers)
            for label, amount, low, high, kind, buyers in walk
        )

    def _count(self, without: Change) -> int:
        return sum(moved.buyers for moved in self.moves if moved.change != without)


def evolution(moves: Iterable[Moved]) -> Evolution:
    """The whole picture of `moves`; changes that nobody had count nothing.

    Raises ValueError when a change stands twice.
    """
    found: dict[Change, Moved] = {}
    for moved in moves:
        if moved.change in found:
            raise ValueError(f"« {moved.change.label} » est compté deux fois.")
        found[moved.change] = moved
    nothing = Decimal(0)
    return Evolution(tuple(found.get(change, Moved(change, 0, nothing, nothing)) for change in Change))
