"""What a late payment owes between French companies (C. com. L441-10 II, D441-5; DOMAIN.md §1.7): dated rates."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

RECOVERY_FEE = Decimal(40)  # euros for each late invoice


@dataclass(frozen=True, slots=True)
class LateRates:
    """The rates of the half-year of `since`, as shares a year. `central_bank` is the ECB's refinancing rate of its
    first day, `legal` the legal interest rate between professionals."""

    since: date
    central_bank: Decimal
    legal: Decimal

    @property
    def default(self) -> Decimal:
        """What is owed when the contract says nothing: the ECB's rate and ten points."""
        return self.central_bank + Decimal("0.10")

    @property
    def floor(self) -> Decimal:
        """What a contract may not go below: three times the legal rate."""
        return 3 * self.legal

    @property
    def half_year(self) -> str:
        return f"{'1er' if self.since.month <= 6 else '2nd'} semestre {self.since.year}"


# The ECB's 2.15 % of June 2025 is DOMAIN.md's assumption. A half-year that is missing here has not been found
# published: the one before is told as its own, never as today's, until a firm adds it to its tariffs.
RATES = (
    LateRates(date(2025, 1, 1), Decimal("0.0315"), Decimal("0.0371")),
    LateRates(date(2025, 7, 1), Decimal("0.0215"), Decimal("0.0276")),
)


def rates_on(day: date) -> LateRates:
    """The rates of the last half-year known on `day`. Raises LookupError before the first."""
    known = [rates for rates in RATES if rates.since <= day]
    if not known:
        raise LookupError(f"no late payment rates on {day}")
    return known[-1]


def is_outdated(rates: LateRates, day: date) -> bool:
    """Whether a newer half-year has begun whose rates are not in the table."""
    return (day.year, day.month > 6) != (rates.since.year, rates.since.month > 6)
