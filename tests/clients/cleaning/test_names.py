"""Names are compared by what tells them apart; worked by hand."""

import pytest

from clients.cleaning.names import core_of, likeness, town_words, trigrams


@pytest.mark.parametrize(
    ("name", "core"),
    [
        pytest.param("SARL Garonnel", ("garonnel",), id="form-before"),
        pytest.param("Garonnel S.A.S.", ("garonnel",), id="form-with-points"),
        pytest.param("GARONNEL SA", ("garonnel",), id="form-after"),
        pytest.param("Ets Martin & Fils", ("martin", "fils"), id="ets-and-ampersand"),
        pytest.param("STE NOUVELLE MARTIN", ("nouvelle", "martin"), id="ste-is-societe-before"),
        pytest.param("Clinique Ste Anne", ("clinique", "sainte", "anne"), id="ste-is-sainte-within"),
        pytest.param("St-Herblain Auto", ("saint", "herblain", "auto"), id="st-is-saint"),
        pytest.param("C.M.O.", ("cmo",), id="initials-joined"),
        pytest.param("S.A.R.L. L.M. Durand", ("lm", "durand"), id="spelt-form-and-initials"),
        pytest.param("Chauff’Est Rimbault", ("chauff", "est", "rimbault"), id="apostrophe"),
        pytest.param("L'Atelier d'Élise", ("atelier", "elise"), id="elisions"),
        pytest.param("Cie des Matériaux", ("compagnie", "des", "materiaux"), id="cie"),
        pytest.param("Transports Quévelin", ("transports", "quevelin"), id="plural-stays"),
        pytest.param("SAS", ("sas",), id="nothing-else"),
        pytest.param("Entreprise", ("entreprise",), id="a-name-of-its-own"),
        pytest.param("Sœurs Æther", ("soeurs", "aether"), id="ligatures"),
        pytest.param("", (), id="empty"),
    ],
)
def test_the_core_of_a_name(name, core):
    assert core_of(name) == core


@pytest.mark.parametrize(
    ("city", "town"),
    [
        ("LYON 7EME", {"lyon"}),
        ("PARIS CEDEX 15", {"paris"}),
        ("St-Herblain", {"saint", "herblain"}),
        ("", set()),
        ("69007", set()),
    ],
)
def test_the_words_of_a_town(city, town):
    assert town_words(city) == town


def test_trigrams_are_those_of_the_database():
    assert trigrams(("word",)) == {"  w", " wo", "wor", "ord", "rd "}
    # 4 in common of 11: the example in the manual of pg_trgm, 0.363636.
    assert likeness(("word",), ("two", "words")) == pytest.approx(4 / 11)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("SARL MECA LORVALLE", "Méca-Lorvalle", 1, id="form-accent-hyphen"),
        pytest.param("Rimbault Chauff Est", "CHAUFF'EST RIMBAULT", 1, id="order"),
        # 9 trigrams and 8; in common "  g", " ga", "gar", "aro", "ron", "nel" and "el ", of 10.
        pytest.param("Garonnel", "Garonel", 7 / 10, id="one-letter-missing"),
        pytest.param("Garonnel", "Talliers", 0, id="nothing-in-common"),
        pytest.param("", "Garonnel", 0, id="empty"),
    ],
)
def test_how_alike_two_names_are(one, other, expected):
    assert likeness(core_of(one), core_of(other)) == pytest.approx(expected)
