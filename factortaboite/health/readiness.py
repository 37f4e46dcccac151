"""Can this process serve people, and does the work behind it move on?

Without the database, or on tables of another version, nothing can be served. Without the broker, or with workers that
stand still, the screens work and the work waits: that is degraded, and somebody should look.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import StrEnum

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Case, Expression, F, Min, QuerySet, When
from django.db.models.functions import Greatest, Now
from redis.backoff import NoBackoff
from redis.retry import Retry

from clients.enums import PortfolioFileStatus
from clients.models import BulkDecision, PortfolioFile, RiskAudit
from factortaboite.mail.models import MailStatus, OutgoingMail
from quotes.engine import store
from quotes.models import LimitIndication, Proposal

# The sweep takes up what was left behind every two seconds: work this old is work that nobody does.
LONGEST_WAIT = timedelta(minutes=5)
BROKER_SECONDS = 1

logger = logging.getLogger(__name__)


class Word(StrEnum):
    """All that the health pages say, from good to bad."""

    OK = "ok"
    DEGRADED = "degraded"
    KO = "ko"


def worst(words: Iterable[Word]) -> Word:
    return max(words, key=list(Word).index)


def check() -> dict[str, Word]:
    """Every part's word. What stands in the database is not asked when it does not answer."""
    try:
        parts = _database()
    except Error as error:
        logger.error("the database does not answer: %s", error)
        parts = {"database": Word.KO}
    return parts | {"broker": _broker()}


def _database() -> dict[str, Word]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        logger.error("migrations to apply: %s", ", ".join(str(migration) for migration, _ in missing))
        return {"database": Word.OK, "migrations": Word.KO}
    queues = {name: _queue(name, rows, since) for name, rows, since in _queues()}
    return {"database": Word.OK, "migrations": Word.OK, **queues}


def _queues() -> Iterator[tuple[str, QuerySet, str | Expression]]:
    """Each kind of work: what waits, and since when each of them could have been done."""
    # A long list with a runner is no fault: only partners whom nobody is asking count, since they were last heard.
    yield (
        "calls",
        LimitIndication.objects.undecided().filter(
            account__in=store.accounts_with_due_questions(), next_call_at__lte=Now()
        ),
        Greatest("next_call_at", "account__rest_until", "account__lease_until", "submission__last_answer_at"),
    )
    # A mail never tried counts from its writing: the sweep moves its next try on, whether or not anybody sends.
    yield (
        "mail",
        OutgoingMail.objects.filter(status=MailStatus.PENDING),
        Case(When(attempts=0, then=F("created_at")), default=F("next_try_at")),
    )
    yield "files", PortfolioFile.objects.filter(status=PortfolioFileStatus.PENDING), "uploaded_at"
    yield "documents", Proposal.objects.to_render(), "created_at"
    yield "audits", RiskAudit.objects.to_render(), "created_at"
    yield "decisions", BulkDecision.objects.waiting(), "asked_at"


def _queue(name: str, waiting: QuerySet, since: str | Expression) -> Word:
    age = waiting.aggregate(age=Now() - Min(since))["age"]
    if age is None or age < LONGEST_WAIT:
        return Word.OK
    logger.warning("%s: the oldest thing to do has been due for %s", name, age)
    return Word.DEGRADED


def _broker() -> Word:
    try:
        # One try: the caller asks again by itself.
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=BROKER_SECONDS,
            socket_timeout=BROKER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as broker:
            broker.ping()
    except redis.RedisError as error:
        logger.warning("the message broker does not answer: %s", error)
        return Word.DEGRADED
    return Word.OK
