"""What a contract pays for a loss in a year (DOMAIN.md §7.4)."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import round_euros
from quotes.pricing.excesses import Excesses

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class LossClauses:
    """What turns a covered loss into an indemnity. Amounts in euros."""

    insured_percentage: Decimal  # share
    maximum_liability: Decimal | None = None  # the most paid in a year; None without such a cap
    excesses: Excesses = Excesses()


def indemnity(loss: Decimal, clauses: LossClauses) -> Decimal:
    """What is paid for `loss`, covered and HT, as the only one of its year.

    The qualifying loss is held against the covered loss. Then the percentage, both excesses, the cap: policies that
    take the excess before the percentage pay a little more.
    """
    excesses = clauses.excesses
    if loss <= excesses.qualifying_loss:
        return NOTHING
    kept = excesses.each_loss_excess + excesses.aggregate_first_loss
    paid = max(round_euros(loss * clauses.insured_percentage - kept), NOTHING)
    return paid if clauses.maximum_liability is None else min(paid, clauses.maximum_liability)
