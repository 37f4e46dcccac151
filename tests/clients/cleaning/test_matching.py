"""How probably a registered company is the one a line means; worked by hand."""

import pytest

from clients.cleaning.matching import Listed, Place, Registered, department, is_clear, place_weight, similarity

TOULOUSE = Place("31000", "TOULOUSE")


@pytest.mark.parametrize(
    ("one", "other", "weight"),
    [
        pytest.param(Place("31000"), Place("31000"), 1.0, id="same-postcode"),
        pytest.param(Place("31 000"), Place("31000"), 1.0, id="spaced-postcode"),
        pytest.param(Place("69002", "Lyon"), Place("69007", "LYON 7EME"), 1.0, id="same-city"),
        pytest.param(Place("31000"), Place("31700"), 0.95, id="same-department"),
        pytest.param(Place("97400"), Place("97200"), 0.8, id="overseas-departments-have-three-digits"),
        pytest.param(Place("31000"), Place("33000"), 0.8, id="elsewhere"),
        pytest.param(Place(city="Toulouse"), Place("33000", "Bordeaux"), 0.8, id="other-city"),
        pytest.param(Place(), Place("33000", "Bordeaux"), 0.92, id="unknown"),
        pytest.param(Place("F-31"), Place("31000"), 0.92, id="no-postcode"),
    ],
)
def test_what_places_weigh(one, other, weight):
    assert place_weight(one, other) == place_weight(other, one) == weight


@pytest.mark.parametrize(("postcode", "expected"), [("31000", "31"), ("97400", "974"), ("98000", "980")])
def test_departments(postcode, expected):
    assert department(postcode) == expected


@pytest.mark.parametrize(
    ("line", "company", "expected"),
    [
        pytest.param(
            Listed("SARL Garonnel", Place("31000")), Registered(("GARONNEL",), (TOULOUSE,)), 1.0, id="exact-here"
        ),
        pytest.param(Listed("Garonnel"), Registered(("GARONNEL",), (TOULOUSE,)), 0.92, id="exact-place-unknown"),
        pytest.param(
            Listed("Garonnel", Place("33000")), Registered(("GARONNEL",), (TOULOUSE,)), 0.8, id="exact-elsewhere"
        ),
        pytest.param(Listed("Garonnel Toulouse"), Registered(("GARONNEL",), (TOULOUSE,)), 1.0, id="town-in-the-name"),
        pytest.param(
            Listed("Toulouse", Place("31000")), Registered(("TOULOUSE",), (TOULOUSE,)), 1.0, id="named-like-its-town"
        ),
        pytest.param(
            Listed("Garonnel", Place("59000")),
            Registered(("GARONNEL",), (TOULOUSE, Place("59000", "LILLE"))),
            1.0,
            id="an-establishment-here",
        ),
        pytest.param(
            Listed("Point Ostrevan", Place("59500")),
            Registered(("COMPAGNIE DES MATERIAUX", "CMO", "POINT OSTREVAN"), (Place("59500", "DOUAI"),)),
            1.0,
            id="trade-name",
        ),
        # 7 trigrams of 10, in the same department: 0.7 × 0.95.
        pytest.param(
            Listed("Garonel", Place("31700")), Registered(("GARONNEL",), (TOULOUSE,)), 0.665, id="a-slip-nearby"
        ),
        pytest.param(
            Listed("Garonnel", Place("31000")),
            Registered(("GARONNEL",), (TOULOUSE,), is_closed=True),
            0.9,
            id="closed",
        ),
        pytest.param(Listed("Talliers"), Registered(("GARONNEL",)), 0.0, id="another"),
        pytest.param(Listed("Garonnel"), Registered(("",)), 0.0, id="name-kept-from-the-public"),
    ],
)
def test_how_probably_the_line_means_the_company(line, company, expected):
    assert similarity(line, company) == expected


@pytest.mark.parametrize(
    ("similarities", "expected"),
    [
        ([], False),
        ([0.92], True),
        ([0.92, 0.92], False),
        ([1.0, 0.96], False),
        ([0.8, 1.0], True),
        ([0.95, 0.9], True),
    ],
)
def test_the_best_stands_alone_or_a_person_chooses(similarities, expected):
    assert is_clear(similarities) is expected
