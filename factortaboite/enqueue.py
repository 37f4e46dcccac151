"""Waking a worker once the row it will work on is committed."""

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(task: Task, *args) -> None:
    """Sends the task after the current transaction. Without Redis the row waits: the sweep takes it up."""
    transaction.on_commit(lambda: _enqueue(task, args))


def _enqueue(task: Task, args: tuple) -> None:
    try:
        task.delay(*args)
    except OperationalError as error:
        logger.warning("%s%s waits for the sweep: %s", task.name, args, error)
