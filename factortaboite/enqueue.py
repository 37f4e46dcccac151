"""Waking the workers. What is to be done stands in PostgreSQL; a message lost here is found again by the sweep."""

import logging
from datetime import timedelta

from celery import Task, current_app
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task: str | Task, *args) -> None:
    """Sends a task, by name where importing it would make a circle. A broker that is down is logged, no more."""
    name = task if isinstance(task, str) else task.name
    try:
        current_app.send_task(name, args=args, ignore_result=True)
    except (OperationalError, ConnectionError, TimeoutError):
        logger.warning("%s%r waits for the sweep: the message broker does not answer", name, args)


def enqueue_on_commit(task: str | Task, *args) -> None:
    """The same, once the current transaction is safe in the database."""
    transaction.on_commit(lambda: enqueue(task, *args))


def enqueue_due(task: str, rows: QuerySet, *, due: str, pause: timedelta, most: int = 100) -> None:
    """Sends a task for each of the rows whose time, their column `due`, has come: the longest due first, at most so
    many. None of them is due again before the `pause` is over, by whichever process looks."""
    with transaction.atomic():
        waiting = rows.filter(**{f"{due}__lte": Now()}).order_by(due).select_for_update(of=("self",), skip_locked=True)
        keys = list(waiting.values_list("pk", flat=True)[:most])
        rows.model._default_manager.filter(pk__in=keys).update(**{due: Now() + pause})
    for pk in keys:
        enqueue(task, pk)
