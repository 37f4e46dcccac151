"""Late payment's dated rates (C. com. L441-10 II), as DOMAIN.md §1.7 gives them."""

from datetime import date
from decimal import Decimal

import pytest

from clients.advice.late_payment import RATES, RECOVERY_FEE, LateRates, is_outdated, rates_on


@pytest.mark.parametrize(
    ("day", "default", "floor", "half_year"),
    [
        # 3.15 % and ten points; three times 3.71 %
        pytest.param(date(2025, 1, 1), "0.1315", "0.1113", "1er semestre 2025", id="its first day"),
        pytest.param(date(2025, 6, 30), "0.1315", "0.1113", "1er semestre 2025", id="its last day"),
        # 2.15 % and ten points; three times 2.76 %
        pytest.param(date(2025, 7, 1), "0.1215", "0.0828", "2nd semestre 2025", id="the next one begins"),
        pytest.param(date(2025, 12, 31), "0.1215", "0.0828", "2nd semestre 2025", id="its last day too"),
    ],
)
def test_the_rates_of_a_half_year(day, default, floor, half_year):
    rates = rates_on(day)
    assert (rates.default, rates.floor) == (Decimal(default), Decimal(floor))
    assert rates.half_year == half_year
    assert not is_outdated(rates, day)


@pytest.mark.parametrize("day", [date(2025, 6, 30), date(2026, 1, 1), date(2026, 7, 1), date(2026, 11, 22)])
def test_another_half_year_is_told_from_its_own(day):
    assert is_outdated(LateRates(date(2025, 7, 1), Decimal("0.0215"), Decimal("0.0276")), day)


def test_before_the_first_half_year_nothing_is_guessed():
    with pytest.raises(LookupError):
        rates_on(date(2024, 12, 31))


def test_the_table_is_in_order_and_each_half_year_begins_on_its_day():
    days = [rates.since for rates in RATES]
    assert days == sorted(set(days))
    assert {(day.month, day.day) for day in days} <= {(1, 1), (7, 1)}


def test_the_recovery_fee_is_that_of_the_decree():
    assert RECOVERY_FEE == 40  # D441-5


@pytest.mark.parametrize(
    ("since", "half_year"),
    [
        pytest.param(date(2026, 6, 30), "1er semestre 2026", id="added on its last day"),
        pytest.param(date(2026, 11, 22), "2nd semestre 2026", id="added late"),
    ],
)
def test_rates_that_a_firm_adds_in_mid_term_are_those_of_the_half_year(since, half_year):
    rates = LateRates(since, Decimal("0.02"), Decimal("0.027"))
    assert (rates.half_year, is_outdated(rates, since)) == (half_year, False)
