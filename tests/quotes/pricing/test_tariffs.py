from dataclasses import replace
from decimal import Decimal

import pytest

from quotes.pricing.default_tariff import DEFAULT_RATES
from quotes.pricing.tariffs import PARAMETERS, Product, Rate, TariffIncoherent, Unit, check_rates
from tests.quotes.pricing.risks import DECLARATION, FLAT_FEE, with_values


@pytest.mark.parametrize("product", list(DEFAULT_RATES))
def test_the_default_tariff_is_whole_and_every_number_has_its_source(product):
    check_rates(product, DEFAULT_RATES[product])
    assert all(rate.source for rate in DEFAULT_RATES[product])


@pytest.mark.parametrize(
    ("table", "amount", "value"),
    [
        pytest.param("export", "0.10", "1.00", id="a bound is inside its step"),
        pytest.param("export", "0.100001", "1.05", id="and the next begins above it"),
        pytest.param("losses", "0.499999", "1.00", id="losses under the bound"),
        pytest.param("losses", "0.50", "1.25", id="losses at the bound are in the next step"),
        pytest.param("losses", "1", None, id="beyond the last step"),
        pytest.param("concentration", "0.500001", None, id="beyond the last included step"),
    ],
)
def test_steps(table, amount, value):
    step = DECLARATION.step(table, Decimal(amount))
    assert (step and step.value) == (value and Decimal(value))


def test_steps_are_read_in_order_however_they_are_stored():
    shuffled = replace(FLAT_FEE, rates=FLAT_FEE.rates[::-1])
    assert shuffled.step("band", Decimal(600_000)).value == 2000


def test_a_missing_parameter_is_not_guessed():
    with pytest.raises(LookupError, match="has no lowest_rate"):
        FLAT_FEE.value("lowest_rate")


def test_a_sector_is_not_a_step():
    with pytest.raises(ValueError, match="is not a step"):
        DECLARATION.steps("sector")


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        pytest.param(
            tuple(rate for rate in DECLARATION.rates if rate.code != "fee_per_buyer"),
            "Il manque une valeur : « Frais par acheteur HT ».",
            id="a parameter missing",
        ),
        pytest.param(
            tuple(rate for rate in DECLARATION.rates if rate.table != "export"),
            "« Part de l’export » : gardez au moins une ligne.",
            id="an empty scale",
        ),
        pytest.param(
            (*DECLARATION.rates, Rate("export", "", Decimal(2), "", bound=Decimal("0.1"))),
            "« Part de l’export » : deux lignes disent la même chose, retirez-en une.",
            id="the same bound twice",
        ),
        pytest.param(with_values(DECLARATION, lowest_rate="0.006").rates, "dépasse le plus haut", id="clamp reversed"),
        pytest.param(with_values(DECLARATION, instalments="0").rates, "une échéance au moins", id="no instalment"),
    ],
)
def test_what_is_not_a_tariff_is_said_in_french(rates, said):
    with pytest.raises(TariffIncoherent, match=said.replace("(", r"\(").replace(")", r"\)")):
        check_rates(Product.DECLARATION, rates)


@pytest.mark.parametrize(
    ("unit", "number", "said"),
    [
        pytest.param(Unit.EUROS, "2000.00", "2\u202f000\u00a0€", id="euros"),
        pytest.param(Unit.SHARE, "0.002200", "0,22\u00a0%", id="a rate keeps its decimals only"),
        pytest.param(Unit.SHARE, "1.000000", "100\u00a0%", id="a whole share"),
        pytest.param(Unit.FACTOR, "1.000000", "× 1,00", id="factor"),
        pytest.param(Unit.FACTOR, "1.125", "× 1,125", id="a finer factor"),
        pytest.param(Unit.COUNT, "100.000000", "100", id="count"),
    ],
)
def test_units_are_said_in_french(unit, number, said):
    assert unit.say(Decimal(number)) == said


def test_parameters_are_found_under_their_own_table():
    assert DECLARATION.named(PARAMETERS, "instalments").value == 4
    assert DECLARATION.named("sector", "instalments") is None
