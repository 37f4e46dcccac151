"""When the watch works, in Paris, in any season."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clients.monitoring.hours import first_day_to_read, next_at, next_mail_at, pause_after


@pytest.mark.parametrize(
    ("now", "following"),
    [
        pytest.param(datetime(2026, 11, 22, 3, 59, tzinfo=UTC), datetime(2026, 11, 22, 4, 0, tzinfo=UTC), id="before"),
        pytest.param(datetime(2026, 11, 22, 4, 0, tzinfo=UTC), datetime(2026, 11, 23, 4, 0, tzinfo=UTC), id="at"),
        pytest.param(datetime(2026, 7, 1, 12, 0, tzinfo=UTC), datetime(2026, 7, 2, 3, 0, tzinfo=UTC), id="summer"),
        pytest.param(
            datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 3, 0, tzinfo=UTC), id="spring on"
        ),
        pytest.param(datetime(2026, 10, 24, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 4, 0, tzinfo=UTC), id="back"),
        pytest.param(
            datetime(2026, 11, 22, 23, 30, tzinfo=UTC), datetime(2026, 11, 23, 4, 0, tzinfo=UTC), id="past midnight"
        ),
    ],
)
def test_the_next_five_o_clock_in_paris(now, following):
    assert next_at(time(5), now) == following


@pytest.mark.parametrize(
    ("now", "day"),
    [
        pytest.param(datetime(2026, 11, 19, 12, 0, tzinfo=UTC), date(2026, 11, 20), id="Thursday to Friday"),
        pytest.param(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), date(2026, 11, 23), id="Friday to Monday"),
        pytest.param(datetime(2026, 11, 10, 12, 0, tzinfo=UTC), date(2026, 11, 12), id="over Armistice Day"),
        pytest.param(datetime(2026, 12, 24, 12, 0, tzinfo=UTC), date(2026, 12, 28), id="over Christmas and a weekend"),
    ],
)
def test_mails_leave_on_working_days(now, day):
    mail_at = next_mail_at(now)
    assert (mail_at.date(), mail_at.time()) == (day, time(7))


def test_pauses_grow_up_to_an_hour():
    minutes = [pause_after(failures) // timedelta(minutes=1) for failures in (1, 2, 3, 4, 5, 6, 500)]
    assert minutes == [2, 5, 15, 30, 60, 60, 60]


def test_a_night_begins_a_week_before_the_last_day_that_was_read():
    assert first_day_to_read(date(2026, 11, 21), date(2026, 11, 22)) == date(2026, 11, 14)
    assert first_day_to_read(date(2026, 10, 2), date(2026, 11, 22)) == date(2026, 9, 25)
    assert first_day_to_read(None, date(2026, 11, 22)) == date(2026, 11, 15)
