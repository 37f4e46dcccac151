"""The buyers of a snapshot in difficulty: what courts published, what the register says, what the list itself says."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import Coalesce, Greatest

from clients.enums import SetAside
from clients.models import CompanyEvent, CompanyStatus, EventKind, Exposure, RiskSnapshot
from clients.monitoring.kinds import SIMULATED, UNDER_WAY

LISTED = 10
OWED = Coalesce("outstanding", "peak")
# What says where a company stands; hearings and sanctions in between do not change it.
TROUBLES = UNDER_WAY | {EventKind.CONTINUATION_PLAN, EventKind.CLOSED_UNPAID, EventKind.STRUCK_OFF}
OVER = {EventKind.CLOSED_PAID, EventKind.ENDED, EventKind.REVERSED}


@dataclass(frozen=True)
class Difficulty:
    """One buyer in difficulty; `amount` is its balance TTC (the most it owed where the list says no more), `source`
    and `on` who says so and since when."""

    exposure: Exposure
    reason: str
    source: str
    on: date | None
    amount: Decimal | None


@dataclass(frozen=True)
class Difficulties:
    """The largest of them, and all of them in two numbers (balances TTC).

    `unchecked` buyers have an identifier that no registry was asked about; `sources` answered, since `checked_since`.
    """

    buyers: tuple[Difficulty, ...]
    count: int
    amount: Decimal
    unchecked: int
    sources: tuple[str, ...]
    checked_since: date | None

    @property
    def is_simulated(self) -> bool:
        """Whether a simulator stood for a registry."""
        return any(SIMULATED in source for source in self.sources)


def difficulties(snapshot: RiskSnapshot) -> Difficulties:
    """In three queries, whatever the size of the list."""
    companies = snapshot.exposures.filter(company__isnull=False).order_by().values("company")
    latest = CompanyEvent.objects.filter(company__in=companies).latest_among(TROUBLES | OVER)
    events = {event.company_id: event for event in latest if event.kind in TROUBLES}
    troubled = (
        Q(company__in=list(events))
        | Q(company__status=CompanyStatus.CLOSED)
        | Q(set_aside=SetAside.COLLECTIVE_PROCEDURE)
    )
    rows = snapshot.exposures.filter(troubled).select_related("company").annotate(weight=OWED)
    found = snapshot.exposures.order_by().aggregate(
        count=Count("pk", filter=troubled),
        amount=Sum(Greatest(OWED, Decimal(0)), filter=troubled, default=Decimal(0)),
        unchecked=Count("pk", filter=Q(company__checked_on=None, country="FR") & ~Q(id_value="")),
        checked_since=Min("company__checked_on"),
        sources=ArrayAgg("company__source", filter=Q(company__source__gt=""), distinct=True, default=[]),
    )
    sources = {*found.pop("sources"), *(event.source for event in events.values())}
    largest = rows.order_by(F("weight").desc(nulls_last=True), "line")[:LISTED]
    return Difficulties(
        buyers=tuple(_difficulty(exposure, events.get(exposure.company_id)) for exposure in largest),
        sources=tuple(sorted(sources)),
        **found,
    )


def _difficulty(exposure: Exposure, event: CompanyEvent | None) -> Difficulty:
    company = exposure.company
    if event:
        reason, source, on = event.get_kind_display(), event.source, event.happened_on or event.published_on
    elif company and company.is_closed:
        reason, source, on = "société fermée", company.source, company.closed_on
    else:
        reason, source, on = exposure.get_set_aside_display(), "la liste du client", None
    return Difficulty(exposure, reason, source, on, exposure.weight)
