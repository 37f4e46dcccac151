from decimal import Decimal

import pytest

from clients.portfolio.concentration import Weight, concentration
from factortaboite.demo.buyers import AMBRELIN_SECOND_ACCOUNT, DEMO_BUYERS


def weights(*amounts):
    return [Weight(Decimal(amount)) for amount in amounts]


def test_shares_index_and_curve():
    result = concentration(weights(10, 60, 30))
    assert result.total == 100
    assert result.top == {1: Decimal("0.6"), 2: Decimal("0.9"), 5: 1, 10: 1}
    assert result.hhi == Decimal("0.46")  # 0.36 + 0.09 + 0.01
    third = Decimal(1) / 3
    assert result.lorenz == ((0, 0), (third, Decimal("0.1")), (Decimal(2) / 3, Decimal("0.4")), (1, 1))


def test_one_buyer_is_the_highest_concentration():
    assert concentration(weights(500)).hhi == 1


def test_the_unnamed_tail_lowers_the_shares_but_not_the_curve_of_the_named():
    result = concentration(weights(60, 40), total=Decimal(200))
    assert result.top[1] == Decimal("0.3")
    assert result.lorenz[-1] == (1, 1)


def test_public_foreign_and_related_parts():
    result = concentration(
        [
            Weight(Decimal(50)),
            Weight(Decimal(25), country="DE"),
            Weight(Decimal(15), set_aside="public_body"),
            Weight(Decimal(10), set_aside="related_company"),
            Weight(Decimal(-40), country="DE"),
        ]
    )
    assert (result.foreign_share, result.public_share, result.related_share) == (
        Decimal("0.25"),
        Decimal("0.15"),
        Decimal("0.10"),
    )


def test_the_two_largest_buyers_of_the_demo_weigh_forty_percent():
    turnovers = [buyer.turnover for buyer in (*DEMO_BUYERS, AMBRELIN_SECOND_ACCOUNT) if buyer.code not in ("AR", "AS")]
    assert sum(turnovers) == 5_805_000
    assert concentration(weights(*turnovers), total=Decimal(6_000_000)).top[2] == Decimal("0.4")


@pytest.mark.parametrize("amounts, total", [((), None), ((0, -5), None), ((60, 50), Decimal(100))])
def test_what_cannot_be_weighed_is_refused(amounts, total):
    with pytest.raises(ValueError, match="concentration|total"):
        concentration(weights(*amounts), total=total)
