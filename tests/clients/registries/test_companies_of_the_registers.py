"""What the two registries of companies tell of the twins' register, and of the shapes that the real ones send."""

from datetime import date

import pytest

from clients import registries
from clients.registries import CompanyFacts, Site, recherche_entreprises, sirene
from clients.registries.base import facts_from_json, facts_to_json
from clients.registries.reading import siren_or_empty

both = pytest.mark.parametrize("registry", [recherche_entreprises, sirene], ids=lambda module: module.LINE.code)

# A real answer recorded in a public tutorial (OUTSIDE_SYSTEMS.md §2.1), cut to what is read.
RECORDED = {
    "results": [
        {
            "siren": "510761505",
            "nom_complet": "CARREFOUR (CTIM)",
            "nom_raison_sociale": "CARREFOUR",
            "sigle": "CTIM",
            "siege": {
                "adresse": "15 AVENUE DES ECOLES 06110 LE CANNET",
                "code_postal": "06110",
                "coordonnees": "43.570079,7.005921",
                "etat_administratif": "A",
                "latitude": "43.570079",
                "libelle_commune": "LE CANNET",
                "liste_enseignes": None,
                "nom_commercial": None,
                "siret": "51076150500013",
            },
            "activite_principale": "68.32A",
            "categorie_entreprise": "PME",
            "date_creation": "2009-01-01",
            "date_fermeture": None,
            "date_mise_a_jour": "2025-11-16T08:34:38",
            "date_mise_a_jour_insee": "2024-03-22T14:26:06",
            "etat_administratif": "A",
            "nature_juridique": "9900",
            "statut_diffusion": "O",
            "matching_etablissements": [],
            "finances": None,
        }
    ],
    "total_results": 10000,
    "page": 1,
    "per_page": 1,
    "total_pages": 10000,
}


def answering(monkeypatch, answer):
    """Recherche d'entreprises answers just this."""
    monkeypatch.setattr("clients.registries.line.Line.get", lambda line, path, **asked: answer)


def test_a_recorded_answer(monkeypatch):
    answering(monkeypatch, RECORDED)
    assert recherche_entreprises.fetch("510761505") == CompanyFacts(
        source="Recherche d’entreprises (simulateur)",
        siren="510761505",
        name="CARREFOUR",
        acronym="CTIM",
        created_on=date(2009, 1, 1),
        head_office=Site("51076150500013", "15 AVENUE DES ECOLES 06110 LE CANNET", "06110", "LE CANNET"),
        legal_category="9900",
        naf="68.32A",
        size="PME",
        updated_on=date(2024, 3, 22),
    )


def company(**changes) -> dict:
    return {"results": [RECORDED["results"][0] | changes]}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"siren": None}, id="no siren"),
        pytest.param({"siren": "510761506"}, id="wrong key"),
        pytest.param({"etat_administratif": "X"}, id="unknown state"),
        pytest.param({"etat_administratif": None}, id="no state"),
        pytest.param({"nom_raison_sociale": ["CARREFOUR"]}, id="a name that is a list"),
        pytest.param({"nom_raison_sociale": "X" * 5000}, id="an endless name"),
        pytest.param({"date_creation": "hier"}, id="a date that is none"),
        pytest.param({"siege": "51076150500013"}, id="a head office that is a text"),
        pytest.param({"siege": {"siret": "510761505", "etat_administratif": "A"}}, id="a siret too short"),
        pytest.param({"matching_etablissements": {}}, id="establishments that are no list"),
    ],
)
def test_a_wrong_member_makes_the_answer_unreadable(monkeypatch, changes):
    answering(monkeypatch, company(**changes))
    with pytest.raises(registries.UnreadableRegistry):
        recherche_entreprises.fetch("510761505")


@pytest.mark.parametrize(
    ("signs", "trade_name"),
    [
        pytest.param(None, "", id="none"),
        pytest.param(["ALPHA", "BETA"], "ALPHA, BETA", id="two"),
        pytest.param(["[NON-DIFFUSIBLE]", "", None, "BETA"], "BETA", id="some kept from the public"),
    ],
)
def test_signs_are_a_trade_name_but_for_those_kept_from_the_public(monkeypatch, signs, trade_name):
    site = {**RECORDED["results"][0]["siege"], "nom_commercial": None, "liste_enseignes": signs}
    answering(monkeypatch, company(siege=site))
    assert recherche_entreprises.fetch("510761505").head_office.trade_name == trade_name


@pytest.mark.parametrize("signs", ["ALPHA", 5, {"a": "b"}, [["ALPHA"]]])
def test_signs_of_another_shape_make_the_answer_unreadable(monkeypatch, signs):
    answering(monkeypatch, company(siege={**RECORDED["results"][0]["siege"], "liste_enseignes": signs}))
    with pytest.raises(registries.UnreadableRegistry):
        recherche_entreprises.fetch("510761505")


@pytest.mark.parametrize("answer", [None, [], "results", {}, {"results": None}, {"results": ["x"]}, {"results": {}}])
def test_a_wrong_answer_is_unreadable(monkeypatch, answer):
    answering(monkeypatch, answer)
    with pytest.raises(registries.UnreadableRegistry):
        recherche_entreprises.fetch("510761505")


def test_what_a_database_cannot_hold_is_left_out(monkeypatch):
    answering(monkeypatch, company(nom_raison_sociale="CARRE\x00FOUR\n  SAS"))
    assert recherche_entreprises.fetch("510761505").name == "CARREFOUR SAS"


@both
def test_what_is_kept_from_the_public_is_no_name(twins, registry):
    facts = registry.fetch("000200121")
    assert facts.is_hidden and facts.is_individual
    assert (facts.name, facts.head_office) == ("", Site("00020012100010"))


@both
def test_a_person_in_business_has_a_name(twins, registry):
    facts = registry.fetch("000200113")
    assert (facts.name, facts.is_hidden, facts.is_individual) == ("CAMILLE EXEMPLE", False, True)


@both
@pytest.mark.parametrize(
    ("siren", "is_public_body"),
    [
        pytest.param("000100172", True, id="a town"),
        pytest.param("000200139", True, id="a hospital"),
        pytest.param("000200147", True, id="a public utility that trades"),
        pytest.param("000200154", True, id="a syndicate of towns"),
        pytest.param("000200162", False, id="an association"),
        pytest.param("356000000", False, id="La Poste, a company of shares"),
        pytest.param("000100123", False, id="a company"),
    ],
)
def test_public_bodies_are_known_by_their_legal_category(twins, registry, siren, is_public_body):
    assert registry.fetch(siren).is_public_body is is_public_body


@both
def test_a_closed_company(twins, registry):
    facts = registry.fetch("000200071")
    assert facts.is_closed and facts.head_office.is_closed


def test_only_one_of_them_says_when_it_closed(twins):
    assert recherche_entreprises.fetch("000200071").closed_on == date(2023, 12, 31)
    assert sirene.fetch("000200071").closed_on is None


@both
def test_la_poste(twins, registry):
    facts = registry.fetch("356000000")
    assert (facts.name, facts.head_office.siret) == ("LA POSTE", "35600000000048")


@both
def test_the_registry_does_not_know_it(twins, registry):
    assert registry.fetch("732829320") == CompanyFacts(registry.LINE.source, "732829320", is_known=False)


@both
@pytest.mark.parametrize("siren", ["", "000100124", "abc", "12345678901234", "00010012³"])
def test_what_is_no_siren_is_not_asked(twins, registry, siren):
    assert not registry.fetch(siren).is_known
    assert not any(twin.calls for twin in twins.values())


@both
@pytest.mark.parametrize(
    ("text", "postcode", "sirens"),
    [
        pytest.param("GARONNEL", "", {"000100065", "000200048", "000200055"}, id="homonyms"),
        pytest.param("Garonnel", "31000", {"000200055"}, id="the postcode tells them apart"),
        pytest.param("Élec Vaucassin", "", {"000100057"}, id="accents"),
        pytest.param("TRANSPORTS QUEVELIN", "76600", {"000200063"}, id="a closed one"),
        pytest.param("Compagnie matériaux Ostrevan", "59300", {"000200105"}, id="by the postcode of an establishment"),
        pytest.param("Nomcaché", "", set(), id="kept from the public"),
        pytest.param("Brumaire & Cie", "", set(), id="unknown"),
        pytest.param("LE", "", set(), id="too short"),
        pytest.param('" OR siren:*', "", set(), id="no query of theirs"),
        pytest.param("Garonnel", "3100", {"000100065", "000200048", "000200055"}, id="a postcode that is none"),
    ],
)
def test_a_search(twins, registry, text, postcode, sirens):
    assert {facts.siren for facts in registry.search(text, postcode)} == sirens


@both
def test_a_search_says_which_establishment_matched(twins, registry):
    (found,) = registry.search("Compagnie des matériaux de l’Ostrevan", "59300")
    assert [(site.postcode, site.city) for site in found.sites] == [("59300", "VALENCIENNES")]


def test_facts_survive_a_cache(twins):
    (found,) = recherche_entreprises.search("Compagnie des matériaux de l’Ostrevan", "59300")
    assert facts_from_json(facts_to_json(found)) == found


@pytest.mark.parametrize(
    ("text", "siren"),
    [
        ("482309382", "482309382"),
        ("482 309 382", "482309382"),
        ("356 000 000", "356000000"),
        ("482309383", ""),
        ("48230938", ""),
        ("FR83404833048", ""),
        ("000000000", ""),
    ],
)
def test_both_spellings_of_a_siren(text, siren):
    assert siren_or_empty(text) == siren
