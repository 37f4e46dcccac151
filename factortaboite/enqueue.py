"""Waking the workers. What is to be done stands in PostgreSQL; a message lost here is found again by the sweep."""

import logging

from celery import Task, current_app
from django.db import transaction
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
