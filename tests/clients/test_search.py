from importlib import import_module

import pytest
from django.contrib.postgres.operations import TrigramExtension
from django.core.management import CommandError
from django.db import DatabaseError, connection
from django.db.models.lookups import StartsWith

from clients.models import Client, Company, Exposure
from clients.models.company import NAMED
from clients.search import Folded, alike, best_matches, fold
from tests.factories import ClientFactory, CompanyFactory, ExposureFactory

pytestmark = pytest.mark.django_db

NAMES = (
    "Élec Vaucassin",
    "Garonnel Œuvres d’Art",
    "Négoce de l’Est",
    "NEGOCE DE L EST ET DU NORD",
    "Saint-Étienne Fonderie",
    "S.A.R.L. Dupont, Père & Fils",
    "1001 Pneus",
    "Transports Müller GmbH",
    "Élec",
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("  Élec VAUCASSIN ", "elec vaucassin", id="accents, capitals and edges"),
        pytest.param("Garonnel Œuvres d’Art", "garonnel oeuvres d art", id="ligature and typographic apostrophe"),
        pytest.param("L'Æquo", "l aequo", id="straight apostrophe, another ligature"),
        pytest.param("S.A.R.L. Dupont, Père", "sarl dupont pere", id="points and commas do not count"),
        pytest.param("Saint - Étienne", "saint etienne", id="hyphens are spaces, spaces are one"),
        pytest.param("1\u202f000\u00a0Bornes", "1 000 bornes", id="no-break spaces"),
        pytest.param("E\u0301lec", "elec", id="accents written apart"),
        pytest.param("Straße Ïle Ñandú", "straße ile nandu", id="other letters stay"),
        pytest.param("a\x00b", "ab", id="what no database holds"),
    ],
)
def test_folding_is_the_same_here_and_in_the_database(text, folded):
    assert fold(text) == folded
    with connection.cursor() as cursor:
        # The reader stores composed letters.
        cursor.execute("SELECT clients_fold(normalize(%s, NFC))", [text.replace("\x00", "")])
        assert cursor.fetchone()[0] == folded


class TestNames:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            pytest.param("ÉLEC", ["Élec", "Élec Vaucassin"], id="the same name before those that begin so"),
            pytest.param("elec vauc", ["Élec Vaucassin"], id="a beginning without accents"),
            pytest.param("vaucassin", ["Élec Vaucassin"], id="a word in it"),
            pytest.param("oeuvres d'art", ["Garonnel Œuvres d’Art"], id="ligature, straight apostrophe"),
            pytest.param(
                "négoce de l'est", ["Négoce de l’Est", "NEGOCE DE L EST ET DU NORD"], id="apostrophe or space"
            ),
            pytest.param("saint etienne", ["Saint-Étienne Fonderie"], id="no hyphen"),
            pytest.param("sarl dupont", ["S.A.R.L. Dupont, Père & Fils"], id="no points"),
            pytest.param("vaucassin elec", ["Élec Vaucassin"], id="words in another order"),
            pytest.param("1001", ["1001 Pneus"], id="a name that begins with a number"),
            pytest.param("000 100", ["Client du numéro"], id="the beginning of a number"),
            pytest.param("vaucasin", ["Élec Vaucassin"], id="a letter forgotten"),
            pytest.param("vacuassin", ["Élec Vaucassin"], id="two letters exchanged"),
            pytest.param("garronnel", ["Garonnel Œuvres d’Art"], id="a letter doubled"),
            pytest.param("transport muler", ["Transports Müller GmbH"], id="two mistakes in two words"),
            pytest.param("xyzzyk", [], id="nothing like it"),
            pytest.param("%", [], id="no pattern"),
            pytest.param(".", [], id="only what does not count"),
            pytest.param("", [], id="nothing"),
        ],
    )
    def test_finds(self, text, names):
        client = ClientFactory(company__id_value="000100990", name="Client du numéro")
        for name in NAMES:
            ClientFactory(firm=client.firm, name=name)
        rows = Client.objects.filter(firm=client.firm)
        found = best_matches(rows, text, name="name", number="siren", limit=20)
        assert [row.name for row in found or alike(rows, text, name="name", limit=20)] == names

    def test_at_most_so_many(self):
        client = ClientFactory(name="Élec 0")
        for number in range(1, 5):
            ClientFactory(firm=client.firm, name=f"Élec {number}")
        ClientFactory(firm=client.firm, name="Matériel Élec")
        found = best_matches(Client.objects.all(), "elec", name="name", number="siren", limit=3)
        assert [row.name for row in found] == ["Élec 0", "Élec 1", "Élec 2"]

    def test_what_resembles_comes_the_most_alike_first_and_only_of_these_rows(self):
        buyer = ExposureFactory(name="Fonderie Vaucasin")
        ExposureFactory(snapshot=buyer.snapshot, name="Élec Vaucassin")
        ExposureFactory(name="Vaucassin d’un autre")
        rows = Exposure.objects.filter(firm=buyer.firm)
        assert [row.name for row in alike(rows, "vaucassin", name="name", limit=9)] == [
            "Élec Vaucassin",
            "Fonderie Vaucasin",
        ]


class TestCompanies:
    @pytest.fixture
    def companies(self):
        for name in (*NAMES, ""):
            CompanyFactory(registered_name=name)
        return Company.objects.all()

    def test_resembling_says_how_much(self, companies):
        found = list(companies.resembling("VAUCASSIN ELEC SARL"))
        assert [company.registered_name for company in found] == ["Élec Vaucassin"]
        # Trigrams of « vaucassin », « elec » and « sarl »: 10 + 5 + 5, of which 15 are the company's own 15.
        assert found[0].similarity == pytest.approx(0.75)
        assert not companies.resembling("VAUCASSIN ELEC SARL", at_least=0.8).exists()

    def test_below_what_the_index_holds_it_refuses(self, companies):
        with pytest.raises(ValueError, match="0.2"):
            companies.resembling("Élec", at_least=0.2)


@pytest.mark.parametrize(
    ("rows", "index", "other"),
    [
        pytest.param(
            lambda: Company.objects.filter(NAMED, StartsWith(Folded("registered_name"), "vau")),
            "company_by_name",
            "company_name_trigrams",
            id="beginning of a company’s name",
        ),
        pytest.param(
            lambda: Company.objects.resembling("vaucasin"), "company_name_trigrams", "company_by_name", id="resembling"
        ),
    ],
)
def test_the_indexes_are_those_of_the_queries(rows, index, other):
    """A folding that differs by one letter from the index's would read every row."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"DROP INDEX {other}")  # a table without rows is read through either
    plan = rows().explain()
    assert f"Index Scan on {index}" in plan or f"Index Scan using {index}" in plan
    assert "Index Cond" in plan


def test_a_database_without_the_extension_says_what_its_administrator_does(monkeypatch):
    migration = import_module("clients.migrations.0007_search_by_name")

    def refused(*args):
        raise DatabaseError('permission denied to create extension "pg_trgm"')

    monkeypatch.setattr(TrigramExtension, "database_forwards", refused)
    with pytest.raises(CommandError, match="CREATE EXTENSION pg_trgm;"):
        migration.Trigrams().database_forwards("clients", None, None, None)
