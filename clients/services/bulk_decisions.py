"""One decision on all the points of a kind, and the way back from one that changed much. Of a few hundred it is made
at once; of more it is a row, and a worker makes it while the screen says so.

    decide_on_all(snapshot, kind=…)   now or soon
    take_back(entries)                now or soon
    make_bulk_decision(decision_id)   a worker's
    sweep_bulk_decisions()            wakes workers for what was left behind
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from clients.enums import PointKind
from clients.models import BulkDecision, CleaningPoint, JournalEntry, RiskSnapshot
from clients.models.bulk_decision import MAX_ATTEMPTS
from clients.services.drafts import NotEditable
from clients.services.journal import NotUndoable, refuse_late, undo, undo_together
from clients.services.lines import lock_list
from clients.services.settling import Gone, accept_all, settle_all
from clients.services.snapshots import Frozen
from factortaboite.accounts.models import User
from factortaboite.enqueue import enqueue, enqueue_on_commit

logger = logging.getLogger(__name__)

TASK = "clients.tasks.make_bulk_decision_task"
AT_ONCE = 500  # points: some tenths of a second
ROWS_AT_ONCE = 2_000  # of the database, which undoing such a decision puts back
# The commit wakes a worker by itself; the sweep leaves it that long before it looks.
HEAD_START = timedelta(seconds=10)
# Several times what the longest list takes: after that, whoever was at it is gone.
TIME_TO_MAKE = timedelta(minutes=1)
ONE_AT_A_TIME = 5_170_442  # an advisory lock
FAILED = "Ces décisions n’ont pas pu être enregistrées : rien n’a changé. Réessayez ou réglez les lignes une par une."
NOT_TAKEN_BACK = (
    "L’annulation n’a pas abouti : rien n’a changé. Corrigez les lignes, le journal garde ce qui a été fait."
)


@transaction.atomic
def decide_on_all(
    snapshot: RiskSnapshot, *, kind: PointKind, at_least: Decimal | None = None, by: User
) -> BulkDecision | None:
    """Accepts the clear proposals of similarity `at_least` (a share), or settles all points of another kind: at once
    (None), or by the worker that it wakes. While one is being made, asking for another changes nothing.

    Raises Frozen, NotEditable and Gone.
    """
    snapshot = lock_list(snapshot)
    if running := snapshot.bulk_decisions.waiting().first():
        return running
    count = _points(snapshot, kind, at_least).count()
    if count <= AT_ONCE:
        _decide(snapshot, kind, at_least, by)
        return None
    return _register(BulkDecision(snapshot=snapshot, kind=kind, at_least=at_least, count=count, by=by))


@transaction.atomic
def take_back(entries: Iterable[JournalEntry], *, by: User) -> BulkDecision | None:
    """Puts back what one decision changed, for several clients too: at once (None), or, when it changed much of one
    list, by the worker that it wakes. What is asked for in time is in time, however long the worker takes.

    Raises NotUndoable, Frozen and NotEditable.
    """
    entry, *others = entries
    if others or entry.changed_rows <= ROWS_AT_ONCE or entry.snapshot is None:
        undo_together([entry, *others], by=by)
        return None
    snapshot = lock_list(entry.snapshot)
    if running := entry.undoings.waiting().first():
        return running
    entry.refresh_from_db(fields=["undone_at"])
    refuse_late(entry)
    return _register(BulkDecision(snapshot=snapshot, undoes=entry, count=entry.changed_rows, by=by))


def _register(decision: BulkDecision) -> BulkDecision:
    decision.firm_id, decision.next_attempt_at = decision.snapshot.firm_id, Now() + HEAD_START
    decision.save()
    enqueue_on_commit(TASK, decision.pk)
    return decision


def _points(snapshot: RiskSnapshot, kind: PointKind, at_least: Decimal | None) -> QuerySet[CleaningPoint]:
    return snapshot.points.pending().filter(kind=kind) if at_least is None else snapshot.points.proposed(at_least)


def _decide(snapshot: RiskSnapshot, kind: PointKind, at_least: Decimal | None, by: User) -> JournalEntry:
    if at_least is None:
        return settle_all(snapshot, kind=kind, by=by)
    return accept_all(snapshot, at_least=at_least, by=by)


def make_bulk_decision(decision_id: int) -> None:
    """Makes a decision that waits for it, whole or not at all. Called twice, it changes nothing more."""
    with _alone() as is_alone:
        if not is_alone:
            return  # whoever is at another one wakes a worker for this one
        _try(decision_id)
    for pk in BulkDecision.objects.waiting().filter(attempts=0).order_by("pk").values_list("pk", flat=True)[:1]:
        enqueue(TASK, pk)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else makes a decision: they share a few threads with the mail and the sweep, and never take more
    than one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
        [is_alone] = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])


def _try(decision_id: int) -> None:
    waiting = BulkDecision.objects.waiting().filter(pk=decision_id)
    tried = {"attempts": F("attempts") + 1, "next_attempt_at": Now() + TIME_TO_MAKE}
    if not waiting.filter(attempts__lt=MAX_ATTEMPTS).update(**tried):
        return
    try:
        _make(waiting)
    except (Gone, NotUndoable, Frozen, NotEditable) as error:
        waiting.update(ended_at=Now(), trouble=str(error))
    except RiskSnapshot.DoesNotExist:
        logger.info("bulk decision %s: its list was thrown away", decision_id)


@transaction.atomic
def _make(waiting: QuerySet[BulkDecision]) -> None:
    for asked in waiting.select_related("snapshot"):
        # The list first, in the order of those who throw it away.
        snapshot = lock_list(asked.snapshot)
        for decision in waiting.select_for_update(of=("self",)).select_related("by"):  # one, or none any more
            if decision.undoes_id:
                decision.entry = undo(decision.undoes, by=decision.by, asked_at=decision.asked_at)
            else:
                decision.entry = _decide(snapshot, PointKind(decision.kind), decision.at_least, decision.by)
            decision.ended_at = Now()
            decision.save(update_fields=["entry", "ended_at"])


def sweep_bulk_decisions() -> None:
    """Wakes a worker for the decisions that nobody makes, and ends those that were tried too often."""
    with transaction.atomic():
        due = list(
            BulkDecision.objects.waiting()
            .filter(next_attempt_at__lte=Now())
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_attempt_at")
        )
        left = [decision.pk for decision in due if decision.attempts < MAX_ATTEMPTS]
        BulkDecision.objects.filter(pk__in=left).update(next_attempt_at=Now() + TIME_TO_MAKE)
        lost = BulkDecision.objects.filter(pk__in=[one.pk for one in due if one.attempts >= MAX_ATTEMPTS])
        lost.filter(undoes=None).update(ended_at=Now(), trouble=FAILED)
        lost.exclude(undoes=None).update(ended_at=Now(), trouble=NOT_TAKEN_BACK)
    for pk in left:
        enqueue(TASK, pk)
