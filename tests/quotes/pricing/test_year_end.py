from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotes.pricing.annual_cost import CostKind
from quotes.pricing.year_end import DeclaredTerms, settle_year
from tests.quotes.pricing.risks import TAXES

TERMS = DeclaredTerms(Decimal("0.0022"), Decimal("0.0022"), Decimal("8800"), Decimal(30))


def settle(french, export="0", *, french_deposit="8800", export_deposit="0", taxes=TAXES):
    return settle_year(
        TERMS,
        taxes,
        french_turnover=Decimal(french),
        export_turnover=Decimal(export),
        french_deposit=Decimal(french_deposit),
        export_deposit=Decimal(export_deposit),
    )


def test_v10_a_year_above_the_estimate():
    year = settle("5600000")
    assert (year.premium_due, year.premium_balance) == (Decimal("12320.00"), Decimal("3520.00"))
    assert year.maximum_liability == Decimal("369600.00")
    assert not year.is_minimum
    assert [(line.label, line.amount) for line in year.balance.lines] == [
        ("Prime, ventes en France", Decimal("12320.00")),
        ("Acomptes déjà versés", Decimal("-8800.00")),
        ("Taxe sur les conventions d’assurance, part française", Decimal("316.80")),  # 9 % of 3 520
    ]
    assert year.balance.total == Decimal("3836.80")


def test_v11_a_year_under_the_minimum():
    year = settle("3600000")
    assert (year.premium_due, year.premium_balance) == (Decimal("8800.00"), Decimal("0.00"))
    assert year.is_minimum
    assert year.maximum_liability == Decimal("264000.00")
    assert year.balance.total == 0


def test_what_was_paid_above_the_minimum_comes_back_with_its_tax():
    year = settle("4500000", french_deposit="11000")  # 9 900 due
    assert year.premium_balance == Decimal("-1100.00")
    assert year.balance.total == Decimal("-1199.00")


def test_only_the_french_balance_is_taxed():
    # 4,5 M€ and 1 M€: 9 900 + 2 200, of which 7 040 + 1 760 are paid
    year = settle("4500000", "1000000", french_deposit="7040", export_deposit="1760")
    assert year.premium_balance == Decimal("3300.00")
    assert year.balance.total == Decimal("3557.40")  # 3 300 + 9 % of 2 860


def test_each_zone_s_balance_bears_the_tax_of_its_zone():
    # 4 400 + 4 400 due, 2 000 + 8 000 paid: 9 % of 2 400 more, 1 % of 3 600 less
    taxes = replace(TAXES, premium_tax_export=Decimal("0.01"))
    year = settle("2000000", "2000000", french_deposit="2000", export_deposit="8000", taxes=taxes)
    assert [line.amount for line in year.balance.lines if line.kind is CostKind.PREMIUM_TAX] == [216, -36]
    assert year.balance.total == Decimal("-1020.00")


@pytest.mark.parametrize(
    ("turnover", "is_minimum"),
    [
        pytest.param("3999999.99", False, id="a rounded cent is no minimum"),
        pytest.param("3999900", True, id="22 cents short of 8 800"),
    ],
)
def test_a_minimum_is_told_however_little_it_adds(turnover, is_minimum):
    assert settle(turnover).is_minimum is is_minimum


@pytest.mark.parametrize("paid", ["0", "8800", "20000"])
@given(french=st.decimals("0", "99999999.99", places=2), export=st.decimals("0", "99999999.99", places=2))
def test_the_balance_adds_up_and_never_undercuts_the_minimum(french, export, paid):
    year = settle(french, export, french_deposit=paid)
    assert sum(line.amount for line in year.balance.lines) == year.balance.total
    assert year.premium_due >= TERMS.minimum_premium
    assert year.premium_due - year.premium_balance == Decimal(paid)
