import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from factortaboite.mail.models import MailStatus, OutgoingMail
from quotes.enums import ProposalStatus
from quotes.models import LimitIndication, Proposal, ProposalEvent, ProposalLink
from tests.factories import UserFactory
from tests.quotes.factories import PDF, MarketTestFactory, ProposalFactory, ProposalLinkFactory
from tests.screens import count_queries, part_of, swapped

pytestmark = pytest.mark.django_db

SOON, LATER, NEVER = "every 2s", "every 20s", None
RETRY = {"status": "pending", "attempts": 2, "error": "Le serveur demande d’attendre : 451"}
FAILED = {"status": "failed", "error": "Refusé : 550 inconnu"}
UNCERTAIN = {"status": "uncertain", "error": "peut-être arrivé"}
MAILS = [
    pytest.param({"status": "pending"}, "envoi en cours", SOON, id="queued"),
    pytest.param({"status": "sending", "attempts": 1}, "envoi en cours", SOON, id="sending"),
    pytest.param(RETRY, "nouvel essai prévu", LATER, id="retry"),
    pytest.param({"status": "sent", "sent_at": timezone.now()}, "Pas encore lu", NEVER, id="sent"),
    pytest.param(FAILED, "non remis", NEVER, id="failed"),
    pytest.param(UNCERTAIN, "envoi incertain", NEVER, id="uncertain"),
    pytest.param({"status": "cancelled", "error": "retirée"}, "annulé", NEVER, id="cancelled"),
]


@pytest.fixture
def proposal():
    return ProposalFactory(ready=True)


@pytest.fixture
def browser(client, proposal):
    """Logged in as the broker who prepared the offer."""
    client.force_login(proposal.created_by)
    return client


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def text_of(node) -> str:
    return re.sub(r"\s+", " ", node.get_text(" "))


def url(name, proposal, **query):
    return reverse(f"quotes:{name}", args=[proposal.pk], query=query)


class TestList:
    url = "/offres/"

    def test_says_where_each_offer_stands(self, browser, proposal):
        link = ProposalLinkFactory(proposal__market_test=proposal.market_test, proposal__number="2026-0777")
        sent = ProposalEvent.objects.get(proposal=link.proposal, to_status=ProposalStatus.SENT)
        ProposalEvent.objects.filter(pk=sent.pk).update(at=timezone.now() - timedelta(days=3))
        link.record_view()
        rows = page_of(browser.get(self.url)).select("tbody tr")
        read, ready = (text_of(row) for row in rows)
        days = [f"{timezone.localdate(day):%d/%m/%Y}" for day in (timezone.now() - timedelta(days=3), timezone.now())]
        assert "Valmorin Négoce SAS Offre 2026-0777 lue, sans réponse Assureur B" in read
        assert "990 000 € 16 447,20 € estimation du cabinet" in read
        assert days == re.findall(r"\d\d/\d\d/\d{4}", read)
        assert "prête à envoyer" in ready
        assert not re.findall(r"\d\d/\d\d/\d{4}", ready)

    def test_a_firm_price_is_no_estimate(self, browser, proposal):
        content = proposal.content
        for partner in content["comparison"]["partners"]:
            partner["priced"]["is_estimate"] = False
        Proposal.objects.update(content=content)
        row = text_of(page_of(browser.get(self.url)).select_one("tbody tr"))
        assert "16 447,20 €" in row
        assert "estimation" not in row

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            pytest.param({"status": "rendering"}, "mise en page", id="rendering"),
            pytest.param({"status": "rendering", "render_attempts": 3}, "mise en page impossible", id="failed"),
            pytest.param({"status": "ready"}, "prête à envoyer", id="ready"),
            pytest.param({"status": "sent"}, "envoyée", id="sent"),
            pytest.param({"status": "sent", "valid_until": "2026-01-01"}, "expirée", id="expired"),
            pytest.param({"status": "accepted", "valid_until": "2026-01-01"}, "acceptée", id="accepted"),
            pytest.param({"status": "declined"}, "déclinée", id="declined"),
            pytest.param({"status": "withdrawn"}, "retirée", id="withdrawn"),
        ],
    )
    def test_state_in_a_word(self, browser, fields, word):
        Proposal.objects.update(**fields)
        assert page_of(browser.get(self.url)).select_one("tbody .pill").get_text() == word

    @pytest.mark.parametrize(
        ("statuses", "word"),
        [
            pytest.param(["failed"], "e-mail non remis", id="refused"),
            pytest.param(["failed", "cancelled"], "e-mail non remis", id="none-left"),
            pytest.param(["failed", "sent"], "envoyée", id="second-address"),
            pytest.param(["failed", "pending"], "envoyée", id="second-try-under-way"),
            pytest.param(["uncertain"], "envoyée", id="uncertain"),
        ],
    )
    def test_a_mail_that_did_not_arrive_shows(self, browser, proposal, statuses, word):
        Proposal.objects.update(status="sent")
        proposal.refresh_from_db()
        for status in statuses:
            link = ProposalLinkFactory(proposal=proposal)
            OutgoingMail.objects.filter(pk=link.mail_id).update(status=status)
        assert page_of(browser.get(self.url)).select_one("tbody .pill").get_text() == word

    def test_same_number_of_queries_for_one_offer_and_thirty(self, browser, proposal):
        few = count_queries(browser, self.url)
        for number in range(29):
            ProposalLinkFactory(proposal__market_test=proposal.market_test, proposal__version=number + 2)
        assert count_queries(browser, self.url) == few
        assert len(page_of(browser.get(self.url)).select("tbody tr")) == 30

    def test_one_state_at_a_time(self, browser, proposal):
        ProposalFactory(accepted=True, market_test=proposal.market_test)
        page = page_of(browser.get(self.url, {"etat": "accepted"}))
        assert [text_of(pill) for pill in page.select("tbody .pill")] == ["acceptée"]
        assert [text_of(tab) for tab in page.select(".tabs a")] == ["Toutes 2", "Prête 1", "Acceptée 1"]
        assert text_of(page.select_one(".tabs [aria-current]")) == "Acceptée 1"

    @pytest.mark.parametrize("status", ["", "unheard-of", "ready"])
    def test_a_swap_equals_a_reload(self, browser, status):
        url = f"{self.url}?etat={status}"
        assert swapped(browser, url, "#proposal-table") == part_of(browser.get(url), "#proposal-table")

    def test_nobody_elses(self, browser):
        stranger = ProposalFactory(ready=True, number="2026-0999")
        assert stranger.number not in browser.get(self.url).content.decode()

    def test_empty(self, client):
        client.force_login(UserFactory())
        assert "Aucune offre pour l’instant" in client.get(self.url).content.decode()

    def test_empty_state(self, browser):
        assert "Aucune offre dans cet état" in browser.get(self.url, {"etat": "accepted"}).content.decode()


class TestCreate:
    def test_prepares_and_shows(self, client):
        market_test = MarketTestFactory(answered=True)
        client.force_login(market_test.launched_by)
        response = client.post(reverse("quotes:proposal_create", args=[market_test.pk]))
        assert response.url == url("proposal_detail", Proposal.objects.get())

    def test_says_why_not(self, client):
        market_test = MarketTestFactory(answered=True)
        LimitIndication.objects.update(decision="refused", permanent=0)
        client.force_login(market_test.launched_by)
        response = client.post(reverse("quotes:proposal_create", args=[market_test.pk]))
        assert response.url == reverse("quotes:market_test_detail", args=[market_test.pk])
        (message,) = get_messages(response.wsgi_request)
        assert str(message).startswith("Aucun partenaire ne garantit encore ces acheteurs")

    def test_nobody_elses_market_test(self, browser):
        assert browser.post(reverse("quotes:proposal_create", args=[MarketTestFactory().pk])).status_code == 404


class TestDetail:
    def test_shows_what_the_client_reads(self, browser, proposal):
        page = text_of(page_of(browser.get(url("proposal_detail", proposal))))
        assert "Nous vous recommandons Assureur B" in page
        assert "90,8 %" in page
        assert "Données fictives" in page
        assert "Envoyer au client" in page

    def test_shows_the_frozen_figures(self, browser, proposal):
        page = page_of(browser.get(url("proposal_detail", proposal)))
        losses, matrix = page.select("table.answers")
        assert text_of(losses.select_one("tbody tr")).split("payait plus")[1].split() == [
            *("300", "000", "€"), *("270", "000", "€"), *("170", "000", "€"), "0", "€",
        ]  # fmt: skip
        rows = matrix.select("tbody tr")
        assert len(rows) == 17
        garonnel = rows[6]
        cells = [text_of(cell).strip() for cell in garonnel.select("td")]
        assert cells == ["50 000 €", "50 000 €", "refusé", "10 000 €"]
        icons = [icon.get("aria-label") for icon in garonnel.select("td svg")]
        assert icons == ["accordé", None, "accordé en partie"]
        total = [text_of(cell).strip() for cell in page.select(".answers tfoot td")]
        assert total == ["1 090 000 €", "990 000 €", "795 000 €", "550 000 €"]
        assert "16 447,20 €" in text_of(page.select(".table.stacks tfoot")[0])

    def test_who_answered_what(self, browser, proposal):
        accepted = ProposalFactory(accepted=True, market_test=proposal.market_test)
        ProposalLinkFactory(proposal=accepted, answered_by="Hélène Valmorin", answer_comment="Dès <janvier>.")
        page = page_of(browser.get(url("proposal_detail", accepted)))
        assert "Hélène Valmorin a donné son accord" in text_of(page)
        assert "Dès <janvier>." in text_of(page)
        assert "Retirer l’offre" not in text_of(page)
        assert "Renvoyer" not in text_of(page)

    def test_a_reader_only_reads(self, client, proposal):
        client.force_login(UserFactory(reader=True, firm=proposal.firm))
        page = text_of(page_of(client.get(url("proposal_detail", proposal))))
        assert "Ouvrir le PDF" in page
        assert "Envoyer au client" not in page
        assert "Retirer l’offre" not in page


class TestStatus:
    def fragment(self, browser, proposal):
        return page_of(browser.get(url("proposal_status", proposal))).select_one("#proposal-status")

    @pytest.mark.parametrize("status", [s for s in ProposalStatus if s != "rendering"])
    def test_stops_asking_when_nothing_moves(self, browser, proposal, status):
        Proposal.objects.update(status=status)
        assert self.fragment(browser, proposal).get("hx-trigger") is None

    def test_asks_while_the_pdf_is_laid_out(self, browser, proposal):
        Proposal.objects.update(status="rendering")
        fragment = self.fragment(browser, proposal)
        assert fragment["hx-trigger"] == "every 2s"
        assert fragment["hx-get"] == url("proposal_status", proposal)
        assert "se met en page" in text_of(fragment)

    def test_stops_when_the_layout_failed(self, browser, proposal):
        Proposal.objects.update(status="rendering", render_attempts=3)
        fragment = self.fragment(browser, proposal)
        assert fragment.get("hx-trigger") is None
        assert "n’a pas pu être mis en page" in text_of(fragment)

    @pytest.mark.parametrize(("fields", "words", "trigger"), MAILS)
    def test_every_state_of_a_mail_in_words(self, browser, proposal, fields, words, trigger):
        link = ProposalLinkFactory(
            proposal=ProposalFactory(sent=True, market_test=proposal.market_test), sent_to="helene@valmorin.example"
        )
        OutgoingMail.objects.update(**fields)
        fragment = self.fragment(browser, link.proposal)
        mails = text_of(fragment.select_one(".tasks"))
        assert "helene@valmorin.example" in mails
        assert words in mails
        assert fields.get("error", "") in mails
        assert fragment.get("hx-trigger") == trigger

    def test_no_state_of_a_mail_is_forgotten(self):
        assert {case.values[0]["status"] for case in MAILS} == set(MailStatus.values)

    def test_a_swap_equals_a_reload(self, browser, proposal):
        fragment = swapped(browser, url("proposal_status", proposal), "#proposal-status")
        assert fragment == part_of(browser.get(url("proposal_detail", proposal)), "#proposal-status")

    def test_same_number_of_queries_for_one_mail_and_ten(self, browser, proposal):
        sent = ProposalLinkFactory(proposal__market_test=proposal.market_test).proposal
        few = count_queries(browser, url("proposal_status", sent))
        for _ in range(9):
            ProposalLinkFactory(proposal=sent)
        assert count_queries(browser, url("proposal_status", sent)) == few
        assert len(self.fragment(browser, sent).select(".tasks li")) == 10


def test_the_pdf_is_the_stored_bytes(browser, proposal):
    response = browser.get(url("proposal_pdf", proposal))
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'inline; filename="offre-{proposal.number}-v1.pdf"'


class TestSend:
    def test_the_form_is_written_already(self, browser, proposal):
        form = page_of(browser.get(url("proposal_send", proposal))).select_one("main form")
        assert form.select_one("[name=to]")["value"] == "helene@valmorin.example"
        assert proposal.number in form.select_one("[name=subject]")["value"]
        assert form.select_one("[name=message]").get_text().strip().startswith("Bonjour Hélène Valmorin,")

    def test_sends(self, browser, proposal):
        data = {"to": "daf@valmorin.example", "subject": "Votre offre", "message": "Bonjour"}
        response = browser.post(url("proposal_send", proposal), data)
        assert response.url == url("proposal_detail", proposal)
        link = ProposalLink.objects.get()
        assert (link.sent_to, link.mail.to) == ("daf@valmorin.example", "daf@valmorin.example")
        assert "envoi en cours" in browser.get(response.url).content.decode()

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param({"to": "daf"}, id="address"),
            pytest.param({"to": ""}, id="no-address"),
            pytest.param({"subject": "x" * 201}, id="subject"),
            pytest.param({"message": ""}, id="message"),
        ],
    )
    def test_what_is_wrong_is_said(self, browser, proposal, changed):
        data = {"to": "daf@valmorin.example", "subject": "Votre offre", "message": "Bonjour", **changed}
        response = browser.post(url("proposal_send", proposal), data)
        assert response.status_code == 422
        (invalid,) = page_of(response).select("[aria-invalid=true]")
        assert invalid["name"] in changed
        assert not OutgoingMail.objects.exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_not_when_it_cannot_leave(self, browser, proposal, method):
        Proposal.objects.update(status="withdrawn")
        data = {"to": "daf@valmorin.example", "subject": "Votre offre", "message": "Bonjour"}
        response = getattr(browser, method)(url("proposal_send", proposal), data)
        assert response.url == url("proposal_detail", proposal)
        (message,) = get_messages(response.wsgi_request)
        assert "ne s’envoie plus" in str(message)
        assert not OutgoingMail.objects.exists()


class TestWithdraw:
    def test_withdraws(self, browser, proposal):
        browser.post(url("proposal_withdraw", proposal))
        page = text_of(page_of(browser.get(url("proposal_detail", proposal))))
        assert "retirée" in page
        assert Proposal.objects.get().status == ProposalStatus.WITHDRAWN

    def test_says_when_it_is_too_late(self, browser, proposal):
        Proposal.objects.update(status="accepted")
        response = browser.post(url("proposal_withdraw", proposal))
        (message,) = get_messages(response.wsgi_request)
        assert "Cette offre est acceptée" in str(message)


@pytest.mark.parametrize("name", ["proposal_detail", "proposal_status", "proposal_pdf", "proposal_send"])
def test_nobody_elses_offer(browser, name):
    assert browser.get(url(name, ProposalFactory(ready=True))).status_code == 404


@pytest.mark.parametrize("name", ["proposal_send", "proposal_withdraw"])
@pytest.mark.parametrize("role", ["assistant", "reader"])
def test_who_may_not_commit_the_firm(client, proposal, name, role):
    client.force_login(UserFactory(firm=proposal.firm, role=role))
    assert client.post(url(name, proposal), {}).status_code == 403
    assert Proposal.objects.get().status == ProposalStatus.READY
