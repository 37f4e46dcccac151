"""Waking the workers. What is to be done stands in PostgreSQL; a message lost here is found again by the sweep."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task_name: str, *args) -> None:
    """Sends a task by its full name ("quotes.tasks.ask_partner_task"). A broker that is down is logged, no more."""
    try:
        current_app.send_task(task_name, args=args, ignore_result=True)
    except (OperationalError, ConnectionError, TimeoutError):
        logger.warning("%s%r waits for the sweep: the message broker does not answer", task_name, args)


def enqueue_on_commit(task_name: str, *args) -> None:
    """The same, once the current transaction is safe in the database."""
    transaction.on_commit(lambda: enqueue(task_name, *args))
