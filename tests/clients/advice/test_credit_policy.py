"""What is advised on a buyer: a table of buyers, each with every sentence that is said."""

from datetime import date
from decimal import Decimal

import pytest

from clients.advice.credit_policy import BuyerFacts, Kind, Procedure, advise
from clients.advice.ratings import Band

TODAY = date(2025, 11, 22)
PENALTIES = (Kind.PENALTIES, "Inscrivez sur vos factures des pénalités de retard au taux de 12,15 % l’an", "0.1215")
CLAIMED = (Kind.PENALTIES, "Réclamez des pénalités de retard au taux de 12,15 % l’an", "0.1215")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param({}, [PENALTIES], id="nothing-known"),
        pytest.param({"country": "DE"}, [], id="abroad-french-penalties-are-not-advised"),
        pytest.param(
            {"requested": 100_000},
            [(Kind.LIMIT, "sous 100 000 € HT, en attendant", "100000"), PENALTIES],
            id="a-need-and-nothing-against-it",
        ),
        pytest.param(
            {"band": Band.VERY_LOW, "requested": 100_000, "created_on": date(2025, 1, 1)},
            [(Kind.LIMIT, "sous 100 000 € HT", "100000"), PENALTIES],
            id="young-but-well-rated",
        ),
        pytest.param(
            {"band": Band.MEDIUM, "requested": 100_000},
            [(Kind.DEPOSIT, "Demandez 20 % d’acompte", "0.20"), (Kind.LIMIT, "sous 75 000 € HT", "75000"), PENALTIES],
            id="medium",
        ),
        pytest.param(
            {"band": Band.HIGH, "requested": 33_000},
            # 40 % of 33 000 is 13 200: whole thousands, downwards.
            [(Kind.DEPOSIT, "Demandez 50 % d’acompte", "0.50"), (Kind.LIMIT, "sous 13 000 € HT", "13000"), PENALTIES],
            id="high",
        ),
        pytest.param(
            {"band": Band.HIGH, "requested": 2_000},
            [(Kind.DEPOSIT, "Demandez 50 % d’acompte", "0.50"), PENALTIES],
            id="a-share-that-leaves-no-thousand",
        ),
        pytest.param(
            {"band": Band.DEFAULT, "requested": 100_000},
            [(Kind.DEPOSIT, "Ne livrez que contre paiement d’avance.", "1"), PENALTIES],
            id="in-default",
        ),
        pytest.param(
            {"created_on": date(2022, 11, 23), "requested": 10_000},
            [(Kind.DEPOSIT, "Demandez 30 % d’acompte", "0.30"), (Kind.LIMIT, "sous 5 000 € HT", "5000"), PENALTIES],
            id="three-years-tomorrow",
        ),
        pytest.param(
            {"created_on": date(2022, 11, 22), "requested": 10_000},
            [(Kind.LIMIT, "sous 10 000 € HT", "10000"), PENALTIES],
            id="three-years-today",
        ),
        pytest.param({"overdue_share": "0"}, [PENALTIES], id="nothing-late"),
        pytest.param({"overdue_share": "0.19"}, [CLAIMED], id="a-little-late"),
        pytest.param(
            {"overdue_share": "0.20"}, [(Kind.DEPOSIT, "Demandez 30 % d’acompte", "0.30"), CLAIMED], id="a-fifth-late"
        ),
        pytest.param(
            {"overdue_share": "0.50", "band": Band.HIGH},
            [
                (Kind.STOP, "Suspendez les livraisons à crédit", None),
                (Kind.DEPOSIT, "Demandez 50 % d’acompte", "0.50"),
                CLAIMED,
            ],
            id="half-late-and-badly-rated",
        ),
        pytest.param(
            {"requested": 100_000, "granted": 100_000},
            [(Kind.LIMIT, "sous 100 000 € HT.", "100000"), PENALTIES],
            id="covered-in-full",
        ),
        pytest.param(
            {"requested": 150_000, "granted": 100_000},
            # A third is not covered: 35 %, in steps of 5 %.
            [
                (Kind.DEPOSIT, "Demandez 35 % d’acompte", "0.35"),
                (Kind.LIMIT, "sous 100 000 € HT.", "100000"),
                PENALTIES,
            ],
            id="covered-in-part",
        ),
        pytest.param(
            {"requested": 100_000, "granted": 80_000},
            [(Kind.DEPOSIT, "Demandez 20 % d’acompte", "0.20"), (Kind.LIMIT, "sous 80 000 € HT.", "80000"), PENALTIES],
            id="a-round-fifth-is-not-rounded-up",
        ),
        pytest.param(
            {"requested": 100_000, "granted": 120_000},
            [(Kind.LIMIT, "sous 100 000 € HT.", "100000"), PENALTIES],
            id="more-than-asked",
        ),
        pytest.param(
            {"requested": 100_000, "granted": 0},
            [(Kind.DEPOSIT, "paiement d’avance, ou en gardant tout le risque", "1"), PENALTIES],
            id="refused-by-all",
        ),
        pytest.param(
            {"requested": 100_000, "granted": 90_000, "band": Band.HIGH},
            # What is not covered asks for 10 %, the rating for 50 %; the cover is the limit.
            [(Kind.DEPOSIT, "Demandez 50 % d’acompte", "0.50"), (Kind.LIMIT, "sous 90 000 € HT.", "90000"), PENALTIES],
            id="the-gravest-decides",
        ),
        pytest.param(
            {"procedure": Procedure.LIQUIDATION, "requested": 100_000, "granted": 100_000},
            [(Kind.STOP, "Ne livrez plus rien et déclarez vos créances", None)],
            id="liquidation",
        ),
        pytest.param(
            {"is_closed": True, "band": Band.HIGH},
            [(Kind.STOP, "Ne livrez plus sous ce SIREN.", None)],
            id="closed",
        ),
        pytest.param(
            {"is_closed": True, "procedure": Procedure.LIQUIDATION},
            [(Kind.STOP, "déclarez vos créances", None)],
            id="closed-by-its-liquidation",
        ),
        pytest.param(
            {"procedure": Procedure.RECEIVERSHIP, "band": Band.VERY_LOW, "requested": 100_000},
            [(Kind.DEPOSIT, "Ne livrez que contre paiement d’avance.", "1")],
            id="receivership-without-penalties",
        ),
        pytest.param(
            {"procedure": Procedure.SAFEGUARD, "overdue_share": "0.8"},
            [
                (Kind.STOP, "Suspendez les livraisons à crédit", None),
                (Kind.DEPOSIT, "Ne livrez que contre paiement d’avance.", "1"),
            ],
            id="safeguard-and-late",
        ),
    ],
)
def test_what_is_advised(facts, said):
    amounts = {
        name: Decimal(value) if name in ("requested", "granted", "overdue_share") else value
        for name, value in facts.items()
    }
    advice = advise(BuyerFacts(today=TODAY, **amounts))
    assert [(each.kind, each.figure) for each in advice] == [
        (kind, None if figure is None else Decimal(figure)) for kind, _, figure in said
    ]
    for each, (_, words, _) in zip(advice, said, strict=True):
        assert words in plain(each.sentence)
        assert each.reason.endswith(".")


@pytest.mark.parametrize(
    ("today", "rate", "floor", "figure"),
    [
        pytest.param(date(2025, 6, 30), "au taux de 13,15 % l’an", "11,13 %", "0.1315", id="first-half-of-2025"),
        pytest.param(date(2025, 7, 1), "au taux de 12,15 % l’an", "8,28 %", "0.1215", id="second-half-of-2025"),
        pytest.param(
            date(2026, 1, 1),
            "au taux de la BCE majoré de 10 points (12,15 % au 2nd semestre 2025 ; celui d’aujourd’hui n’est",
            "8,28 % au 2nd semestre 2025",
            None,
            id="unknown-today",
        ),
    ],
)
def test_penalties_are_those_of_the_half_year(today, rate, floor, figure):
    """No figure stands for a half-year whose rates were not found published."""
    (penalties,) = advise(BuyerFacts(today=today))
    assert rate in plain(penalties.sentence)
    assert floor in plain(penalties.reason)
    assert penalties.figure == (figure and Decimal(figure))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param({"band": Band.MEDIUM}, "Nous lisons sa pire note récente comme un risque moyen.", id="rating"),
        pytest.param({"created_on": TODAY}, "Il a moins de 3 ans", id="age"),
        pytest.param({"overdue_share": Decimal("0.35")}, "35 % de ce qu’il doit est déjà en retard.", id="late"),
        pytest.param(
            {"requested": Decimal(150_000), "granted": Decimal(100_000)},
            "Au mieux 100 000 € sur 150 000 €",
            id="cover",
        ),
        pytest.param({"procedure": Procedure.SAFEGUARD}, "(sauvegarde)", id="procedure"),
    ],
)
def test_a_deposit_says_why(facts, words):
    (deposit,) = [each for each in advise(BuyerFacts(today=TODAY, **facts)) if each.kind is Kind.DEPOSIT]
    assert words in plain(deposit.reason)
