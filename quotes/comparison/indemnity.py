"""What a contract pays for a loss in a year (DOMAIN.md §7.4)."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import round_euros


@dataclass(frozen=True, slots=True)
class LossClauses:
    """What turns a covered loss into an indemnity. Amounts in euros."""

    insured_percentage: Decimal  # share
    maximum_liability: Decimal | None = None  # the most paid in a year; None without such a cap
    each_loss_excess: Decimal = Decimal(0)  # kept by the client on each loss
    aggregate_first_loss: Decimal = Decimal(0)  # the first of the year's losses, kept by the client (V17)


def indemnity(loss: Decimal, clauses: LossClauses) -> Decimal:
    """What is paid for `loss`, covered and HT, as the only one of its year.

    The percentage first, then both excesses, then the cap: policies that take the excess first pay a little more.
    """
    kept = clauses.each_loss_excess + clauses.aggregate_first_loss
    paid = max(round_euros(loss * clauses.insured_percentage - kept), Decimal("0.00"))
    return paid if clauses.maximum_liability is None else min(paid, clauses.maximum_liability)
