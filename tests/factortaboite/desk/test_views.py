from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import RiskSnapshot
from factortaboite.mail.models import OutgoingMail
from quotes.enums import ProposalStatus
from tests.factories import (
    ClientAnswerFactory,
    ClientFactory,
    ClientRequestFactory,
    ExposureFactory,
    LossSignatureFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
    UserFactory,
)
from tests.quotes.factories import MarketTestFactory, ProposalFactory, ProposalLinkFactory, SubmissionFactory
from tests.screens import count_queries, part_of, text_of

TODAY = reverse("desk:today")
SEARCH = reverse("desk:search")


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def browser(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def frozen_client(user):
    """A client whose list has been used: its own snapshot asks for nothing."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm, frozen_at=timezone.now())
    return {"firm": user.firm, "client": snapshot.client, "snapshot": snapshot}


class TestToday:
    def test_an_empty_firm_is_shown_where_to_begin(self, browser):
        assert "Ajouter votre premier client" in text_of(browser.get(TODAY))

    def test_nothing_in_progress(self, browser, user):
        ClientFactory(firm=user.firm)
        assert "Aucun dossier en cours" in text_of(browser.get(TODAY))

    @pytest.mark.parametrize(
        ("trait", "action", "heading"),
        [
            pytest.param("read", "Vérifier la liste", "1 chose à faire", id="a list to check"),
            pytest.param("unreadable", "Voir pourquoi", "1 chose à faire", id="an unreadable list"),
            pytest.param("", "Suivre", "Rien ne vous attend", id="a list being read"),
        ],
    )
    def test_lists(self, browser, user, trait, action, heading):
        file = PortfolioFileFactory(client__firm=user.firm, **({trait: True} if trait else {}))
        page = browser.get(TODAY)
        assert part_of(page, "h1").text.strip() == heading
        link = part_of(page, ".tasks a.button")
        assert (link.contents[0], link["href"]) == (action, reverse("clients:portfolio_file", args=[file.pk]))

    def test_the_latest_snapshot_waits_for_its_market_test(self, browser, user):
        client = ClientFactory(firm=user.firm)
        RiskSnapshotFactory(client=client)
        latest = RiskSnapshotFactory(client=client)
        ExposureFactory.create_batch(2, snapshot=latest)
        ExposureFactory(snapshot=latest, public_body=True)
        page = browser.get(TODAY)
        assert "2 acheteurs à demander" in text_of(page)
        assert part_of(page, ".tasks a.button")["href"] == reverse("clients:snapshot_detail", args=[latest.pk])
        RiskSnapshot.objects.filter(pk=latest.pk).update(frozen_at=timezone.now())
        assert "Aucun dossier en cours" in text_of(browser.get(TODAY))

    @pytest.mark.parametrize(
        ("submission", "action", "is_ours"),
        [
            pytest.param({"settled_count": 4}, "Suivre", False, id="partners are answering"),
            pytest.param(
                {"settled_count": 4, "channel": "spreadsheet"}, "Saisir les réponses", True, id="mails are awaited"
            ),
            pytest.param({"settled_count": 17, "ended_at": timezone.now()}, "Préparer l’offre", True, id="complete"),
        ],
    )
    def test_market_tests(self, browser, user, submission, action, is_ours):
        test = MarketTestFactory(**frozen_client(user))
        SubmissionFactory(market_test=test, firm=user.firm, asked_count=17, **submission)
        page = browser.get(TODAY)
        assert f"{submission['settled_count']} réponses sur 17" in text_of(page)
        link = part_of(page, ".tasks a.button")
        assert (link.contents[0], link["href"]) == (action, reverse("quotes:market_test_detail", args=[test.pk]))
        assert (part_of(page, "h1").text.strip() == "1 chose à faire") is is_ours

    @pytest.mark.parametrize(
        ("status", "views", "action"),
        [
            pytest.param(ProposalStatus.RENDERING, 0, "Suivre", id="being rendered"),
            pytest.param(ProposalStatus.READY, 0, "Envoyer l’offre", id="ready"),
            pytest.param(ProposalStatus.SENT, 0, "Voir l’offre", id="sent"),
            pytest.param(ProposalStatus.SENT, 2, "Relancer", id="read"),
            pytest.param(ProposalStatus.ACCEPTED, 2, "Mettre en place", id="accepted"),
            pytest.param(ProposalStatus.DECLINED, 2, "Voir la réponse", id="declined"),
        ],
    )
    def test_an_offer_takes_the_place_of_its_market_test(self, browser, user, status, views, action):
        test = MarketTestFactory(**frozen_client(user))
        proposal = ProposalFactory(market_test=test, client=test.client, firm=user.firm, status=status)
        ProposalLinkFactory(proposal=proposal, firm=user.firm, views=views)
        link = part_of(browser.get(TODAY), ".tasks a.button")
        assert (link.contents[0], link["href"]) == (action, reverse("quotes:proposal_detail", args=[proposal.pk]))

    @pytest.mark.parametrize(
        ("days", "said"),
        [
            pytest.param(1, None, id="tomorrow’s is not told today"),
            pytest.param(0, "aujourd’hui", id="on its day"),
            pytest.param(-1, "en retard de 1 jour", id="a day late"),
            pytest.param(-3, "en retard de 3 jours", id="late"),
        ],
    )
    def test_the_next_action_of_a_client(self, browser, user, days, said):
        day = timezone.localdate() + timedelta(days=days)
        client = ClientFactory(firm=user.firm, owner=user, next_action="Appeler Mme Aubier", next_action_on=day)
        ClientFactory(firm=user.firm, owner=UserFactory(firm=user.firm), next_action="Autre", next_action_on=day)
        page = browser.get(TODAY)
        assert ("Appeler Mme Aubier" in text_of(page)) is (said is not None)
        assert "Autre" not in text_of(page)
        if said:
            assert part_of(page, ".tasks .row").get_text().startswith(said)
            assert part_of(page, ".tasks a.button")["href"] == reverse("clients:client_detail", args=[client.pk])

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            pytest.param("A", "1 client sans prochaine action A", id="one"),
            pytest.param("ABCD", "4 clients sans prochaine action A, B, C, D", id="four are named"),
            pytest.param("ABCDE", "5 clients sans prochaine action A, B, C et 2 autres", id="more are counted"),
        ],
    )
    def test_my_clients_without_a_next_action_are_one_thing_to_do(self, browser, user, names, said):
        for name in names:
            ClientFactory(firm=user.firm, owner=user, name=name)
        ClientFactory(firm=user.firm, owner=UserFactory(firm=user.firm))
        ClientFactory(firm=user.firm, owner=user, stage="contract", effective_on=timezone.localdate())
        page = browser.get(TODAY)
        assert " ".join(part_of(page, ".tasks .what").get_text(" ").split()) == said
        leads_to = browser.get(part_of(page, ".tasks a.button")["href"])
        assert f"{len(names)} sans prochaine action" in text_of(leads_to)

    @pytest.mark.parametrize(
        ("story", "action", "is_ours"),
        [
            pytest.param({}, "Voir la demande", False, id="sent"),
            pytest.param({"views": 3}, "Voir la demande", False, id="opened"),
            pytest.param({"mail__status": "failed"}, "Corriger et renvoyer", True, id="not delivered"),
            pytest.param({"answered": True}, "Voir les chiffres", True, id="answered"),
        ],
    )
    def test_requests_to_clients(self, browser, user, story, action, is_ours):
        story = dict(story)
        mail_status, answered = story.pop("mail__status", "sent"), story.pop("answered", False)
        asked = ClientRequestFactory(client__firm=user.firm, created_by=user, **story)
        OutgoingMail.objects.update(status=mail_status)
        if answered:
            ClientAnswerFactory(request=asked)
        page = browser.get(TODAY)
        (link,) = part_of(page, "main").select(".tasks a.button")
        assert link.contents[0] == action
        assert (part_of(page, "h1").text.strip() == "1 chose à faire") is is_ours

    @pytest.mark.parametrize("closed", ["revoked", "expired"])
    def test_closed_requests_wait_for_nothing(self, browser, user, closed):
        ClientRequestFactory(client__firm=user.firm, created_by=user, **{closed: True})
        assert "Aucun dossier en cours" in text_of(browser.get(TODAY))

    @pytest.mark.parametrize(
        ("fields", "is_told"),
        [
            pytest.param({}, True, id="online"),
            pytest.param({"on_paper": True}, False, id="recorded here"),
            pytest.param({"recorded_at": timezone.now() - timedelta(days=7, minutes=1)}, False, id="a week ago"),
        ],
    )
    def test_a_signed_statement_is_news_for_a_week(self, browser, user, fields, is_told):
        """Nothing is to be done about it: it is not counted."""
        client = ClientFactory(firm=user.firm, name="Valmorin")
        LossSignatureFactory(statement__client=client, **fields)
        LossSignatureFactory()
        page = browser.get(TODAY)
        assert part_of(page, "h1").text.strip() == "Rien ne vous attend"
        lines = part_of(page, "main").select(".tasks li")
        assert [line.select_one("a")["href"] for line in lines] == (
            [reverse("clients:loss_statement", args=[client.pk])] if is_told else []
        )
        assert ("signée le" in text_of(page)) is is_told

    def test_a_list_says_that_the_client_brought_it(self, browser, user):
        asked = ClientRequestFactory(client__firm=user.firm, created_by=user)
        PortfolioFileFactory(client=asked.client, request=asked, read=True)
        assert "reçue du client le" in text_of(browser.get(TODAY))

    def test_old_answers_and_other_firms_are_left_out(self, browser, user):
        PortfolioFileFactory(read=True)
        RiskSnapshotFactory()
        MarketTestFactory(**frozen_client(user), launched_at=timezone.now() - timedelta(days=61))
        assert "Aucun dossier en cours" in text_of(browser.get(TODAY))

    def test_nobody_carries_on_with_a_lost_client(self, browser, user):
        """But what it answers after all is told."""
        lost = {"firm": user.firm, "stage": "lost", "lost_reason": "parti à la concurrence"}
        RiskSnapshotFactory(client=ClientFactory(**lost))
        ClientRequestFactory(client=ClientFactory(**lost), created_by=user)
        for status in (None, ProposalStatus.SENT, ProposalStatus.ACCEPTED):
            client = ClientFactory(**lost, name=f"Client {status}")
            snapshot = RiskSnapshotFactory(client=client, frozen_at=timezone.now())
            test = MarketTestFactory(firm=user.firm, client=client, snapshot=snapshot)
            if status:
                ProposalFactory(market_test=test, client=client, firm=user.firm, status=status)
        ClientAnswerFactory(request__client=ClientFactory(**lost, name="Corvane"))
        page = part_of(browser.get(TODAY), "main")
        assert [link.text for link in page.select(".tasks .what > a")] == ["Client accepted", "Corvane"]

    def test_the_latest_comes_first(self, browser, user):
        """Offers, then tests, then snapshots: more of them than are shown would leave out the oldest."""
        day = timedelta(days=1)
        for number in range(3):
            at = timezone.now() - (3 - number) * day
            RiskSnapshotFactory(client=ClientFactory(firm=user.firm, name=f"Photographie {number}"), confirmed_at=at)
            for name in ("Test", "Offre"):
                client = ClientFactory(firm=user.firm, name=f"{name} {number}")
                snapshot = RiskSnapshotFactory(client=client, frozen_at=at)
                test = MarketTestFactory(firm=user.firm, client=client, snapshot=snapshot, launched_at=at)
                if name == "Offre":
                    ProposalFactory(market_test=test, client=client, firm=user.firm, ready=True)
        page = part_of(browser.get(TODAY), "main")
        titles = [link.text for link in page.select(".tasks .what > a")]
        assert titles == [f"{name} {number}" for name in ("Offre", "Test", "Photographie") for number in (2, 1, 0)]

    def test_takes_as_many_queries_for_many_as_for_one_of_each(self, browser, user):
        def one_of_each():
            PortfolioFileFactory(client__firm=user.firm, read=True)
            RiskSnapshotFactory(client__firm=user.firm)
            SubmissionFactory(market_test=MarketTestFactory(**frozen_client(user)), firm=user.firm)
            test = MarketTestFactory(**frozen_client(user))
            ProposalFactory(market_test=test, client=test.client, firm=user.firm)
            ClientRequestFactory(client__firm=user.firm)
            ClientAnswerFactory(request__client__firm=user.firm)
            LossSignatureFactory(statement__client__firm=user.firm)

        one_of_each()
        queries = count_queries(browser, TODAY)
        for _ in range(4):
            one_of_each()
        assert count_queries(browser, TODAY) == queries


def test_the_rail_counts_what_is_to_do(browser, user):
    counter = reverse("desk:counter")
    assert part_of(browser.get(TODAY), f'.rail .counter[hx-get="{counter}"]')
    assert part_of(browser.get(counter), ".counter").text == ""
    PortfolioFileFactory(client__firm=user.firm)
    PortfolioFileFactory.create_batch(2, client__firm=user.firm, read=True)
    assert part_of(browser.get(counter), "span.counter").text == "2\u00a0choses à faire"


class TestSearch:
    def test_finds_clients_and_buyers_without_accents(self, browser, user):
        client = ClientFactory(firm=user.firm, name="Élan Négoce")
        buyer = ExposureFactory(snapshot__client=client, name="Élec Vaucassin")
        ExposureFactory(name="Élec d’un autre cabinet")
        text = text_of(browser.get(SEARCH, {"q": "el"}))
        assert "1 client, 1 acheteur" in text
        assert "Élan Négoce" in text
        page = browser.get(SEARCH, {"q": "ELEC VAU"})
        link = part_of(page, ".tasks a")
        assert link.text == "Élec Vaucassin"
        assert link["href"].startswith(reverse("clients:snapshot_detail", args=[buyer.snapshot_id]))

    def test_finds_a_buyer_by_its_number(self, browser, user):
        ExposureFactory(snapshot__client__firm=user.firm, id_value="000100057", name="Élec Vaucassin")
        assert "Élec Vaucassin" in text_of(browser.get(SEARCH, {"q": "000 100 057"}))

    def test_shows_a_buyer_once_as_its_newest_snapshot_has_it(self, browser, user):
        client = ClientFactory(firm=user.firm)
        for amount in (10_000, 20_000):
            ExposureFactory(
                snapshot=RiskSnapshotFactory(client=client), name="Garonnel", id_value="000100065", requested=amount
            )
        text = text_of(browser.get(SEARCH, {"q": "garonnel"}))
        assert "1 acheteur" in text
        assert "20 000 € HT" in text
        assert "10 000" not in text

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            pytest.param("", "Deux lettres au moins", id="nothing"),
            pytest.param("a", "Deux lettres au moins", id="one letter"),
            pytest.param("introuvable", "Ni client ni acheteur", id="no match"),
        ],
    )
    def test_says_what_to_do(self, browser, query, said):
        assert said in text_of(browser.get(SEARCH, {"q": query}))
