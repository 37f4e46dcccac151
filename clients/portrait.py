"""A client's risk at a glance: how much is asked, on whom it hangs, what losses really cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from clients.enums import UNINSURABLE
from clients.models import Exposure, RiskSnapshot
from clients.portfolio.concentration import Concentration, Weight, concentration
from clients.portfolio.losses import turnover_to_recover

SHOWN = 10


@dataclass(frozen=True)
class BuyerShare:
    """One of the largest buyers. `share` and `before` (the shares of those ahead of it) are between 0 and 1."""

    exposure: Exposure
    amount: Decimal
    share: Decimal
    before: Decimal

    @property
    def bar_start(self) -> str:
        """In percent, as SVG wants it."""
        return f"{self.before * 100:.2f}"

    @property
    def bar_width(self) -> str:
        return f"{self.share * 100:.2f}"


@dataclass(frozen=True)
class Portrait:
    """`by_turnover` says whether buyers are weighed by turnover HT, or by balance TTC for want of it.

    `worst_loss` is the worst of three years and `sales_to_recover` what it takes to earn it back, both HT.
    """

    asked_count: int
    asked_total: Decimal
    by_turnover: bool
    largest: tuple[BuyerShare, ...]
    concentration: Concentration | None
    worst_loss: Decimal
    sales_to_recover: Decimal | None


def portrait(snapshot: RiskSnapshot, exposures: Iterable[Exposure]) -> Portrait:
    """The portrait of a snapshot with all its exposures. Shares are of the insurable turnover when it is known."""
    exposures = list(exposures)
    asked = [exposure.requested for exposure in exposures if exposure.requested and not exposure.set_aside]
    insurable = [exposure for exposure in exposures if exposure.set_aside not in UNINSURABLE]
    by_turnover = any(exposure.turnover for exposure in insurable)
    weights = sorted(
        ((_weight(exposure, by_turnover), exposure) for exposure in insurable),
        key=lambda pair: (-pair[0], pair[1].line),
    )
    measured = _concentration(weights, snapshot.insurable_turnover if by_turnover else None)
    worst = max(snapshot.losses)
    return Portrait(
        asked_count=len(asked),
        asked_total=sum(asked, Decimal(0)),
        by_turnover=by_turnover,
        largest=tuple(_shares(weights[:SHOWN], measured)) if measured else (),
        concentration=measured,
        worst_loss=worst,
        sales_to_recover=turnover_to_recover(worst, snapshot.margin_rate) if worst and snapshot.margin_rate else None,
    )


def _weight(exposure: Exposure, by_turnover: bool) -> Decimal:
    if by_turnover:
        return exposure.turnover or Decimal(0)
    return max(exposure.outstanding or Decimal(0), exposure.peak or Decimal(0))


def _concentration(weights: list[tuple[Decimal, Exposure]], total: Decimal | None) -> Concentration | None:
    named = sum((amount for amount, _ in weights if amount > 0), Decimal(0))
    if not named:
        return None
    # A file of another year may name more than the declared turnover: shares are then of what it names.
    whole = total if total is not None and total >= named else None
    return concentration(
        [Weight(amount, exposure.country, exposure.set_aside) for amount, exposure in weights], total=whole
    )


def _shares(largest: list[tuple[Decimal, Exposure]], measured: Concentration) -> Iterable[BuyerShare]:
    before = Decimal(0)
    for amount, exposure in largest:
        if amount > 0:
            share = amount / measured.total
            yield BuyerShare(exposure, amount, share, before)
            before += share
