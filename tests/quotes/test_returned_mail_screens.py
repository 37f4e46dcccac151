"""A mail that came back: shown where it was sent from, and a task of the day until it is sent again."""

import pytest
from django.db.models import F
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from factortaboite.mail.models import MailStatus, OutgoingMail
from quotes.enums import MandateState
from quotes.models import Mandate, Submission
from tests.factories import RiskSnapshotFactory, UserFactory
from tests.quotes.factories import (
    MandateDocumentFactory,
    MandateFactory,
    MarketTestFactory,
    ProposalFactory,
    ProposalLinkFactory,
    SubmissionFactory,
)
from tests.screens import count_queries, part_of, text_of

TODAY = reverse("desk:today")
RETURNED = {
    "status": MailStatus.FAILED,
    "returned_at": timezone.now(),
    "error": "Ce courrier est revenu. L’adresse du destinataire n’existe pas.",
}
LATE = {"status": MailStatus.SENT, "sent_at": timezone.now(), "delay": "Le serveur du destinataire fait attendre."}


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def browser(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def story(user):
    """A client whose list has been used: its own snapshot asks for nothing."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm, frozen_at=timezone.now())
    return {"firm": user.firm, "client": snapshot.client, "snapshot": snapshot}


def mail_to(address: str, user, **fields) -> OutgoingMail:
    return OutgoingMail.objects.create(firm=user.firm, to=address, subject="Objet", body="Bonjour", **fields)


@pytest.fixture
def offer(story, user):
    proposal = ProposalFactory(market_test=MarketTestFactory(**story), sent=True)
    link = ProposalLinkFactory(proposal=proposal, mail=mail_to("helene@valmorin.example", user))
    return link.mail, reverse("quotes:proposal_detail", args=[proposal.pk])


@pytest.fixture
def request_to_partner(story, user):
    submission = SubmissionFactory(
        market_test=MarketTestFactory(**story),
        channel="spreadsheet",
        asked_count=3,
        request_mail=mail_to("souscripteur@assureur.example", user),
    )
    return submission.request_mail, reverse("quotes:submission_answers", args=[submission.pk])


@pytest.fixture
def letter(story, user):
    document = MandateDocumentFactory(client=story["client"], mail=mail_to("daf@valmorin.example", user))
    for _ in range(2):  # one letter per partner, in one mail
        MandateFactory(client=story["client"], requested=True, letter=document)
    return document.mail, reverse("quotes:mandate_list", args=[story["client"].pk])


@pytest.mark.parametrize("kind", ["offer", "request_to_partner", "letter"])
class TestEachMail:
    @pytest.fixture
    def sent(self, kind, request):
        return request.getfixturevalue(kind)

    @pytest.mark.parametrize("fields", [pytest.param(RETURNED, id="returned"), pytest.param(LATE, id="late")])
    def test_its_screen_says_what_became_of_it(self, browser, sent, fields):
        mail, address = sent
        OutgoingMail.objects.filter(pk=mail.pk).update(**fields)
        page = text_of(browser.get(address))
        assert (fields.get("error") or fields["delay"]) in page
        assert mail.to in page

    def test_it_is_a_task_only_when_it_came_back(self, browser, sent):
        mail, address = sent
        OutgoingMail.objects.filter(pk=mail.pk).update(**LATE)
        assert "Corriger et renvoyer" not in text_of(browser.get(TODAY))
        OutgoingMail.objects.filter(pk=mail.pk).update(**RETURNED)
        (button,) = [
            link for link in part_of(browser.get(TODAY), "main").select("a.button") if "Corriger" in link.text
        ]
        assert button["href"] == address

    def test_nobody_elses(self, sent):
        mail, _ = sent
        OutgoingMail.objects.filter(pk=mail.pk).update(**RETURNED)
        stranger = Browser()
        stranger.force_login(UserFactory())
        assert "Corriger et renvoyer" not in text_of(stranger.get(TODAY))


def test_a_second_sending_of_an_offer_ends_the_task(browser, offer, user):
    mail, address = offer
    OutgoingMail.objects.filter(pk=mail.pk).update(**RETURNED)
    proposal_pk = int(address.rstrip("/").rpartition("/")[2])
    assert "Corriger et renvoyer" in text_of(browser.get(TODAY))
    ProposalLinkFactory(proposal_id=proposal_pk, firm=user.firm, mail=mail_to("h@valmorin.example", user))
    assert "Corriger et renvoyer" not in text_of(browser.get(TODAY))


def test_an_answered_request_and_an_abandoned_letter_are_no_tasks(browser, request_to_partner, letter):
    OutgoingMail.objects.update(**RETURNED)
    assert text_of(browser.get(TODAY)).count("e-mail non remis") == 2
    assert "n’a pas été remise" in text_of(browser.get(request_to_partner[1]))
    Submission.objects.update(settled_count=F("asked_count"))
    assert "n’a pas été remise" not in text_of(browser.get(request_to_partner[1]))
    assert text_of(browser.get(TODAY)).count("e-mail non remis") == 1
    Mandate.objects.update(status=MandateState.FREE)
    assert "e-mail non remis" not in text_of(browser.get(TODAY))


def test_takes_as_many_queries_for_ten_as_for_one(browser, user, letter):
    OutgoingMail.objects.update(**RETURNED)
    queries = count_queries(browser, TODAY)
    for _ in range(9):
        MandateFactory(
            client__firm=user.firm,
            requested=True,
            letter=MandateDocumentFactory(client__firm=user.firm, mail=mail_to("x@y.example", user, **RETURNED)),
        )
    assert count_queries(browser, TODAY) == queries
