"""A client's risk at a glance: how much is asked, on whom it hangs, what losses really cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Aggregate, Count, F, Q, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThan

from clients.analysis.bars import Bar, bar
from clients.enums import UNINSURABLE
from clients.models import Exposure, RiskSnapshot
from clients.portfolio.concentration import Concentration, concentration
from clients.portfolio.losses import turnover_to_recover

SHOWN = 10
ZERO = Decimal(0)
ASKED = Q(set_aside="", requested__gt=0)
INSURABLE = ~Q(set_aside__in=UNINSURABLE)
TURNOVER = F("turnover")
BALANCE = Greatest("outstanding", "peak")


@dataclass(frozen=True)
class BuyerShare:
    """One of the largest buyers. `share` and `before` (the shares of those ahead of it) are between 0 and 1."""

    exposure: Exposure
    amount: Decimal
    share: Decimal
    before: Decimal

    @property
    def after(self) -> Decimal:
        """The share of all those down to this one."""
        return self.before + self.share

    @property
    def bars(self) -> tuple[Bar, ...]:
        return bar("before", Decimal(0), self.before), bar("own", self.before, self.share)


@dataclass(frozen=True)
class Portrait:
    """`by_turnover` says whether buyers are weighed by turnover HT, or by balance TTC for want of it; `weighing` is
    how many have any.

    `worst_loss` is the worst of three years and `sales_to_recover` what it takes to earn it back, both HT.
    """

    asked_count: int
    asked_total: Decimal
    by_turnover: bool
    weighing: int
    largest: tuple[BuyerShare, ...]
    concentration: Concentration | None
    worst_loss: Decimal
    sales_to_recover: Decimal | None


def portrait(snapshot: RiskSnapshot, *, shown: int = SHOWN) -> Portrait:
    """The portrait of a snapshot with its `shown` largest buyers (ten at least), in two queries whatever its size.

    Shares are of the insurable turnover when it is known. Buyers in credit weigh nothing.
    """
    sums = snapshot.exposures.order_by().aggregate(
        asked_count=Count("pk", filter=ASKED),
        asked_total=Sum("requested", filter=ASKED, default=ZERO),
        **_sums("turnover", TURNOVER),
        **_sums("balance", BALANCE),
    )
    by_turnover = sums["turnover_named"] > 0
    base, weight = ("turnover", TURNOVER) if by_turnover else ("balance", BALANCE)
    largest = list(
        snapshot.exposures.filter(INSURABLE)
        .annotate(weight=weight)
        .filter(weight__gt=0)
        .order_by("-weight", "line")[:shown]
    )
    measured = None
    if largest:
        measured = concentration(
            [exposure.weight for exposure in largest],
            named=sums[f"{base}_named"],
            foreign=sums[f"{base}_foreign"],
            count=sums[f"{base}_count"],
            total=snapshot.insurable_turnover if by_turnover else None,
        )
    worst = max(snapshot.losses)
    return Portrait(
        asked_count=sums["asked_count"],
        asked_total=sums["asked_total"],
        by_turnover=by_turnover,
        weighing=sums[f"{base}_count"],
        largest=tuple(_shares(largest, measured.total)) if measured else (),
        concentration=measured,
        worst_loss=worst,
        sales_to_recover=turnover_to_recover(worst, snapshot.margin_rate) if worst and snapshot.margin_rate else None,
    )


def _sums(name: str, weight: Combinable) -> dict[str, Aggregate]:
    """The weight of all insurable buyers, and of those abroad; how many weigh anything."""
    weighing = Greatest(weight, ZERO)
    return {
        f"{name}_count": Count("pk", filter=INSURABLE & GreaterThan(weight, ZERO)),
        f"{name}_named": Sum(weighing, filter=INSURABLE, default=ZERO),
        f"{name}_foreign": Sum(weighing, filter=INSURABLE & ~Q(country="FR"), default=ZERO),
    }


def _shares(largest: Iterable[Exposure], total: Decimal) -> Iterable[BuyerShare]:
    before = Decimal(0)
    for exposure in largest:
        share = exposure.weight / total
        yield BuyerShare(exposure, exposure.weight, share, before)
        before += share
