from datetime import timedelta

import pytest

from quotes.durations import say_duration


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        pytest.param(timedelta(milliseconds=320), "0,3 s", id="under a second"),
        pytest.param(timedelta(seconds=9.94), "9,9 s", id="under ten seconds"),
        pytest.param(timedelta(seconds=9.96), "10 s", id="ten seconds"),
        pytest.param(timedelta(seconds=59.6), "1 min", id="a minute"),
        pytest.param(timedelta(minutes=59, seconds=45), "1 h 00", id="an hour"),
        pytest.param(timedelta(hours=2, minutes=5), "2 h 05", id="hours"),
        pytest.param(timedelta(days=1), "1 jour", id="a day"),
        pytest.param(timedelta(days=2, hours=13), "3 jours", id="days"),
        pytest.param(timedelta(seconds=-1), "0,0 s", id="clocks that disagree"),
    ],
)
def test_a_duration_is_said_with_two_figures_at_most(duration, said):
    assert say_duration(duration).replace("\u00a0", " ") == said
