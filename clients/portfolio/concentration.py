"""How much of a portfolio hangs on how few buyers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

TOPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Concentration:
    """Shares between 0 and 1, not rounded. `top` gives the share of the 1, 2, 5 and 10 largest buyers."""

    total: Decimal
    top: Mapping[int, Decimal]
    foreign_share: Decimal


def concentration(
    largest: Sequence[Decimal], *, named: Decimal, foreign: Decimal, total: Decimal | None = None
) -> Concentration:
    """The concentration of buyers that weigh `named` together (turnover HT or balance, the same for all), those abroad
    `foreign`, and the ten largest `largest`, in that order.

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
    )
