import hashlib
import logging
import re
import threading
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from factortaboite.links.models import hash_token
from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.mail.smtp import LINK_PLACE, build_message
from factortaboite.sealing import unseal
from quotes.enums import PROPOSAL_TRANSITIONS, ProposalStatus
from quotes.models import LimitIndication, PartnerQuote, Proposal, ProposalDocument, ProposalEvent, ProposalLink
from quotes.models.proposal import ProposalRefused
from quotes.proposal_content import ProposalContent
from quotes.services import documents
from quotes.services.documents import render_proposal, sweep_proposals
from quotes.services.proposals import (
    answer_proposal,
    prepare_proposal,
    send_proposal,
    withdraw_proposal,
    write_message,
)
from tests.factories import UserFactory
from tests.quotes.factories import PDF, MarketTestFactory, ProposalFactory, ProposalLinkFactory

pytestmark = pytest.mark.django_db

RENDERING, READY, SENT = ProposalStatus.RENDERING, ProposalStatus.READY, ProposalStatus.SENT
ACCEPTED, DECLINED, WITHDRAWN = ProposalStatus.ACCEPTED, ProposalStatus.DECLINED, ProposalStatus.WITHDRAWN
LISTED_MOVES = {
    (RENDERING, READY),
    (RENDERING, WITHDRAWN),
    (READY, SENT),
    (READY, WITHDRAWN),
    (SENT, ACCEPTED),
    (SENT, DECLINED),
    (SENT, WITHDRAWN),
}
SENDING = {"to": "helene@valmorin.example", "subject": "Votre offre", "message": "Bonjour,\n\nVoici l’offre."}


@pytest.fixture
def woken(monkeypatch):
    """What workers are woken for."""
    calls = []
    monkeypatch.setattr("factortaboite.enqueue.enqueue", lambda task, pk: calls.append((task, pk)))
    return calls


class TestTransitions:
    def test_the_table_knows_every_state(self):
        assert set(PROPOSAL_TRANSITIONS) == set(ProposalStatus)

    @pytest.mark.parametrize(
        ("before", "after"),
        [pytest.param(*pair, id="-".join(pair)) for pair in product(ProposalStatus, repeat=2)],
    )
    def test_only_listed_moves_happen(self, before, after):
        proposal = ProposalFactory()
        Proposal.objects.update(status=before)
        proposal.status = before
        if (before, after) in LISTED_MOVES:
            proposal.move_to(after, by=proposal.created_by, detail="parce que")
            event = proposal.events.get()
            assert (event.from_status, event.to_status, event.by, event.detail) == (
                before, after, proposal.created_by, "parce que"
            )  # fmt: skip
        else:
            with pytest.raises(ProposalRefused):
                proposal.move_to(after)
            assert not proposal.events.exists()
        stored = Proposal.objects.get(pk=proposal.pk)
        assert stored.status == proposal.status == (after if (before, after) in LISTED_MOVES else before)

    def test_what_the_database_says_counts(self):
        proposal = ProposalFactory(sent=True)
        Proposal.objects.update(status=WITHDRAWN)
        with pytest.raises(ProposalRefused, match="Cette offre est retirée"):
            proposal.move_to(ACCEPTED)


class TestPrepare:
    @pytest.fixture
    def market_test(self):
        return MarketTestFactory(answered=True)

    def test_freezes_the_comparison(self, market_test, woken, django_capture_on_commit_callbacks):
        broker = market_test.launched_by
        with django_capture_on_commit_callbacks(execute=True):
            proposal = prepare_proposal(market_test=market_test, by=broker)
            assert woken == []
        assert woken == [("quotes.tasks.render_proposal_task", proposal.pk)]
        content = ProposalContent.from_dict(Proposal.objects.get().content)
        best = content.comparison.recommendation
        assert (best.name, best.covered_low, best.yearly_cost) == (
            "Assureur B", Decimal("990000.00"), Decimal("16447.20")
        )  # fmt: skip
        assert (content.client.name, content.author) == ("Valmorin Négoce SAS", broker.get_full_name())
        assert content.sandbox
        assert proposal.status == RENDERING
        LimitIndication.objects.update(permanent=0, decision="refused")
        assert ProposalContent.from_dict(Proposal.objects.get().content) == content

    @time_machine.travel(datetime(2026, 12, 20, 23, 30, tzinfo=ZoneInfo("UTC")), tick=False)
    def test_is_valid_thirty_days_from_the_day_in_france(self, market_test):
        proposal = prepare_proposal(market_test=market_test, by=market_test.launched_by)
        assert proposal.valid_until == date(2027, 1, 20)
        assert (proposal.content["issued_on"], proposal.content["valid_until"]) == ("2026-12-21", "2027-01-20")

    def test_the_same_comparison_is_the_same_offer(self, market_test):
        first = prepare_proposal(market_test=market_test, by=market_test.launched_by)
        assert prepare_proposal(market_test=market_test, by=market_test.launched_by) == first
        assert Proposal.objects.count() == 1

    def test_another_comparison_is_a_new_version(self, market_test):
        first = prepare_proposal(market_test=market_test, by=market_test.launched_by)
        PartnerQuote.objects.update(premium_rate=Decimal("0.003"))
        second = prepare_proposal(market_test=market_test, by=market_test.launched_by)
        assert (second.number, second.version) == (first.number, 2)
        assert str(second) == f"Offre {first.number} v2"
        assert (second.content["reference"], second.content["version"]) == (first.number, 2)

    @pytest.mark.parametrize("status", [ACCEPTED, DECLINED, WITHDRAWN])
    def test_a_closed_offer_is_not_given_back(self, market_test, status):
        prepare_proposal(market_test=market_test, by=market_test.launched_by)
        Proposal.objects.update(status=status)
        assert prepare_proposal(market_test=market_test, by=market_test.launched_by).version == 2

    def test_an_offer_that_cannot_be_laid_out_is_not_given_back(self, market_test):
        prepare_proposal(market_test=market_test, by=market_test.launched_by)
        Proposal.objects.update(render_attempts=3, next_render_at=timezone.now() - timedelta(seconds=1))
        assert prepare_proposal(market_test=market_test, by=market_test.launched_by).version == 2

    @pytest.mark.parametrize(
        "cells",
        [
            pytest.param({"permanent": 0, "decision": "refused"}, id="all-refused"),
            pytest.param({"permanent": None, "decision": "", "state": "silent"}, id="all-silent"),
        ],
    )
    def test_nothing_covered_is_no_offer(self, market_test, cells):
        LimitIndication.objects.update(**cells)
        with pytest.raises(ProposalRefused, match="Aucun partenaire ne garantit encore ces acheteurs"):
            prepare_proposal(market_test=market_test, by=market_test.launched_by)
        assert not Proposal.objects.exists()


class TestNumbers:
    def prepare(self, firm=None):
        market_test = MarketTestFactory(answered=True, **({"client__firm": firm} if firm else {}))
        return prepare_proposal(market_test=market_test, by=market_test.launched_by)

    def test_follow_each_other_in_a_firm_and_a_year(self):
        with time_machine.travel(datetime(2026, 12, 31, 12, tzinfo=ZoneInfo("UTC"))):
            first = self.prepare()
            second = self.prepare(first.firm)
            elsewhere = self.prepare()
        with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("UTC"))):
            next_year = self.prepare(first.firm)
        assert [p.number for p in (first, second, elsewhere, next_year)] == [
            "2026-0001", "2026-0002", "2026-0001", "2027-0001"
        ]  # fmt: skip

    def test_a_refused_preparation_leaves_no_gap(self):
        first = self.prepare()
        broken = MarketTestFactory(client__firm=first.firm)
        with pytest.raises(ProposalRefused):
            prepare_proposal(market_test=broken, by=broken.launched_by)
        assert self.prepare(first.firm).number.endswith("-0002")

    @pytest.mark.django_db(transaction=True)
    def test_two_brokers_at_once_get_two_numbers(self):
        first = MarketTestFactory(answered=True)
        market_tests = [first, *(MarketTestFactory(answered=True, client__firm=first.firm) for _ in range(3))]
        start = threading.Barrier(len(market_tests))

        def prepare(market_test):
            start.wait()
            try:
                prepare_proposal(market_test=market_test, by=market_test.launched_by)
            finally:
                connection.close()

        threads = [threading.Thread(target=prepare, args=[market_test]) for market_test in market_tests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        year = timezone.localdate().year
        assert sorted(Proposal.objects.values_list("number", flat=True)) == [f"{year}-000{n}" for n in (1, 2, 3, 4)]


class TestRendering:
    def test_the_document_is_what_was_rendered(self):
        proposal = ProposalFactory()
        render_proposal(proposal.pk)
        document = ProposalDocument.objects.get()
        pdf = bytes(document.content)
        assert document.sha256 == hashlib.sha256(pdf).hexdigest()
        assert document.filename == f"offre-{proposal.number}-v1.pdf"
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
        assert "Assureur B" in text
        assert "16\u202f447,20" in text
        proposal.refresh_from_db()
        assert proposal.status == READY

    def test_running_twice_changes_nothing(self):
        proposal = ProposalFactory()
        render_proposal(proposal.pk)
        before = ProposalDocument.objects.values().get()
        render_proposal(proposal.pk)
        assert ProposalDocument.objects.values().get() == before
        assert ProposalEvent.objects.count() == 1

    @pytest.mark.parametrize("status", [s for s in ProposalStatus if s != RENDERING])
    def test_nothing_else_is_rendered(self, status, monkeypatch):
        proposal = ProposalFactory(status=status)
        monkeypatch.setattr(documents, "render_pdf", lambda html: pytest.fail("rendered"))
        render_proposal(proposal.pk)

    def test_an_offer_withdrawn_meanwhile_stays_withdrawn(self, monkeypatch):
        proposal = ProposalFactory()

        def render(html):
            proposal.move_to(WITHDRAWN)
            return b"%PDF"

        monkeypatch.setattr(documents, "render_pdf", render)
        render_proposal(proposal.pk)
        proposal.refresh_from_db()
        assert proposal.status == WITHDRAWN
        assert not ProposalDocument.objects.exists()

    def test_a_crash_is_taken_up_three_times_at_most(self, monkeypatch, woken):
        proposal = ProposalFactory()

        def crash(html):
            raise MemoryError

        monkeypatch.setattr(documents, "render_pdf", crash)
        for _ in range(3):
            Proposal.objects.update(next_render_at=timezone.now() - timedelta(seconds=1))
            sweep_proposals()
            with pytest.raises(MemoryError):
                render_proposal(proposal.pk)
        Proposal.objects.update(next_render_at=timezone.now() - timedelta(seconds=1))
        sweep_proposals()
        render_proposal(proposal.pk)
        assert woken == [("quotes.tasks.render_proposal_task", proposal.pk)] * 3
        proposal.refresh_from_db()
        assert proposal.rendering_failed
        assert proposal.status == RENDERING

    def test_the_sweep_leaves_a_worker_its_time(self, woken):
        proposal = ProposalFactory(next_render_at=timezone.now() - timedelta(seconds=1))
        sweep_proposals()
        sweep_proposals()
        assert woken == [("quotes.tasks.render_proposal_task", proposal.pk)]

    @pytest.mark.parametrize("status", [s for s in ProposalStatus if s != RENDERING])
    def test_the_sweep_takes_up_nothing_else(self, woken, status):
        ProposalFactory(status=status, next_render_at=timezone.now() - timedelta(hours=1))
        sweep_proposals()
        assert woken == []


class TestSending:
    def test_the_mail_carries_the_exact_bytes_and_one_link(self, settings):
        settings.SITE_URL = "https://cabinet.example"
        proposal = ProposalFactory(ready=True)
        link = send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        mail = OutgoingMail.objects.get()
        assert (mail.to, mail.subject) == ("helene@valmorin.example", "Votre offre")
        assert mail.reply_to == proposal.created_by.email
        assert bytes(mail.attachment) == PDF
        assert mail.attachment_name == f"offre-{proposal.number}-v1.pdf"
        message = build_message(mail)
        (url,) = re.findall(r"https://\S+", message.body)
        token = re.fullmatch(r"https://cabinet\.example/o/([\w-]{43})/", url)[1]
        assert link.token_sha256 == hash_token(token) == hashlib.sha256(token.encode()).hexdigest()
        assert message.body.startswith("Bonjour,\n\nVoici l’offre.\n")
        assert "Données fictives" in message.body
        assert f"ORIAS n° {proposal.firm.orias_number}" in message.body
        proposal.refresh_from_db()
        assert proposal.status == SENT

    def test_nobody_can_rebuild_the_link_from_the_database(self):
        proposal = ProposalFactory(ready=True)
        send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        mail = OutgoingMail.objects.get()
        token = unseal(mail.sealed_link)["link"].rstrip("/").rpartition("/")[2]
        assert LINK_PLACE in mail.body
        with connection.cursor() as cursor:
            for table in ("mail_outgoingmail", "quotes_proposallink", "quotes_proposalevent", "quotes_proposal"):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])
                assert cursor.fetchone() == (0,)

    def test_the_link_lives_until_the_end_of_the_last_day(self):
        proposal = ProposalFactory(ready=True, valid_until=timezone.localdate())
        link = send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        midnight = datetime.combine(timezone.localdate() + timedelta(days=1), datetime.min.time())
        assert link.expires_at == midnight.replace(tzinfo=ZoneInfo("Europe/Paris"))

    def test_may_be_sent_to_somebody_else_too(self):
        proposal = ProposalFactory(ready=True)
        first = send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        second = send_proposal(proposal=proposal, by=proposal.created_by, **{**SENDING, "to": "daf@valmorin.example"})
        assert first.token_sha256 != second.token_sha256
        assert list(OutgoingMail.objects.order_by("pk").values_list("to", flat=True)) == [
            "helene@valmorin.example", "daf@valmorin.example"
        ]  # fmt: skip
        assert proposal.events.filter(to_status=SENT).count() == 1

    def test_a_double_click_sends_once(self):
        proposal = ProposalFactory(ready=True)
        first = send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        assert send_proposal(proposal=proposal, by=proposal.created_by, **SENDING) == first
        assert OutgoingMail.objects.count() == ProposalLink.objects.count() == 1

    @pytest.mark.parametrize(
        "first",
        [
            pytest.param({"created_at": timezone.now() - timedelta(minutes=2)}, id="later"),
            pytest.param({"status": MailStatus.FAILED}, id="after-a-refusal"),
        ],
    )
    def test_the_same_words_may_leave_again(self, first):
        proposal = ProposalFactory(ready=True)
        send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        OutgoingMail.objects.update(**first)
        send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        assert OutgoingMail.objects.count() == ProposalLink.objects.count() == 2

    def test_a_new_version_replaces_the_earlier_ones(self):
        old = ProposalFactory(sent=True)
        link = ProposalLinkFactory(proposal=old)
        accepted = ProposalFactory(accepted=True, market_test=old.market_test, number=old.number, version=2)
        new = ProposalFactory(ready=True, market_test=old.market_test, number=old.number, version=3)
        send_proposal(proposal=new, by=new.created_by, **SENDING)
        old.refresh_from_db()
        accepted.refresh_from_db()
        link.refresh_from_db()
        assert (old.status, accepted.status) == (WITHDRAWN, ACCEPTED)
        assert not link.is_usable
        assert old.events.get(to_status=WITHDRAWN).detail == "remplacée par la version 3"

    @pytest.mark.parametrize(
        ("traits", "words"),
        [
            pytest.param({}, "pas encore prêt", id="rendering"),
            pytest.param({"accepted": True}, "Cette offre est acceptée", id="accepted"),
            pytest.param({"declined": True}, "Cette offre est déclinée", id="declined"),
            pytest.param({"withdrawn": True}, "Cette offre est retirée", id="withdrawn"),
            pytest.param({"ready": True, "expired": True}, "n’est plus valable", id="expired"),
        ],
    )
    def test_not_now(self, traits, words):
        proposal = ProposalFactory(**traits)
        with pytest.raises(ProposalRefused, match=words):
            send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        assert not OutgoingMail.objects.exists()
        assert not ProposalLink.objects.exists()

    def test_an_impossible_address_sends_nothing(self):
        proposal = ProposalFactory(ready=True)
        with pytest.raises(ValidationError), transaction.atomic():
            send_proposal(proposal=proposal, by=proposal.created_by, **{**SENDING, "to": "helene"})
        proposal.refresh_from_db()
        assert proposal.status == READY
        assert not ProposalLink.objects.exists()

    def test_the_first_words_are_the_brokers(self):
        proposal = ProposalFactory(ready=True)
        written = write_message(proposal, UserFactory(first_name="Solène", last_name="Arvieux", firm=proposal.firm))
        assert written["to"] == "helene@valmorin.example"
        assert written["subject"] == f"Votre assurance-crédit\u00a0: notre offre {proposal.number}"
        assert written["message"].startswith("Bonjour Hélène Valmorin,\n")
        assert "vos 17 principaux acheteurs" in written["message"]
        assert "Nous vous recommandons Assureur B." in written["message"]
        assert "Budget\u00a0: 16\u202f447,20\u00a0€ par an" in written["message"]
        assert written["message"].endswith("Bien cordialement,\nSolène Arvieux")


class TestWithdrawing:
    def test_closes_links_and_keeps_unsent_mail(self):
        proposal = ProposalFactory(ready=True)
        link = send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
        withdraw_proposal(proposal=proposal, by=proposal.created_by)
        link.refresh_from_db()
        mail = OutgoingMail.objects.get()
        assert proposal.status == WITHDRAWN
        assert not link.is_usable
        assert (mail.status, bytes(mail.sealed_link)) == (MailStatus.CANCELLED, b"")

    def test_a_mail_that_left_keeps_its_history(self):
        link = ProposalLinkFactory()
        OutgoingMail.objects.update(status=MailStatus.SENT)
        withdraw_proposal(proposal=link.proposal, by=link.proposal.created_by)
        assert OutgoingMail.objects.get().status == MailStatus.SENT


class TestReading:
    def test_views_are_counted(self):
        link = ProposalLinkFactory()
        link.record_view()
        link.refresh_from_db()
        first = link.first_viewed_at
        link.record_view()
        link.refresh_from_db()
        assert (link.views, link.first_viewed_at) == (2, first)
        assert link.last_viewed_at >= first


class TestAnswering:
    @pytest.mark.parametrize(("accepted", "status"), [(True, ACCEPTED), (False, DECLINED)])
    def test_moves_keeps_and_tells(self, accepted, status, settings):
        settings.SITE_URL = "https://cabinet.example"
        link = ProposalLinkFactory()
        answer_proposal(link=link, accepted=accepted, name="Hélène Valmorin", comment="Appelez-moi lundi.")
        link.refresh_from_db()
        proposal = link.proposal
        assert (proposal.status, link.answered_by, link.answer_comment) == (
            status, "Hélène Valmorin", "Appelez-moi lundi."
        )  # fmt: skip
        event = proposal.events.get(to_status=status)
        assert (event.by, event.detail) == (None, "Hélène Valmorin (helene@valmorin.example)")
        mail = OutgoingMail.objects.exclude(pk=link.mail_id).get()
        assert (mail.to, mail.reply_to) == (proposal.created_by.email, "helene@valmorin.example")
        assert mail.subject == f"Offre {proposal.number} {status.label} par Valmorin Négoce SAS"
        assert "Appelez-moi lundi." in mail.body
        assert f"https://cabinet.example/offres/{proposal.pk}/" in mail.body
        assert ("accord pour placer le contrat" in mail.body) == accepted

    @pytest.mark.parametrize(
        ("is_active", "told"), [pytest.param(True, "owner", id="active"), pytest.param(False, "creator", id="left")]
    )
    def test_the_clients_broker_is_told(self, is_active, told):
        link = ProposalLinkFactory()
        client = link.proposal.client
        client.owner = UserFactory(firm=client.firm, email="suivi@cabinet.example", is_active=is_active)
        client.save()
        answer_proposal(link=link, accepted=True, name="Hélène", comment="")
        expected = {"owner": "suivi@cabinet.example", "creator": link.proposal.created_by.email}[told]
        assert OutgoingMail.objects.exclude(pk=link.mail_id).get().to == expected

    @pytest.mark.parametrize(
        ("traits", "words"),
        [
            pytest.param({"revoked": True}, "plus valable", id="revoked"),
            pytest.param({"expired": True}, "plus valable", id="expired"),
            pytest.param({"proposal__sent": False, "proposal__accepted": True}, "déjà été donnée", id="accepted"),
            pytest.param({"proposal__sent": False, "proposal__declined": True}, "déjà été donnée", id="declined"),
        ],
    )
    def test_refused(self, traits, words):
        link = ProposalLinkFactory(**traits)
        before = link.proposal.status
        with pytest.raises(ProposalRefused, match=words):
            answer_proposal(link=link, accepted=True, name="Hélène", comment="")
        link.refresh_from_db()
        assert (link.proposal.status, link.answered_by) == (before, "")
        assert OutgoingMail.objects.count() == 1

    def test_a_double_click_answers_once(self):
        link = ProposalLinkFactory()
        answer_proposal(link=link, accepted=True, name="Hélène", comment="")
        answer_proposal(link=link, accepted=True, name="Hélène", comment="")
        assert OutgoingMail.objects.count() == 2
        with pytest.raises(ProposalRefused):
            answer_proposal(link=link, accepted=False, name="Hélène", comment="")

    @pytest.mark.django_db(transaction=True)
    def test_two_answers_at_once_are_one(self):
        first = ProposalLinkFactory()
        links = [first, ProposalLinkFactory(proposal=first.proposal)]
        start, refused = threading.Barrier(2), []

        def answer(link, accepted):
            start.wait()
            try:
                answer_proposal(link=link, accepted=accepted, name=f"accepted: {accepted}", comment="")
            except ProposalRefused as refusal:
                refused.append(refusal)
            finally:
                connection.close()

        threads = [threading.Thread(target=answer, args=pair) for pair in zip(links, (True, False), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 1
        (answered,) = ProposalLink.objects.exclude(answered_by="")
        expected = {"accepted: True": ACCEPTED, "accepted: False": DECLINED}[answered.answered_by]
        assert Proposal.objects.get().status == expected
        assert OutgoingMail.objects.count() == 3


def test_a_token_never_reaches_the_log(caplog):
    proposal = ProposalFactory(ready=True)
    with caplog.at_level(logging.DEBUG):
        send_proposal(proposal=proposal, by=proposal.created_by, **SENDING)
    token = unseal(OutgoingMail.objects.get().sealed_link)["link"].rstrip("/").rpartition("/")[2]
    assert token not in caplog.text
