from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factortaboite.money import euros
from quotes.pricing.annual_cost import premium_of, yearly_cost
from quotes.pricing.flat_fee import FlatFee
from quotes.pricing.formula import Advice, BreakEven, Formula, Segment, advise, segment_of
from quotes.pricing.tariffs import OnStudy
from quotes.pricing.turnover_declaration import Declaration
from tests.quotes.pricing.risks import FLAT_FEE, TARIFFS, TAXES, risk

VALMORIN = risk("5700000", "300000", buyers=17, losses="24000", share="0.25", requested="300000")


def says(advice: Advice) -> str:
    return " ".join((*advice.reasons, *advice.cautions))


@pytest.mark.parametrize(
    ("given_risk", "segment", "formula", "said"),
    [
        pytest.param(
            risk("900000"), Segment.VERY_SMALL, Formula.FLAT_FEE, "Un prix fixe, une seule déclaration", id="TPE"
        ),
        pytest.param(
            risk("900000", losses=None), Segment.NEW_FIRM, Formula.FLAT_FEE, "ne dépend pas des pertes", id="new"
        ),
        pytest.param(
            risk("40000000", buyers=80), Segment.MEDIUM, Formula.DECLARATION, "Le Forfait s’arrête à 7",
            id="PME, too large for a flat fee",
        ),
        pytest.param(
            # 0.187 % of 2.05 M€ is 3 833.50 + 345.02 of tax + 960 of fees = 5 138.52, dearer than 5 000
            risk("2050000"), Segment.MEDIUM, Formula.FLAT_FEE, f"coûte {euros(Decimal('138.52'))} de moins", id="PME"
        ),
        pytest.param(
            # 2.01 M€: 3 758.70 + 338.28 + 40 × 12 × 1.2 = 4 672.98
            risk("2010000", buyers=12), Segment.MEDIUM, Formula.DECLARATION,
            f"coûte {euros(Decimal('327.02'))} de moins", id="PME at the foot of its band",
        ),
        pytest.param(
            # 3 M€ of export at 0.22 × 0.85 × 1.20 = 0.2244 %: 6 732 untaxed, 605.88 saved
            risk("1000000", "3000000"), Segment.EXPORT_LED, Formula.DECLARATION,
            f"soit {euros(Decimal('605.88'))} de taxe évités par an", id="export-led",
        ),
        pytest.param(
            risk("3000000", buyers=400, is_marketplace=True), Segment.MARKETPLACE, Formula.DECLARATION,
            "sur étude (400 ici)", id="marketplace",
        ),
        pytest.param(
            risk("3000000", share="0.62", requested="400000"), Segment.ONE_BIG_BUYER, Formula.SINGLE_RISK,
            "Halbronne Promotion pèse 62\u00a0% des ventes", id="one big buyer",
        ),
        pytest.param(
            risk("3000000", buyers=2, share="0.50"), Segment.ONE_BIG_BUYER, Formula.SINGLE_RISK,
            "pas de portefeuille à assurer en entier", id="two buyers",
        ),
        pytest.param(
            risk("3000000", buyers=2, share="0.62"), Segment.ONE_BIG_BUYER, Formula.SINGLE_RISK,
            "pèse 62\u00a0% des ventes", id="two buyers, one of them big",
        ),
    ],
)  # fmt: skip
def test_which_formula(given_risk, segment, formula, said):
    advice = advise(given_risk, TARIFFS)
    assert (advice.segment, advice.formula) == (segment, formula)
    assert said in says(advice)


@pytest.mark.parametrize(
    ("given_risk", "segment"),
    [
        pytest.param(risk("3000000", share="0.50"), Segment.MEDIUM, id="half on one buyer"),
        pytest.param(risk("3000000", share="0.500001"), Segment.ONE_BIG_BUYER, id="more than half"),
        pytest.param(risk("3000000", buyers=0), Segment.MEDIUM, id="none to be covered by name"),
        pytest.param(risk("3000000", buyers=3), Segment.MEDIUM, id="three buyers"),
        pytest.param(risk("3000000", buyers=2), Segment.ONE_BIG_BUYER, id="two"),
        pytest.param(risk("1500000", "1500000"), Segment.MEDIUM, id="half for export"),
        pytest.param(risk("1500000", "1500000.01"), Segment.EXPORT_LED, id="a cent more"),
        pytest.param(risk("2000000"), Segment.VERY_SMALL, id="2 M€"),
        pytest.param(risk("2000000.01"), Segment.MEDIUM, id="2 M€ and a cent"),
    ],
)
def test_where_a_segment_ends(given_risk, segment):
    assert segment_of(given_risk) is segment


@pytest.mark.parametrize(
    ("requested", "formula"),
    [
        pytest.param("44444.44", Formula.FLAT_FEE, id="90 % of it is 40 000, all that 20 × 2 000 pays"),
        pytest.param("44444.46", Formula.DECLARATION, id="a cent more"),
    ],
)
def test_a_flat_fee_pays_up_to_its_cap(requested, formula):
    assert advise(risk("900000", requested=requested), TARIFFS).formula is formula


def test_at_the_same_price_the_flat_fee_is_less_work():
    # 3 833.50 + 345.02 of tax + 960 of fees, as above
    rates = tuple(
        replace(rate, value=Decimal("5138.52")) if rate.bound == 3_500_000 else rate for rate in FLAT_FEE.rates
    )
    advice = advise(risk("2050000"), replace(TARIFFS, flat_fee=replace(FLAT_FEE, rates=rates)))
    assert advice.formula is Formula.FLAT_FEE
    assert advice.reasons == ("La déclaration coûterait le même prix.",)


def test_a_cheap_formula_that_could_not_pay_is_not_advised():
    advice = advise(VALMORIN, TARIFFS)
    assert advice.flat_fee.cost.total == 9000
    assert advice.declaration.cost.total == Decimal("19625.54")
    assert advice.formula is Formula.DECLARATION
    assert advice.reasons == (
        f"Le Forfait ({euros(Decimal(9000))}) ne paierait jamais plus de {euros(Decimal(180_000))} par an : "
        f"moins que la plus grosse défaillance possible, {euros(Decimal(270_000))}.",
        f"La déclaration, à {euros(Decimal('19625.54'))} par an, paierait jusqu’à {euros(Decimal(519_840))}.",
    )
    assert not advice.cautions


@pytest.mark.parametrize(
    ("given_risk", "caution"),
    [
        pytest.param(
            # 2 244 + 6 732 + 9 % of 2 244 + 40 × 20 × 1.2 = 10 137.96 against 9 000
            risk("1000000", "3000000"),
            f"Le Forfait coûterait {euros(Decimal('1137.96'))} de moins par an : comparez, s’il couvre les pays où "
            "vont les ventes.",
            id="export-led",
        ),
        pytest.param(
            # 900 000 € are under the least premium: 3 000 × 1.09 + 960 = 4 230 against 2 000
            risk("900000", is_marketplace=True),
            f"Le Forfait coûterait {euros(Decimal(2230))} de moins par an : comparez, s’il couvre les acheteurs non "
            "dénommés.",
            id="marketplace",
        ),
        pytest.param(
            risk("1000000", "3000000", requested="200000"),  # 90 % of it is 20 × 9 000
            f"Le Forfait coûterait {euros(Decimal('1137.96'))} de moins par an : comparez, s’il couvre les pays où "
            "vont les ventes.",
            id="a flat fee that just pays",
        ),
        pytest.param(risk("1000000", "3000000", requested="200000.02"), None, id="a flat fee that pays too little"),
        pytest.param(risk("900000", requested="100000"), None, id="a declaration that just pays: 30 × 3 000"),
        # 0.2244 % of 2.05 M€ is 4 600.20, + 5 × 48 of fees = 4 840.20 against 5 000
        pytest.param(risk("0", "2050000", buyers=5), None, id="a dearer flat fee"),
        pytest.param(
            risk("900000", losses_are_said=False),
            "Personne n’a dit les pertes des trois dernières années : demandez-les au client, le prix en dépend.",
            id="losses nobody told",
        ),
        pytest.param(risk("900000", losses=None, losses_are_said=False), None, id="no history, no losses to tell"),
    ],
)
def test_what_to_check_before_saying_so(given_risk, caution):
    assert advise(given_risk, TARIFFS).cautions == (() if caution is None else (caution,))


def test_a_cap_that_stays_too_low_is_told():
    advice = advise(risk("900000", requested="150000"), TARIFFS)  # 30 × 3 000 = 90 000 against 135 000
    assert advice.formula is Formula.DECLARATION
    (caution,) = advice.cautions
    assert f"Le plafond annuel ({euros(Decimal(90_000))}) ne paierait pas" in caution


def test_what_no_tariff_prices_is_left_to_the_insurers():
    advice = advise(risk("9000000", losses="200000"), TARIFFS)
    assert isinstance(advice.declaration, OnStudy)
    assert advice.formula is Formula.DECLARATION
    assert "Le prix viendra des assureurs." in says(advice)
    assert advice.break_even is None


def test_losses_that_put_the_declaration_on_study_are_not_hidden_by_a_flat_fee():
    advice = advise(risk("900000", losses="50000"), TARIFFS)
    assert advice.formula is Formula.FLAT_FEE
    assert "La déclaration serait sur étude : Les pertes de trois ans font" in says(advice)


def test_the_break_even_by_hand():
    # 5 000 − 960 of fees = 4 040; a euro of turnover costs 0.187 % × 1.09 = 0.0020383
    even = advise(risk("2500000"), TARIFFS).break_even
    assert (even.turnover, even.above, even.up_to) == (Decimal("1982043.86"), 2_000_000, 3_500_000)
    assert even.sentence.startswith("Dans toute sa tranche")
    cheaper = advise(risk("2500000", buyers=12), TARIFFS).break_even  # 4 424 ÷ 0.0020383
    assert cheaper.turnover == Decimal("2170436.15")
    assert f"Les deux se valent à {euros(Decimal(2_170_436))}" in cheaper.sentence
    # A fifth of export: 4 040 ÷ (0.1964 % × (0.8 × 1.09 + 0.2))
    assert advise(risk("2000000", "500000"), TARIFFS).break_even.turnover == Decimal("1918867.98")


def test_a_tax_on_exports_would_count():
    taxed = replace(TARIFFS, taxes=replace(TAXES, premium_tax_export=Decimal("0.01")))
    # 4 040 ÷ (0.1964 % × (0.8 × 1.09 + 0.2 × 1.01))
    assert advise(risk("2000000", "500000"), taxed).break_even.turnover == Decimal("1915294.67")
    # 8 % of 6 732 instead of 9 %
    assert f"soit {euros(Decimal('538.56'))} de taxe" in says(advise(risk("1000000", "3000000"), taxed))


def test_under_the_least_premium_the_flat_fee_is_always_cheaper():
    assert advise(risk("900000"), TARIFFS).break_even.turnover == 0


def test_at_the_foot_of_its_band_the_flat_fee_wins_it_whole():
    assert BreakEven(Decimal(1_000_000), Decimal(1_000_000), Decimal(2_000_000)).sentence.startswith("Dans toute sa")


def test_a_declaration_cheaper_in_the_whole_band_is_said():
    even = BreakEven(Decimal(2_000_000), Decimal(1_000_000), Decimal(2_000_000))
    assert even.sentence.endswith("la déclaration coûte moins.")


@given(
    turnover=st.decimals("100000", "7000000", places=0),
    export=st.decimals("0", "0.6", places=2),
    buyers=st.integers(3, 60),
    losses=st.none() | st.just("0"),
)
def test_at_the_break_even_both_cost_the_same(turnover, export, buyers, losses):
    advice = advise(risk(turnover * (1 - export), turnover * export, buyers=buyers, losses=losses), TARIFFS)
    assert isinstance(advice.flat_fee, FlatFee) and isinstance(advice.declaration, Declaration)
    even = advice.break_even.turnover
    if even:
        premium = premium_of(
            french_turnover=even * (1 - export),
            export_turnover=even * export,
            french_rate=advice.declaration.french_rate,
            export_rate=advice.declaration.export_rate,
            minimum_premium=TARIFFS.declaration.value("minimum_premium"),
        )
        cost = yearly_cost(premium, buyers=buyers, fee_per_buyer=Decimal(40), taxes=TAXES)
        assert abs(cost.total - advice.flat_fee.cost.total) <= Decimal("0.03")
    else:
        assert advice.flat_fee.cost.total <= advice.declaration.cost.total
