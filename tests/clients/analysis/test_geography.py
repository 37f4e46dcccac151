from decimal import Decimal

import pytest

from clients.analysis.geography import DEPARTMENTS, Spot, department_of, geography


@pytest.mark.parametrize(
    ("postcode", "department"),
    [
        pytest.param("69003", "69", id="five digits"),
        pytest.param("010", "01", id="the first three"),
        pytest.param("20000", "2A", id="Ajaccio"),
        pytest.param("20167", "2A", id="south of Corsica"),
        pytest.param("20200", "2B", id="Bastia"),
        pytest.param("97410", "974", id="overseas"),
        pytest.param("98000", "", id="Monaco is none"),
        pytest.param("00100", "", id="no department 00"),
        pytest.param("7500", "75", id="a digit is missing"),
        pytest.param("75", "", id="too short to say"),
        pytest.param("D-10115", "", id="letters"),
        pytest.param("", "", id="empty"),
    ],
)
def test_department_of(postcode, department):
    assert department_of(postcode) == department


def test_there_are_101_departments_and_a_collectivity():
    assert len(DEPARTMENTS) == 102


def test_places_largest_first_and_what_is_not_located_apart():
    found = geography(
        [
            Spot("FR", "690", 2, Decimal(300)),
            Spot("FR", "693", 1, Decimal(100)),
            Spot("DE", "101", 1, Decimal(400)),
            Spot("FR", "75", 1, Decimal(50)),
            Spot("FR", "", 3, Decimal(200)),
            Spot("FR", "750", 1, Decimal(200)),
        ]
    )
    assert [(place.name, place.is_abroad, place.buyers, place.amount, place.share) for place in found.places] == [
        ("Rhône", False, 3, 400, Decimal("0.32")),
        ("Allemagne", True, 1, 400, Decimal("0.32")),
        ("Paris", False, 1, 200, Decimal("0.16")),
    ]
    assert (found.located, found.abroad) == (1000, Decimal("0.32"))
    assert (found.unlocated_buyers, found.unlocated) == (4, 250)
    assert found.is_telling


def test_of_what_is_hardly_located_no_place_comes_first():
    found = geography([Spot("DE", "", 1, Decimal(100)), Spot("FR", "", 9, Decimal(300))])
    assert (found.places[0].share, found.is_telling) == (Decimal("0.25"), False)


def test_without_a_postcode_there_is_no_geography():
    assert geography([Spot("FR", "", 3, Decimal(70))]) is None
