"""Lines that are one buyer, and companies that are one group; worked by hand."""

from decimal import Decimal

import pytest

from clients.cleaning.duplicates import Buyer, pairs
from clients.cleaning.matching import Place
from factortaboite.money import NBSP


def buyer(line: int, name: str, weight: int = 0, **more) -> Buyer:
    return Buyer(key=line, line=line, name=name, weight=Decimal(weight), **more)


def found(*buyers: Buyer) -> list[tuple[str, int, int]]:
    return [(pair.kind, pair.keep.line, pair.other.line) for pair in pairs(buyers)]


LYON, LILLE = Place("69007", "Lyon"), Place("59000", "Lille")


@pytest.mark.parametrize(
    ("buyers", "expected"),
    [
        pytest.param(
            [buyer(1, "Garonnel"), buyer(2, "SARL GARONNEL")], [("duplicate", 1, 2)], id="same-name-but-for-its-form"
        ),
        pytest.param(
            [buyer(1, "Garonnel", 5), buyer(2, "SARL GARONNEL", 9)], [("duplicate", 2, 1)], id="the-largest-stays"
        ),
        pytest.param(
            [buyer(1, "Garonnel", 9), buyer(2, "SARL GARONNEL", 5, identifier="000200055")],
            [("duplicate", 2, 1)],
            id="the-identified-stays",
        ),
        # 24 trigrams and 25, 23 in common, of 26: 88 %.
        pytest.param(
            [buyer(1, "Serrurerie Ambrelin Dupont"), buyer(2, "Serrurerie Ambrelin Duponte")],
            [("duplicate", 1, 2)],
            id="nearly-the-same",
        ),
        pytest.param([buyer(1, "Garonnel"), buyer(2, "Garonel")], [], id="a-short-name-with-a-slip-is-another"),
        pytest.param([buyer(1, "Garonnel"), buyer(2, "Talliers")], [], id="others"),
        pytest.param(
            [buyer(1, "Garonnel", place=LYON), buyer(2, "Garonnel", place=LILLE)], [], id="same-name-elsewhere"
        ),
        pytest.param(
            [buyer(1, "Garonnel", place=LYON), buyer(2, "Garonnel")], [("duplicate", 1, 2)], id="place-unknown"
        ),
        pytest.param(
            # So long that all else is alike.
            [
                buyer(line, f"Transports Internationaux Vaucassin agence {number}")
                for line, number in ((1, 12), (2, 13))
            ],
            [],
            id="numbers-tell-apart",
        ),
        pytest.param(
            [buyer(1, "Garonnel", identifier="000200048"), buyer(2, "Garonnel", identifier="000200055")],
            [],
            id="homonyms-with-numbers",
        ),
        pytest.param(
            [
                buyer(1, "Garonnel", identifier="000200048", head_office="6 place du Capitole, Toulouse"),
                buyer(2, "Garonnel", identifier="000200055", head_office="6 PLACE DU CAPITOLE TOULOUSE"),
            ],
            [("same_group", 1, 2)],
            id="two-companies-one-head-office",
        ),
        pytest.param(
            [buyer(1, "Garonnel", 9), buyer(2, "Garonnel", 5), buyer(3, "SAS Garonnel", 7)],
            [("duplicate", 1, 3), ("duplicate", 1, 2)],
            id="three-lines-beside-the-largest",
        ),
        pytest.param([], [], id="empty"),
    ],
)
def test_which_lines_go_together(buyers, expected):
    assert found(*buyers) == expected


def test_the_reason_says_the_lines():
    (pair,) = pairs([buyer(3, "Garonnel", 9), buyer(8, "SARL Garonnel")])
    assert pair.reason.replace(NBSP, " ") == "Lignes 3 et 8 : même nom."


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([f"Négoce Industriel {n}" for n in range(1500)], id="numbered"),
        pytest.param(["Client divers"] * 1500, id="all-the-same"),
        pytest.param(
            [f"Négoce {chr(97 + n % 26)}{chr(97 + n // 26 % 26)}x Industriel" for n in range(1500)], id="near"
        ),
    ],
)
def test_a_long_list_ends(names):
    assert len(found(*(buyer(n, name) for n, name in enumerate(names)))) < 1500
