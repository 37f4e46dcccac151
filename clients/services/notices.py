"""The BODACC's notices as events of the companies that we know: once each, and gone when they are taken back."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from clients.models import Company, CompanyEvent, EventKind
from clients.registries import Notice, NoticeKind

TOGETHER = 500
KINDS = {"radiation": EventKind.STRUCK_OFF, "dpc": EventKind.ACCOUNTS}


def record_notices(notices: Iterable[Notice]) -> list[CompanyEvent]:
    """Stores the notices that name a company of ours; the events that are new.

    A notice that was stored already is left as it is. A rectification or cancellation withdraws the event of the
    notice it is about, whichever of the two came first; one that is cancelled in its turn gives it back. A
    cancellation that does not name its notice withdraws it where what else it says leaves no choice, and nothing
    otherwise: an opening that is wrongly forgotten costs the debt, one that is wrongly kept costs a look at the
    notice. Raises what the iterable raises, having stored what came before: whoever acts on events should look for
    those not acted on yet.
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
    told = [
        (_event(notice, company), notice)
        for notice in notices
        for company in concerned[notice.reference]
        if (company.pk, notice.source, notice.reference) not in stored
    ]
    events = [event for event, _ in told]
    _find_cancelled([(event, notice) for event, notice in told if _is_unnamed(event)], events)
    CompanyEvent.objects.bulk_create(events)
    _settle_what_stands(events)
    return events


def _companies(notices: list[Notice]) -> dict[str, list[Company]]:
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
    companies = {company.pk: company for company in locked.select_for_update(no_key=True).only("id_value")}
    return {reference: [companies[key] for key in sorted(keys)] for reference, keys in concerned.items()}


def _event(notice: Notice, company: Company) -> CompanyEvent:
    fields = CompanyEvent._meta.get_field
    corrects = notice.kind is not NoticeKind.INITIAL or notice.stage is EventKind.REVERSED
    return CompanyEvent(
        company=company,
        kind=notice.stage or _kind(notice, company.id_value),
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
        corrects=notice.corrects if corrects and notice.corrects != notice.reference else "",
        content=notice.content,
    )


def _is_unnamed(event: CompanyEvent) -> bool:
    return event.is_cancellation and not event.corrects


def _find_cancelled(unnamed: list[tuple[CompanyEvent, Notice]], together: list[CompanyEvent]) -> None:
    """Names what these cancellations cancel, where only one notice of the company answers to what they say of it."""
    if not unnamed:
        return
    companies = {event.company_id for event, _ in unnamed}
    stored = CompanyEvent.objects.standing().filter(company__in=companies).defer("content", "detail")
    candidates = [*stored, *(event for event in together if not event.is_cancellation)]
    for event, notice in unnamed:
        meant = [one for one in candidates if event.may_be_about(one) and _answers_to(one, event, notice)]
        if len(meant) == 1:
            event.corrects = meant[0].reference


def _answers_to(earlier: CompanyEvent, event: CompanyEvent, notice: Notice) -> bool:
    """Whether the notice tells where or when the earlier one was published, or repeats its judgment; and whether all
    that it tells agrees."""
    agrees = []
    if notice.corrects_bulletin:
        agrees.append(earlier.reference.startswith(notice.corrects_bulletin))
    if notice.corrects_day:
        agrees.append(earlier.published_on == notice.corrects_day)
    if notice.decided_on and event.title:
        agrees.append((earlier.happened_on, earlier.title) == (notice.decided_on, event.title))
    return bool(agrees) and all(agrees)


def _kind(notice: Notice, siren: str) -> EventKind:
    """What a notice without judgment is for one of the companies that it names."""
    if notice.family == "vente":
        if not notice.sellers:
            return EventKind.SALE
        return EventKind.SOLD if siren in notice.sellers else EventKind.BOUGHT
    return KINDS.get(notice.family, EventKind.OTHER_NOTICE)


def _settle_what_stands(events: list[CompanyEvent]) -> None:
    """Says of the new events, and of all that corrections tie to them, which of them are withdrawn, and by which.

    A correction that is cancelled itself corrects nothing: what it had withdrawn stands again.
    """
    tied = _tied_by_corrections(events)
    corrections: dict[tuple[int, str, str], list[CompanyEvent]] = {}
    for event in sorted(tied, key=lambda event: (event.published_on, event.pk)):
        if event.corrects:
            corrections.setdefault((event.company_id, event.source, event.corrects), []).append(event)
    void: dict[int, bool] = {}

    def standing_corrections(event: CompanyEvent) -> list[CompanyEvent]:
        later = corrections.get((event.company_id, event.source, event.reference), ())
        return [one for one in later if one.published_on >= event.published_on and not is_void(one)]

    def is_void(event: CompanyEvent) -> bool:
        if event.pk not in void:
            void[event.pk] = False  # of two that cancel each other, the first stands
            void[event.pk] = any(
                one.is_cancellation or one.kind == EventKind.REVERSED for one in standing_corrections(event)
            )
        return void[event.pk]

    changed = []
    for event in tied:
        by = next(reversed(standing_corrections(event)), None)
        if event.withdrawn_by_id != (by and by.pk):
            event.withdrawn_by = by
            changed.append(event)
    CompanyEvent.objects.bulk_update(changed, ["withdrawn_by"])


def _tied_by_corrections(events: list[CompanyEvent]) -> list[CompanyEvent]:
    """The events, what they correct and what corrects them, however far that goes. One query where nothing does."""
    tied = {event.pk: event for event in events}
    companies = {event.company_id for event in events}
    fresh = events
    while fresh:
        corrected = Q(reference__in={event.corrects for event in fresh if event.corrects})
        correcting = Q(corrects__in={event.reference for event in fresh})
        found = CompanyEvent.objects.filter(corrected | correcting, company__in=companies).exclude(pk__in=tied)
        fresh = list(found.defer("content", "detail"))
        tied |= {event.pk: event for event in fresh}
    return list(tied.values())
