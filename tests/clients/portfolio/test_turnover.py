from decimal import Decimal

import pytest

from clients.portfolio.turnover import TurnoverDoesNotAddUp, TurnoverParts


@pytest.mark.parametrize(
    "total, parts, expected",
    [
        pytest.param(
            6_200_000,
            {"private_persons": 200_000, "public_bodies": 350_000, "related_companies": 400_000, "cash": 250_000},
            5_000_000,
            id="V7",
        ),
        pytest.param(
            6_600_000,
            {"private_persons": 120_000, "public_bodies": 180_000, "collective_procedures": 220_000, "cash": 80_000},
            6_000_000,
            id="demo",
        ),
        pytest.param(1_000, {"refused_buyers": 300, "other": 100}, 600, id="refused-and-other"),
        pytest.param(1_000, {"cash": 1_000}, 0, id="all-of-it"),
    ],
)
def test_insurable_turnover(total, parts, expected):
    parts = {name: Decimal(amount) for name, amount in parts.items()}
    assert TurnoverParts(Decimal(total), **parts).insurable == expected


def test_parts_beyond_the_total_are_refused():
    with pytest.raises(TurnoverDoesNotAddUp, match="1\u202f000,01\u00a0€.* dépassent"):
        TurnoverParts(Decimal(1_000), cash=Decimal("1000.01"))


def test_negative_parts_are_refused():
    with pytest.raises(TurnoverDoesNotAddUp, match="négatifs"):
        TurnoverParts(Decimal(1_000), cash=Decimal(-1))
