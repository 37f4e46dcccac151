from decimal import Decimal
from itertools import accumulate

import pytest

from clients.analysis.lorenz import lorenz, ranks_to_draw, threshold
from factortaboite.demo.buyers import AMBRELIN_SECOND_ACCOUNT, DEMO_BUYERS


def curve(*amounts: int, total: int | None = None):
    cumulated = list(enumerate(accumulate(map(Decimal, amounts)), start=1))
    return lorenz(cumulated, count=len(amounts), total=Decimal(total or sum(amounts)))


def test_the_curve_goes_from_nobody_to_everybody():
    found = curve(600, 200, 150, 50)
    assert [(point.rank, point.x, point.y) for point in found.points] == [
        (0, 0, 0),
        (1, Decimal("0.25"), Decimal("0.6")),
        (2, Decimal("0.5"), Decimal("0.8")),
        (3, Decimal("0.75"), Decimal("0.95")),
        (4, 1, 1),
    ]
    assert found.most_count == 2


def test_small_unnamed_buyers_keep_it_below_the_whole():
    found = curve(600, 100, total=1000)
    assert found.points[-1].y == Decimal("0.7")
    assert found.most_count is None


def test_ten_buyers_of_the_demo_make_eighty_percent():
    """1500 + 900 + 500 + 400 + 320 + 300 + 300 + 260 + 250 = 4 730 of 6 000 k€; the tenth, 200, passes 4 800."""
    ambrelin = AMBRELIN_SECOND_ACCOUNT.turnover
    amounts = sorted(
        (
            int(buyer.turnover + (ambrelin if buyer.code == "AH" else 0))
            for buyer in DEMO_BUYERS
            if buyer.code not in ("AR", "AS")
        ),
        reverse=True,
    )
    found = curve(*amounts, total=6_000_000)
    assert (found.count, found.most_count) == (17, 10)
    assert found.points[9].amount == 4_730_000
    assert found.points[10].amount == 4_930_000


@pytest.mark.parametrize("count", [1, 20, 60, 61, 500, 200_000])
def test_the_largest_are_all_drawn_and_the_last_closes_the_curve(count):
    ranks = ranks_to_draw(count)
    assert ranks[: min(count, 20)] == list(range(1, min(count, 20) + 1))
    assert ranks[-1] == count
    assert ranks == sorted(set(ranks))
    assert len(ranks) <= 61


def test_eighty_percent_to_the_cent():
    assert threshold(Decimal("100.01")) == Decimal("80.01")  # 80.008


def test_what_svg_draws():
    found = curve(600, 400)
    assert found.line == "M0.0 240.0 L240.0 96.0 L480.0 0.0"
    assert found.area == "M0.0 240.0 L240.0 96.0 L480.0 0.0 V240 H0 Z"
    assert [point.rank for point in found.marks] == [1]


def test_nothing_weighs_nothing():
    with pytest.raises(ValueError, match="concentration"):
        lorenz([], count=0, total=Decimal(0))
