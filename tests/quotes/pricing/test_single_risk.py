from dataclasses import replace
from decimal import Decimal

import pytest

from quotes.pricing.single_risk import estimate_single_risk
from quotes.pricing.tariffs import OnStudy
from tests.quotes.pricing.risks import SINGLE_RISK, TAXES


@pytest.mark.parametrize(
    ("amount", "is_export", "lowest", "highest"),
    [
        pytest.param("50000", True, "400.00", "1000.00", id="V3, export bears no tax"),
        pytest.param("50000", False, "436.00", "1090.00", id="V3 in France, 9 % on top"),
        pytest.param("300000", False, "2616.00", "6540.00", id="the demonstration's largest buyer"),
        pytest.param("0.01", True, "400.00", "400.00", id="a cent costs the least premium"),
        pytest.param("30000", False, "436.00", "654.00", id="240 is under the least premium of 400"),
    ],
)
def test_price(amount, is_export, lowest, highest):
    estimate = estimate_single_risk(Decimal(amount), SINGLE_RISK, TAXES, is_export=is_export)
    assert (estimate.lowest.total, estimate.highest.total) == (Decimal(lowest), Decimal(highest))


@pytest.mark.parametrize(
    ("is_export", "total"),
    [pytest.param(True, "1010.00", id="1 % for export"), pytest.param(False, "1090.00", id="9 % in France")],
)
def test_each_zone_has_its_tax(is_export, total):
    taxes = replace(TAXES, premium_tax_export=Decimal("0.01"))
    estimate = estimate_single_risk(Decimal(50_000), SINGLE_RISK, taxes, is_export=is_export)
    assert estimate.highest.total == Decimal(total)


def test_nothing_asked_has_no_price():
    assert isinstance(estimate_single_risk(Decimal(0), SINGLE_RISK, TAXES, is_export=False), OnStudy)
