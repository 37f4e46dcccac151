from decimal import Decimal

import pytest

from clients.analysis.days_of_sales import Balance, Sales, days_of_sales, with_french_vat
from factortaboite.demo.buyers import AMBRELIN_SECOND_ACCOUNT, DEMO_BUYERS


@pytest.mark.parametrize(
    ("balance", "sales", "days"),
    [
        pytest.param("120000", "720000", 60, id="two months of sales"),
        pytest.param("121000", "720000", 61, id="60.5 days are 61"),
        pytest.param("120999", "720000", 60, id="60.4995 days are 60"),
        pytest.param("0", "720000", None, id="nothing owed, or nothing known"),
        pytest.param("120000", "0", None, id="sales not known"),
    ],
)
def test_days(balance, sales, days):
    found = days_of_sales(Decimal(balance), Decimal(sales), measured=Balance.OUTSTANDING, against=Sales.BUYERS)
    assert (found.days if found else None) == days


def test_sales_get_the_vat_that_balances_hold():
    # 5 700 000 × 1.2 + 300 000
    assert with_french_vat(Decimal(6_000_000), Decimal(300_000)) == 7_140_000


def test_the_demo_owes_67_days_at_most():
    """1 378 000 TTC at the peaks; 5 905 000 HT in France × 1.2 + 300 000 abroad = 7 386 000 TTC."""
    buyers = [*DEMO_BUYERS, AMBRELIN_SECOND_ACCOUNT]
    peaks = sum(buyer.peak for buyer in buyers)
    sales = sum(buyer.turnover * (Decimal("1.2") if buyer.country == "FR" else 1) for buyer in buyers)
    assert (peaks, sales) == (1_378_000, 7_386_000)
    found = days_of_sales(peaks, sales, measured=Balance.PEAK, against=Sales.BUYERS)
    assert (found.days, found.is_upper_bound) == (67, True)
