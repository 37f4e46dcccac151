"""What a snapshot says of a client's risk, asked of the database in as many queries for any number of buyers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Coalesce, Greatest, Left, NullIf, RowNumber

from clients.analysis.ageing import AgedBalance, aged_balance
from clients.analysis.days_of_sales import Balance, DaysOfSales, Sales, days_of_sales, with_french_vat
from clients.analysis.geography import LONGEST_PREFIX, Geography, Spot, geography
from clients.analysis.lorenz import Lorenz, lorenz, ranks_to_draw, threshold
from clients.analysis.terms import Granted, Terms, ceiling_on, weigh_terms
from clients.enums import SetAside
from clients.models import Exposure, RiskSnapshot
from clients.portfolio.losses import turnover_to_recover
from clients.portfolio.selection import DAYS_IN_YEAR
from clients.reports.portrait import BALANCE, INSURABLE, TURNOVER, Portrait, portrait
from factortaboite.money import net_of_vat

LARGEST_SHOWN = 20
LISTED = 10
ZERO = Decimal(0)
SALES_TTC = F("turnover") * (1 + F("vat_rate"))
# The law of payment terms binds sales between companies in France.
FRENCH_COMPANY = Q(country="FR") & ~Q(set_aside__in=[SetAside.PUBLIC_BODY, SetAside.PRIVATE_PERSON])
# With enough of the balances beside a turnover, each buyer is measured against its own.
ENOUGH = Decimal("0.5")


@dataclass(frozen=True)
class Totals:
    """Sums over a whole list: balances TTC, those of buyers whose turnover is known, and that turnover TTC."""

    buyers: int
    owed: Decimal
    owed_known: Decimal
    owed_sales: Decimal
    peaks: Decimal
    peaks_known: Decimal
    peaks_sales: Decimal
    ageing: tuple[Decimal, ...]
    aged_balance: Decimal
    unknown_terms: int
    slow: int  # French companies that owe more days of sales than the ceiling


@dataclass(frozen=True)
class LargestLoss:
    """What it would take to earn back the largest buyer's balance, both HT; `sales` None without a margin."""

    exposure: Exposure
    amount: Decimal
    sales: Decimal | None


@dataclass(frozen=True)
class Analysis:
    """Everything that can be said of a snapshot; None where its list does not say enough."""

    snapshot: RiskSnapshot
    portrait: Portrait
    totals: Totals
    days: DaysOfSales | None
    aged: AgedBalance | None
    curve: Lorenz | None
    terms: Terms
    beyond_ceiling: tuple[Exposure, ...]
    geography: Geography | None
    largest_loss: LargestLoss | None

    @property
    def losses(self) -> list[tuple[str, Decimal, Decimal]]:
        """What it takes to earn back the worst year, then the largest buyer: label, loss and sales, both HT."""
        lines = []
        if self.portrait.sales_to_recover is not None:
            lines.append(
                ("La pire des trois dernières années", self.portrait.worst_loss, self.portrait.sales_to_recover)
            )
        if self.largest_loss and self.largest_loss.sales is not None:
            largest = self.largest_loss
            lines.append((f"{largest.exposure.name} ne paie plus", largest.amount, largest.sales))
        return lines

    @property
    def has_balances(self) -> bool:
        return bool(self.totals.owed or self.totals.peaks)


def analyse(snapshot: RiskSnapshot, *, on: date) -> Analysis:
    """The analysis of a snapshot under the law of a day. Its client's company should be loaded."""
    seen = portrait(snapshot, shown=LARGEST_SHOWN)
    company = snapshot.client.company
    ceiling = ceiling_on(on, company.naf if company else "")
    totals = _totals(snapshot, ceiling.days)
    return Analysis(
        snapshot=snapshot,
        portrait=seen,
        totals=totals,
        days=_days(snapshot, totals),
        aged=aged_balance(snapshot.ageing_from, totals.ageing, totals.aged_balance) if totals.ageing else None,
        curve=_curve(snapshot, seen),
        terms=_terms(snapshot, ceiling, totals),
        beyond_ceiling=tuple(_beyond(snapshot, ceiling.days)),
        geography=_geography(snapshot, seen.by_turnover),
        largest_loss=_largest_loss(snapshot, seen),
    )


def _totals(snapshot: RiskSnapshot, ceiling_days: int) -> Totals:
    owed, most = Greatest("outstanding", ZERO), Greatest("peak", ZERO)
    known = Q(turnover__isnull=False)
    aged = Q(ageing__len__gt=0)
    slow = Q(owed_days__gt=ceiling_days)
    columns = range(len(snapshot.ageing_from))
    found = (
        snapshot.exposures.order_by()
        .annotate(owed_days=F("outstanding") * DAYS_IN_YEAR / NullIf(SALES_TTC, ZERO))
        .aggregate(
            buyers=Count("pk"),
            owed=Sum(owed, filter=Q(outstanding__isnull=False), default=ZERO),
            owed_known=Sum(owed, filter=Q(outstanding__isnull=False) & known, default=ZERO),
            owed_sales=Sum(SALES_TTC, filter=Q(outstanding__isnull=False), default=ZERO),
            peaks=Sum(most, filter=Q(peak__isnull=False), default=ZERO),
            peaks_known=Sum(most, filter=Q(peak__isnull=False) & known, default=ZERO),
            peaks_sales=Sum(SALES_TTC, filter=Q(peak__isnull=False), default=ZERO),
            aged_balance=Sum("outstanding", filter=aged, default=ZERO),
            aged_buyers=Count("pk", filter=aged),
            unknown_terms=Count("pk", filter=FRENCH_COMPANY & Q(terms_days=None)),
            slow=Count("pk", filter=FRENCH_COMPANY & slow),
            **{f"age_{column}": Sum(f"ageing__{column}", default=ZERO) for column in columns},
        )
    )
    ages = tuple(found.pop(f"age_{column}") for column in columns)
    return Totals(ageing=ages if found.pop("aged_buyers") else (), **found)


def _days(snapshot: RiskSnapshot, totals: Totals) -> DaysOfSales | None:
    """Balances before peaks, each buyer's own turnover before the client's as a whole."""
    whole = with_french_vat(snapshot.total_turnover, snapshot.export_turnover) if snapshot.total_turnover else ZERO
    for measured, balance, known, sales in (
        (Balance.OUTSTANDING, totals.owed, totals.owed_known, totals.owed_sales),
        (Balance.PEAK, totals.peaks, totals.peaks_known, totals.peaks_sales),
    ):
        if known >= balance * ENOUGH and (
            days := days_of_sales(known, sales, measured=measured, against=Sales.BUYERS)
        ):
            return days
        if days := days_of_sales(balance, whole, measured=measured, against=Sales.WHOLE):
            return days
    return None


def _weight(by_turnover: bool):
    return TURNOVER if by_turnover else BALANCE


def _curve(snapshot: RiskSnapshot, seen: Portrait) -> Lorenz | None:
    if seen.concentration is None:
        return None
    total, count = seen.concentration.total, seen.weighing
    ranked = (
        snapshot.exposures.filter(INSURABLE)
        .order_by()
        .annotate(weight=_weight(seen.by_turnover))
        .filter(weight__gt=0)
        .annotate(
            rank=Window(RowNumber(), order_by=[F("weight").desc(), F("line").asc()]),
            cumulated=Window(Sum("weight"), order_by=[F("weight").desc(), F("line").asc()]),
        )
    )
    most = threshold(total)
    crossing = Q(cumulated__gte=most, cumulated__lt=most + F("weight"))
    drawn = ranked.filter(Q(rank__in=ranks_to_draw(count)) | crossing)
    return lorenz(drawn.values_list("rank", "cumulated"), count=count, total=total)


def _terms(snapshot: RiskSnapshot, ceiling, totals: Totals) -> Terms:
    rows = (
        snapshot.exposures.filter(FRENCH_COMPANY, terms_days__isnull=False)
        .order_by()
        .values("terms_days")
        .annotate(buyers=Count("pk"), sold=Sum(Greatest("turnover", ZERO), default=ZERO))
    )
    granted = [Granted(row["terms_days"], row["buyers"], row["sold"]) for row in rows]
    return weigh_terms(granted, ceiling, unknown=totals.unknown_terms)


def _beyond(snapshot: RiskSnapshot, days: int) -> QuerySet[Exposure]:
    """The largest of those whose terms are longer, with the days of sales they owe where it can be known."""
    return (
        snapshot.exposures.filter(FRENCH_COMPANY, terms_days__gt=days)
        .annotate(
            owed_days=F("outstanding") * DAYS_IN_YEAR / NullIf(SALES_TTC, ZERO),
            weight=Coalesce("turnover", BALANCE),
        )
        .order_by(F("weight").desc(nulls_last=True), "line")[:LISTED]
    )


def _geography(snapshot: RiskSnapshot, by_turnover: bool) -> Geography | None:
    rows = (
        snapshot.exposures.filter(INSURABLE)
        .order_by()
        .annotate(
            weight=_weight(by_turnover),
            prefix=Left(Coalesce(NullIf("postcode", Value("")), "company__postcode", Value("")), LONGEST_PREFIX),
        )
        .filter(weight__gt=0)
        .values("country", "prefix")
        .annotate(buyers=Count("pk"), amount=Sum("weight"))
    )
    return geography(Spot(row["country"], row["prefix"] or "", row["buyers"], row["amount"]) for row in rows)


def _largest_loss(snapshot: RiskSnapshot, seen: Portrait) -> LargestLoss | None:
    owing = (
        snapshot.exposures.filter(INSURABLE)
        .annotate(weight=BALANCE)
        .filter(weight__gt=0)
        .order_by("-weight", "line")
        .first()
    )
    if owing is None:
        return None
    amount = net_of_vat(owing.weight, owing.vat_rate)
    sales = turnover_to_recover(amount, snapshot.margin_rate) if snapshot.margin_rate else None
    return LargestLoss(owing, amount, sales)
