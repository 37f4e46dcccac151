from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotes.pricing.annual_cost import (
    TAX_RATES,
    AnnualCost,
    CostKind,
    CostLine,
    PolicyTerms,
    TaxRates,
    price,
    tax_rates_on,
)

TAXES = tax_rates_on(date(2026, 11, 22))


def terms(
    rate, *, french="5700000", export="300000", buyers=17, fee="40", insured="0.90", multiple="20", minimum=None
):
    return PolicyTerms(
        premium_rate=Decimal(rate),
        french_turnover=Decimal(french),
        export_turnover=Decimal(export),
        buyers_asked=buyers,
        fee_per_buyer=Decimal(fee),
        insured_percentage=Decimal(insured),
        maximum_liability_multiple=Decimal(multiple),
        minimum_premium=None if minimum is None else Decimal(minimum),
    )


def test_each_zone_has_the_rate_that_is_quoted_for_it():
    """5,7 M€ at 0.24 % and 300 000 € at 0.30 %; only the French premium is taxed."""
    priced = price(replace(terms("0.0024"), export_premium_rate=Decimal("0.0030")), TAXES)
    assert amounts(priced, CostKind.PREMIUM) == [Decimal("13680.00"), Decimal("900.00")]
    assert amounts(priced, CostKind.PREMIUM_TAX) == [Decimal("1231.20")]
    assert priced.cost.total == Decimal("16627.20")
    free = price(replace(terms("0.0024"), export_premium_rate=Decimal(0)), TAXES)
    assert amounts(free, CostKind.PREMIUM) == [Decimal("13680.00")]


def test_nothing_is_added_to_an_all_in_price():
    """The guide's 2 000 € a year, with a cap of 20 times (DOMAIN.md §8)."""
    priced = price(replace(terms("0", multiple="20"), all_in_price=Decimal(2_000)), TAXES, is_estimate=False)
    assert [(line.kind, line.amount) for line in priced.cost.lines] == [(CostKind.ALL_IN, Decimal("2000.00"))]
    assert (priced.cost.total, priced.cost.premium) == (Decimal("2000.00"), Decimal(0))
    assert priced.maximum_liability == Decimal("40000.00")


def amounts(priced, kind):
    return [line.amount for line in priced.cost.lines if line.kind is kind]


@pytest.mark.parametrize(
    "given_terms, premiums, tax, fees, vat, total, maximum_liability",
    [
        pytest.param(
            terms("0.0022", french="4000000", export="1000000", buyers=25, multiple="30"),
            ["8800.00", "2200.00"], "792.00", "1000.00", "200.00", "12992.00", "330000.00",
            id="V8",
        ),
        pytest.param(
            terms("0.0017", multiple="20"),
            ["9690.00", "510.00"], "872.10", "680.00", "136.00", "11888.10", "204000.00",
            id="demo-A",
        ),
        pytest.param(
            terms("0.0024", multiple="30"),
            ["13680.00", "720.00"], "1231.20", "680.00", "136.00", "16447.20", "432000.00",
            id="demo-B",
        ),
        pytest.param(
            terms("0.0021", multiple="25", insured="0.85"),
            ["11970.00", "630.00"], "1077.30", "680.00", "136.00", "14493.30", "315000.00",
            id="demo-C",
        ),
        pytest.param(
            # 6 000 + 2 000 of export; 2 000 short of 10 000, of which 1 500 French: tax on 7 500
            terms("0.002", french="3000000", export="1000000", buyers=10, multiple="30", minimum="10000"),
            ["6000.00", "2000.00", "2000.00"], "675.00", "400.00", "80.00", "11155.00", "300000.00",
            id="minimum-premium-tops-up",
        ),
        pytest.param(
            terms("0.002", french="3000000", export="1000000", buyers=10, multiple="30", minimum="7999.99"),
            ["6000.00", "2000.00"], "540.00", "400.00", "80.00", "9020.00", "240000.00",
            id="minimum-premium-reached",
        ),
        pytest.param(
            # nothing sold yet: the minimum is due and wholly French
            terms("0.002", french="0", export="0", buyers=1, fee="22.80", minimum="1000"),
            ["1000.00"], "90.00", "22.80", "4.56", "1117.36", "20000.00",
            id="minimum-premium-on-no-turnover",
        ),
        pytest.param(
            # 333.335 rounds half up to 333.34; 9 % of it is 30.0006
            terms("0.001", french="333335", export="0", buyers=1),
            ["333.34"], "30.00", "40.00", "8.00", "411.34", "6666.80",
            id="half-cents-go-up",
        ),
    ],
)  # fmt: skip
def test_price(given_terms, premiums, tax, fees, vat, total, maximum_liability):
    priced = price(given_terms, TAXES)
    assert amounts(priced, CostKind.PREMIUM) == [Decimal(amount) for amount in premiums]
    assert amounts(priced, CostKind.PREMIUM_TAX) == [Decimal(tax)]
    assert amounts(priced, CostKind.FEES) == [Decimal(fees)]
    assert amounts(priced, CostKind.VAT) == [Decimal(vat)]
    assert priced.cost.total == Decimal(total)
    assert priced.maximum_liability == Decimal(maximum_liability)


def test_a_contract_without_a_yearly_cap():
    assert price(replace(terms("0.0024"), maximum_liability_multiple=None), TAXES).maximum_liability is None


def test_a_price_is_an_estimate_until_the_partner_quotes():
    assert price(terms("0.0024"), TAXES).is_estimate
    assert not price(terms("0.0024"), TAXES, is_estimate=False).is_estimate


def test_export_bears_no_tax_and_prints_no_empty_line():
    priced = price(terms("0.0024", french="0", export="1000000", fee="0"), TAXES)
    assert [line.label for line in priced.cost.lines] == ["Prime, ventes à l’export"]
    assert priced.cost.total == Decimal("2400.00")


def test_without_a_premium_or_a_minimum_only_the_fees_are_due():
    priced = price(terms("0"), TAXES)
    assert [line.amount for line in priced.cost.lines] == [Decimal("680.00"), Decimal("136.00")]
    assert priced.maximum_liability == 0


def test_taxes_are_arguments():
    overseas = TaxRates(date(2026, 1, 1), Decimal("0.045"), Decimal("0.01"), Decimal("0.085"))
    priced = price(terms("0.0024"), overseas)
    assert amounts(priced, CostKind.PREMIUM_TAX) == [Decimal("615.60"), Decimal("7.20")]
    assert amounts(priced, CostKind.VAT) == [Decimal("57.80")]


def test_the_rates_of_a_day():
    assert tax_rates_on(date(2026, 1, 1)).premium_tax_french == Decimal("0.09")
    with pytest.raises(LookupError):
        tax_rates_on(date(2025, 12, 31))


def test_the_newest_rates_win():
    later = TaxRates(date(2027, 1, 1), Decimal("0.10"), Decimal("0"), Decimal("0.20"))
    known = (later, *TAX_RATES)
    assert tax_rates_on(date(2026, 12, 31), known).premium_tax_french == Decimal("0.09")
    assert tax_rates_on(date(2027, 1, 1), known) == later


def test_a_total_that_does_not_add_up_refuses_to_exist():
    line = CostLine(CostKind.PREMIUM, "Prime", Decimal("100000"), Decimal("0.002"), Decimal("200.00"))
    with pytest.raises(ValueError, match="add up to 200.00, not to 200.01"):
        AnnualCost((line,), Decimal("200.01"))


def test_a_line_that_is_not_its_base_times_its_rate_refuses_to_exist():
    with pytest.raises(ValueError, match="is not 200.01"):
        CostLine(CostKind.PREMIUM, "Prime", Decimal("100000"), Decimal("0.002"), Decimal("200.01"))


@given(
    rate=st.decimals("0.0001", "0.02", places=6),
    french=st.decimals("0", "99999999.99", places=2),
    export=st.decimals("0", "99999999.99", places=2),
    buyers=st.integers(0, 500),
    minimum=st.none() | st.decimals("0", "200000", places=2),
)
def test_whatever_the_terms_the_lines_add_up_and_the_minimum_is_reached(rate, french, export, buyers, minimum):
    priced = price(
        PolicyTerms(rate, french, export, buyers, Decimal("40"), Decimal("0.9"), Decimal("30"), minimum), TAXES
    )
    assert sum(line.amount for line in priced.cost.lines) == priced.cost.total
    assert priced.cost.premium >= (minimum or 0)
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in priced.cost.lines)
