"""Three scales that point in opposite directions, read into the same five bands."""

from datetime import date

import pytest

from clients.advice.ratings import SCALES, BadRating, Band, worst_band

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("scale", "value", "band"),
    [
        pytest.param("coface_dra", 10, Band.VERY_LOW, id="coface-best"),
        pytest.param("coface_dra", 8, Band.VERY_LOW, id="coface-8"),
        pytest.param("coface_dra", 7, Band.LOW, id="coface-7"),
        pytest.param("coface_dra", 5, Band.MEDIUM, id="coface-5"),
        pytest.param("coface_dra", 4, Band.MEDIUM, id="coface-4-real-weaknesses"),
        pytest.param("coface_dra", 3, Band.HIGH, id="coface-3"),
        pytest.param("coface_dra", 1, Band.HIGH, id="coface-1"),
        pytest.param("coface_dra", 0, Band.DEFAULT, id="coface-default"),
        pytest.param("allianz_grade", 1, Band.VERY_LOW, id="allianz-best"),
        pytest.param("allianz_grade", 4, Band.LOW, id="allianz-4"),
        pytest.param("allianz_grade", 8, Band.HIGH, id="allianz-8"),
        pytest.param("allianz_grade", 10, Band.DEFAULT, id="allianz-10-is-no-coface-10"),
        pytest.param("atradius_rating", 1, Band.VERY_LOW, id="atradius-best"),
        pytest.param("atradius_rating", 30, Band.VERY_LOW, id="atradius-30"),
        pytest.param("atradius_rating", 31, Band.LOW, id="atradius-31"),
        pytest.param("atradius_rating", 99, Band.HIGH, id="atradius-99"),
        pytest.param("atradius_rating", 100, Band.DEFAULT, id="atradius-default"),
    ],
)
def test_bands(scale, value, band):
    assert SCALES[scale].band(value) is band


@pytest.mark.parametrize("scale", SCALES)
def test_every_value_has_a_band_and_worse_is_never_read_better(scale):
    measure = SCALES[scale]
    step = 1 if measure.worst > measure.best else -1
    ranks = [measure.band(value).rank for value in range(measure.best, measure.worst + step, step)]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("scale", "value"), [("coface_dra", 11), ("coface_dra", -1), ("allianz_grade", 0), ("atradius_rating", 101)]
)
def test_what_is_off_the_scale_is_refused(scale, value):
    with pytest.raises(BadRating, match="Cette échelle va de"):
        SCALES[scale].band(value)


@pytest.mark.parametrize(
    ("ratings", "band"),
    [
        pytest.param([], None, id="none"),
        pytest.param([("coface_dra", 10, TODAY), ("allianz_grade", 10, TODAY)], Band.DEFAULT, id="the-worst-counts"),
        pytest.param([("coface_dra", 3, date(2025, 11, 22))], None, id="a-year-old"),
        pytest.param([("coface_dra", 3, date(2025, 11, 23))], Band.HIGH, id="not-quite-a-year-old"),
        pytest.param([("coface_dra", 3, date(2026, 11, 23))], None, id="of-tomorrow"),
    ],
)
def test_the_worst_of_the_last_twelve_months(ratings, band):
    assert worst_band(ratings, on=TODAY) is band
