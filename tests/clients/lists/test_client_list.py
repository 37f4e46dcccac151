"""The list of clients: its filters, orders and columns as its address says them, and what can be done with many."""

import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import AlertStatus, Client, JournalEntry
from factortaboite.accounts.models import User
from tests.factories import (
    AlertFactory,
    ClientFactory,
    CompanyFactory,
    ExposureFactory,
    RiskSnapshotFactory,
    UserFactory,
)
from tests.screens import count_queries, part_of, swapped, text_of

LIST = reverse("clients:client_list")
ASSIGN = reverse("clients:client_assign")


def names(response) -> list[str]:
    return [link.text for link in part_of(response, "#client-table").select("tbody th > a")]


@pytest.fixture
def colleague(user):
    return UserFactory(firm=user.firm, first_name="Ada", last_name="Leroy")


@pytest.fixture
def book(user, colleague):
    """Four clients: without a list, to be tested (90 000 € asked), tested (20 000 €), and another firm's."""
    ClientFactory(firm=user.firm, name="Sans liste", owner=None)
    ready = RiskSnapshotFactory(
        client__firm=user.firm, client__name="À tester", client__owner=user, client__stage=ClientStage.SNAPSHOT
    )
    ExposureFactory.create_batch(3, snapshot=ready, requested=30_000)
    ExposureFactory(snapshot=ready, public_body=True)
    tested = RiskSnapshotFactory(
        client__firm=user.firm, client__name="Testée", client__owner=colleague, frozen_at=timezone.now()
    )
    buyer = ExposureFactory(snapshot=tested, requested=20_000)
    AlertFactory(client=tested.client, exposure=buyer, company=CompanyFactory(), level=2)
    AlertFactory(client=ready.client, status=AlertStatus.HANDLED)
    ClientFactory(name="D’un autre cabinet")


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            pytest.param({"etat": "sans-liste"}, ["Sans liste"], id="no list"),
            pytest.param({"etat": "a-tester"}, ["À tester"], id="to test"),
            pytest.param({"etat": "testee"}, ["Testée"], id="tested"),
            pytest.param({"suivi": "moi"}, ["À tester"], id="mine"),
            pytest.param({"suivi": "personne"}, ["Sans liste"], id="nobody’s"),
            pytest.param({"min": "20 000,01"}, ["À tester"], id="at least"),
            pytest.param({"max": "20000"}, ["Testée"], id="at most"),
            pytest.param({"min": "10000", "etat": "testee"}, ["Testée"], id="two at once"),
            pytest.param({"etape": "snapshot"}, ["À tester"], id="stage"),
            pytest.param({"alerte": "a-traiter"}, ["Testée"], id="an alert to deal with"),
            pytest.param({"alerte": "critique"}, [], id="a critical alert"),
            pytest.param({"etat": "n’importe quoi"}, ["À tester", "Sans liste", "Testée"], id="unknown: all of them"),
            pytest.param({"min": "beaucoup"}, ["À tester", "Sans liste", "Testée"], id="unreadable: all of them"),
        ],
    )
    def test_narrow_the_list(self, browser, book, query, shown):
        assert names(browser.get(LIST, {"tout": 1} | query)) == shown

    def test_by_colleague(self, browser, book, colleague):
        assert names(browser.get(LIST, {"suivi": colleague.pk})) == ["Testée"]

    def test_oneself_by_name_as_in_a_view_that_a_colleague_shares(self, browser, book, user):
        page = browser.get(LIST, {"suivi": user.pk})
        assert names(page) == ["À tester"]
        assert part_of(page, ".chips a").text.startswith(f"Suivi par : {user}")

    def test_by_somebody_who_left_while_clients_wait(self, browser, book, colleague):
        User.objects.filter(pk=colleague.pk).update(is_active=False)
        assert names(browser.get(LIST, {"suivi": colleague.pk})) == ["Testée"]
        Client.objects.filter(owner=colleague).update(owner=None)
        assert str(colleague) not in text_of(browser.get(LIST, {"suivi": ""}))

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            pytest.param({"min": "1.234"}, "Demandé HT, au moins : « 1.234 » peut se lire", id="amount"),
            pytest.param({"suivi": "999999"}, "Suivi par : Sélectionnez un choix valide", id="nobody of the firm"),
        ],
    )
    def test_what_cannot_be_read_is_said_beside_the_rows_it_does_not_narrow(self, browser, book, query, said):
        note = swapped(browser, f"{LIST}?{urlencode(query)}", "#client-table").select_one(".note")
        assert note.text.startswith(f"Ce filtre est laissé de côté. {said}")

    def test_each_is_a_chip_that_takes_it_away(self, browser, book):
        page = browser.get(LIST, {"min": "10 000", "suivi": "moi", "tri": "-demande"})
        chips = part_of(page, ".chips").select("a")
        assert [re.split(r"\s:", chip.text.strip())[0] for chip in chips] == [
            "Suivi par",
            "Demandé HT, au moins 10\u202f000\u00a0€",
        ]
        assert chips[0]["href"] == "?min=10+000&tri=-demande"
        assert names(browser.get(LIST + chips[0]["href"])) == ["À tester", "Testée"]

    def test_clearing_keeps_order_and_columns(self, browser, book):
        page = browser.get(LIST, {"suivi": "moi", "tri": "-demande", "colonnes": "client"})
        link = next(link for link in part_of(page, ".list-head").select("a") if link.text == "Tout effacer")
        assert link["href"] == "?tri=-demande&colonnes=client"

    def test_nothing_found_is_a_way_back(self, browser, book):
        page = browser.get(LIST, {"etat": "testee", "suivi": "moi"})
        assert "Aucun client ne passe ces filtres" in text_of(page)
        assert part_of(page, ".empty a.button")["href"] == "?tout=1"

    def test_a_mistake_in_a_name_is_forgiven_and_said(self, browser, user):
        ClientFactory(firm=user.firm, name="Élec Vaucassin")
        page = browser.get(LIST, {"q": "vaucasin"})
        assert names(page) == ["Élec Vaucassin"]
        assert "Aucun nom ne contient « vaucasin » : voici ceux qui lui ressemblent." in text_of(page)

    def test_of_many_that_resemble_the_most_alike_are_shown_and_it_is_said(self, browser, user, monkeypatch):
        monkeypatch.setattr("clients.forms.lists.ALIKE", 2)
        for name in ("Élec Vaucassin", "Vaucassin Frères", "Ateliers Vaucassine"):
            ClientFactory(firm=user.firm, name=name)
        page = browser.get(LIST, {"q": "vaucasin"})
        assert len(names(page)) == 2
        assert "voici les 2 qui lui ressemblent le plus." in text_of(page)

    def test_words_in_any_order_are_no_mistake(self, browser, user):
        ClientFactory(firm=user.firm, name="Transports Müller & Fils")
        ClientFactory(firm=user.firm, name="Transports Martin")
        page = browser.get(LIST, {"q": "fils transports"})
        assert names(page) == ["Transports Müller & Fils"]
        assert "ressemblent" not in text_of(page)


class TestOrder:
    @pytest.mark.parametrize(
        ("order", "shown"),
        [
            pytest.param("client", ["À tester", "Sans liste", "Testée"], id="by name, without accents"),
            pytest.param("-client", ["Testée", "Sans liste", "À tester"], id="backwards"),
            pytest.param("-demande", ["À tester", "Testée", "Sans liste"], id="largest first, unknown last"),
            pytest.param("etape", ["Sans liste", "Testée", "À tester"], id="in the order of the work"),
            pytest.param("-etape", ["À tester", "Testée", "Sans liste"], id="the furthest first"),
            pytest.param("suivi", ["Sans liste", "Testée", "À tester"], id="nobody’s first, then Ada’s"),
            pytest.param("contact", ["À tester", "Sans liste", "Testée"], id="no such order"),
        ],
    )
    def test_rows(self, browser, book, order, shown):
        assert names(browser.get(LIST, {"tri": order})) == shown

    def test_headings_sort_and_say_how(self, browser, book):
        page = browser.get(LIST, {"tri": "-demande", "suivi": "moi"})
        headings = {th.text.strip(): th for th in part_of(page, "#client-table thead").select("th")}
        amount, client = headings["Montant demandé HT"], headings["Client"]
        assert amount["aria-sort"] == "descending"
        assert amount.a["href"] == "?suivi=moi&tri=demande"
        assert client.a["href"] == "?suivi=moi", "the order that the list has by itself is not said"
        assert headings["Acheteurs demandés"].a is None


class TestColumns:
    def columns(self, response):
        return [th.text.strip() for th in part_of(response, "thead").select("th")][1:]

    def test_those_that_were_chosen(self, browser, book):
        page = browser.get(LIST, {"colonnes": ["client", "contact", "demande"]})
        assert self.columns(page) == ["Client", "Montant demandé HT", "Interlocuteur"]
        assert "Hélène Valmorin" in text_of(page)

    def test_none_but_the_client(self, browser, book):
        assert self.columns(browser.get(LIST, {"colonnes": "client"})) == ["Client"]

    def test_without_a_choice_the_usual_ones(self, browser, book):
        assert self.columns(browser.get(LIST)) == [
            "Client", "Photographie", "Acheteurs demandés", "Montant demandé HT", "Étape", "Alertes à traiter",
            "Suivi par",
        ]  # fmt: skip


class TestPages:
    @pytest.fixture
    def many(self, user):
        Client.objects.bulk_create(Client(firm=user.firm, name=f"Client {number:03}") for number in range(120))

    def test_fifty_at_a_time_to_the_end_and_back(self, browser, many):
        seen, address = [], LIST
        while address:
            page = browser.get(address)
            seen.append(names(page))
            following = part_of(page, "#client-table").select_one("a[rel=next]")
            address = following and LIST + following["href"]
        assert [len(page) for page in seen] == [50, 50, 20]
        assert sum(seen, []) == [f"Client {number:03}" for number in range(120)]
        last = part_of(page, "#client-table").select_one("a[rel=prev]")
        assert names(browser.get(LIST + last["href"])) == seen[1]
        end = next(
            link for link in part_of(browser.get(LIST), "nav[aria-label=Pages]").select("a") if link.text == "Fin"
        )
        assert names(browser.get(LIST + end["href"])) == [f"Client {number:03}" for number in range(70, 120)]

    @pytest.mark.parametrize("order", ["etape", "-etape", "suivi", "-suivi", "-photographie", "demande"])
    def test_in_every_order_each_is_shown_once(self, browser, user, many, order):
        Client.objects.filter(name__endswith="7").update(stage=ClientStage.OFFER, owner=user)
        seen, address = [], f"{LIST}?tri={order}"
        while address:
            page = browser.get(address)
            seen += names(page)
            following = part_of(page, "#client-table").select_one("a[rel=next]")
            address = following and LIST + following["href"]
        assert sorted(seen) == [f"Client {number:03}" for number in range(120)]

    def test_says_how_many(self, browser, many):
        assert part_of(browser.get(LIST), ".list-head [role=status]").text == "120 clients"

    def test_beyond_ten_thousand_it_stops_counting(self, browser, many, monkeypatch):
        monkeypatch.setattr("clients.lists.listing.COUNTED", 100)
        assert "Plus de 10\u00a0000 clients" in part_of(browser.get(LIST), ".list-head [role=status]").text


class TestSwapping:
    def test_a_swap_equals_a_reload_and_tells_its_short_address(self, browser, book):
        url = f"{LIST}?q=&etat=&etape=&suivi=moi&alerte=&min=&max=&tri=client&colonnes=client&colonnes=suivi"
        assert swapped(browser, url, "#client-table") == part_of(browser.get(url), "#client-table")
        response = browser.get(url, headers={"HX-Request": "true"})
        assert response["HX-Push-Url"] == f"{LIST}?suivi=moi&colonnes=client&colonnes=suivi"

    def test_takes_as_many_queries_for_thirty_as_for_one(self, browser, user):
        url = f"{LIST}?min=1&suivi=moi&tri=-demande"
        ExposureFactory(snapshot__client=ClientFactory(firm=user.firm, owner=user))
        queries = count_queries(browser, url)
        for _ in range(29):
            ExposureFactory(snapshot__client=ClientFactory(firm=user.firm, owner=user))
        assert count_queries(browser, url) == queries


class TestAssigning:
    def test_ticked_clients(self, browser, user, colleague):
        chosen = ClientFactory.create_batch(2, firm=user.firm, owner=user)
        other = ClientFactory(firm=user.firm, owner=user)
        keys = [client.pk for client in chosen]
        response = browser.post(f"{ASSIGN}?tri=-demande", {"ligne": keys, "owner": colleague.pk}, follow=True)
        assert response.redirect_chain == [(f"{LIST}?tri=-demande", 302)]
        assert "Ada Leroy suit désormais 2 clients." in text_of(response)
        assert set(Client.objects.filter(owner=colleague)) == set(chosen)
        assert Client.objects.get(pk=other.pk).owner == user
        entry = JournalEntry.objects.filter(client=chosen[0]).get()
        assert entry.sentence == f"Ada Leroy suit désormais ce client, suivi jusqu’ici par {user}."
        assert entry.by == user

    def test_nobody(self, browser, user):
        client = ClientFactory(firm=user.firm, owner=user)
        browser.post(ASSIGN, {"ligne": client.pk, "owner": ""})
        assert Client.objects.get().owner is None

    def test_all_of_the_filter_is_asked_about_with_its_number(self, browser, user, colleague):
        Client.objects.bulk_create(Client(firm=user.firm, name=f"Client {n}", owner=user) for n in range(60))
        ClientFactory(firm=user.firm, name="Autre", owner=None)
        url = f"{ASSIGN}?suivi=moi"
        fields = {"tous": 1, "owner": colleague.pk}
        page = browser.post(url, fields)
        assert "Ada Leroy pour suivre 60 clients ?" in text_of(page)
        assert not Client.objects.filter(owner=colleague).exists()
        repeated = {field["name"]: field["value"] for field in part_of(page, "form.card").select("input[name]")}
        assert repeated == {key: str(value) for key, value in fields.items()}
        browser.post(url, repeated | {"confirme": 1})
        assert Client.objects.filter(owner=colleague).count() == 60

    def test_only_those_who_may_change_a_client_are_offered(self, browser, user, colleague):
        client = ClientFactory(firm=user.firm, owner=user)
        reader = UserFactory(firm=user.firm, reader=True)
        choices = {option["value"] for option in part_of(browser.get(LIST), ".bulk select").select("option")}
        assert choices == {"", str(user.pk), str(colleague.pk)}
        browser.post(ASSIGN, {"ligne": client.pk, "owner": reader.pk})
        assert Client.objects.get().owner == user

    def test_nobody_outside_the_firm_and_no_client_of_others(self, browser, user, colleague):
        stranger, theirs = UserFactory(), ClientFactory()
        mine = ClientFactory(firm=user.firm, owner=user)
        browser.post(ASSIGN, {"ligne": mine.pk, "owner": stranger.pk})
        assert Client.objects.get(pk=mine.pk).owner == user
        browser.post(ASSIGN, {"ligne": theirs.pk, "owner": colleague.pk})
        assert Client.objects.get(pk=theirs.pk).owner is None

    def test_somebody_who_may_only_look_follows_nobody(self, browser, user):
        mine, reader = ClientFactory(firm=user.firm, owner=user), UserFactory(firm=user.firm, reader=True)
        browser.post(ASSIGN, {"ligne": mine.pk, "owner": reader.pk})
        assert Client.objects.get(pk=mine.pk).owner == user

    def test_a_number_longer_than_any_key_is_nobody(self, browser, user):
        mine = ClientFactory(firm=user.firm)
        assert browser.post(ASSIGN, {"ligne": "9" * 5000, "owner": user.pk}).status_code == 302
        assert Client.objects.get(pk=mine.pk).owner is None

    def test_readers_may_not(self, reader_browser, book):
        assert "ligne" not in str(part_of(reader_browser.get(LIST), "tbody"))
        assert reader_browser.post(ASSIGN).status_code == 403

    def test_takes_as_many_queries_for_thirty_as_for_two(self, browser, user, colleague):
        taken = []
        for count in (2, 30):
            chosen = ClientFactory.create_batch(count, firm=user.firm, owner=user)
            with CaptureQueriesContext(connection) as queries:
                browser.post(ASSIGN, {"ligne": [client.pk for client in chosen], "owner": colleague.pk})
            taken.append(len(queries))
        assert taken[0] == taken[1]
