"""Losses that may come, and what each contract would pay of them. Amounts in euros HT."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Scenario:
    """One of the largest buyers fails, owing what was asked on it."""

    buyer_key: str
    name: str
    loss: Decimal
    covered: Decimal
    indemnity: Decimal  # insured percentage of the covered loss, capped by the maximum liability of the year


@dataclass(frozen=True, slots=True)
class Replay:
    """One of the client's past years again, its losses covered: HT, and taken for one loss."""

    year: int
    loss: Decimal
    indemnity: Decimal


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One line of « Et si… »: a loss, and what each partner would pay of it; None while its terms are not known."""

    event: str
    loss: Decimal
    indemnities: tuple[Decimal | None, ...]  # in ranking order
    current: Decimal | None  # from the contract in force

    @property
    def best(self) -> Decimal:
        return max((paid for paid in self.indemnities if paid is not None), default=Decimal(0))
