from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotes.pricing.annual_cost import CostKind
from quotes.pricing.tariffs import OnStudy
from quotes.pricing.turnover_declaration import Declaration, estimate_declaration, maximum_liability, split
from tests.quotes.pricing.risks import DECLARATION, TAXES, risk, with_values, without_scales

# Small losses (× 1) and no scale that moves the rate: 0,22 % stays 0,22 %.
PLAIN = without_scales(DECLARATION, "losses", "export", "concentration")


def rate_of(given_risk, tariff=DECLARATION) -> Decimal:
    estimate = estimate_declaration(given_risk, tariff, TAXES)
    assert isinstance(estimate, Declaration)
    return estimate.french_rate


def test_v8_and_v9_premium_taxes_fees_and_the_deposit_in_four():
    estimate = estimate_declaration(risk("4000000", "1000000", buyers=25, losses="1"), PLAIN, TAXES)
    assert [(line.label, line.amount) for line in estimate.cost.lines] == [
        ("Prime, ventes en France", Decimal("8800.00")),
        ("Prime, ventes à l’export", Decimal("2200.00")),
        ("Taxe sur les conventions d’assurance, part française", Decimal("792.00")),
        ("Frais d’enquête et de surveillance", Decimal("1000.00")),
        ("TVA sur les frais", Decimal("200.00")),
    ]
    assert estimate.cost.total == Decimal("12992.00")
    assert estimate.minimum_premium == Decimal("8800.00")
    assert estimate.instalments == (Decimal("2200.00"),) * 4
    assert estimate.deposit == Decimal("8800.00")
    assert estimate.maximum_liability == Decimal("330000.00")  # 30 × 11 000


def test_a_deposit_may_be_a_part_of_the_minimum():
    tariff = with_values(PLAIN, deposit_share="0.25", instalments="2")
    estimate = estimate_declaration(risk("4000000", "1000000", losses="1"), tariff, TAXES)
    assert (estimate.minimum_premium, estimate.instalments) == (Decimal("8800.00"), (Decimal("1100.00"),) * 2)


@pytest.mark.parametrize(
    ("base", "premium"), [pytest.param("0.0010", "4500.00", id="lowest"), pytest.param("0.0080", "15000.00", id="top")]
)
def test_v6_three_millions_cost_4500_to_15000(base, premium):
    tariff = with_values(PLAIN, base_rate_french=base)
    assert estimate_declaration(risk("3000000", losses="1"), tariff, TAXES).cost.premium == Decimal(premium)


def test_v12_the_maximum_liability_is_counted_on_the_minimum_when_it_is_higher():
    assert maximum_liability(Decimal(8000), Decimal(10_000), Decimal(30)) == Decimal("300000.00")


@pytest.mark.parametrize(
    ("given_risk", "rate"),
    [
        pytest.param(risk("5000000"), "0.001870", id="no loss in three years: 0.22 × 0.85"),
        pytest.param(risk("5000000", losses=None), "0.002530", id="no history: 0.22 × 1.15"),
        pytest.param(risk("5000000", losses_are_said=False), "0.002200", id="losses nobody told: 0.22 × 1"),
        pytest.param(risk("5000000", losses="1", losses_are_said=False), "0.002200", id="one told is counted"),
        # three years of 11 000 are 33 000
        pytest.param(risk("5000000", losses="16499"), "0.002200", id="losses under a half"),
        pytest.param(risk("5000000", losses="16500"), "0.002750", id="losses of just a half count as more"),
        # at 0.22 × 1.05, both zones together pay 11 550 a year: half of three years is 17 325
        pytest.param(risk("4000000", "1000000", losses="17324"), "0.002310", id="losses against both zones"),
        pytest.param(risk("4000000", "1000000", losses="17325"), "0.002888", id="and at their half: 0.231 × 1.25"),
        pytest.param(risk("5000000", sector="construction"), "0.002525", id="BTP: 0.187 × 1.35 = 0.25245"),
        pytest.param(risk("4500000", "500000"), "0.001870", id="a tenth of export moves nothing"),
        pytest.param(risk("4499999", "500001"), "0.001964", id="a little more: 0.187 × 1.05 = 0.19635"),
        pytest.param(risk("5000000", share="0.25"), "0.001964", id="a quarter on one buyer: × 1.05"),
        pytest.param(risk("5000000", sector="services"), "0.001683", id="services: 0.187 × 0.90"),
    ],
)
def test_what_moves_the_rate(given_risk, rate):
    assert rate_of(given_risk) == Decimal(rate)


def test_zones_have_rates_of_their_own():
    tariff = with_values(PLAIN, base_rate_export="0.0030")
    estimate = estimate_declaration(risk("1000000", "1000000", losses="1"), tariff, TAXES)
    assert (estimate.french_rate, estimate.export_rate) == (Decimal("0.0022"), Decimal("0.0030"))
    assert estimate.base_rates == (Decimal("0.0022"), Decimal("0.0030"))
    assert estimate.rate_bounds == (Decimal("0.0015"), Decimal("0.0050"))
    assert estimate.cost.premium == Decimal("5200.00")


def test_every_factor_says_where_it_comes_from():
    factors = estimate_declaration(risk(sector="transport"), DECLARATION, TAXES).factors
    assert [factor.label for factor in factors] == [
        "Secteur : Transport",
        "Export : 0,0\u00a0%",
        "Plus gros acheteur : 10,0\u00a0%",
        "Aucune perte en trois ans",
    ]
    assert all(factor.source for factor in factors)


@pytest.mark.parametrize(
    ("given_risk", "said"),
    [
        pytest.param(risk("0"), "n’est pas connu", id="no turnover"),
        pytest.param(risk("5000000", losses="33000"), "font 100\u00a0% des primes", id="losses as high as premiums"),
        pytest.param(risk(share="0.51"), "pèse 51,0\u00a0%", id="one buyer"),
        pytest.param(risk(sector="fishing"), "pas de coefficient pour ce secteur", id="unknown sector"),
    ],
)
def test_what_no_tariff_prices(given_risk, said):
    estimate = estimate_declaration(given_risk, DECLARATION, TAXES)
    assert isinstance(estimate, OnStudy)
    (reason,) = estimate.reasons
    assert said in reason


def test_all_the_reasons_are_given_at_once():
    estimate = estimate_declaration(risk(sector="fishing", share="0.80", losses="99999"), DECLARATION, TAXES)
    assert len(estimate.reasons) == 3


def test_a_small_turnover_pays_the_least_premium():
    estimate = estimate_declaration(risk("500000"), DECLARATION, TAXES)
    assert estimate.cost.premium == estimate.minimum_premium == Decimal("3000.00")
    assert estimate.maximum_liability == Decimal("90000.00")
    (minimum,) = [line for line in estimate.cost.lines if "Complément" in line.label]
    assert minimum.amount == Decimal("2065.00")  # 3 000 − 500 000 × 0.187 %


@pytest.mark.parametrize(
    ("amount", "parts", "expected"),
    [
        pytest.param("100.00", 3, ["33.34", "33.33", "33.33"], id="the first takes the cent"),
        pytest.param("0.02", 4, ["0.01", "0.01", "0", "0"], id="fewer cents than parts"),
        pytest.param("8800.00", 1, ["8800.00"], id="at once"),
    ],
)
def test_split(amount, parts, expected):
    assert split(Decimal(amount), parts) == tuple(Decimal(part) for part in expected)


def test_nothing_is_split_in_no_part():
    with pytest.raises(ValueError, match="0 parts"):
        split(Decimal(1), 0)


euros = st.decimals("1", "99999999.99", places=2)


@given(french=euros, export=euros, buyers=st.integers(0, 500), losses=st.none() | st.just("0"))
def test_whatever_the_client_the_lines_add_up(french, export, buyers, losses):
    estimate = estimate_declaration(risk(french, export, buyers=buyers, losses=losses), DECLARATION, TAXES)
    assert sum(line.amount for line in estimate.cost.lines) == estimate.cost.total
    assert sum(estimate.instalments) == estimate.minimum_premium <= estimate.cost.premium
    assert max(estimate.instalments) - min(estimate.instalments) <= Decimal("0.01")
    assert Decimal("0.0015") <= estimate.french_rate <= Decimal("0.0050")
    taxed = [line for line in estimate.cost.lines if line.kind is CostKind.PREMIUM_TAX]
    assert all("française" in line.label for line in taxed)


@given(first=euros, second=euros, losses=st.none() | st.just("0"))
def test_a_larger_turnover_never_costs_less(first, second, losses):
    small, large = sorted((first, second))
    costs = [estimate_declaration(risk(t, losses=losses), DECLARATION, TAXES).cost.total for t in (small, large)]
    assert costs == sorted(costs)
