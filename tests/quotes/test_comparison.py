import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factortaboite.money import percent
from quotes.comparison import AskedBuyer, BuyerAnswer, Comparison, Outcome, PartnerAnswers, Tone, compare
from quotes.vocabulary import Decision
from tests.quotes.valmorin import BUYERS, DAY, PARTNERS, answer, priced


def plain(sentence):
    """The sentence with ordinary spaces, so that the cases below can be read."""
    return sentence.replace("\u202f", " ").replace("\u00a0", " ")


def buyers(*thousands):
    return [AskedBuyer(f"k{i}", f"Acheteur {i}", Decimal(k * 1000)) for i, k in enumerate(thousands, start=1)]


def partner(code, asked, *thousands, terms=None):
    """A partner that grants these amounts in k€, in the order of the buyers; None for no reply."""
    given = {
        buyer.key: answer(Decimal(k * 1000), buyer.requested)
        for buyer, k in zip(asked, thousands, strict=True)
        if k is not None
    }
    return PartnerAnswers(code, f"Assureur {code.upper()}", given, terms)


@pytest.fixture(scope="module")
def demo():
    return compare(BUYERS, PARTNERS, on=DAY)


@pytest.mark.parametrize(
    "position, code, figures",
    [
        pytest.param(
            0, "b",
            {
                "covered": "990000", "high": "990000", "share": "90,8", "top10": "91,5", "counts": (13, 3, 1, 0),
                "cost": "16447.20", "per_thousand": "16.61", "liability": "432000", "first_loss": "270000",
                "headline": (Tone.GRANTED, "Couvre le mieux vos clients"),
                "open": [
                    ("Centrale Ostrevan", 50), ("Tôlerie Brisquenot", 20), ("Atelier Nivoisy", 20),
                    ("Transports Quévelin", 10),
                ],
            },
            id="B-first",
        ),
        pytest.param(
            1, "c",
            {
                "covered": "795000", "high": "815000", "share": "72,9", "top10": "72,3", "counts": (9, 6, 1, 1),
                "cost": "14493.30", "per_thousand": "18.23", "liability": "315000", "first_loss": "170000",
                "headline": (Tone.WAITING, "16 / 17 réponses"),
                "open": [
                    ("Halbronne Promotion", 100), ("Garonnel", 50), ("Méca-Lorvalle", 40), ("Centrale Ostrevan", 30),
                    ("Élec Vaucassin", 20), ("Serrurerie Ambrelin", 20), ("Jardins Peltrac", 20),
                    ("Boisement Talliers", 15),
                ],
            },
            id="C-second",
        ),
        pytest.param(
            2, "a",
            {
                "covered": "550000", "high": "550000", "share": "50,5", "top10": "42,6", "counts": (12, 3, 2, 0),
                "cost": "11888.10", "per_thousand": "21.61", "liability": "204000", "first_loss": "0",
                "headline": (Tone.REFUSED, "Refuse vos 2 plus gros clients"),
                "open": [
                    ("Halbronne Promotion", 300), ("Centrale Ostrevan", 150), ("Garonnel", 40),
                    ("Norvik Handels GmbH", 30), ("Plomberie Oursanne", 20),
                ],
            },
            id="A-last",
        ),
    ],
)  # fmt: skip
def test_the_demo_comes_out_to_the_cent(demo, position, code, figures):
    result = demo.partners[position]
    assert (result.code, result.rank) == (code, position + 1)
    assert result.covered_low == Decimal(figures["covered"])
    assert result.covered_high == Decimal(figures["high"])
    assert plain(percent(result.share_low)) == f"{figures['share']} %"
    assert plain(percent(result.top10_share)) == f"{figures['top10']} %"
    assert (result.in_full, result.in_part, result.refused, result.no_answer) == figures["counts"]
    assert result.yearly_cost == Decimal(figures["cost"])
    assert result.cost_per_thousand == Decimal(figures["per_thousand"])
    assert result.priced.maximum_liability == Decimal(figures["liability"])
    assert result.scenarios[0].name == "Halbronne Promotion"
    assert result.scenarios[0].indemnity == Decimal(figures["first_loss"])
    assert (result.tone, result.headline) == figures["headline"]
    assert [(line.name, line.amount) for line in result.uncovered] == [
        (name, Decimal(k * 1000)) for name, k in figures["open"]
    ]


def test_the_demo_recommendation_reads_like_a_broker(demo):
    assert demo.recommended == "b"
    assert demo.total_requested == Decimal("1090000.00")
    assert [plain(reason) for reason in demo.recommendation.reasons] == [
        "Il garantit 990 000 € sur les 1 090 000 € demandés et ne refuse aucun de vos cinq premiers acheteurs.",
        "Selon nos estimations, il coûte 4 559,10 € de plus par an que le moins cher, pour 440 000 € de garantie en "
        "plus.",
        "Reste à découvert : 100 000 €, dont 50 000 € sur Centrale Ostrevan.",
    ]


def test_the_demo_says_what_is_wrong_with_the_cheapest(demo):
    cheapest = demo.partners[2]
    assert [plain(warning) for warning in cheapest.warnings] == [
        "Refuse 2 de vos 5 premiers acheteurs : Halbronne Promotion (300 000 €) et Centrale Ostrevan (150 000 €).",
        "Plafond annuel de 204 000 € : il ne suffirait pas à indemniser la perte de votre premier acheteur, "
        "Halbronne Promotion (270 000 €).",
        "Réponses provisoires, qui peuvent changer jusqu’à la signature du contrat.",
    ]
    assert [plain(reason) for reason in cheapest.reasons] == [
        "Il garantit 550 000 € sur les 1 090 000 € demandés, soit 440 000 € de moins que l’offre recommandée.",
        "Il refuse Halbronne Promotion et Centrale Ostrevan : 4 080 € de prime HT par an seraient payés sur des "
        "ventes qu’il ne garantit pas.",
        "Selon nos estimations, il coûte 4 559,10 € de moins par an.",
        "Si Halbronne Promotion ne payait plus, il ne verserait rien, contre 270 000 € avec l’offre recommandée.",
    ]


def test_a_missing_reply_is_a_range(demo):
    assert plain(demo.partners[1].reasons[-1]) == (
        "Il n’a pas encore répondu sur Jardins Peltrac : sa garantie ira de 795 000 € à 815 000 €."
    )
    assert [line.name for line in demo.partners[1].uncovered if line.awaiting] == ["Jardins Peltrac"]


def test_the_answers_are_counted_in_words(demo):
    assert [plain(result.tally) for result in demo.partners] == [
        "13 accordés, 3 partiels, 1 refusé",
        "9 accordés, 6 partiels, 1 refusé, 1 sans réponse",
        "12 accordés, 3 partiels, 2 refusés",
    ]


def test_the_best_cells_add_up_to_something_nobody_sells(demo):
    assert demo.best_cells_total == Decimal("1060000.00")
    assert plain(demo.best_cells_sentence) == (
        "En prenant sur chaque acheteur la meilleure réponse, on atteindrait 1 060 000 € : "
        "personne ne vend cette addition, un contrat se souscrit en entier."
    )


def test_the_matrix_has_every_buyer_with_every_partner(demo):
    buyer, cells = demo.rows[6]
    assert buyer.name == "Garonnel"
    assert [(cell.outcome, cell.covered) for cell in cells] == [
        (Outcome.IN_FULL, Decimal(50_000)),
        (Outcome.REFUSED, Decimal(0)),
        (Outcome.IN_PART, Decimal(10_000)),
    ]


def test_what_is_said_of_every_partner_can_be_said_once(demo):
    assert demo.shared_warnings == ["Réponses provisoires, qui peuvent changer jusqu’à la signature du contrat."]
    assert compare(BUYERS, PARTNERS[:1], on=DAY).shared_warnings == []
    assert compare(BUYERS, [replace(PARTNERS[0], answers={})], on=DAY).shared_warnings == []


def test_a_long_list_of_open_amounts_is_cut_after_ten():
    asked = buyers(*range(12, 0, -1))
    result = compare(asked, [partner("a", asked, *[0] * 12)], on=DAY).partners[0]
    assert [line.amount for line in result.largest_uncovered] == [Decimal(k * 1000) for k in range(12, 2, -1)]
    assert result.other_uncovered == Decimal(3000)
    assert sum(line.amount for line in result.largest_uncovered) + result.other_uncovered == result.uncovered_total


def test_prices_may_be_missing(demo):
    assert demo.has_prices
    assert not compare(buyers(10), [partner("a", buyers(10), 10)], on=DAY).has_prices


def test_the_cover_bar_is_in_thousandths_of_what_was_asked(demo):
    # B: in full 800 of 1 090, in part 190 (100 + 60 + 30), refused 20
    assert [(part.outcome, part.start, part.width) for part in demo.partners[0].bar] == [
        (Outcome.IN_FULL, 0, 733),
        (Outcome.IN_PART, 733, 174),
        (Outcome.REFUSED, 907, 18),
    ]
    assert compare(buyers(10), [partner("a", buyers(10), None)], on=DAY).partners[0].bar == []


def test_the_order_of_the_partners_changes_nothing(demo):
    for order in permutations(PARTNERS):
        assert compare(BUYERS, order, on=DAY) == demo


def test_what_the_broker_earns_is_not_even_an_input():
    known = {item.name for kind in (PartnerAnswers, BuyerAnswer, AskedBuyer) for item in fields(kind)}
    assert not {name for name in known if "commission" in name or "brokerage" in name}


def test_frozen_and_read_back_it_is_the_same(demo):
    data = json.loads(json.dumps(demo.to_dict()))
    assert Comparison.from_dict(data) == demo
    assert data["total_requested"] == "1090000.00"
    assert data["partners"][0]["covered_low"] == "990000.00"
    assert data["partners"][0]["priced"]["cost"]["total"] == "16447.20"
    assert data["partners"][0]["priced"]["terms"]["premium_rate"] == "0.0024"
    assert data["on"] == "2026-11-22"


# Temporary amounts


@pytest.mark.parametrize(
    "until, on, covered, outcome",
    [
        pytest.param(date(2026, 12, 31), date(2026, 12, 31), 80_000, Outcome.IN_FULL, id="last-day"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 1), 50_000, Outcome.IN_PART, id="expired"),
        pytest.param(None, date(2026, 11, 22), 50_000, Outcome.IN_PART, id="undated"),
    ],
)
def test_a_temporary_amount_counts_until_it_expires(until, on, covered, outcome):
    asked = buyers(80)
    given = BuyerAnswer(Decision.GRANTED, Decimal(50_000), Decimal(30_000), until)
    result = compare(asked, [PartnerAnswers("a", "Assureur A", {"k1": given})], on=on).partners[0]
    assert (result.covered_low, result.cells[0].outcome) == (covered, outcome)


def test_a_temporary_amount_is_said():
    asked = buyers(80, 10)
    dated = BuyerAnswer(Decision.GRANTED, Decimal(50_000), Decimal(30_000), date(2026, 12, 31))
    undated = BuyerAnswer(Decision.PARTIAL, Decimal(0), Decimal(10_000))
    result = compare(asked, [PartnerAnswers("a", "A", {"k1": dated, "k2": undated})], on=DAY).partners[0]
    assert plain(result.cells[0].note) == "dont 30 000 € jusqu’au 31/12/2026"
    assert [plain(warning) for warning in result.warnings[1:3]] == [
        "Sur Acheteur 1, dont 30 000 € jusqu’au 31/12/2026.",
        "Sur Acheteur 2, 10 000 € temporaires sans date de fin, non comptés ici.",
    ]


def test_many_temporary_amounts_are_said_once():
    asked = buyers(80, 80, 80, 80)
    given = {
        buyer.key: BuyerAnswer(Decision.GRANTED, Decimal(50_000), Decimal(30_000), date(2026, 12, day))
        for buyer, day in zip(asked, (31, 24, 31, 31), strict=True)
    }
    result = compare(asked, [PartnerAnswers("a", "A", given)], on=DAY).partners[0]
    assert plain(result.warnings[0]) == (
        "4 garanties ont une part temporaire, 120 000 € en tout, qui expire à partir du 24/12/2026."
    )
    assert len(result.warnings) == 2


# What an answer is worth


@pytest.mark.parametrize(
    "given, outcome, covered",
    [
        pytest.param(BuyerAnswer(Decision.GRANTED, Decimal(90_000)), Outcome.IN_FULL, 60_000, id="more-than-asked"),
        pytest.param(
            BuyerAnswer(Decision.INCREASE_REFUSED, Decimal(40_000)), Outcome.IN_PART, 40_000, id="keeps-its-cover"
        ),
        pytest.param(BuyerAnswer(Decision.CONDITIONAL, Decimal(60_000)), Outcome.IN_FULL, 60_000, id="conditional"),
        pytest.param(
            BuyerAnswer(Decision.WITHDRAWAL_ANNOUNCED, Decimal(60_000)), Outcome.IN_FULL, 60_000, id="still-in-force"
        ),
        pytest.param(BuyerAnswer(Decision.WITHDRAWN, Decimal(60_000)), Outcome.REFUSED, 0, id="withdrawn"),
        pytest.param(BuyerAnswer(Decision.REFUSED, Decimal(60_000)), Outcome.REFUSED, 0, id="a-refusal-is-a-refusal"),
        pytest.param(BuyerAnswer(Decision.REDUCED, Decimal("0.004")), Outcome.REFUSED, 0, id="less-than-a-cent"),
        pytest.param(
            BuyerAnswer(Decision.PARTIAL, Decimal("59999.99")), Outcome.IN_PART, "59999.99", id="a-cent-less"
        ),
    ],
)
def test_what_an_answer_covers(given, outcome, covered):
    result = compare(buyers(60), [PartnerAnswers("a", "A", {"k1": given})], on=DAY).partners[0]
    assert (result.cells[0].outcome, result.cells[0].covered) == (outcome, Decimal(covered))


@pytest.mark.parametrize(
    "decision, note",
    [
        pytest.param(Decision.CONDITIONAL, "avec réserves", id="conditional"),
        pytest.param(Decision.WITHDRAWAL_ANNOUNCED, "préavis de résiliation", id="withdrawal"),
        pytest.param(Decision.GRANTED, "", id="granted"),
    ],
)
def test_a_cell_says_what_its_amount_does_not(decision, note):
    given = BuyerAnswer(decision, Decimal(60_000), preliminary=False)
    result = compare(buyers(60), [PartnerAnswers("a", "A", {"k1": given})], on=DAY).partners[0]
    assert result.cells[0].note == note


def test_a_withdrawal_is_warned_of():
    given = BuyerAnswer(Decision.WITHDRAWAL_ANNOUNCED, Decimal(60_000), preliminary=False)
    result = compare(buyers(60), [PartnerAnswers("a", "A", {"k1": given})], on=DAY).partners[0]
    assert [plain(warning) for warning in result.warnings] == ["Garantie sur Acheteur 1 : préavis de résiliation."]


# Ranking


def test_outside_the_band_cover_decides_whatever_the_price():
    asked = buyers(100, 100)
    dear = partner("dear", asked, 100, 90, terms=priced("0.0050", "0.50", 1))
    cheap = partner("cheap", asked, 100, 80, terms=priced("0.0001", "0.95", 90))
    assert compare(asked, [cheap, dear], on=DAY).recommended == "dear"


def test_inside_the_band_the_largest_indemnity_decides():
    asked = buyers(100, 100)
    wider = partner("wider", asked, 100, 90, terms=priced("0.0020", "0.80", 30))
    better = partner("better", asked, 100, 86, terms=priced("0.0030", "0.90", 30))
    comparison = compare(asked, [wider, better], on=DAY)
    assert [result.code for result in comparison.partners] == ["better", "wider"]
    assert [result.headline for result in comparison.partners] == [
        "Le meilleur choix à garantie comparable",
        "4\u202f000\u00a0€ de garantie en plus",
    ]
    assert plain(comparison.recommendation.reasons[1]) == (
        "Un autre assureur garantit 4 000 € de plus, un écart trop faible pour décider ; celui-ci indemnise mieux "
        "une grosse perte, jusqu’à 90 000 € contre 80 000 €."
    )


def test_then_the_price_decides():
    asked = buyers(100, 100)
    dear = partner("dear", asked, 100, 90, terms=priced("0.0030", "0.90", 30))
    cheap = partner("cheap", asked, 100, 86, terms=priced("0.0020", "0.90", 30))
    comparison = compare(asked, [dear, cheap], on=DAY)
    assert comparison.recommended == "cheap"
    assert plain(comparison.recommendation.reasons[1]).endswith(
        "trop faible pour décider ; celui-ci est moins cher, selon nos estimations."
    )


def test_terms_given_come_before_terms_unknown_inside_the_band():
    asked = buyers(100, 100)
    silent = partner("silent", asked, 100, 90)
    priced_one = partner("priced", asked, 100, 86, terms=priced("0.0030", "0.90", 30))
    comparison = compare(asked, [silent, priced_one], on=DAY)
    assert comparison.recommended == "priced"
    assert plain(comparison.recommendation.reasons[1]).endswith("; celui-ci a déjà donné ses conditions.")


@pytest.mark.parametrize(
    "tolerance, recommended",
    [
        pytest.param("0.02", "cheap", id="exactly-at-the-tolerance"),
        pytest.param("0.019", "dear", id="just-outside"),
        pytest.param("0", "dear", id="no-tolerance"),
    ],
)
def test_the_tolerance_is_an_argument(tolerance, recommended):
    asked = buyers(100, 100)
    dear = partner("dear", asked, 100, 90, terms=priced("0.0030", "0.90", 30))
    cheap = partner("cheap", asked, 100, 86, terms=priced("0.0020", "0.90", 30))
    assert compare(asked, [dear, cheap], on=DAY, tolerance=Decimal(tolerance)).recommended == recommended


def test_small_steps_do_not_chain_into_one_band():
    asked = buyers(1000)
    steps = [
        partner("a", asked, 900, terms=priced("0.0030", "0.90", 90)),
        partner("b", asked, 885, terms=priced("0.0020", "0.90", 90)),
        partner("c", asked, 870, terms=priced("0.0001", "0.99", 9000)),
    ]
    assert [result.code for result in compare(asked, steps, on=DAY).partners] == ["a", "b", "c"]


def test_equal_in_everything_the_code_decides_and_nothing_false_is_said():
    asked = buyers(100, 100)
    twins = [partner(code, asked, 100, 50, terms=priced("0.0020", "0.90", 30)) for code in ("y", "x")]
    comparison = compare(asked, twins, on=DAY)
    assert [result.code for result in comparison.partners] == ["x", "y"]
    assert [result.headline for result in comparison.partners] == ["Couvre le mieux vos clients", "Même garantie"]
    # 12 000 of premium, 9 % on its French 11 400, and 816 of fees
    assert [plain(reason) for reason in comparison.partners[0].reasons] == [
        "Il garantit 150 000 € sur les 200 000 € demandés et ne refuse aucun de vos deux premiers acheteurs.",
        "Selon nos estimations, aucun n’est moins cher : 13 842 € par an, taxes et frais compris.",
        "Reste à découvert : 50 000 € sur Acheteur 2.",
    ]
    assert [plain(reason) for reason in comparison.partners[1].reasons] == [
        "Il garantit 150 000 € sur les 200 000 € demandés, autant que l’offre recommandée.",
        "Selon nos estimations, il coûte le même prix.",
    ]


def test_partners_without_any_answer_come_last_and_are_not_measured_by_their_price():
    asked = buyers(100)
    mute = partner("mute", asked, None, terms=priced("0.0001", "0.99", 90))
    refusing = partner("refusing", asked, 0)
    comparison = compare(asked, [mute, refusing], on=DAY)
    assert [(result.code, result.headline) for result in comparison.partners] == [
        ("refusing", "Refuse votre client"),
        ("mute", "Pas encore de réponse"),
    ]
    assert comparison.partners[1].reasons == ("Aucune réponse reçue à ce jour.",)


def test_without_a_yearly_cap_the_whole_loss_is_paid_and_no_cap_is_warned_of():
    asked = buyers(100)
    uncapped = priced("0.0001", "0.90", None)
    result = compare(asked, [partner("a", asked, 100, terms=uncapped)], on=DAY).partners[0]
    assert result.scenarios[0].indemnity == Decimal("90000.00")
    assert not any("Plafond" in warning for warning in result.warnings)
    capped = partner("a", asked, 100, terms=priced("0.0001", "0.90", 30))  # 600 of premium
    assert compare(asked, [capped], on=DAY).partners[0].scenarios[0].indemnity == Decimal("18000.00")


def test_a_rival_that_may_still_overtake_is_named():
    asked = buyers(100, 80)
    early = partner("early", asked, 100, 40)
    late = partner("late", asked, 100, None)
    comparison = compare(asked, [early, late], on=DAY)
    assert comparison.recommended == "early"
    assert plain(comparison.recommendation.warnings[-1]) == (
        "Classement provisoire : avec les réponses encore attendues, Assureur LATE pourrait garantir "
        "jusqu’à 180 000 €."
    )


# Headlines and sentences


@pytest.mark.parametrize(
    "granted, tone, headline",
    [
        pytest.param((0, 80, 60, 40, 20, 10), Tone.REFUSED, "Refuse votre plus gros client", id="the-largest"),
        pytest.param((0, 0, 0, 40, 20, 10), Tone.REFUSED, "Refuse vos 3 plus gros clients", id="three-largest"),
        pytest.param((100, 0, 60, 40, 20, 10), Tone.REFUSED, "Refuse un de vos 5 premiers clients", id="one-of-five"),
        pytest.param((100, 0, 60, 0, 20, 10), Tone.REFUSED, "Refuse 2 de vos 5 premiers clients", id="two-of-five"),
        pytest.param((100, 80, 60, 40, None, None), Tone.WAITING, "4 / 6 réponses", id="waiting"),
        pytest.param((0, 80, 60, 40, None, None), Tone.REFUSED, "Refuse votre plus gros client", id="refusal-first"),
        pytest.param((100, 80, 60, 40, 20, 0), Tone.PARTIAL, "10 000 € de garantie en moins", id="sixth-refused"),
        pytest.param((0, 0, 0, 0, 0, 0), Tone.REFUSED, "Refuse tous vos clients", id="all"),
        pytest.param((None,) * 6, Tone.WAITING, "Pas encore de réponse", id="silence"),
    ],
)
def test_the_headline_of_those_not_recommended(granted, tone, headline):
    asked = buyers(100, 80, 60, 40, 20, 10)
    best = partner("best", asked, 100, 80, 60, 40, 20, 10)
    other = next(
        result
        for result in compare(asked, [best, partner("other", asked, *granted)], on=DAY, tolerance=Decimal(0)).partners
        if result.code == "other"
    )
    assert (other.tone, plain(other.headline)) == (tone, headline)


@pytest.mark.parametrize(
    "granted, sentence",
    [
        pytest.param((100, 80, 60), "Il garantit la totalité des 240 000 € demandés.", id="everything"),
        pytest.param(
            (100, 80, 0),
            "Il garantit 180 000 € sur les 240 000 € demandés, mais refuse Acheteur 3.",
            id="refuses-one",
        ),
        pytest.param(
            (100, None, None),
            "Il garantit 100 000 € sur les 240 000 € demandés ; 2 réponses encore attendues peuvent porter ce "
            "montant à 240 000 €.",
            id="silent-on-two",
        ),
        pytest.param(
            (100, 0, None),
            "Il garantit 100 000 € sur les 240 000 € demandés, mais refuse Acheteur 2 ; 1 réponse encore attendue "
            "peut porter ce montant à 160 000 €.",
            id="refuses-one-and-silent-on-one",
        ),
    ],
)
def test_the_first_reason(granted, sentence):
    asked = buyers(100, 80, 60)
    comparison = compare(asked, [partner("a", asked, *granted)], on=DAY)
    assert plain(comparison.recommendation.reasons[0]) == sentence
    assert comparison.recommendation.headline == "Seule réponse reçue"


@pytest.mark.parametrize(
    "own, other, sentence",
    [
        pytest.param(None, None, "Ses conditions tarifaires ne sont pas encore connues.", id="no-terms"),
        pytest.param("0.0020", None, "Il coûte 13 842 € par an, taxes et frais compris.", id="alone-with-a-price"),
        pytest.param(
            "0.0020", "0.0030", "C’est aussi le moins cher : 13 842 € par an, taxes et frais compris.", id="cheapest"
        ),
        pytest.param(
            # 18 000 + 9 % of 17 100 + 816 = 20 355, against 13 842
            "0.0030",
            "0.0020",
            "Il coûte 6 513 € de plus par an que le moins cher, pour 40 000 € de garantie en plus.",
            id="dearer",
        ),
    ],
)
def test_the_reason_of_the_price(own, other, sentence):
    asked = buyers(100, 80)
    ours = partner("ours", asked, 100, 80, terms=own and priced(own, "0.90", 30, is_estimate=False))
    theirs = partner("theirs", asked, 100, 40, terms=other and priced(other, "0.90", 30, is_estimate=False))
    comparison = compare(asked, [theirs, ours], on=DAY)
    assert plain(comparison.recommendation.reasons[1]) == sentence


@pytest.mark.parametrize(
    "are_estimates", [pytest.param((True, False), id="ours"), pytest.param((False, True), id="a-rivals")]
)
def test_a_price_of_ours_is_never_told_as_an_insurers(are_estimates):
    asked = buyers(100, 80)
    ours, theirs = (
        partner(code, asked, 100, second, terms=priced(rate, "0.90", 30, is_estimate=is_estimate))
        for code, second, rate, is_estimate in zip(
            ("ours", "theirs"), (80, 40), ("0.0030", "0.0020"), are_estimates, strict=True
        )
    )
    best, other = compare(asked, [theirs, ours], on=DAY).partners
    assert plain(best.reasons[1]) == (
        "Selon nos estimations, il coûte 6 513 € de plus par an que le moins cher, pour 40 000 € de garantie en plus."
    )
    assert plain(other.reasons[1]) == "Selon nos estimations, il coûte 6 513 € de moins par an."


def test_a_cheap_partner_that_covers_nobody_is_not_the_cheapest():
    asked = buyers(100, 80)
    ours = partner("ours", asked, 100, 80, terms=priced("0.0020", "0.90", 30))
    refusing = partner("none", asked, 0, 0, terms=priced("0.0001", "0.90", 30))
    comparison = compare(asked, [refusing, ours], on=DAY)
    assert (
        plain(comparison.recommendation.reasons[1])
        == "Selon nos estimations, il coûte 13 842 € par an, taxes et frais compris."
    )
    assert comparison.partners[1].reasons == ("Il refuse tous les acheteurs interrogés.",)


def test_five_failures_are_told_and_only_refusals_among_the_first_five_are_warned_of():
    asked = buyers(60, 50, 40, 30, 20, 10)
    covering = partner("a", asked, 60, 50, 40, 30, 20, 0, terms=priced("0.0001", "0.90", None))
    result = compare(asked, [covering], on=DAY).partners[0]
    assert [scenario.loss for scenario in result.scenarios] == [60_000, 50_000, 40_000, 30_000, 20_000]
    assert not any("Refuse" in warning for warning in result.warnings)
    fifth = compare(asked, [partner("a", asked, 60, 50, 40, 30, 0, 10)], on=DAY).partners[0]
    assert plain(fifth.warnings[0]) == "Refuse l’un de vos 5 premiers acheteurs : Acheteur 5 (20 000 €)."


def test_many_refusals_are_counted_not_listed():
    asked = buyers(100, 50, 50, 50, 50, 50, 40, 40, 40, 40)
    full = partner("full", asked, 100, 50, 50, 50, 50, 50, 40, 40, 40, 40)
    other = partner("other", asked, 100, 50, 50, 50, 50, 50, 0, 0, 0, 0)
    reasons = compare(asked, [full, other], on=DAY).partners[1].reasons
    assert "Il refuse 4 acheteurs." in reasons


def test_firm_answers_are_not_called_provisional():
    asked = buyers(100, 80, 60)
    firm = BuyerAnswer(Decision.GRANTED, Decimal(60_000), preliminary=False)
    soft = replace(firm, preliminary=True)

    def warnings(*given):
        answers = {buyer.key: one for buyer, one in zip(asked, given, strict=True)}
        return compare(asked, [PartnerAnswers("a", "A", answers)], on=DAY).partners[0].warnings

    assert warnings(firm, firm, firm) == ()
    assert warnings(firm, soft, firm) == ("1 réponse sur 3 est provisoire et peut changer.",)
    assert warnings(soft, soft, firm) == ("2 réponses sur 3 sont provisoires et peuvent changer.",)


# Edges


def test_one_partner_has_no_best_cells_to_warn_of():
    comparison = compare(BUYERS, PARTNERS[1:2], on=DAY)
    assert (comparison.recommended, comparison.best_cells_sentence) == ("b", "")


@pytest.mark.parametrize(
    "granted",
    [
        pytest.param((None, None), id="nobody-answered"),
        pytest.param((0, 0), id="all-refused"),
        pytest.param((0, None), id="refused-and-silent"),
    ],
)
def test_when_nothing_is_covered_nobody_is_recommended(granted):
    asked = buyers(100, 80)
    comparison = compare(asked, [partner(code, asked, *granted) for code in "ab"], on=DAY)
    assert comparison.recommended is None
    assert comparison.recommendation is None
    assert comparison.best_cells_sentence == ""
    assert all(result.cost_per_thousand is None for result in comparison.partners)
    assert Comparison.from_dict(comparison.to_dict()) == comparison


def test_no_buyers_and_no_partners():
    empty = compare([], PARTNERS[:0], on=DAY)
    assert (empty.partners, empty.recommended, empty.total_requested) == ((), None, 0)
    nobody_asked = compare([], [replace(PARTNERS[0], answers={})], on=DAY)
    assert nobody_asked.partners[0].share_low == 0
    assert nobody_asked.partners[0].headline == "Aucun acheteur interrogé"
    assert nobody_asked.recommended is None


def test_buyers_come_out_largest_first():
    asked = buyers(10, 30, 20)
    assert [buyer.name for buyer in compare(asked, [], on=DAY).buyers] == ["Acheteur 2", "Acheteur 3", "Acheteur 1"]


@pytest.mark.parametrize(
    "make, message",
    [
        pytest.param(lambda: compare(buyers(10) * 2, [], on=DAY), "buyer k1 stands twice", id="buyer-twice"),
        pytest.param(
            lambda: compare(BUYERS, [PARTNERS[0], PARTNERS[0]], on=DAY), "partner a stands twice", id="partner-twice"
        ),
        pytest.param(lambda: compare(buyers(10), PARTNERS[:1], on=DAY), "which was not asked", id="unknown-buyer"),
        pytest.param(lambda: buyers(0), "nothing is asked", id="nothing-asked"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "change, message",
    [
        pytest.param({"refused": 2}, "do not add up to 17 buyers", id="counts"),
        pytest.param({"covered_low": Decimal(990_001)}, "cells of Assureur B do not add up", id="cells"),
        pytest.param({"uncovered": ()}, "covered and uncovered of Assureur B do not", id="uncovered"),
    ],
)
def test_figures_that_do_not_add_up_refuse_to_exist(demo, change, message):
    with pytest.raises(ValueError, match=message):
        replace(demo.partners[0], **change)


@given(st.data())
def test_whatever_the_answers_the_figures_hold_together(data):
    asked = buyers(*data.draw(st.lists(st.integers(1, 500), min_size=1, max_size=12)))
    columns = [
        partner(
            code,
            asked,
            *[data.draw(st.none() | st.integers(0, 600)) for _ in asked],
            terms=data.draw(st.sampled_from([None, priced("0.0020", "0.90", 3)])),
        )
        for code in "abc"
    ]
    comparison = compare(asked, columns, on=DAY)
    assert Comparison.from_dict(json.loads(json.dumps(comparison.to_dict()))) == comparison
    for result in comparison.partners:
        assert result.covered_low <= result.covered_high <= comparison.total_requested
        assert result.covered_low <= comparison.best_cells_total
        assert all(scenario.indemnity <= scenario.covered for scenario in result.scenarios)
        assert all(scenario.indemnity <= Decimal(36_000) for scenario in result.scenarios)
    if comparison.recommendation:
        best = max(result.share_low for result in comparison.partners)
        assert best - comparison.recommendation.share_low <= comparison.tolerance
