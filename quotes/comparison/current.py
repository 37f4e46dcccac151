"""The contract that the client already has, beside what partners answer: measured, never ranked with them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quotes.pricing.excesses import Excesses


@dataclass(frozen=True, slots=True)
class CurrentCover:
    """What the contract in force covers of the amounts asked. Euros HT, shares 0–1."""

    insurer: str
    ends_on: date | None
    covers: tuple[Decimal, ...]  # in the order of the buyers; a buyer that the contract does not name has zero
    covered: Decimal
    share: Decimal
    yearly_cost: Decimal | None  # taxes and fees included
    cost_per_thousand: Decimal | None
    insured_percentage: Decimal | None
    maximum_liability: Decimal | None
    failures: tuple[Decimal, ...]  # indemnity if each of the largest buyers fails; empty without a percentage
    replays: tuple[Decimal, ...]  # indemnity for each of the past years
    excesses: Excesses = Excesses()

    @property
    def covered_buyers(self) -> int:
        return sum(cover > 0 for cover in self.covers)

    @property
    def thousandths(self) -> int:
        """The covered share as the width of a bar."""
        return int(self.share * 1000)
