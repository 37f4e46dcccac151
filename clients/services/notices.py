"""The BODACC's notices as events of the companies that we know: once each, and gone when they are taken back."""

from collections.abc import Iterable

from django.db import transaction

from clients.models import Company, CompanyEvent, EventKind
from clients.registries import Notice, NoticeKind

TOGETHER = 500
KINDS = {"radiation": EventKind.STRUCK_OFF, "vente": EventKind.SALE, "dpc": EventKind.ACCOUNTS}


def record_notices(notices: Iterable[Notice]) -> list[CompanyEvent]:
    """Stores the notices that name a company of ours; the events that are new.

    A notice that was stored already is left as it is. A rectification or cancellation withdraws the event of the
    notice it is about, whichever of the two came first. Raises what the iterable raises, having stored what came
    before: whoever acts on events should look for those not acted on yet.
    """
    new: list[CompanyEvent] = []
    together: list[Notice] = []
    try:
        for notice in notices:
            together.append(notice)
            if len(together) == TOGETHER:
                new += _record(together)
                together = []
    finally:
        new += _record(together)
    return new


@transaction.atomic
def _record(together: list[Notice]) -> list[CompanyEvent]:
    notices = list({notice.reference: notice for notice in together}.values())
    concerned = _companies(notices)
    stored = set(
        CompanyEvent.objects.filter(reference__in=[notice.reference for notice in notices]).values_list(
            "company_id", "source", "reference"
        )
    )
    events = [
        _event(notice, company_id)
        for notice in notices
        for company_id in concerned[notice.reference]
        if (company_id, notice.source, notice.reference) not in stored
    ]
    CompanyEvent.objects.bulk_create(events)
    _withdraw(events)
    return events


def _companies(notices: list[Notice]) -> dict[str, set[int]]:
    """The companies of ours that each notice is about, by its reference. They stay locked: two runs may overlap."""
    sirens = {siren for notice in notices for siren in notice.sirens}
    known = dict(
        Company.objects.in_french_register().filter(id_value__in=sirens).order_by("pk").values_list("id_value", "pk")
    )
    concerned = {notice.reference: {known[siren] for siren in notice.sirens if siren in known} for notice in notices}
    # A cancellation may not say whose notice it takes back.
    targets = {notice.corrects for notice in notices if notice.corrects}
    earlier = {reference: set(companies) for reference, companies in concerned.items() if reference in targets}
    events = CompanyEvent.objects.filter(reference__in=targets)
    for reference, company_id in events.values_list("reference", "company_id"):
        earlier.setdefault(reference, set()).add(company_id)
    for notice in notices:
        concerned[notice.reference] |= earlier.get(notice.corrects, set())
    locked = Company.objects.filter(pk__in=set().union(*concerned.values())).order_by("pk")
    list(locked.select_for_update(no_key=True).values_list("pk"))
    return concerned


def _event(notice: Notice, company_id: int) -> CompanyEvent:
    fields = CompanyEvent._meta.get_field
    return CompanyEvent(
        company_id=company_id,
        kind=notice.stage or KINDS.get(notice.family, EventKind.OTHER_NOTICE),
        source=notice.source,
        reference=notice.reference,
        published_on=notice.published_on,
        happened_on=notice.decided_on,
        title=notice.nature[: fields("title").max_length],
        detail=notice.detail,
        court=notice.court[: fields("court").max_length],
        url=notice.url if notice.url.startswith("https://") and len(notice.url) <= fields("url").max_length else "",
        opens_filing=notice.opens_filing,
        is_cancellation=notice.kind is NoticeKind.CANCELLATION,
        corrects=notice.corrects
        if notice.kind is not NoticeKind.INITIAL or notice.stage is EventKind.REVERSED
        else "",
        content=notice.content,
    )


def _withdraw(events: list[CompanyEvent]) -> None:
    """What the new events take back, and the new events that had been taken back before they came."""
    if not events:
        return
    companies = {event.company_id for event in events}
    targets = {event.corrects for event in events if event.corrects}
    references = {event.reference for event in events}
    earlier = CompanyEvent.objects.filter(company__in=companies, reference__in=references | targets)
    later = CompanyEvent.objects.filter(company__in=companies, corrects__in=references | targets).order_by("pk")
    withdrawing = {(event.company_id, event.source, event.corrects): event for event in later}
    told = {event.pk: event for event in events}  # the caller's own, which should know it too
    withdrawn = []
    for event in (told.get(event.pk, event) for event in earlier):
        by = withdrawing.get((event.company_id, event.source, event.reference))
        if by and event.withdrawn_by_id != by.pk:
            event.withdrawn_by = by
            withdrawn.append(event)
    CompanyEvent.objects.bulk_update(withdrawn, ["withdrawn_by"])
