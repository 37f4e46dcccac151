"""The circuit breaker and the retry budget, on a clock of the test's own."""

import pytest

from quotes.engine.health import FAILURES_TO_OPEN, FIRST_REST_SECONDS, PartnerHealth

SLOTS = 8


def opened(now: float = 0.0) -> PartnerHealth:
    health = PartnerHealth()
    for _ in range(FAILURES_TO_OPEN):
        health.fail(now)
    return health


@pytest.mark.parametrize(
    ("in_flight", "room"),
    [
        pytest.param(0, 12, id="half-a-load-ahead"),
        pytest.param(8, 4, id="slots-full"),
        pytest.param(12, 0, id="nothing-more"),
        pytest.param(20, 0, id="never-negative"),
    ],
)
def test_a_healthy_partner_is_kept_busy(in_flight, room):
    assert PartnerHealth().room(0, SLOTS, in_flight) == room


def test_it_takes_five_failures_in_a_row():
    health = PartnerHealth()
    for _ in range(FAILURES_TO_OPEN - 1):
        assert not health.fail(0)
    health.succeed()
    for _ in range(FAILURES_TO_OPEN - 1):
        assert not health.fail(0)
    assert health.room(0, SLOTS, 0) == 12
    assert health.fail(0)
    assert health.room(0, SLOTS, 0) == 0


def test_failures_during_a_pause_do_not_shorten_it():
    health = PartnerHealth()
    health.rest(0, 30)
    for _ in range(FAILURES_TO_OPEN):
        assert not health.fail(1)
    assert health.rest_until == 30


def test_calls_that_were_in_the_air_do_not_lengthen_the_rest():
    health = opened()
    until = health.rest_until
    for _ in range(15):
        assert not health.fail(0.1)
    assert health.rest_until == until <= FIRST_REST_SECONDS


def test_after_the_rest_one_probe_and_no_more():
    health = opened()
    after = health.rest_until
    assert health.room(after, SLOTS, 0) == 1
    assert health.room(after, SLOTS, 1) == 0


def test_a_failed_probe_rests_longer():
    health = opened()
    first = health.rest_until
    assert health.fail(first)
    assert health.rest_until - first > 0.75 * 2 * FIRST_REST_SECONDS * 0.99
    for _ in range(20):
        health.fail(health.rest_until)
    assert health.room(health.rest_until - 61, SLOTS, 0) == 0


def test_the_next_runner_goes_on_where_the_last_one_stopped():
    health = PartnerHealth(failures=FAILURES_TO_OPEN + 3)
    assert health.room(0, SLOTS, 0) == 1
    assert health.fail(0)
    assert 0.75 * 16 * FIRST_REST_SECONDS <= health.rest_until <= 16 * FIRST_REST_SECONDS
    assert PartnerHealth(failures=30_000).fail(0)


def test_a_good_probe_opens_the_door_step_by_step():
    health = opened()
    now = health.rest_until
    assert health.succeed()
    rooms = []
    for _ in range(4):
        room = health.room(now, SLOTS, 0)
        rooms.append(room)
        for _ in range(room):
            assert not health.succeed()
    assert rooms == [1, 2, 4, 12]


def test_a_pause_that_the_partner_asks_for_stops_everybody():
    health = PartnerHealth()
    health.rest(10, 30)
    health.rest(10, 5)
    assert health.room(39.9, SLOTS, 0) == 0
    assert health.room(40, SLOTS, 0) == 12


def test_retries_get_a_tenth_of_the_calls():
    health = PartnerHealth()
    assert [health.retry_wait(0.1) for _ in range(10)] == [0.1] * 10
    assert health.retry_wait(0.1) >= 5
    for _ in range(10):
        health.succeed()
    assert health.retry_wait(0.1) == 0.1
    assert health.retry_wait(0.1) >= 5
