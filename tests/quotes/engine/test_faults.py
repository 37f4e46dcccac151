"""Servers that die in mid-run, with real worker processes: every question ends with one stored final answer."""

import os
import signal
from uuid import uuid4

import pytest
import redis
from django.conf import settings

from factortaboite.enqueue import enqueue
from quotes.models import LimitIndication, MarketTest, PartnerAccount
from quotes.services.market_tests import launch_market_test
from tests.stack import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("workers")]

BUYERS = 60
CONCURRENT = 4


@pytest.fixture
def running(workers, sandbox, many_buyers, broker) -> MarketTest:
    """A market test of 60 buyers in mid-run: the Atradius twin answers about ten a second."""
    sandbox.control(partner="atradius", latency_seconds=0.15, job_seconds=0.1)
    PartnerAccount.objects.update(calls_per_second=None, max_concurrent=CONCURRENT, patience_seconds=120)
    accounts = list(PartnerAccount.objects.filter(code="b"))
    market_test = launch_market_test(snapshot=many_buyers(BUYERS), accounts=accounts, launch_key=uuid4(), by=broker)
    wait_for(lambda: settled(market_test) >= 8)
    return market_test


def settled(market_test: MarketTest) -> int:
    return market_test.submissions.get().settled_count


def answered_once(market_test: MarketTest, sandbox) -> None:
    """The invariants: all answered, counters equal rows, no buyer ordered twice, repeats only of calls in flight."""
    wait_for(lambda: market_test.submissions.get().ended_at, seconds=60)
    rows = LimitIndication.objects.filter(submission__market_test=market_test)
    assert set(rows.values_list("state", flat=True)) == {"answered"}
    assert rows.count() == settled(market_test) == BUYERS
    twin = sandbox.counters()["partners"]["atradius"]
    assert len(twin["orders"]) == twin["orders_created"] == BUYERS
    # Beyond the calls in the air at the fault, at most those whose answers were not written down yet.
    assert sum(twin["orders"].values()) - BUYERS <= CONCURRENT + CONCURRENT // 2


def test_a_killed_worker_loses_nothing(running, workers, sandbox):
    killed = workers.pid("calls")
    os.kill(killed, signal.SIGKILL)
    assert settled(running) < BUYERS
    wait_for(lambda: (workers.restart_dead(), workers.pid("calls"))[1] != killed)
    answered_once(running, sandbox)


def test_an_emptied_redis_loses_nothing(running, sandbox):
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    answered_once(running, sandbox)


def test_a_task_delivered_many_times_asks_once(running, sandbox):
    account = PartnerAccount.objects.get(code="b")
    for _ in range(5):
        enqueue("quotes.tasks.ask_partner_task", account.pk)
    answered_once(running, sandbox)


def test_a_launch_that_could_not_wake_anybody_is_swept_up(workers, sandbox, many_buyers, broker, monkeypatch):
    """Redis down at the moment of the launch: the rows are there, the sweep finds them."""
    monkeypatch.setattr("factortaboite.enqueue.current_app.send_task", _refuse)
    sandbox.control(partner="atradius", latency_seconds=0.01, job_seconds=0.1)
    PartnerAccount.objects.update(calls_per_second=None)
    accounts = list(PartnerAccount.objects.filter(code="b"))
    market_test = launch_market_test(snapshot=many_buyers(BUYERS), accounts=accounts, launch_key=uuid4(), by=broker)
    answered_once(market_test, sandbox)


def _refuse(*args, **kwargs):
    raise ConnectionError("down")
