"""The check of a list against the registries, slice by slice in the background, at the pace that all lists share.

    start_cleaning(snapshot)     begins, or asks again after a registry was away
    go_on_cleaning(cleaning_id)  one slice of it; a worker's
    sweep_cleanings()            wakes workers for what was left behind

What is found waits for the broker: nothing of a line changes here.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from clients.enums import UNINSURABLE, CleaningStatus, PointKind, SetAside
from clients.models import Cleaning, CleaningPoint, Company, Exposure, RiskSnapshot
from clients.models.cleaning import HOLD
from clients.registries import RegistryError
from clients.services.candidates import ask_registry, compare_with_known
from clients.services.companies import refresh_company
from clients.services.findings import find_duplicates, find_points
from clients.services.lines import lock_list
from factortaboite.enqueue import enqueue, enqueue_on_commit

logger = logging.getLogger(__name__)

CLEAN_TASK = "clients.tasks.clean_list_task"
SLICE_SECONDS = 20.0
PATIENCE_SECONDS = 10.0
# Lists worked on at the same time: they share one pace, and the workers have other things to do.
AT_ONCE = 2
FAILURES_BEFORE_STOP = 3
STEP = 100
# Between two wake-ups for one list, so that a long pause of the workers does not fill the queue.
WAKE_PAUSE = timedelta(seconds=10)


@transaction.atomic
def start_cleaning(snapshot: RiskSnapshot) -> Cleaning:
    """Has the list checked; what could not be asked the last time is asked again. One that runs goes on.

    Raises Frozen and NotEditable.
    """
    snapshot = lock_list(snapshot)
    cleaning, is_new = Cleaning.objects.get_or_create(snapshot=snapshot, defaults={"firm_id": snapshot.firm_id})
    if cleaning.is_running and not is_new:
        return cleaning
    snapshot.points.exclude(trouble="").update(trouble="")
    cleaning.status, cleaning.trouble, cleaning.failures = CleaningStatus.RUNNING, "", 0
    cleaning.answered, cleaning.total = 0, 0
    cleaning.started_at = cleaning.held_until = cleaning.woken_at = Now()
    cleaning.save()
    enqueue_on_commit(CLEAN_TASK, cleaning.pk)
    return cleaning


def questions_to_ask(snapshot: RiskSnapshot) -> int:
    """How many questions a check would ask the registries: lines without identifier, and companies to look up."""
    unidentified = snapshot.exposures.filter(id_value="", set_aside=SetAside.NO_IDENTIFIER, country="FR")
    return unidentified.count() + _companies_to_ask(snapshot).count()


def wake_cleaning(snapshot: RiskSnapshot) -> None:
    """Goes on with a check that was done: lines have found their companies. Call it in their transaction."""
    done = Cleaning.objects.filter(snapshot=snapshot, status=CleaningStatus.DONE)
    for pk in done.values_list("pk", flat=True):
        done.update(status=CleaningStatus.RUNNING, held_until=Now(), woken_at=Now())
        enqueue_on_commit(CLEAN_TASK, pk)


def sweep_cleanings() -> None:
    """Wakes a worker for the lists that nobody goes on with, those that waited longest first."""
    free = AT_ONCE - Cleaning.objects.held().count()
    with transaction.atomic():
        left = Cleaning.objects.due().filter(woken_at__lte=Now() - WAKE_PAUSE).select_for_update(skip_locked=True)
        waiting = list(left.order_by("held_until", "pk").values_list("pk", flat=True)[: max(0, free)])
        Cleaning.objects.filter(pk__in=waiting).update(woken_at=Now())
    for pk in waiting:
        enqueue(CLEAN_TASK, pk)


def go_on_cleaning(cleaning_id: int) -> None:
    """Works on a list for some seconds, unless somebody else does or enough are worked on; then makes way for the next
    slice. Running twice changes nothing."""
    cleaning = _hold(cleaning_id)
    if cleaning is None:
        return
    try:
        _work(cleaning)
    except DatabaseError:
        if Cleaning.objects.filter(pk=cleaning_id).exists():
            raise
        logger.info("cleaning %s ends: its list was read again or thrown away", cleaning_id)


@transaction.atomic
def _hold(cleaning_id: int) -> Cleaning | None:
    """The check, ours for a while; None when it is somebody else's, over, or has to wait."""
    due = Cleaning.objects.due().filter(pk=cleaning_id).select_for_update(of=("self",), skip_locked=True)
    cleaning = due.select_related("snapshot__client__company").first()
    if cleaning is None or Cleaning.objects.held().count() >= AT_ONCE:
        return None
    cleaning.held_until = Now() + HOLD
    cleaning.save(update_fields=["held_until"])
    return cleaning


def _work(cleaning: Cleaning) -> None:
    snapshot, deadline = cleaning.snapshot, monotonic() + SLICE_SECONDS
    if snapshot.frozen_at:
        return _end(cleaning)
    if not cleaning.answered:
        find_points(snapshot)
        find_duplicates(snapshot)
    if not cleaning.trouble:
        left = _lines_to_ask(snapshot).count() + _companies_to_ask(snapshot).count()
        cleaning.total = cleaning.answered + left
        for trouble in _questions(snapshot):
            cleaning.answered += 1
            cleaning.failures = cleaning.failures + 1 if trouble else 0
            if cleaning.failures >= FAILURES_BEFORE_STOP:
                cleaning.trouble = trouble
            cleaning.save(update_fields=["answered", "total", "failures", "trouble"])
            if cleaning.trouble:
                break
            if monotonic() > deadline:
                find_points(snapshot)
                return _make_way(cleaning)
    # With the registry away, what we know ourselves is proposed all the same.
    for point in _in_steps(_lines_to_compare(snapshot)):
        compare_with_known(point)
        if monotonic() > deadline:
            return _make_way(cleaning)
    _end(cleaning)


def _questions(snapshot: RiskSnapshot) -> Iterator[str]:
    """Asks one question after the other, the largest balances first. What went wrong with each, empty for nothing."""
    for point in _in_steps(_lines_to_ask(snapshot)):
        if point.compared_at is None:
            compare_with_known(point)
        yield ask_registry(point, patience_seconds=PATIENCE_SECONDS)
    companies, failed = _companies_to_ask(snapshot), set()
    while step := list(companies.exclude(company__in=failed)[:STEP]):
        for exposure in step:
            try:
                refresh_company(exposure.company, patience_seconds=PATIENCE_SECONDS)
            except RegistryError as error:
                failed.add(exposure.company_id)  # a company that cannot be read is asked about once, not for ever
                yield error.message
            else:
                yield ""


def _in_steps(rows: QuerySet) -> Iterator:
    """Of rows that leave the query once they are dealt with."""
    while step := list(rows.all()[:STEP]):
        yield from step


def _lines_to_compare(snapshot: RiskSnapshot) -> QuerySet[CleaningPoint]:
    return _unidentified(snapshot).filter(compared_at=None)


def _lines_to_ask(snapshot: RiskSnapshot) -> QuerySet[CleaningPoint]:
    return _unidentified(snapshot).filter(asked_at=None, trouble="")


def _unidentified(snapshot: RiskSnapshot) -> QuerySet[CleaningPoint]:
    """But for the lines that no French register knows."""
    return snapshot.points.pending().filter(kind=PointKind.IDENTIFIER, reason="").select_related("exposure")


def _companies_to_ask(snapshot: RiskSnapshot) -> QuerySet[Exposure]:
    """The insurable lines whose company no registry was asked about lately."""
    stale = Company.objects.stale(timezone.localdate()).order_by()
    lines = snapshot.exposures.filter(company__in=stale).exclude(set_aside__in=UNINSURABLE)
    return lines.order_by(F("outstanding").desc(nulls_last=True), "pk").select_related("company")


def _make_way(cleaning: Cleaning) -> None:
    cleaning.held_until = cleaning.woken_at = Now()
    cleaning.save(update_fields=["held_until", "woken_at"])
    enqueue(CLEAN_TASK, cleaning.pk)


def _end(cleaning: Cleaning) -> None:
    find_points(cleaning.snapshot)
    find_duplicates(cleaning.snapshot)
    cleaning.status = CleaningStatus.STOPPED if cleaning.trouble else CleaningStatus.DONE
    cleaning.save(update_fields=["status", "total"])
