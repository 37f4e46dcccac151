"""The watch over all portfolios: what is due, who works at it, and what happens when a registry is away.

A row for each duty says when it is due and how far it has come, on the database's clock. The sweep wakes a worker for
what is due; whoever takes the row's lease works for one go and says when to go on. Restarted, killed or woken twice,
it does each thing once, and the days that were missed are read later.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from clients.models import Duty, WatchState
from clients.monitoring.hours import pause_after
from clients.registries import RegistryError
from clients.services.alert_digest import send_digests
from clients.services.night import LEASE, Go, read_new_notices, read_what_came_before, refresh_companies
from factortaboite.enqueue import enqueue

logger = logging.getLogger(__name__)

WATCH_TASK = "clients.tasks.watch_task"
# Between two wake-ups for one duty, so that a long pause of the workers does not fill the queue.
SWEEP_PAUSE = timedelta(minutes=1)
INTERRUPTED = "La surveillance s’est interrompue : elle reprendra d’elle-même."

WORK: dict[str, Callable[[Go], datetime | None]] = {
    Duty.NOTICES: read_new_notices,
    Duty.NEWCOMERS: read_what_came_before,
    Duty.COMPANIES: refresh_companies,
    Duty.DIGEST: send_digests,
}


def sweep_watch() -> None:
    """Wakes a worker for every duty that is due. Two short queries when none is."""
    _complete()
    asleep = Q(woken_at=None) | Q(woken_at__lt=Now() - SWEEP_PAUSE)
    for duty in list(WatchState.objects.due().filter(asleep).values_list("duty", flat=True)):
        if WatchState.objects.due().filter(asleep, duty=duty).update(woken_at=Now()):
            enqueue(WATCH_TASK, duty)


def _complete() -> None:
    """A row for each duty: nothing but this makes them."""
    if WatchState.objects.count() < len(Duty):
        WatchState.objects.bulk_create([WatchState(duty=duty) for duty in Duty], ignore_conflicts=True)


def perform(duty: str) -> bool:
    """Works at a duty for one go, if it is due and nobody works at it; whether it did."""
    go = _take(duty)
    if go is None:
        return False
    try:
        due_at = WORK[duty](go)
    except RegistryError as error:
        logger.warning("%s: %s", duty, error.message)
        _fail(go, error.message)
    except Exception:
        _fail(go, INTERRUPTED)
        raise
    else:
        done = {"started_at": None, "done_at": Now(), "due_at": due_at} if due_at else {"due_at": Now()}
        _leave(go, failures=0, failing_since=None, trouble="", **done)
    return True


def _take(duty: str) -> Go | None:
    holder = uuid4()
    taken = WatchState.objects.due().filter(duty=duty)
    if not taken.update(holder=holder, held_until=Now() + LEASE, started_at=Coalesce("started_at", Now())):
        return None
    state = WatchState.objects.annotate(now=Now()).get(duty=duty, holder=holder)
    return Go(state, state.now)


def _fail(go: Go, trouble: str) -> None:
    failures = go.state.failures + 1
    since = Coalesce("failing_since", Now())
    again = Now() + pause_after(failures)
    _leave(go, started_at=None, failures=failures, failing_since=since, trouble=trouble, due_at=again)


def _leave(go: Go, **changes: Any) -> None:
    """Gives the row back, unless the lease ran out and somebody else has it."""
    mine = WatchState.objects.filter(duty=go.state.duty, holder=go.state.holder)
    mine.update(holder=None, held_until=None, woken_at=None, **go.kept, **changes)


def make_due(duty: str) -> None:
    """Makes a duty due at once, for whoever asks for it by hand."""
    _complete()
    WatchState.objects.filter(duty=duty).update(due_at=Now())
