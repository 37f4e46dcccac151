"""What is to be settled on a list, found in what is stored already: nobody outside is asked here."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from clients.cleaning.duplicates import Buyer, Pair, pairs
from clients.cleaning.insurability import Known, Seller, finding, why_not_searched
from clients.cleaning.matching import Place
from clients.enums import UNINSURABLE, PointKind, PointState, SetAside
from clients.models import CleaningPoint, CompanyEvent, Exposure, RiskSnapshot

TOGETHER = 1000
# What a company's row says, in the order of Known.
FACTS = ("id_value", "registered_name", "status", "closed_on", "legal_category", "address", "source", "checked_on")


@transaction.atomic
def find_points(snapshot: RiskSnapshot, *, among: Collection[int] | None = None) -> None:
    """Writes down the lines without identifier, and what the registries' facts say against the others: of the whole
    list, or of the lines with the keys `among`. What was settled or left stays so; what no longer holds goes."""
    RiskSnapshot.objects.select_for_update(of=("self",), no_key=True).get(pk=snapshot.pk)
    lines, stored = snapshot.exposures.all(), snapshot.points.filter(state=PointState.OPEN, company__isnull=False)
    if among is not None:
        lines, stored = lines.filter(pk__in=among), stored.filter(exposure__in=among)
    CleaningPoint.objects.bulk_create(_unidentified(snapshot, lines), batch_size=TOGETHER, ignore_conflicts=True)
    found = list(_findings(snapshot, lines))
    holding = {(point.exposure_id, point.kind, point.company_id) for point in found}
    opened = stored.values_list("pk", "exposure_id", "kind", "company_id")
    CleaningPoint.objects.filter(pk__in=[pk for pk, *key in opened if tuple(key) not in holding]).delete()
    CleaningPoint.objects.bulk_create(found, batch_size=TOGETHER, ignore_conflicts=True)


def find_duplicates(snapshot: RiskSnapshot) -> None:
    """Writes down the lines that seem to be one buyer or one group, but for the pairs that somebody left as they
    are."""
    seeming = list(pairs(list(_buyers(snapshot))))  # takes seconds on a long list: nobody waits for it
    with transaction.atomic():
        RiskSnapshot.objects.select_for_update(of=("self",), no_key=True).get(pk=snapshot.pk)
        _store_pairs(snapshot, seeming)


def _store_pairs(snapshot: RiskSnapshot, seeming: list[Pair]) -> None:
    stored = snapshot.points.filter(other__isnull=False)
    left = {frozenset(pair) for pair in stored.exclude(state=PointState.OPEN).values_list("exposure_id", "other_id")}
    lines = {buyer.key for pair in seeming for buyer in (pair.keep, pair.other)}
    alive = set(snapshot.exposures.filter(pk__in=lines).values_list("pk", flat=True))
    found = [
        CleaningPoint(
            firm_id=snapshot.firm_id,
            snapshot=snapshot,
            exposure_id=pair.keep.key,
            other_id=pair.other.key,
            kind=PointKind(pair.kind),
            reason=pair.reason,
            weight=pair.other.weight,
        )
        for pair in seeming
        if (both := {pair.keep.key, pair.other.key}) <= alive and frozenset(both) not in left
    ]
    holding = {(point.exposure_id, point.other_id) for point in found}
    opened = stored.filter(state=PointState.OPEN).values_list("pk", "exposure_id", "other_id")
    CleaningPoint.objects.filter(pk__in=[pk for pk, *key in opened if tuple(key) not in holding]).delete()
    CleaningPoint.objects.bulk_create(found, batch_size=TOGETHER, ignore_conflicts=True)


def _unidentified(snapshot: RiskSnapshot, lines: QuerySet[Exposure]) -> Iterator[CleaningPoint]:
    known = CleaningPoint.objects.filter(exposure=OuterRef("pk"), kind=PointKind.IDENTIFIER)
    lines = lines.filter(~Exists(known), id_value="", set_aside=SetAside.NO_IDENTIFIER).order_by("pk")
    for pk, country, postcode, *balances in lines.values_list("pk", "country", "postcode", "outstanding", "peak"):
        yield CleaningPoint(
            firm_id=snapshot.firm_id,
            snapshot=snapshot,
            exposure_id=pk,
            kind=PointKind.IDENTIFIER,
            reason=why_not_searched(country, postcode),
            weight=_weight(*balances),
        )


def _findings(snapshot: RiskSnapshot, lines: QuerySet[Exposure]) -> Iterator[CleaningPoint]:
    seller, lines = _seller(snapshot), lines.filter(company__isnull=False).exclude(set_aside__in=UNINSURABLE)
    procedures = CompanyEvent.objects.filter(company__in=lines.values("company")).procedures()
    columns = ("pk", "company", "outstanding", "peak", *(f"company__{name}" for name in FACTS))
    rows = lines.order_by("pk").values_list(*columns)
    for pk, company, outstanding, peak, *facts in rows.iterator(TOGETHER):
        if found := finding(Known(*facts, **_procedure(procedures.get(company))), seller):
            yield CleaningPoint(
                firm_id=snapshot.firm_id,
                snapshot=snapshot,
                exposure_id=pk,
                company_id=company,
                kind=PointKind(found.kind),
                reason=found.reason,
                weight=_weight(outstanding, peak),
            )


def _procedure(event: CompanyEvent | None) -> dict[str, Any]:
    """As Known says it."""
    if event is None:
        return {}
    return {
        "procedure": event.get_kind_display(),
        "procedure_on": event.published_on,
        "procedure_source": event.source,
    }


def _seller(snapshot: RiskSnapshot) -> Seller:
    client = snapshot.client
    return Seller(client.siren, client.name, client.company.address if client.company else "")


def _buyers(snapshot: RiskSnapshot) -> Iterator[Buyer]:
    lines = snapshot.exposures.exclude(set_aside__in=UNINSURABLE).order_by("pk")
    columns = ("pk", "line", "name", "id_value", "postcode", "city", "company__address", "outstanding", "peak")
    for pk, line, name, id_value, postcode, city, address, *balances in lines.values_list(*columns).iterator(TOGETHER):
        yield Buyer(pk, line, name, id_value, Place(postcode, city), address or "", _weight(*balances))


def _weight(outstanding: Decimal | None, peak: Decimal | None) -> Decimal:
    return max(outstanding or Decimal(0), peak or Decimal(0), Decimal(0))
