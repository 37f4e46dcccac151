"""Mails that come back as mail: sent over SMTP, told over IMAP, by servers that behave and servers that do not."""

import socket
import ssl
import threading
import time
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from factortaboite.mail import bounces, imap, tasks
from factortaboite.mail.bounces import read_bounces, record, sweep_bounces
from factortaboite.mail.models import BounceMailbox, MailStatus, OutgoingMail
from factortaboite.mail.reports import read_report
from factortaboite.mail.services import queue_mail, send_mail
from factortaboite.sandbox.returned import write_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(sandbox, settings, no_server):
    """Mail leaves to the sandbox, which returns it to the mailbox that is read."""
    settings.EMAIL_PORT = urlsplit(sandbox.smtp_url).port
    settings.BOUNCE_MAILBOX_URL = sandbox.imap_url
    sweep_bounces()
    return sandbox


def sent(firm, to: str, **fields) -> OutgoingMail:
    mail = queue_mail(firm=firm, to=to, subject="Votre offre", body="Bonjour", **fields)
    send_mail(mail.pk)
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT
    return mail


def put(sandbox, content: bytes) -> None:
    """Something else in the mailbox of returned mail."""
    directory = sandbox.mailbox / "returned"
    number = len(list(directory.glob("*.eml"))) + 1
    (directory / f"{number}.eml").write_bytes(content)


class TestRoundTrip:
    @pytest.mark.parametrize(
        ("address", "words"),
        [
            pytest.param("personne@rebond.example", "L’adresse du destinataire n’existe pas", id="unknown"),
            pytest.param("plein@rebond.example", "La boîte du destinataire est pleine", id="full"),
            pytest.param("filtre@rebond.example", "Le serveur du destinataire refuse ce courrier", id="spam"),
            pytest.param("lourd@rebond.example", "Le courrier est trop volumineux", id="too large"),
        ],
    )
    def test_a_mail_that_comes_back_says_why(self, site, firm, address, words):
        mail = sent(firm, address)
        read_bounces()
        mail.refresh_from_db()
        assert mail.status == MailStatus.FAILED
        assert mail.error.startswith(f"Ce courrier est revenu. {words}")
        assert timezone.now() - mail.returned_at < timedelta(minutes=1)
        assert site.counters()["smtp"]["returned_and_read"] == [1]

    def test_a_late_mail_is_still_on_its_way(self, site, firm):
        mail = sent(firm, "retard@rebond.example")
        read_bounces()
        mail.refresh_from_db()
        assert (mail.status, mail.error, mail.returned_at) == (MailStatus.SENT, "", None)
        assert mail.delay.startswith("Le serveur du destinataire fait attendre ce courrier")

    def test_only_the_mail_that_came_back_is_touched(self, site, firm):
        lost, kept = sent(firm, "personne@rebond.example"), sent(firm, "helene@valmorin.example")
        read_bounces()
        assert set(OutgoingMail.objects.values_list("pk", "status")) == {(lost.pk, "failed"), (kept.pk, "sent")}

    def test_each_mail_may_have_its_own_return_address(self, site, firm, settings):
        settings.BOUNCE_ADDRESS = "retours+*@cabinet.example"
        mail = sent(firm, "personne@rebond.example")
        (file,) = (site.mailbox / "returned").glob("*.eml")
        content = file.read_bytes()
        assert f"To: retours+{mail.mark}@cabinet.example".encode() in content
        # Without a word of the mail itself, as some servers do.
        file.write_bytes(content.replace(b"Message-ID: <%d." % mail.pk, b"Message-ID: <").replace(b"X-Fac", b"X-Tac"))
        read_bounces()
        mail.refresh_from_db()
        assert mail.status == MailStatus.FAILED

    def test_without_one_the_sender_is_as_before(self, site, firm, settings):
        settings.DEFAULT_FROM_EMAIL = "Factortaboite <offres@cabinet.example>"
        sent(firm, "personne@rebond.example")
        (file,) = (site.mailbox / "returned").glob("*.eml")
        assert b"To: offres@cabinet.example" in file.read_bytes()


class TestMailbox:
    def test_what_is_not_ours_is_left_unread_and_opened_once(self, site, firm, monkeypatch):
        opened = []
        monkeypatch.setattr(bounces, "read_report", lambda content: opened.append(content) or read_report(content))
        put(site, b"From: helene@valmorin.example\nContent-Type: text/plain\n\nUne lettre.\n")
        put(site, write_report(b"Message-ID: <a@b.example>\n\n", sender="x@y.example", recipient="a@rebond.example"))
        mail = sent(firm, "personne@rebond.example")
        read_bounces()
        read_bounces()
        mail.refresh_from_db()
        assert mail.status == MailStatus.FAILED
        assert len(opened) == 2  # the letter never
        assert site.counters()["smtp"]["returned_and_read"] == [3]
        assert BounceMailbox.objects.get().last_uid == 3

    def test_a_report_is_not_handled_twice(self, site, firm):
        mail = sent(firm, "personne@rebond.example")
        read_bounces()
        OutgoingMail.objects.filter(pk=mail.pk).update(status=MailStatus.SENT, returned_at=None, error="")
        read_bounces()
        mail.refresh_from_db()
        assert mail.status == MailStatus.SENT

    def test_messages_numbered_anew_are_read_anew_and_change_nothing(self, site, firm):
        mail = sent(firm, "personne@rebond.example")
        read_bounces()
        before = OutgoingMail.objects.values().get(pk=mail.pk)
        BounceMailbox.objects.update(uid_validity=99, last_uid=7)
        read_bounces()
        assert OutgoingMail.objects.values().get(pk=mail.pk) == before
        assert BounceMailbox.objects.values_list("uid_validity", "last_uid").get() == (1, 1)

    def test_a_large_report_is_read_by_its_beginning(self, site, firm, monkeypatch):
        mail = sent(firm, "personne@rebond.example")
        (file,) = (site.mailbox / "returned").glob("*.eml")
        file.write_bytes(file.read_bytes().replace(b"\n--=_rebond--", b"x" * 3_000_000))
        sizes = []
        monkeypatch.setattr(bounces, "read_report", lambda content: sizes.append(len(content)) or read_report(content))
        read_bounces()
        mail.refresh_from_db()
        assert (mail.status, sizes) == (MailStatus.FAILED, [bounces.LARGEST_REPORT])

    def test_a_long_backlog_takes_several_readings(self, site, firm, monkeypatch):
        monkeypatch.setattr(bounces, "READING_SIZE", 2)
        mails = [sent(firm, f"{number}@rebond.example") for number in range(3)]
        read_bounces()
        assert OutgoingMail.objects.filter(status=MailStatus.FAILED).count() == 2
        read_bounces()
        assert OutgoingMail.objects.filter(status=MailStatus.FAILED).count() == len(mails)


class TestRecord:
    """What a report may change, whoever wrote it."""

    def told(self, mail: OutgoingMail, *, address: str = "personne@rebond.example", mark: str = "") -> bool:
        returned = f"Message-ID: <{mark or mail.mark}@cabinet.example>\n\n".encode()
        return record(read_report(write_report(returned, sender="a@b.example", recipient=address)))

    @pytest.mark.parametrize("status", MailStatus.values)
    def test_only_what_has_left_can_come_back(self, mail, status):
        OutgoingMail.objects.update(status=status)
        can = status in {MailStatus.SENDING, MailStatus.SENT, MailStatus.UNCERTAIN}
        assert self.told(mail) is can
        mail.refresh_from_db()
        assert mail.status == (MailStatus.FAILED if can else status)

    def test_a_mark_that_is_nearly_right_names_nothing(self, mail):
        OutgoingMail.objects.update(status=MailStatus.SENT)
        number, _, moment = mail.mark.partition(".")
        assert not self.told(mail, mark=f"{number}.{int(moment) ^ 1}")
        assert not self.told(mail, mark=f"{int(number) + 1}.{moment}")

    def test_the_first_failure_counts(self, mail):
        OutgoingMail.objects.update(status=MailStatus.SENT)
        for address in ("plein@rebond.example", "personne@rebond.example", "retard@rebond.example"):
            assert self.told(mail, address=address)
        mail.refresh_from_db()
        assert "est pleine" in mail.error
        assert mail.delay == ""

    def test_a_failure_ends_the_waiting(self, mail):
        OutgoingMail.objects.update(status=MailStatus.SENT)
        self.told(mail, address="retard@rebond.example")
        mail.refresh_from_db()
        assert mail.trouble == mail.delay != ""
        self.told(mail)
        mail.refresh_from_db()
        assert mail.trouble == mail.error
        assert mail.delay == ""


class TestSweep:
    @pytest.fixture
    def woken(self, monkeypatch):
        calls = []
        monkeypatch.setattr(bounces, "enqueue", calls.append)
        return calls

    def test_nothing_is_configured_and_nothing_happens(self, settings, woken):
        settings.BOUNCE_MAILBOX_URL = ""
        sweep_bounces()
        read_bounces()
        assert (woken, BounceMailbox.objects.count()) == ([], 0)

    def test_a_reader_is_woken_once_a_minute(self, settings, woken):
        settings.BOUNCE_MAILBOX_URL = "imaps://retours:secret@mail.example/INBOX"
        sweep_bounces()
        sweep_bounces()
        assert woken == ["factortaboite.mail.tasks.read_bounces_task"]
        mailbox = BounceMailbox.objects.get()
        assert mailbox.address == "retours@mail.example/INBOX"
        assert abs(mailbox.next_reading_at - timezone.now() - timedelta(minutes=1)) < timedelta(seconds=20)
        BounceMailbox.objects.update(next_reading_at=timezone.now())
        sweep_bounces()
        assert len(woken) == 2

    def test_the_task_of_that_name_reads(self, monkeypatch):
        called = []
        monkeypatch.setattr(tasks, "read_bounces", lambda: called.append(True))
        tasks.read_bounces_task()
        assert called == [True]
        assert tasks.read_bounces_task.name == bounces.READ_TASK

    @pytest.mark.parametrize(
        ("seconds", "reads"), [pytest.param(30, False, id="being read"), pytest.param(50, True, id="a reader died")]
    )
    def test_one_reader_at_a_time(self, site, firm, seconds, reads):
        mail = sent(firm, "personne@rebond.example")
        BounceMailbox.objects.update(reading_since=timezone.now() - timedelta(seconds=seconds))
        read_bounces()
        mail.refresh_from_db()
        assert (mail.status == MailStatus.FAILED) is reads


class BadServer:
    """An IMAP server that greets, then says `answers` to the commands they are named by, TAG standing for the tag.

    What it is told beyond them gets no answer; `drip` is the pause after each word, in seconds.
    """

    def __init__(self, answers: dict[str, bytes], *, drip: float = 0, tls: ssl.SSLContext | None = None):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.answers, self.drip = answers, drip
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        try:
            connection, _ = self.socket.accept()
            with connection:
                connection.sendall(self.answers.get("greeting", b""))
                while line := connection.recv(4096):
                    tag, command, *_ = line.split()
                    for word in self.answers.get(command.decode(), b"").replace(b"TAG", tag).splitlines(keepends=True):
                        connection.sendall(word)
                        time.sleep(self.drip)
        except OSError:
            pass

    def close(self):
        self.socket.close()


@pytest.fixture
def bad_server(monkeypatch, settings):
    servers = []

    def start(answers: dict[str, bytes], *, silence: float = imap.SILENCE_SECONDS, **ways):
        monkeypatch.setattr(imap, "SILENCE_SECONDS", silence)
        servers.append(BadServer(answers, **ways))
        scheme = "imaps" if "tls" in ways else "imap"
        settings.BOUNCE_MAILBOX_URL = f"{scheme}://retours:secret@127.0.0.1:{servers[-1].port}"
        sweep_bounces()

    yield start
    for server in servers:
        server.close()


KNOWN = {
    "greeting": b"* OK ready\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
    "LOGIN": b"TAG OK done\r\n",
}
SELECTED = KNOWN | {"SELECT": b"* OK [UIDVALIDITY 1]\r\nTAG OK done\r\n"}


class TestBadServers:
    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            pytest.param({}, "timed out", id="says nothing"),
            pytest.param({"greeting": b"* BYE go away\r\n"}, "go away", id="turns us away"),
            pytest.param({"greeting": b"HTTP/1.1 400 Bad\r\n"}, "HTTP/1.1", id="is not an IMAP server"),
            pytest.param(KNOWN | {"CAPABILITY": b"\xff\x00\r\n"}, "xff", id="bytes"),
            pytest.param(KNOWN | {"LOGIN": b"TAG NO wrong password\r\n"}, "wrong password", id="refuses the password"),
            pytest.param(KNOWN | {"SELECT": b"TAG NO no folder\r\n"}, "no folder", id="knows no such folder"),
            pytest.param(SELECTED, "timed out", id="falls silent"),
            pytest.param(SELECTED | {"UID": b"* BYE\r\n"}, "", id="leaves in the middle"),
            pytest.param(SELECTED | {"UID": b"TAG NO not now\r\n"}, "SEARCH", id="refuses to search"),
        ],
    )
    def test_is_logged_without_the_password_and_tried_again(self, bad_server, caplog, answers, words):
        bad_server(answers, **({"silence": 0.5} if words == "timed out" else {}))
        read_bounces()
        assert "the mailbox of returned mail, retours@127.0.0.1/INBOX, does not answer" in caplog.text
        assert words in caplog.text
        assert "secret" not in caplog.text
        assert BounceMailbox.objects.get().reading_since is None

    def test_nobody_listens(self, no_server, settings, caplog):
        settings.BOUNCE_MAILBOX_URL = f"imap://retours:secret@127.0.0.1:{settings.EMAIL_PORT}"
        sweep_bounces()
        read_bounces()
        assert "does not answer" in caplog.text

    def test_one_that_drips_does_not_hold_the_pool(self, bad_server, monkeypatch, caplog):
        """Each word comes in time; all of them together never would."""
        monkeypatch.setattr(bounces, "LONGEST_READING", timedelta(seconds=1))
        bad_server({"greeting": b"* OK ready\r\n", "CAPABILITY": b"* OK wait\r\n" * 200}, drip=0.1)
        begun = time.monotonic()
        read_bounces()
        assert time.monotonic() - begun < 10
        assert "does not answer" in caplog.text

    @pytest.mark.parametrize(
        ("is_trusted", "words"),
        [
            pytest.param(True, "wrong password", id="its certificate is known"),
            pytest.param(False, "certificate verify failed", id="anybody's certificate"),
        ],
    )
    def test_with_tls_a_password_is_told_to_nobody_else(
        self, bad_server, certificate, monkeypatch, caplog, is_trusted, words
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate) if is_trusted else "/dev/null")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        bad_server(KNOWN | {"LOGIN": b"TAG NO wrong password\r\n"}, tls=context)
        read_bounces()
        assert words in caplog.text


@pytest.fixture
def certificate(tmp_path) -> Path:
    """A key and its own certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "certificate.pem"
    path.write_bytes(key.private_bytes(*form) + signed.public_bytes(serialization.Encoding.PEM))
    return path


def test_the_oldest_day_is_written_as_imap_has_it(monkeypatch):
    asked = []

    class Client:
        def uid(self, *arguments):
            asked.append(arguments)
            return "OK", [b"7 9 3", None]

    mailbox = imap.Mailbox(Client(), 1)
    assert mailbox.uids(after=3, since=date(2026, 2, 5)) == [7, 9]
    assert asked == [("SEARCH", "UID 4:*", "SINCE 05-Feb-2026")]
