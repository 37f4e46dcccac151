"""How much of a portfolio hangs on how few buyers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

TOPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Weight:
    """What one buyer weighs, in euros: turnover HT or balance, the same for all. Codes are the reader's."""

    amount: Decimal
    country: str = "FR"
    set_aside: str = ""


@dataclass(frozen=True)
class Concentration:
    """Shares between 0 and 1, not rounded.

    `top` gives the share of the 1, 2, 5 and 10 largest buyers. `hhi` is the Herfindahl–Hirschman index: the sum of
    the squared shares, 1 for a single buyer. `lorenz` holds (share of buyers, share of the amount), smallest buyers
    first, from (0, 0) to (1, 1): it describes the named buyers only.
    """

    total: Decimal
    top: Mapping[int, Decimal]
    hhi: Decimal
    lorenz: tuple[tuple[Decimal, Decimal], ...]
    public_share: Decimal
    foreign_share: Decimal
    related_share: Decimal


def concentration(weights: Sequence[Weight], *, total: Decimal | None = None) -> Concentration:
    """The concentration of `weights`. Buyers in credit weigh nothing.

    `total` is the whole they are a part of, when small unnamed buyers make up the rest; without it, their own sum.
    Raises ValueError when there is nothing to weigh, or when the buyers named weigh more than `total`.
    """
    held = [weight for weight in weights if weight.amount > 0]
    named = sum((weight.amount for weight in held), Decimal(0))
    whole = named if total is None else total
    if not named:
        raise ValueError("Aucun acheteur n’a de montant : la concentration ne se calcule pas.")
    if named > whole:
        raise ValueError("Les acheteurs nommés pèsent plus que le total annoncé.")
    amounts = sorted((weight.amount for weight in held), reverse=True)

    def share(chosen: Sequence[Weight]) -> Decimal:
        return sum((weight.amount for weight in chosen), Decimal(0)) / whole

    return Concentration(
        total=whole,
        top={size: sum(amounts[:size], Decimal(0)) / whole for size in TOPS},
        hhi=sum(((amount / whole) ** 2 for amount in amounts), Decimal(0)),
        lorenz=tuple(
            (Decimal(count) / len(amounts), cumulated / named)
            for count, cumulated in enumerate(accumulate(reversed(amounts), initial=Decimal(0)))
        ),
        public_share=share([weight for weight in held if weight.set_aside == "public_body"]),
        foreign_share=share([weight for weight in held if weight.country != "FR"]),
        related_share=share([weight for weight in held if weight.set_aside == "related_company"]),
    )
