from datetime import date, timedelta

import pytest

from clients.pipeline import CoverState, cover_clock

FIRST = date(2026, 11, 2)


def day(number: int) -> date:
    """That many calendar days after the first contact."""
    return FIRST + timedelta(days=number)


@pytest.mark.parametrize(
    ("dates", "days", "left", "state", "is_running"),
    [
        pytest.param({"today": day(0)}, 0, 10, "in_time", True, id="the day of the first contact"),
        pytest.param({"today": day(6)}, 6, 4, "in_time", True, id="four days left"),
        pytest.param({"today": day(7)}, 7, 3, "near", True, id="three days left"),
        pytest.param({"today": day(10)}, 10, 0, "near", True, id="the last day is in time"),
        pytest.param({"today": day(11)}, 11, -1, "late", True, id="the day after"),
        pytest.param({"today": day(40), "covered_on": day(9)}, 9, 1, "in_time", False, id="covered, long ago"),
        pytest.param({"today": day(40), "covered_on": day(10)}, 10, 0, "in_time", False, id="covered on the last day"),
        pytest.param({"today": day(40), "covered_on": day(12)}, 12, -2, "late", False, id="covered too late"),
        pytest.param({"today": day(3), "covered_on": day(29)}, 29, -19, "late", False, id="effect yet to come, late"),
        pytest.param({"today": day(3), "covered_on": day(8)}, 8, 2, "in_time", False, id="effect yet to come"),
        pytest.param({"today": day(3), "covered_on": day(-400)}, 0, 10, "in_time", False, id="contract taken over"),
        pytest.param({"today": day(40), "lost_on": day(8)}, 8, 2, "in_time", False, id="lost in time"),
        pytest.param({"today": day(40), "lost_on": day(15)}, 15, -5, "late", False, id="lost late"),
        pytest.param(
            {"today": day(900), "covered_on": day(5), "lost_on": day(800)},
            5,
            5,
            "in_time",
            False,
            id="covered, then lost",
        ),
        pytest.param({"today": day(-1)}, 0, 10, "in_time", True, id="first contact to come"),
    ],
)
def test_the_ten_days(dates, days, left, state, is_running):
    clock = cover_clock(FIRST, **dates)
    assert (clock.days, clock.days_left, clock.state, clock.is_running) == (days, left, CoverState(state), is_running)
    assert clock.due_on == date(2026, 11, 12)
    assert clock.days_late == -left
