"""« Et si… » and the contract in force, on the demo's figures (DEMO.md) and on cases worked by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from quotes.comparison import AskedBuyer, CurrentContract, PartnerAnswers, PastYear, compare
from quotes.comparison.indemnity import LossClauses, indemnity
from quotes.comparison.result import Comparison
from quotes.pricing.excesses import Excesses
from tests.quotes.valmorin import BUYERS, DAY, PARTNERS, answer, priced

PAST = (PastYear(2023, Decimal(0)), PastYear(2024, Decimal(17_000)), PastYear(2025, Decimal(7_000)))
# C's own limits at 1 200 € less than B a year.
CURRENT = CurrentContract(
    insurer="Assureur Z",
    limits={key: answer.permanent for key, answer in PARTNERS[2].answers.items()},
    yearly_cost=Decimal("15247.20"),
    insured_percentage=Decimal("0.85"),
    maximum_liability=Decimal(150_000),
    excesses=Excesses(each_loss_excess=Decimal(1_000)),
    ends_on=date(2026, 12, 31),
)


NINETY = Decimal("0.9")


def _keeping(percentage=NINETY, **excesses) -> LossClauses:
    return LossClauses(percentage, excesses=Excesses(**{kind: Decimal(amount) for kind, amount in excesses.items()}))


def plain(sentence):
    return sentence.replace("\u202f", " ").replace("\u00a0", " ")


def demo(**changes) -> Comparison:
    return compare(BUYERS, PARTNERS, on=DAY, **{"past": PAST, "current": CURRENT, **changes})


@pytest.mark.parametrize(
    ("loss", "clauses", "paid"),
    [
        pytest.param(30_000, LossClauses(NINETY), "27000.00", id="V13 capped by its limit"),
        pytest.param(8_000, _keeping(qualifying_loss=10_000), "0.00", id="V15"),
        pytest.param(10_000, _keeping(qualifying_loss=10_000), "0.00", id="as much as the qualifying loss"),
        pytest.param(10_001, _keeping(qualifying_loss=10_000), "9000.90", id="above it: from the first euro"),
        pytest.param(10_000, _keeping(Decimal(1), each_loss_excess=2_000), "8000.00", id="V16"),
        pytest.param(
            130_000, _keeping(aggregate_first_loss=100_000), "17000.00", id="V17: 45 000 + 18 000 + 54 000 in the year"
        ),
        pytest.param(1_000, _keeping(aggregate_first_loss=100_000), "0.00", id="all of it kept"),
        pytest.param(
            130_000,
            _keeping(each_loss_excess=2_000, qualifying_loss=300, aggregate_first_loss=100_000),
            "15000.00",
            id="all three",
        ),
        pytest.param(300_000, LossClauses(NINETY, Decimal(204_000)), "204000", id="capped in the year"),
        pytest.param("0.05", LossClauses(NINETY), "0.05", id="half a cent up"),
    ],
)
def test_what_a_contract_pays(loss, clauses, paid):
    assert indemnity(Decimal(loss), clauses) == Decimal(paid)


@pytest.mark.parametrize(
    ("excesses", "said"),
    [
        pytest.param(Excesses(), "", id="none"),
        pytest.param(Excesses(Decimal(2_000)), "2 000 € par sinistre", id="FID"),
        pytest.param(Excesses(qualifying_loss=Decimal(300)), "rien jusqu’à 300 €", id="FIA"),
        pytest.param(
            Excesses(Decimal(2_000), aggregate_first_loss=Decimal(100_000)),
            "2 000 € par sinistre, 100 000 € par an",
            id="FID and FAG",
        ),
    ],
)
def test_excesses_in_words(excesses, said):
    assert plain(excesses.said) == said


def test_a_partners_excesses_lower_what_it_would_pay():
    """B keeps 2 000 € of each loss, pays nothing up to 7 000 €, and keeps the first 20 000 € of the year."""
    b = PARTNERS[1]
    terms = replace(
        b.priced.terms, excesses=Excesses(Decimal(2_000), Decimal(7_000), aggregate_first_loss=Decimal(20_000))
    )
    partners = [PARTNERS[0], replace(b, priced=replace(b.priced, terms=terms)), PARTNERS[2]]
    comparison = compare(BUYERS, partners, on=DAY, past=PAST)
    # 90 % of 300 000, 100 000, 100 000, 60 000 and 70 000, each less 22 000; then 0, 15 300 and a loss too small.
    paid = [int(one.indemnities[0]) for one in comparison.what_ifs]
    assert paid == [248_000, 68_000, 68_000, 32_000, 41_000, 0, 0, 0]
    assert comparison.partners[0].yearly_cost == Decimal("16447.20")
    assert Comparison.from_dict(comparison.to_dict()) == comparison


def test_each_of_the_five_largest_fails_and_each_past_year_comes_again():
    lines = [
        (plain(one.event), int(one.loss), [int(paid) for paid in one.indemnities], int(one.current))
        for one in demo().what_ifs
    ]
    # B and C and A in ranking order, then the contract in force: 85 % less 1 000, at most 150 000.
    assert lines == [
        ("Halbronne Promotion ne payait plus", 300_000, [270_000, 170_000, 0], 150_000),
        ("Centrale Ostrevan ne payait plus", 150_000, [90_000, 102_000, 0], 101_000),
        ("Méca-Lorvalle ne payait plus", 100_000, [90_000, 51_000, 90_000], 50_000),
        ("Tôlerie Brisquenot ne payait plus", 80_000, [54_000, 68_000, 72_000], 67_000),
        ("Norvik Handels GmbH ne payait plus", 70_000, [63_000, 59_500, 36_000], 58_500),
        ("les pertes de 2023 revenaient", 0, [0, 0, 0], 0),
        ("les pertes de 2024 revenaient", 17_000, [15_300, 14_450, 15_300], 13_450),
        ("les pertes de 2025 revenaient", 7_000, [6_300, 5_950, 6_300], 4_950),
    ]


def test_a_replayed_year_is_capped_too():
    (line,) = demo(past=[PastYear(2025, Decimal(1_000_000))]).what_ifs[5:]
    assert [int(paid) for paid in line.indemnities] == [432_000, 315_000, 204_000]


def test_without_terms_there_is_nothing_to_ask():
    unpriced = [replace(partner, priced=None) for partner in PARTNERS]
    assert compare(BUYERS, unpriced, on=DAY, past=PAST, current=CURRENT).what_ifs == []
    some = compare(BUYERS, [unpriced[0], *PARTNERS[1:]], on=DAY, past=PAST).what_ifs
    assert some[0].indemnities == (Decimal(270_000), Decimal(170_000), None)
    assert some[0].best == Decimal(270_000)
    assert some[0].current is None


def test_the_contract_in_force_is_measured_and_never_ranked():
    alone, beside = demo(current=None), demo()
    assert [partner.code for partner in beside.partners] == ["b", "c", "a"]
    assert (beside.recommended, beside.best_cells_total) == (alone.recommended, alone.best_cells_total)
    current = beside.current
    assert (current.covered, current.share) == (Decimal(795_000), Decimal("0.729357"))
    assert current.cost_per_thousand == Decimal("19.18")
    assert (current.covered_buyers, current.thousandths) == (15, 729)


@pytest.mark.parametrize(
    ("contract", "said"),
    [
        pytest.param(
            {}, "195 000 € de garantie de plus pour 1 200 € de plus par an, selon nos estimations.", id="more for more"
        ),
        pytest.param(
            {"yearly_cost": Decimal("16747.20")},
            "195 000 € de garantie de plus et 300 € de moins par an, selon nos estimations.",
            id="more for less",
        ),
        pytest.param({"yearly_cost": None}, "195 000 € de garantie de plus.", id="its cost is not known"),
        pytest.param(
            {"yearly_cost": Decimal("16447.20")},
            "195 000 € de garantie de plus pour le même prix, selon nos estimations.",
            id="same price",
        ),
        pytest.param(
            {"limits": {buyer.key: buyer.requested for buyer in BUYERS}, "yearly_cost": Decimal(20_000)},
            "100 000 € de garantie de moins pour 3 552,80 € de moins par an, selon nos estimations.",
            id="less for less",
        ),
        pytest.param(
            {"limits": {buyer.key: buyer.requested for buyer in BUYERS}},
            "100 000 € de garantie de moins et 1 200 € de plus par an, selon nos estimations.",
            id="less for more",
        ),
        pytest.param(
            {"limits": {key: answer.permanent for key, answer in PARTNERS[1].answers.items()}},
            "La même garantie pour 1 200 € de plus par an, selon nos estimations.",
            id="same cover",
        ),
    ],
)
def test_what_changes_from_the_contract_in_force(contract, said):
    assert plain(demo(current=replace(CURRENT, **contract)).partners[0].against_current) == said


def test_a_limit_above_what_is_asked_counts_for_what_is_asked():
    contract = CurrentContract("Z", limits={BUYERS[0].key: Decimal(900_000)})
    current = demo(current=contract).current
    assert (current.covered, current.failures, current.cost_per_thousand) == (Decimal(300_000), (), None)


def test_the_gravest_is_said_first():
    last = demo().partners[2]
    assert [plain(warning).split()[0] for warning in last.warnings] == ["Refuse", "Plafond", "Réponses"]


@pytest.mark.parametrize(
    ("tolerance", "recommended"),
    [
        # The wider cover is 5 points ahead and twice as dear.
        pytest.param("0.05", "cheap", id="within the band the price decides"),
        pytest.param("0.0499", "wide", id="outside, the cover"),
    ],
)
def test_the_band_is_the_brokers_to_set(tolerance, recommended):
    asked = [AskedBuyer("k", "Acheteur", Decimal(100_000)), AskedBuyer("l", "Autre", Decimal(100_000))]
    partners = [
        PartnerAnswers(code, code, {"k": answer(Decimal(100_000), asked[0].requested), "l": answer(*second)}, terms)
        for code, second, terms in (
            ("wide", (Decimal(90_000), asked[1].requested), priced("0.0040", "0.90", 30)),
            ("cheap", (Decimal(80_000), asked[1].requested), priced("0.0020", "0.90", 30)),
        )
    ]
    assert compare(asked, partners, on=DAY, tolerance=Decimal(tolerance)).recommended == recommended


def test_an_offer_frozen_before_there_were_scenarios_can_still_be_read():
    data = demo().to_dict()
    del data["current"]
    for partner in data["partners"]:
        del partner["replays"], partner["against_current"]
    old = Comparison.from_dict(data)
    assert old.current is None
    assert len(old.what_ifs) == 5
    assert Comparison.from_dict(demo().to_dict()) == demo()
