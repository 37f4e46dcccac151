"""What a comparison starts from: the buyers asked, and what each partner answered. Amounts in euros HT."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from quotes.pricing.annual_cost import PricedTerms
from quotes.pricing.excesses import Excesses
from quotes.vocabulary import Decision, Reason


@dataclass(frozen=True, slots=True)
class AskedBuyer:
    """One buyer of the market test and the amount asked of every partner."""

    key: str
    name: str
    requested: Decimal
    identifier: str = ""  # as printed under the name
    foreign: bool = False
    turnover: Decimal | None = None  # yearly sales to this buyer: what the premium on it is computed from

    def __post_init__(self) -> None:
        if self.requested <= 0:
            raise ValueError(f"nothing is asked on {self.name}")


@dataclass(frozen=True, slots=True)
class BuyerAnswer:
    """One partner's word on one buyer. The temporary amount comes on top of the permanent one."""

    decision: Decision
    permanent: Decimal
    temporary: Decimal = Decimal(0)
    temporary_until: date | None = None  # last day it is in force
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    preliminary: bool = True


@dataclass(frozen=True, slots=True)
class PartnerAnswers:
    """One partner's column: a buyer without an answer is missing from `answers`."""

    code: str
    name: str
    answers: Mapping[str, BuyerAnswer] = field(default_factory=dict)
    priced: PricedTerms | None = None  # None while its terms are not known
    subtitle: str = ""  # « simulateur au format Atradius », or the legal name


@dataclass(frozen=True, slots=True)
class PastYear:
    """What the client lost to bad debts in one of its last years, HT."""

    year: int
    loss: Decimal


@dataclass(frozen=True, slots=True)
class CurrentContract:
    """The contract in force, as far as it is known. `limits` are by buyer key; a buyer missing there has no cover."""

    insurer: str
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    yearly_cost: Decimal | None = None  # taxes and fees included
    insured_percentage: Decimal | None = None  # share
    maximum_liability: Decimal | None = None
    excesses: Excesses = Excesses()
    ends_on: date | None = None
