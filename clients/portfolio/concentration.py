"""How much of a portfolio hangs on how few buyers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

TOPS = (1, 2, 5, 10)
WORDS = {1: "un", 2: "deux", 5: "cinq", 10: "dix"}
FEW = 5


@dataclass(frozen=True)
class Top:
    """The `size` largest buyers and their `share` of the whole, between 0 and 1."""

    size: int
    share: Decimal

    @property
    def word(self) -> str:
        return WORDS[self.size]

    @property
    def buyers(self) -> str:
        return "un acheteur" if self.size == 1 else f"{self.word} acheteurs"

    @property
    def label(self) -> str:
        return "Le plus gros" if self.size == 1 else f"Les {self.word} plus gros"


@dataclass(frozen=True)
class Concentration:
    """Shares between 0 and 1, not rounded. `top` gives the share of the 1, 2, 5 and 10 largest of `count` buyers."""

    total: Decimal
    top: Mapping[int, Decimal]
    foreign_share: Decimal
    count: int

    @property
    def telling(self) -> tuple[Top, ...]:
        """Those that say something: no more buyers than there are, nor « all of them », but for the largest."""
        return tuple(
            Top(size, share) for size, share in self.top.items() if size == 1 or size <= self.count and share < 1
        )

    @property
    def few(self) -> Top:
        """The one to put first: five buyers at most."""
        return [top for top in self.telling if top.size <= FEW][-1]


def concentration(
    largest: Sequence[Decimal], *, named: Decimal, foreign: Decimal, count: int, total: Decimal | None = None
) -> Concentration:
    """The concentration of buyers that weigh `named` together (turnover HT or balance, the same for all), those abroad
    `foreign`, and the ten largest `largest`, in that order; there are `count` of them.

    `total` is the whole they are a part of, when small unnamed buyers make up the rest. A file of another year may
    name more than that: shares are then of what it names. Raises ValueError when there is nothing to weigh.
    """
    if named <= 0:
        raise ValueError("Aucun acheteur n’a de montant : la concentration ne se calcule pas.")
    whole = total if total is not None and total >= named else named
    return Concentration(
        total=whole,
        top={size: sum(largest[:size], Decimal(0)) / whole for size in TOPS},
        foreign_share=foreign / whole,
        count=count,
    )
