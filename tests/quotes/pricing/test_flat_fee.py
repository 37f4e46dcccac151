from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotes.pricing.annual_cost import CostKind
from quotes.pricing.flat_fee import FlatFee, estimate_flat_fee
from quotes.pricing.tariffs import OnStudy
from tests.quotes.pricing.risks import FLAT_FEE, risk


@pytest.mark.parametrize(
    ("given_risk", "total", "above", "up_to"),
    [
        pytest.param(risk("1000000"), "2000.00", 500_000, 1_000_000, id="the guide's 2 000 a year"),
        pytest.param(risk("1000000.01"), "3200.00", 1_000_000, 2_000_000, id="a cent more is the next band"),
        pytest.param(risk("250000"), "1200.00", 0, 250_000, id="the first band"),
        pytest.param(risk("6000000", "1000000"), "9000.00", 3_500_000, 7_000_000, id="export counts as the rest"),
        pytest.param(risk(sector="services"), "1800.00", 500_000, 1_000_000, id="services"),
        # 2 000 × 1.35 = 2 700, × 1.15 = 3 105
        pytest.param(risk(sector="construction", buyers=50), "3105.00", 500_000, 1_000_000, id="BTP, 50 buyers"),
        pytest.param(risk(buyers=100), "2700.00", 500_000, 1_000_000, id="100 buyers"),
    ],
)
def test_price(given_risk, total, above, up_to):
    estimate = estimate_flat_fee(given_risk, FLAT_FEE)
    assert estimate.cost.total == Decimal(total)
    assert (estimate.above, estimate.up_to) == (above, up_to)
    assert estimate.maximum_liability == 20 * Decimal(total)


def test_taxes_and_fees_are_inside():
    estimate = estimate_flat_fee(risk(sector="construction", buyers=50), FLAT_FEE)
    assert {line.kind for line in estimate.cost.lines} == {CostKind.ALL_IN}
    assert [(line.label, line.amount) for line in estimate.cost.lines] == [
        ("Forfait, jusqu’à 1\u202f000\u202f000\u00a0€", Decimal("2000.00")),
        ("Bâtiment et travaux publics : × 1,35", Decimal("700.00")),
        ("50 acheteurs, jusqu’à 50 : × 1,15", Decimal("405.00")),
    ]


@pytest.mark.parametrize(
    ("given_risk", "said"),
    [
        pytest.param(risk("0"), "n’est pas connu", id="no turnover"),
        pytest.param(risk("7000000.01"), "s’arrête à 7\u202f000\u202f000\u00a0€", id="too large"),
        pytest.param(risk(buyers=101), "Au-delà de 100 acheteurs, le Forfait est sur étude (101 ici).", id="buyers"),
        pytest.param(risk(sector="fishing"), "pas de coefficient", id="unknown sector"),
    ],
)
def test_what_is_on_study(given_risk, said):
    estimate = estimate_flat_fee(given_risk, FLAT_FEE)
    assert isinstance(estimate, OnStudy)
    assert said in estimate.reasons[0]


turnovers = st.decimals("0.01", "7000000", places=2)


@given(
    first=turnovers, second=turnovers, buyers=st.integers(0, 100), sector=st.sampled_from(["services", "transport"])
)
def test_the_price_adds_up_and_grows_with_the_turnover(first, second, buyers, sector):
    estimates = [estimate_flat_fee(risk(t, sector=sector, buyers=buyers), FLAT_FEE) for t in sorted((first, second))]
    small, large = estimates
    assert isinstance(small, FlatFee)
    assert small.cost.total <= large.cost.total
    assert small.above < min(first, second) <= small.up_to
    assert sum(line.amount for line in small.cost.lines) == small.cost.total
