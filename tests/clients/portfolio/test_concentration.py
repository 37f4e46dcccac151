from decimal import Decimal

import pytest

from clients.portfolio.concentration import concentration
from factortaboite.demo.buyers import AMBRELIN_SECOND_ACCOUNT, DEMO_BUYERS


def decimals(*amounts: int) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def test_shares_of_the_largest_and_of_those_abroad():
    result = concentration(decimals(60, 30, 10), named=Decimal(100), foreign=Decimal(25), count=3)
    assert result.total == 100
    assert result.top == {1: Decimal("0.6"), 2: Decimal("0.9"), 5: 1, 10: 1}
    assert result.foreign_share == Decimal("0.25")


@pytest.mark.parametrize(
    ("total", "share"),
    [
        pytest.param(200, "0.3", id="the unnamed tail lowers the shares"),
        pytest.param(90, "0.6", id="a file of another year names more than the whole"),
        pytest.param(None, "0.6", id="the whole is not known"),
    ],
)
def test_what_the_shares_are_of(total, share):
    whole = None if total is None else Decimal(total)
    result = concentration(decimals(60, 40), named=Decimal(100), foreign=Decimal(0), count=2, total=whole)
    assert result.top[1] == Decimal(share)


def test_the_two_largest_buyers_of_the_demo_weigh_forty_percent():
    turnovers = [buyer.turnover for buyer in (*DEMO_BUYERS, AMBRELIN_SECOND_ACCOUNT) if buyer.code not in ("AR", "AS")]
    named = sum(turnovers)
    assert named == 5_805_000
    largest = sorted(turnovers, reverse=True)[:10]
    assert concentration(largest, named=named, foreign=Decimal(0), count=19, total=Decimal(6_000_000)).top[
        2
    ] == Decimal("0.4")


def test_nothing_cannot_be_weighed():
    with pytest.raises(ValueError, match="concentration"):
        concentration([], named=Decimal(0), foreign=Decimal(0), count=0)


@pytest.mark.parametrize(
    ("amounts", "total", "telling", "few"),
    [
        pytest.param((100,), None, [(1, "1")], "un acheteur", id="one buyer is all there is"),
        pytest.param((60, 40), None, [(1, "0.6")], "un acheteur", id="both of two are all of them"),
        pytest.param((60, 30, 10), None, [(1, "0.6"), (2, "0.9")], "deux acheteurs", id="three"),
        pytest.param((20,) * 5, None, [(1, "0.2"), (2, "0.4")], "deux acheteurs", id="five of five are all of them"),
        pytest.param(
            (20,) * 5, 200, [(1, "0.1"), (2, "0.2"), (5, "0.5")], "cinq acheteurs", id="and of a larger whole"
        ),
        pytest.param(
            (10,) * 10,
            200,
            [(1, "0.05"), (2, "0.1"), (5, "0.25"), (10, "0.5")],
            "cinq acheteurs",
            id="five come first",
        ),
    ],
)
def test_only_shares_that_say_something_are_told(amounts, total, telling, few):
    whole = None if total is None else Decimal(total)
    named = Decimal(sum(amounts))
    result = concentration(decimals(*amounts), named=named, foreign=Decimal(0), count=len(amounts), total=whole)
    assert [(top.size, top.share) for top in result.telling] == [(size, Decimal(share)) for size, share in telling]
    assert result.few.buyers == few
