"""The alerts on screen: the list, the client's page, the buyer's line, and the day's list."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from clients.enums import ClientStage
from clients.models import Alert, AlertStatus, Duty, WatchState
from clients.monitoring.kinds import EventKind
from tests.factories import AlertFactory, ClientFactory, CompanyEventFactory, ExposureFactory
from tests.screens import count_queries, part_of, swapped, text_of

LIST = reverse("alerts:alert_list")
COUNTER = reverse("alerts:alert_counter")
TODAY = reverse("desk:today")


def page_lines(response, title: str) -> list:
    """The lines of a day's list with this title."""
    tasks = BeautifulSoup(response.content, "html.parser").select("ul.tasks > li")
    return [task for task in tasks if title in " ".join(task.text.split())]


@pytest.fixture
def client(user):
    return ClientFactory(firm=user.firm, owner=user, name="Valmorin")


def names(response) -> list[str]:
    return [part.text.strip() for part in part_of(response, "#alert-table").select("tbody th > a")]


class TestList:
    def test_without_alerts_it_says_what_is_watched(self, browser):
        page = text_of(browser.get(LIST))
        assert "Aucune alerte à traiter" in page
        assert "La surveillance des acheteurs commence" in page

    def test_the_most_serious_then_the_most_expensive_first(self, browser, client):
        for buyer, kind, at_risk in (
            ("Vendeur", EventKind.SALE, 90_000),
            ("Petit", EventKind.LIQUIDATION, 1_000),
            ("Gros", EventKind.RECEIVERSHIP, 50_000),
        ):
            AlertFactory(client=client, buyer=buyer, event__kind=kind, at_risk=at_risk)
        AlertFactory(buyer="D’un autre cabinet")
        assert names(browser.get(LIST)) == ["Gros", "Petit", "Vendeur"]

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            pytest.param("", {"Neuf", "Vu"}, id="to deal with"),
            pytest.param("etat=new", {"Neuf"}, id="new"),
            pytest.param("etat=handled", {"Traité"}, id="handled"),
            pytest.param("etat=cancelled", {"Annulé"}, id="cancelled"),
            pytest.param("etat=toutes", {"Neuf", "Vu", "Traité", "Annulé"}, id="all"),
            pytest.param("etat=toutes&niveau=2", {"Vu"}, id="of a level"),
            pytest.param("etat=nonsense&niveau=x&client=y&alerte=z", {"Neuf", "Vu"}, id="nonsense"),
        ],
    )
    def test_filters(self, browser, client, query, shown):
        AlertFactory(client=client, buyer="Neuf")
        AlertFactory(client=client, buyer="Vu", status=AlertStatus.SEEN, event__kind=EventKind.SALE)
        AlertFactory(client=client, buyer="Traité", status=AlertStatus.HANDLED, handled_by=client.owner)
        AlertFactory(client=client, buyer="Annulé", status=AlertStatus.CANCELLED)
        assert set(names(browser.get(f"{LIST}?{query}"))) == shown

    def test_by_client(self, browser, client):
        AlertFactory(client=client, buyer="Le sien")
        other = AlertFactory(client__firm=client.firm, buyer="D’un autre")
        foreign = AlertFactory()
        assert names(browser.get(f"{LIST}?client={client.pk}")) == ["Le sien"]
        options = part_of(browser.get(LIST), "[name=client]").text
        assert other.client.name in options
        assert foreign.client.name not in options

    def test_a_line_says_what_happened_what_to_do_and_until_when(self, browser, client):
        alert = AlertFactory(client=client, buyer="Garonnel", at_risk=72_000, event__court="Greffe de Bordeaux")
        row = " ".join(part_of(browser.get(LIST), f"#alerte-{alert.pk}").get_text(" ").split())
        assert "En liquidation judiciaire" in row
        assert "déclarez la créance au liquidateur" in row
        assert "72 000 €" in row.replace("\u202f", " ")
        assert "Greffe de Bordeaux" in row
        assert f"dans {alert.days_to_file} jours" in row

    def test_what_a_twin_said_is_marked_and_leads_nowhere(self, browser, client):
        url = "https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A1"
        AlertFactory(client=client, event__source="BODACC (simulateur)", event__url=url)
        page = browser.get(LIST)
        assert "fictif" in text_of(page)
        assert url not in page.content.decode()

    def test_a_swap_equals_a_reload(self, browser, client):
        alert = AlertFactory(client=client)
        for url in (LIST, f"{LIST}?alerte={alert.pk}", f"{LIST}?etat=handled"):
            assert swapped(browser, url, "#alert-table") == part_of(browser.get(url), "#alert-table")

    def test_takes_as_many_queries_for_thirty_as_for_one(self, browser, client):
        AlertFactory(client=client)
        queries = count_queries(browser, LIST)
        for _ in range(29):
            AlertFactory(client__firm=client.firm, client__owner=client.owner)
        assert count_queries(browser, LIST) == queries

    def test_the_counter_counts_the_new_ones(self, browser, client):
        assert text_of(browser.get(COUNTER)) == ""
        AlertFactory.create_batch(2, client=client)
        AlertFactory(client=client, status=AlertStatus.SEEN)
        AlertFactory()
        assert text_of(browser.get(COUNTER)) == "2 nouvelles alertes"


class TestActing:
    def test_handling_with_a_note_and_taking_it_back(self, browser, client, user):
        alert = AlertFactory(client=client, buyer="Garonnel")
        form = part_of(browser.get(f"{LIST}?niveau=1&alerte={alert.pk}"), "#alert-table td form")
        page = browser.post(form["action"], {"note": "Créance déclarée"}, follow=True)
        assert page.redirect_chain[-1][0] == f"{LIST}?niveau=1"
        assert names(page) == []
        handled = browser.get(f"{LIST}?etat=handled")
        assert f"Traitée par {user}" in text_of(handled)
        assert "Créance déclarée" in text_of(handled)
        reopen = part_of(handled, "#alert-table td form")
        browser.post(reopen["action"])
        assert names(browser.get(LIST)) == ["Garonnel"]

    def test_a_note_that_is_too_long_is_refused_in_words(self, browser, client):
        alert = AlertFactory(client=client)
        page = browser.post(reverse("alerts:alert_handle", args=[alert.pk]), {"note": "x" * 301}, follow=True)
        assert "300 caractères au plus" in text_of(page)
        alert.refresh_from_db()
        assert alert.status == AlertStatus.NEW

    def test_all_that_the_list_shows_becomes_seen(self, browser, client):
        AlertFactory(client=client)
        AlertFactory(client=client, event__kind=EventKind.SALE)
        stranger = AlertFactory()
        shown = part_of(browser.get(f"{LIST}?niveau=1"), "#alert-table > form")
        assert "la nouvelle comme vue" in shown.text
        browser.post(shown["action"])
        assert Alert.objects.filter(firm=client.firm).new().get().level == 2
        browser.post(reverse("alerts:alerts_seen"))
        assert list(Alert.objects.new()) == [stranger]

    def test_readers_are_offered_nothing(self, reader_browser, client):
        alert = AlertFactory(client=client)
        page = reader_browser.get(f"{LIST}?alerte={alert.pk}")
        assert part_of(page, "#alert-table").select("form, a.button") == []
        assert "comme vue" not in text_of(page)


class TestElsewhere:
    def test_the_client_s_page_shows_what_is_open(self, browser, client):
        AlertFactory(client=client, buyer="Garonnel")
        AlertFactory(client=client, buyer="Fini", status=AlertStatus.HANDLED)
        page = text_of(browser.get(reverse("clients:client_detail", args=[client.pk])))
        assert "Garonnel" in page and "Alertes à traiter" in page
        Alert.objects.update(status=AlertStatus.HANDLED)
        page = text_of(browser.get(reverse("clients:client_detail", args=[client.pk])))
        assert "Alertes à traiter" not in page

    def test_the_buyer_s_line_is_marked(self, browser, client):
        alert = AlertFactory(client=client)
        ExposureFactory(snapshot=alert.exposure.snapshot)
        url = reverse("clients:snapshot_detail", args=[alert.exposure.snapshot_id])
        assert "alerte" in part_of(browser.get(url), f"#acheteur-{alert.exposure_id}").text
        assert text_of(browser.get(url)).count("alerte") == 1
        Alert.objects.update(status=AlertStatus.HANDLED)
        assert "alerte" not in part_of(browser.get(url), f"#acheteur-{alert.exposure_id}").text

    def test_the_day_begins_with_what_is_critical(self, browser, client):
        AlertFactory(client=client, buyer="Vendeur", event__kind=EventKind.SALE)
        alert = AlertFactory(client=client, buyer="Garonnel")
        page = browser.get(TODAY)
        task = part_of(page, "ul.tasks > li:first-child")
        assert "Garonnel · Valmorin" in task.text
        assert "Créance à déclarer au plus tard le" in task.text
        assert task.select_one("a.button")["href"] == f"{LIST}?alerte={alert.pk}#alerte-{alert.pk}"
        (others,) = page_lines(page, "1 alerte à traiter aussi")
        assert "Vendeur" in others.text
        assert others.select_one("a.button")["href"] == LIST
        assert "surveillance" in text_of(page)

    def test_the_day_names_some_of_the_others_and_no_mere_information(self, browser, client):
        for number in range(6):
            AlertFactory(client=client, buyer=f"Vendeur {number}", event__kind=EventKind.SALE, at_risk=1000 - number)
        AlertFactory(client=client, buyer="Comptes", event__kind=EventKind.ACCOUNTS)
        (others,) = page_lines(browser.get(TODAY), "6 alertes à traiter")
        assert "Vendeur 0, Vendeur 1, Vendeur 2 et 3 autres" in " ".join(others.text.split())

    def test_the_day_takes_as_many_queries_for_thirty_as_for_one(self, browser, client):
        AlertFactory(client=client)
        queries = count_queries(browser, TODAY)
        for _ in range(10):
            AlertFactory(client__firm=client.firm)
        assert count_queries(browser, TODAY) == queries

    def test_a_registry_that_is_away_is_told(self, browser, client):
        WatchState.objects.create(duty=Duty.NOTICES, failures=3, failing_since=client.created_at, trouble="Panne.")
        for url in (LIST, TODAY):
            assert "n’a pas répondu depuis le" in text_of(browser.get(url))


def test_everybody_decides_on_their_morning_mail(browser, user):
    page = reverse("accounts:preferences")
    assert part_of(browser.get(page), "[name=wants_alert_mail]").has_attr("checked")
    browser.post(page)
    user.refresh_from_db()
    assert not user.wants_alert_mail
    browser.post(page, {"wants_alert_mail": "on"})
    user.refresh_from_db()
    assert user.wants_alert_mail


def test_what_touches_a_lost_client_waits_until_it_is_taken_up_again(browser, client):
    AlertFactory(client=client, buyer="Garonnel")
    AlertFactory(client=client, buyer="Traité", status=AlertStatus.HANDLED, handled_by=client.owner)
    client.stage, client.lost_reason = ClientStage.LOST, "parti à la concurrence"
    client.save()
    assert "Garonnel" not in text_of(browser.get(TODAY))
    assert text_of(browser.get(COUNTER)) == ""
    assert set(names(browser.get(f"{LIST}?etat=toutes"))) == {"Garonnel", "Traité"}
    assert "Aucune alerte" in text_of(browser.get(LIST))
    client.stage, client.lost_reason = ClientStage.PROSPECT, ""
    client.save()
    assert names(browser.get(LIST)) == ["Garonnel"]


def test_a_cancellation_that_names_nothing_is_one_click_away(browser, client):
    notice = "https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A202602201"
    doubt = CompanyEventFactory(is_cancellation=True, published_on=date(2026, 11, 20), url=notice)
    AlertFactory(client=client, doubt=doubt)
    page = browser.get(LIST)
    assert "sans nommer l’annonce visée : lisez-la ;" in text_of(page)
    assert part_of(page, f'[href="{notice}"]').text == f"BODACC {doubt.reference}"
