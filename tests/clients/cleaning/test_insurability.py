"""What a register's facts mean for an insurer: kind, reason to set aside, and the sentence."""

from dataclasses import replace
from datetime import date

import pytest

from clients.cleaning.insurability import Known, Seller, finding, why_not_searched
from factortaboite.money import NBSP

SELLER = Seller("000100982", "Valmorin Négoce SAS", "3 RUE DES DOCKS 59000 LILLE")
BUYER = Known(
    "000200055",
    "GARONNEL",
    status="active",
    legal_category="5499",
    address="6 PLACE DU CAPITOLE 31000 TOULOUSE",
    source="Recherche d’entreprises",
    checked_on=date(2026, 11, 22),
)
SAID = "(Recherche d’entreprises, 22/11/2026)"


@pytest.mark.parametrize(
    ("facts", "kind", "set_aside", "reason"),
    [
        pytest.param(
            {"status": "closed", "closed_on": date(2023, 12, 31)},
            "closed_company",
            "closed_company",
            f"Entreprise fermée depuis le 31/12/2023 {SAID} : cherchez qui a repris l’activité, ou écartez-la.",
            id="closed",
        ),
        pytest.param(
            {"status": "closed"},
            "closed_company",
            "closed_company",
            f"Entreprise fermée {SAID} : cherchez qui a repris l’activité, ou écartez-la.",
            id="closed-nobody-says-when",
        ),
        pytest.param(
            {"legal_category": "7210"},
            "public_body",
            "public_body",
            f"Acheteur public, catégorie juridique 7210 {SAID} : ni garanti, ni dans l’assiette.",
            id="commune",
        ),
        pytest.param(
            {"legal_category": "4140"},
            "public_body",
            "public_body",
            f"Acheteur public, catégorie juridique 4140 {SAID} : ni garanti, ni dans l’assiette.",
            id="public-body-that-trades",
        ),
        pytest.param(
            {"legal_category": "1000"},
            "private_person",
            "private_person",
            f"Personne physique, catégorie juridique 1000 {SAID} : à écarter si elle achète pour elle-même ou si le "
            "contrat exclut les personnes physiques.",
            id="person",
        ),
        pytest.param(
            {"siren": "000100982"},
            "related_company",
            "related_company",
            "C’est votre client lui-même : même SIREN.",
            id="the-client-itself",
        ),
        pytest.param(
            {"address": "3 rue des Docks, 59000 Lille"},
            "related_company",
            "related_company",
            f"Même adresse de siège que votre client {SAID} : sans doute une société liée.",
            id="same-head-office-as-the-client",
        ),
        pytest.param(
            {"name": "VALMORIN NEGOCE IMMOBILIER"},
            "related_company",
            "related_company",
            f"Porte le nom de votre client {SAID} : peut-être une société liée.",
            id="the-clients-name",
        ),
        pytest.param(
            {"status": "unknown", "legal_category": ""},
            "unknown_number",
            "",
            f"Le registre ne connaît pas ce SIREN {SAID} : retirez-le, puis cherchez l’acheteur par son nom.",
            id="nobodys-number",
        ),
        pytest.param(
            {
                "procedure": "liquidation judiciaire",
                "procedure_on": date(2026, 9, 15),
                "procedure_source": "BODACC",
                "status": "closed",
            },
            "collective_procedure",
            "collective_procedure",
            "Procédure collective ouverte (liquidation judiciaire, annonce du 15/09/2026, BODACC) : plus aucune "
            "garantie n’est accordée.",
            id="procedure-before-closed",
        ),
    ],
)
def test_who_leaves_the_insurable_base_and_why(facts, kind, set_aside, reason):
    found = finding(replace(BUYER, **facts), SELLER)
    assert (found.kind, found.set_aside, found.reason.replace(NBSP, " ")) == (kind, set_aside, reason)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="an-ordinary-company"),
        pytest.param({"siren": "356000000", "name": "LA POSTE", "legal_category": "5510"}, id="la-poste"),
        pytest.param({"legal_category": "9220"}, id="association"),
        pytest.param({"status": "", "legal_category": "", "source": ""}, id="nobody-asked"),
        pytest.param({"siren": "FR12000123456", "status": "", "source": "", "legal_category": ""}, id="monaco"),
        pytest.param({"name": "VALMORIN"}, id="half-of-the-clients-name"),
    ],
)
def test_who_stays(facts):
    assert finding(replace(BUYER, **facts), SELLER) is None


def test_a_client_without_a_telling_name_relates_to_nobody():
    assert finding(replace(BUYER, name="SA DU NORD"), Seller(name="Nord SA")) is None


@pytest.mark.parametrize(
    ("country", "postcode", "begins"),
    [
        ("FR", "31000", ""),
        ("FR", "", ""),
        ("MC", "", "Monaco"),
        ("FR", "98000", "Monaco"),
        ("FR", "98800", ""),
        ("DE", "98000", "Monaco"),
        ("DE", "10115", "Acheteur étranger"),
    ],
)
def test_whom_the_french_registers_do_not_know(country, postcode, begins):
    reason = why_not_searched(country, postcode)
    assert reason.startswith(begins) and bool(reason) is bool(begins)
