import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, Company
from tests.factories import ClientFactory, ExposureFactory, PortfolioFileFactory, RiskSnapshotFactory
from tests.screens import count_queries, part_of, swapped, text_of

LIST = reverse("clients:client_list")


def page_of(client: Client) -> str:
    return reverse("clients:client_detail", args=[client.pk])


class TestList:
    def test_without_clients_there_is_one_thing_to_do(self, browser, reader_browser):
        assert "Ajouter un client" in text_of(browser.get(LIST))
        assert "Ajouter un client" not in text_of(reader_browser.get(LIST))

    def test_shows_the_latest_snapshot_and_no_other_firm(self, browser, user):
        client = ClientFactory(firm=user.firm, name="Valmorin Négoce")
        ExposureFactory(snapshot__client=client, requested=999)
        latest = RiskSnapshotFactory(client=client)
        ExposureFactory.create_batch(2, snapshot=latest, requested=30_000)
        ExposureFactory(snapshot=latest, public_body=True)
        ClientFactory(name="Client d’un autre cabinet")
        text = text_of(browser.get(LIST))
        assert "60 000 €" in text
        assert "autre cabinet" not in text

    @pytest.mark.parametrize(
        "query",
        [
            pytest.param("valmorin", id="lower case"),
            pytest.param("NEGOCE DE L'EST", id="no accents, straight apostrophe"),
            pytest.param("oeuvre", id="ligature"),
            pytest.param("000 100 990", id="SIREN with spaces"),
            pytest.param("0001009", id="beginning of the SIREN"),
        ],
    )
    def test_search(self, browser, user, query):
        ClientFactory(firm=user.firm, company__id_value="000100990", name="Valmorin Négoce de l’Est, gros Œuvre")
        ClientFactory(firm=user.firm, name="Autre")
        response = browser.get(LIST, {"q": query})
        assert "Valmorin" in text_of(response)
        assert "Autre" not in text_of(response)

    def test_search_that_finds_nothing_says_so(self, browser, user):
        ClientFactory(firm=user.firm)
        assert "Aucun client ne répond à « % »" in text_of(browser.get(LIST, {"q": "%"}))

    def test_a_swap_equals_a_reload(self, browser, user):
        ClientFactory.create_batch(3, firm=user.firm)
        url = f"{LIST}?q=negoce"
        assert swapped(browser, url, "#client-table") == part_of(browser.get(url), "#client-table")

    def test_takes_as_many_queries_for_thirty_clients_as_for_one(self, browser, user):
        ExposureFactory(snapshot__client=ClientFactory(firm=user.firm, owner=user))
        queries = count_queries(browser, LIST)
        for _ in range(29):
            ExposureFactory(snapshot__client=ClientFactory(firm=user.firm, owner=user))
        assert count_queries(browser, LIST) == queries


class TestCreating:
    def fill(self, browser: Browser, **fields):
        return browser.post(reverse("clients:client_create"), {"name": "Valmorin", "siren": "000 100 990"} | fields)

    def test_a_siren_and_a_name_are_enough(self, browser, user):
        response = self.fill(browser)
        client = Client.objects.get()
        assert response.url == page_of(client)
        assert (client.firm, client.owner, client.siren) == (user.firm, user, "000100990")
        assert client.company == Company.objects.get(id_value="000100990")

    def test_a_wrong_key_is_explained_at_its_field(self, browser):
        response = self.fill(browser, siren="000100991")
        assert "clé de contrôle" in part_of(response, "#id_siren_error").text
        assert not Client.objects.exists()

    def test_the_same_client_twice_is_refused_at_its_field(self, browser):
        self.fill(browser)
        assert "déjà dans votre portefeuille" in part_of(self.fill(browser), "#id_siren_error").text

    def test_two_firms_may_follow_the_same_company(self, browser, stranger_browser):
        self.fill(browser)
        self.fill(stranger_browser)
        assert Client.objects.count() == 2
        assert Company.objects.filter(id_value="000100990").count() == 1

    def test_readers_may_not(self, reader_browser):
        assert self.fill(reader_browser).status_code == 403


class TestChanging:
    def test_the_company_follows_the_siren(self, browser, user):
        client = ClientFactory(firm=user.firm)
        fields = {"name": "Nouveau nom", "siren": "000100990", "contact_email": "a@b.example"}
        browser.post(reverse("clients:client_edit", args=[client.pk]), fields)
        client.refresh_from_db()
        assert (client.name, client.company.id_value) == ("Nouveau nom", "000100990")

    def test_the_siren_of_another_client_is_refused(self, browser, user):
        client, other = ClientFactory.create_batch(2, firm=user.firm)
        fields = {"name": client.name, "siren": other.siren}
        response = browser.post(reverse("clients:client_edit", args=[client.pk]), fields)
        assert "déjà dans votre portefeuille" in part_of(response, "#id_siren_error").text


class TestPage:
    def test_without_a_list_it_asks_for_one(self, browser, reader_browser, user):
        client = ClientFactory(firm=user.firm)
        assert "Déposez la balance âgée" in text_of(browser.get(page_of(client)))
        assert "Déposez" not in text_of(reader_browser.get(page_of(client)))

    def test_says_what_the_risk_is(self, browser, user):
        snapshot = RiskSnapshotFactory(client__firm=user.firm, valmorin=True)
        ExposureFactory(snapshot=snapshot, turnover=1_500_000)
        ExposureFactory(snapshot=snapshot, turnover=900_000)
        ExposureFactory(snapshot=snapshot, turnover=180_000, public_body=True)
        text = text_of(browser.get(page_of(snapshot.client)))
        assert "6 000 000 € HT" in text
        assert "340 000 € de ventes" in text
        assert "à 5 % de marge, pour regagner les 17 000 € perdus la pire des trois années" in text
        assert "40 % sur deux acheteurs" in text
        assert text.count("25,0 %") == 2, "the largest buyer, in the figures and in the table"

    def test_weighs_by_balance_for_want_of_turnover(self, browser, user):
        snapshot = RiskSnapshotFactory(client__firm=user.firm)
        ExposureFactory(snapshot=snapshot, turnover=None, outstanding=30_000)
        ExposureFactory(snapshot=snapshot, turnover=None, outstanding=10_000)
        text = text_of(browser.get(page_of(snapshot.client)))
        assert "faute de chiffre d’affaires par acheteur" in text
        assert "75,0 %" in text

    def test_a_list_that_names_more_than_the_turnover_still_shows(self, browser, user):
        snapshot = RiskSnapshotFactory(client__firm=user.firm, total_turnover=100_000)
        ExposureFactory(snapshot=snapshot, turnover=300_000)
        ExposureFactory(snapshot=snapshot, turnover=100_000)
        assert "75,0 %" in text_of(browser.get(page_of(snapshot.client)))

    def test_shows_the_lists_in_progress(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, unreadable=True)
        assert "Voir pourquoi" in text_of(browser.get(page_of(file.client)))

    def test_another_firm_gets_404(self, stranger_browser, user):
        assert stranger_browser.get(page_of(ClientFactory(firm=user.firm))).status_code == 404

    def test_takes_as_many_queries_for_thirty_buyers_as_for_one(self, browser, user):
        snapshot = RiskSnapshotFactory(client__firm=user.firm)
        ExposureFactory(snapshot=snapshot)
        queries = count_queries(browser, page_of(snapshot.client))
        ExposureFactory.create_batch(29, snapshot=snapshot)
        assert count_queries(browser, page_of(snapshot.client)) == queries
