from decimal import Decimal

import pytest

from clients.portfolio.losses import turnover_to_recover


@pytest.mark.parametrize(
    "loss, margin, expected",
    [
        pytest.param("10000", "0.05", "200000", id="V1"),
        pytest.param("10000", "0.10", "100000", id="V2"),
        pytest.param("17000", "0.05", "340000", id="demo"),
        pytest.param("10000", "0.03", "333333.33", id="to-the-cent"),
        pytest.param("0", "0.05", "0", id="no-loss"),
    ],
)
def test_turnover_to_recover(loss, margin, expected):
    assert turnover_to_recover(Decimal(loss), Decimal(margin)) == Decimal(expected)


@pytest.mark.parametrize("loss, margin", [("100", "0"), ("100", "-0.05"), ("100", "5"), ("-1", "0.05")])
def test_what_makes_no_sense_is_refused(loss, margin):
    with pytest.raises(ValueError, match="marge|perte"):
        turnover_to_recover(Decimal(loss), Decimal(margin))
