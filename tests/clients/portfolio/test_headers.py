import pytest

from clients.portfolio.headers import is_bucket, match_columns


@pytest.mark.parametrize(
    "header, expected",
    [
        pytest.param(
            "N° compte;Intitulé;SIREN;Pays;CA HT 12 mois;Délai (jours);Encours maximum TTC;Observations",
            {
                "account": "N° compte",
                "name": "Intitulé",
                "siren": "SIREN",
                "country": "Pays",
                "turnover": "CA HT 12 mois",
                "terms_days": "Délai (jours)",
                "peak": "Encours maximum TTC",
                "note": "Observations",
            },
            id="accounting-export",
        ),
        pytest.param(
            "Code client;Client;N° SIRET;Encours;Encours autorisé;Échéance",
            {
                "account": "Code client",
                "name": "Client",
                "siret": "N° SIRET",
                "outstanding": "Encours",
                "limit": "Encours autorisé",
                "terms_days": "Échéance",
            },
            id="an-authorised-limit-is-no-balance",
        ),
        pytest.param(
            "RAISON SOCIALE;TVA INTRACOM;SOLDE DÛ (€);PLUS HAUT ENCOURS",
            {
                "name": "RAISON SOCIALE",
                "vat": "TVA INTRACOM",
                "outstanding": "SOLDE DÛ (€)",
                "peak": "PLUS HAUT ENCOURS",
            },
            id="capitals-and-accents",
        ),
        pytest.param(
            "Solde N-1;Nom / Raison sociale;Solde",
            {"name": "Nom / Raison sociale", "outstanding": "Solde"},
            id="exact-before-contains",
        ),
        pytest.param(
            "Tiers;Code tiers;Total",
            {"name": "Tiers", "account": "Code tiers", "outstanding": "Total"},
            id="tiers-is-the-name-and-total-the-balance",
        ),
        pytest.param(
            "Client;CA 2024;CA 2026;CA 2025",
            {"name": "Client", "turnover": "CA 2026"},
            id="the-latest-turnover",
        ),
        pytest.param("Client;CA N-1;CA N", {"name": "Client", "turnover": "CA N"}, id="this-year-before-last"),
        pytest.param(
            "Acheteur;Garantie souhaitée;Encours client",
            {"name": "Acheteur", "requested": "Garantie souhaitée", "outstanding": "Encours client"},
            id="requested",
        ),
        pytest.param("Nom;Montant demandé", {"name": "Nom", "requested": "Montant demandé"}, id="montant-demande"),
        pytest.param("Nom;Limite demandée", {"name": "Nom", "requested": "Limite demandée"}, id="limite-demandee"),
        pytest.param("Nom;Pointe d'encours", {"name": "Nom", "peak": "Pointe d'encours"}, id="pointe"),
        pytest.param(
            "Client;Statut;Solde;Remarques",
            {"name": "Client", "note": "Statut + Remarques", "outstanding": "Solde"},
            id="several-notes",
        ),
        pytest.param(
            "Client;Solde débiteur;Solde créditeur",
            {"name": "Client", "outstanding": "Solde débiteur", "credit": "Solde créditeur"},
            id="debit-and-credit",
        ),
        pytest.param(
            "Client;Non échu;1 à 30 jours;31-60 j;> 90 jours",
            {"name": "Client", "outstanding": "Non échu + 1 à 30 jours + 31-60 j + > 90 jours"},
            id="buckets",
        ),
        pytest.param(
            "Client;Non échu;Échu;1 à 30 jours;31 à 60 jours",
            {"name": "Client", "outstanding": "Non échu + 1 à 30 jours + 31 à 60 jours"},
            id="the-sum-of-the-buckets-is-not-counted-twice",
        ),
        pytest.param("Client;Non échu;Échu", {"name": "Client", "outstanding": "Non échu + Échu"}, id="two-parts"),
        pytest.param(
            "Client;0-30;+ 30;Solde", {"name": "Client", "outstanding": "Solde"}, id="a-balance-beats-its-buckets"
        ),
        pytest.param(
            "Client;Antérieur;08/2026;09/2026;Postérieur",
            {"name": "Client", "outstanding": "Antérieur + 08/2026 + 09/2026 + Postérieur"},
            id="months",
        ),
        pytest.param("Client;Montant TVA;Total TTC", {"name": "Client", "outstanding": "Total TTC"}, id="vat-amount"),
    ],
)
def test_columns_by_their_headers(header, expected):
    headers = header.split(";")
    found = {
        field: " + ".join(headers[column] for column in columns) for field, columns in match_columns(headers).items()
    }
    assert {field: " + ".join(sorted(named.split(" + "))) for field, named in found.items()} == {
        field: " + ".join(sorted(named.split(" + "))) for field, named in expected.items()
    }


@pytest.mark.parametrize(
    "header",
    [
        "Non échu", "À échoir", "1 à 30 jours", "0-30", "31-60 j", "Échu 30 j", "< 30 j", "> 90 jours", "+ 90",
        "+90 j", "90+", "Plus de 90 jours", "91 et plus", "60 jours", "Antérieur", "10/2026", "oct. 2026", "1-30 (€)",
    ],
)  # fmt: skip
def test_ageing_columns(header):
    assert is_bucket(header)


@pytest.mark.parametrize("header", ["Échéance", "Délai 30 jours", "CA 12 mois", "Solde au 30/09/2026", "30 rue X", ""])
def test_columns_that_are_no_ageing(header):
    assert not is_bucket(header)
