from decimal import Decimal

import pytest

from clients.portfolio.losses import LossesDoNotAddUp, LossYear, turnover_to_recover


@pytest.mark.parametrize(
    "loss, margin, expected",
    [
        pytest.param("10000", "0.05", "200000", id="V1"),
        pytest.param("10000", "0.10", "100000", id="V2"),
        pytest.param("17000", "0.05", "340000", id="demo"),
        pytest.param("10000", "0.03", "333333.33", id="to-the-cent"),
        pytest.param("0", "0.05", "0", id="no-loss"),
        pytest.param("10000", "1", "10000", id="all-is-margin"),
    ],
)
def test_turnover_to_recover(loss, margin, expected):
    assert turnover_to_recover(Decimal(loss), Decimal(margin)) == Decimal(expected)


@pytest.mark.parametrize("loss, margin", [("100", "0"), ("100", "-0.05"), ("100", "1.01"), ("-1", "0.05")])
def test_what_makes_no_sense_is_refused(loss, margin):
    with pytest.raises(ValueError, match="marge|perte"):
        turnover_to_recover(Decimal(loss), Decimal(margin))


@pytest.mark.parametrize(
    ("amount", "count", "largest"),
    [
        pytest.param(0, None, None, id="a-nought-alone-may-be-a-blank"),
        pytest.param(0, 0, None, id="none-and-said"),
        pytest.param(0, 0, 0, id="noughts-everywhere"),
        pytest.param(17_000, None, None, id="an-amount-alone"),
        pytest.param(17_000, 1, 17_000, id="one"),
        pytest.param(17_000, 2, 8_500, id="two-alike"),
        pytest.param(17_000, 3, 16_000, id="one-large-two-small"),
        pytest.param(17_000, None, 9_000, id="uncounted"),
    ],
)
def test_years_that_can_be(amount, count, largest):
    assert LossYear(Decimal(amount), count, None if largest is None else Decimal(largest)).amount == amount


@pytest.mark.parametrize(
    ("amount", "count", "largest", "field"),
    [
        pytest.param(17_000, 0, None, "count", id="a-loss-of-nobody"),
        pytest.param(0, 2, None, "amount", id="two-for-nothing"),
        pytest.param(17_000, 2, 17_001, "largest", id="larger-than-all-together"),
        pytest.param(17_000, 1, 9_000, "largest", id="one-is-the-total"),
        pytest.param(17_000, 2, 8_499, "largest", id="smaller-than-the-mean"),
        pytest.param(0, None, 1, "largest", id="a-largest-of-nothing"),
    ],
)
def test_years_that_cannot_be(amount, count, largest, field):
    with pytest.raises(LossesDoNotAddUp) as refusal:
        LossYear(Decimal(amount), count, None if largest is None else Decimal(largest))
    assert refusal.value.field == field
