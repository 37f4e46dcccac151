"""The pace of a registry, held by all processes together on Redis's clock, and by each alone without it."""

import multiprocessing
import time

import pytest
import redis
from django.test import override_settings

from clients.registries import recherche_entreprises
from clients.registries.pace import PROCESSES, Pace, Resting

PER_SECOND = 20


@pytest.fixture
def shared(settings):
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(*(f"registries:test:{name}" for name in ("turn", "rest", "failures")))
    yield client
    client.delete(*(f"registries:test:{name}" for name in ("turn", "rest", "failures")))


def turns(count: int) -> list[float]:
    """When each of so many turns came, in this process."""
    pace, came = Pace("test", PER_SECOND), []
    for _ in range(count):
        pace.wait_for_turn(30)
        came.append(time.time())
    return came


def test_four_processes_together_keep_the_pace(shared):
    started = time.time()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        came = sorted(at for process in pool.map(turns, [10] * 4) for at in process)
    # 40 turns are 39 intervals of 50 ms; a process may be woken late, never early, and all four at once.
    assert came[-1] - started > 39 / PER_SECOND - 0.1
    assert max(sum(start <= at < start + 1 for at in came) for start in came) <= PER_SECOND + 1 + 4


def fetches(url: str) -> None:
    """Seven companies, as one worker asks about them."""
    with override_settings(SANDBOX_URL=url):
        for _ in range(7):
            assert recherche_entreprises.fetch("000100123", patience_seconds=30).is_known


def test_three_workers_at_full_speed_are_never_told_to_slow_down(twins, settings, monkeypatch):
    twin = twins["recherche-entreprises"]
    twin.set({"rate_per_second": 7})
    monkeypatch.setattr("factortaboite.sandbox.twin.BURST_SECONDS", 1.0)  # one worker may be woken late, the next not
    monkeypatch.setattr(recherche_entreprises.LINE.pace, "_interval", 1 / 6.5)  # the product's own
    started = time.monotonic()
    with multiprocessing.get_context("fork").Pool(3) as pool:
        pool.map(fetches, [settings.SANDBOX_URL] * 3)
    assert (twin.calls["company"], twin.too_many_requests) == (21, 0)
    assert time.monotonic() - started > 20 / 6.5


def test_time_that_was_not_used_is_not_saved_up(shared):
    pace = Pace("test", PER_SECOND)
    pace.wait_for_turn(1)
    time.sleep(0.5)
    started = time.monotonic()
    for _ in range(5):
        pace.wait_for_turn(1)
    assert time.monotonic() - started > 4 / PER_SECOND - 0.02


def test_without_patience_a_turn_is_refused_and_not_taken(shared):
    pace = Pace("test", 1 / 60)
    pace.wait_for_turn(0)
    for _ in range(3):
        with pytest.raises(Resting) as caught:
            pace.wait_for_turn(0.2)
        assert 30 < caught.value.seconds <= 60


def test_a_rest_is_everybody_s_and_the_longest_counts(shared):
    one, other = Pace("test", PER_SECOND), Pace("test", PER_SECOND)
    one.rest(60)
    one.rest(5)
    assert 30 < other.resting_seconds() <= 60
    with pytest.raises(Resting):
        other.wait_for_turn(5)


def test_who_sleeps_when_the_rest_begins_waits_for_its_end(shared, monkeypatch):
    pace, naps, sleep = Pace("test", 2), [], time.sleep

    def nap(seconds: float) -> None:
        if not naps:
            Pace("test", 2).rest(1)
        naps.append(seconds)
        sleep(seconds)

    pace.wait_for_turn(1)
    monkeypatch.setattr(time, "sleep", nap)
    started = time.monotonic()
    pace.wait_for_turn(60)
    assert time.monotonic() - started > 0.98


def test_without_redis_each_process_keeps_to_its_share(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pace = Pace("test", 40)
    started = time.monotonic()
    for _ in range(4):
        pace.wait_for_turn(5)
    assert time.monotonic() - started > 3 * PROCESSES / 40 - 0.02
    slow = Pace("test", 1)
    slow.wait_for_turn(0)
    with pytest.raises(Resting):
        slow.wait_for_turn(0.05)


def test_without_redis_a_process_rests_at_the_first_breakdown(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pace = Pace("test", 40)
    pace.failed()
    with pytest.raises(Resting) as caught:
        pace.wait_for_turn(5)
    assert 10 < caught.value.seconds <= 30


def test_a_rest_outlives_a_redis_that_went_away(shared, settings):
    pace = Pace("test", 40)
    pace.rest(60)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(Resting):
        pace.wait_for_turn(5)
