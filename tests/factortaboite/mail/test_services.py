import logging
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from factortaboite.accounts.models import BrokerFirm
from factortaboite.mail import services
from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.mail.services import (
    LONGEST_CONVERSATION,
    RETRY_WAITS,
    cancel_mail,
    queue_mail,
    send_mail,
    sweep_outgoing_mail,
)
from factortaboite.mail.smtp import LINK_PLACE

PDF = b"%PDF-1.7\n\x00\xff\r\n.\r\nbytes that mail servers like to change\n.\n"
REFUSED = "Refusé par le serveur de messagerie"
WAIT = "Le serveur de messagerie demande d’attendre"
UNHEARD_OF = "Le serveur de messagerie a répondu autre chose que prévu"
LINK = "https://factortaboite.example/o/a-secret/"


def text_of(message):
    return message.get_body().get_content().replace("\r\n", "\n")


@pytest.fixture
def woken(monkeypatch):
    """What the sweep wakes workers for."""
    calls = []
    monkeypatch.setattr("factortaboite.enqueue.enqueue", lambda task, pk: calls.append((task, pk)))
    return calls


class TestSending:
    def test_exactly_the_stored_bytes_leave(self, postman, firm):
        mail = queue_mail(
            firm=firm,
            to="achats@valmorin.example",
            subject="Votre offre",
            body="Bonjour,\n\n« 16 447,20 € » par an.\n",
            reply_to="courtier@cabinet.example",
            attachment=PDF,
            attachment_name="offre-2026-0001-v1.pdf",
        )
        send_mail(mail.pk)
        (message,) = postman.inbox
        (attachment,) = message.iter_attachments()
        assert attachment.get_content() == PDF
        assert attachment.get_filename() == "offre-2026-0001-v1.pdf"
        assert attachment.get_content_type() == "application/pdf"
        assert text_of(message) == "Bonjour,\n\n« 16 447,20 € » par an.\n"
        assert message["to"] == "achats@valmorin.example"
        assert message["reply-to"] == "courtier@cabinet.example"
        assert message["subject"] == "Votre offre"
        mail.refresh_from_db()
        assert (mail.status, mail.error, mail.attempts) == (MailStatus.SENT, "", 1)
        assert timezone.now() - mail.sent_at < timedelta(minutes=1)

    def test_the_firm_is_the_sender_by_name_only(self, postman, mail, settings):
        settings.DEFAULT_FROM_EMAIL = "Factortaboite <ne-pas-repondre@factortaboite.example>"
        send_mail(mail.pk)
        assert postman.inbox[0]["from"] == "Cabinet Démo <ne-pas-repondre@factortaboite.example>"

    def test_message_id_is_the_rows_own(self, postman, mail, settings):
        settings.SITE_URL = "https://cabinet.example:8443"
        created = datetime(2026, 11, 22, 9, 30, 15, 42, tzinfo=ZoneInfo("UTC"))
        OutgoingMail.objects.update(created_at=created)
        send_mail(mail.pk)
        assert postman.inbox[0]["message-id"] == f"<{mail.pk}.20261122093015000042@cabinet.example>"

    def test_a_second_call_sends_nothing(self, postman, mail):
        send_mail(mail.pk)
        send_mail(mail.pk)
        assert len(postman.inbox) == 1

    def test_a_mail_that_is_gone_is_nobodys_problem(self, db):
        send_mail(404)


class TestPersonalLink:
    @pytest.fixture
    def mail(self, firm):
        return queue_mail(
            firm=firm, to="a@valmorin.example", subject="Offre", body=f"Lire : {LINK_PLACE}\n", link=LINK
        )

    def test_the_row_never_shows_it(self, mail):
        stored = OutgoingMail.objects.get(pk=mail.pk)
        assert stored.body == f"Lire : {LINK_PLACE}\n"
        assert b"a-secret" not in bytes(stored.sealed_link)

    def test_it_leaves_with_the_mail_and_is_forgotten(self, postman, mail):
        send_mail(mail.pk)
        assert text_of(postman.inbox[0]) == f"Lire : {LINK}\n"
        mail.refresh_from_db()
        assert bytes(mail.sealed_link) == b""

    def test_it_is_kept_while_the_mail_may_be_tried_again(self, postman, mail):
        postman.rcpt = "451 4.7.1 Greylisted"
        send_mail(mail.pk)
        postman.rcpt = "250 OK"
        send_mail(mail.pk)
        assert text_of(postman.inbox[0]) == f"Lire : {LINK}\n"

    def test_it_is_kept_when_a_slow_conversation_ends_in_a_wait(self, postman, mail, monkeypatch):
        real_deliver = services.deliver

        def deliver_slowly(mail):
            OutgoingMail.objects.update(sending_since=timezone.now() - LONGEST_CONVERSATION)
            mail.refresh_from_db(fields=["sending_since"])
            sweep_outgoing_mail()
            assert OutgoingMail.objects.get().status == MailStatus.UNCERTAIN
            return real_deliver(mail)

        postman.rcpt = "451 4.7.1 Greylisted"
        with monkeypatch.context() as slow:
            slow.setattr(services, "deliver", deliver_slowly)
            send_mail(mail.pk)
        postman.rcpt = "250 OK"
        send_mail(mail.pk)
        assert text_of(postman.inbox[0]) == f"Lire : {LINK}\n"

    def test_a_link_that_no_longer_opens_says_so(self, postman, mail, settings):
        settings.SEALING_KEY = "another key"
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert (mail.status, postman.inbox) == (MailStatus.FAILED, [])
        assert "Renvoyez-le" in mail.error


class TestQueueing:
    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({"to": "not an address"}, id="address"),
            pytest.param({"to": "a@b.example\nBcc: c@d.example"}, id="address-with-a-header"),
            pytest.param({"reply_to": "a@b.example\r\nBcc: c@d.example"}, id="reply-to-with-a-header"),
            pytest.param({"subject": "x" * 201}, id="subject-too-long"),
            pytest.param({"subject": " \n "}, id="no-subject"),
            pytest.param({"body": ""}, id="no-text"),
        ],
    )
    def test_what_no_mail_can_carry_is_refused(self, firm, fields):
        with pytest.raises(ValidationError):
            queue_mail(**{"firm": firm, "to": "a@b.example", "subject": "Offre", "body": "Bonjour", **fields})
        assert not OutgoingMail.objects.exists()

    def test_nothing_typed_starts_a_header(self, postman, db):
        firm = BrokerFirm.objects.create(name="Cabinet\nBcc: a@evil.example")
        mail = queue_mail(
            firm=firm,
            to="achats@valmorin.example",
            subject="Offre\r\nBcc: b@evil.example",
            body="Bonjour",
            attachment=PDF,
            attachment_name='a.pdf"\r\nBcc: c@evil.example',
        )
        send_mail(mail.pk)
        (message,) = postman.inbox
        assert message["bcc"] is None
        assert message["subject"] == "Offre Bcc: b@evil.example"

    def test_a_worker_is_woken_after_the_commit_only(self, firm, django_capture_on_commit_callbacks, monkeypatch):
        sent = []
        monkeypatch.setattr("factortaboite.enqueue.enqueue", lambda *args: sent.append(args))
        with django_capture_on_commit_callbacks(execute=True):
            mail = queue_mail(firm=firm, to="a@b.example", subject="Offre", body="Bonjour")
            assert not sent
        assert sent == [("factortaboite.mail.tasks.send_mail_task", mail.pk)]


class TestTrouble:
    """What the server does decides; the row says it in French."""

    @pytest.mark.parametrize(
        ("step", "reply", "status", "words"),
        [
            pytest.param("rcpt", "550 5.1.1 Unknown", MailStatus.FAILED, REFUSED, id="unknown-recipient"),
            pytest.param("data", "554 5.7.1 Spam", MailStatus.FAILED, REFUSED, id="message-refused"),
            pytest.param("rcpt", "451 4.7.1 Greylisted", MailStatus.PENDING, WAIT, id="greylisted"),
            pytest.param("rcpt", "421 4.3.2 Closing", MailStatus.PENDING, WAIT, id="server-closing"),
            pytest.param("data", "452 4.3.1 Full", MailStatus.PENDING, WAIT, id="disk-full"),
            pytest.param("data", "299 Well", MailStatus.UNCERTAIN, UNHEARD_OF, id="unheard-of"),
        ],
    )
    def test_server_says_no(self, postman, mail, step, reply, status, words):
        setattr(postman, step, reply)
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert mail.status == status
        assert mail.error == f"{words}\u00a0: {reply}"
        assert mail.sent_at is None

    @pytest.mark.parametrize(
        ("step", "status", "words"),
        [
            pytest.param(
                "rcpt", MailStatus.PENDING, "La liaison avec le serveur de messagerie s’est coupée", id="early"
            ),
            pytest.param("data", MailStatus.UNCERTAIN, "La liaison s’est coupée pendant l’envoi", id="after-data"),
        ],
    )
    def test_server_hangs_up(self, postman, mail, step, status, words):
        setattr(postman, step, "drop")
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert mail.status == status
        assert mail.error.startswith(words)

    def test_server_is_down(self, no_server, mail):
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert mail.status == MailStatus.PENDING
        assert mail.error.startswith("Le serveur de messagerie ne répond pas")

    def test_a_server_that_wants_a_password_is_asked_again(self, postman, mail, settings):
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "me", "wrong"
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert mail.status == MailStatus.PENDING

    def test_waits_grow_and_end(self, no_server, mail):
        for attempt, wait in enumerate(RETRY_WAITS, start=1):
            send_mail(mail.pk)
            mail.refresh_from_db()
            assert (mail.status, mail.attempts) == (MailStatus.PENDING, attempt)
            assert abs(mail.next_try_at - timezone.now() - wait) < timedelta(seconds=30)
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert mail.status == MailStatus.FAILED
        assert mail.error.startswith("Abandon après 7 essais. Le serveur de messagerie ne répond pas")
        assert list(RETRY_WAITS) == sorted(RETRY_WAITS)

    def test_success_after_a_refusal_forgets_the_error(self, postman, mail):
        postman.rcpt = "451 Later"
        send_mail(mail.pk)
        postman.rcpt = "250 OK"
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert (mail.status, mail.error, mail.attempts) == (MailStatus.SENT, "", 2)

    @pytest.mark.parametrize("status", [s for s in MailStatus if s != MailStatus.PENDING])
    def test_only_a_pending_mail_leaves(self, postman, mail, status):
        OutgoingMail.objects.update(status=status)
        send_mail(mail.pk)
        assert postman.inbox == []
        mail.refresh_from_db()
        assert mail.status == status

    def test_the_text_of_a_mail_is_not_logged(self, no_server, mail, caplog):
        with caplog.at_level(logging.DEBUG):
            send_mail(mail.pk)
        assert f"mail {mail.pk} is pending" in caplog.text
        assert "Voici l’offre" not in caplog.text
        assert "valmorin" not in caplog.text


class TestSweep:
    def test_takes_up_what_is_due_once(self, mail, woken):
        OutgoingMail.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
        sweep_outgoing_mail()
        sweep_outgoing_mail()
        assert woken == [("factortaboite.mail.tasks.send_mail_task", mail.pk)]

    def test_leaves_a_fresh_mail_to_its_own_wake_up(self, mail, woken):
        sweep_outgoing_mail()
        assert woken == []

    def test_a_retry_comes_when_its_wait_is_over(self, no_server, mail, woken):
        send_mail(mail.pk)
        sweep_outgoing_mail()
        assert woken == []
        OutgoingMail.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
        sweep_outgoing_mail()
        assert len(woken) == 1

    @pytest.mark.parametrize("status", [s for s in MailStatus if s != MailStatus.PENDING])
    def test_nothing_but_pending_mail_is_taken_up(self, mail, woken, status):
        OutgoingMail.objects.update(status=status, next_try_at=timezone.now() - timedelta(hours=1))
        sweep_outgoing_mail()
        assert woken == []

    @pytest.mark.parametrize(
        ("seconds", "status"),
        [
            pytest.param(100, MailStatus.SENDING, id="still-talking"),
            pytest.param(130, MailStatus.UNCERTAIN, id="dead-worker"),
        ],
    )
    def test_what_a_dead_worker_was_sending_is_uncertain(self, mail, woken, seconds, status):
        OutgoingMail.objects.update(
            status=MailStatus.SENDING, sending_since=timezone.now() - timedelta(seconds=seconds)
        )
        sweep_outgoing_mail()
        mail.refresh_from_db()
        assert mail.status == status
        assert ("peut-être arrivé" in mail.error) == (status == MailStatus.UNCERTAIN)

    def test_a_slow_worker_corrects_the_sweep(self, postman, mail, monkeypatch):
        real_deliver = services.deliver

        def deliver_slowly(mail):
            outcome = real_deliver(mail)
            OutgoingMail.objects.update(status=MailStatus.UNCERTAIN, error="L’envoi s’est interrompu")
            return outcome

        monkeypatch.setattr(services, "deliver", deliver_slowly)
        send_mail(mail.pk)
        mail.refresh_from_db()
        assert (mail.status, mail.error) == (MailStatus.SENT, "")


def test_cancelled_mail_stays_here(postman, mail):
    cancel_mail(mail, reason="L’offre a été retirée.")
    send_mail(mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.error, postman.inbox) == (MailStatus.CANCELLED, "L’offre a été retirée.", [])


def test_sent_mail_cannot_be_cancelled(postman, mail):
    send_mail(mail.pk)
    cancel_mail(mail, reason="L’offre a été retirée.")
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_once(postman):
    firm = BrokerFirm.objects.create(name="Cabinet Démo")
    mail = queue_mail(firm=firm, to="a@b.example", subject="Offre", body="Bonjour")
    postman.seconds = 0.3
    start = threading.Barrier(4)

    def work():
        start.wait()
        try:
            send_mail(mail.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(postman.inbox) == 1
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.SENT, 1)


@pytest.mark.django_db(transaction=True)
def test_the_claim_is_in_the_database_before_the_conversation(postman, monkeypatch):
    firm = BrokerFirm.objects.create(name="Cabinet Démo")
    mail = queue_mail(firm=firm, to="a@b.example", subject="Offre", body="Bonjour")
    seen = []

    def look(mail):
        with connection.copy().cursor() as cursor:
            cursor.execute("SELECT status FROM mail_outgoingmail WHERE id = %s", [mail.pk])
            seen.append(cursor.fetchone()[0])
            cursor.connection.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "deliver", look)
    with pytest.raises(KeyboardInterrupt):
        send_mail(mail.pk)
    assert seen == [MailStatus.SENDING]
    send_mail(mail.pk)
    assert postman.inbox == []
