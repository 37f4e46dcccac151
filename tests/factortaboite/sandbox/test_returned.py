"""The mailbox of returned mail: what bounces, and an IMAP server that survives whatever it is told."""

import asyncio
import imaplib
import smtplib
import socket
from contextlib import asynccontextmanager
from email import message_from_bytes

import pytest

from factortaboite.sandbox.mailbox import Mailbox, receiving
from factortaboite.sandbox.returned import returning, write_report

LETTER = b"Subject: Bonjour\r\nMessage-ID: <1@cabinet.example>\r\n\r\nSecret.\r\n"


@asynccontextmanager
async def both(directory):
    mailbox = Mailbox(directory)
    async with receiving(mailbox) as smtp_port, returning(mailbox.returned) as imap_port:
        yield mailbox, smtp_port, imap_port


def send(port: int, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.sendmail("retours@cabinet.example", recipients, LETTER)


@pytest.mark.parametrize(
    ("recipients", "delivered", "returned"),
    [
        pytest.param(["helene@valmorin.example"], 1, 0, id="nobody bounces"),
        pytest.param(["Personne@Rebond.example"], 0, 1, id="whatever the case"),
        pytest.param(["helene@valmorin.example", "plein@rebond.example"], 1, 1, id="one of two"),
        pytest.param(["x@sous.rebond.example"], 1, 0, id="another domain"),
    ],
)
def test_what_bounces(tmp_path, recipients, delivered, returned):
    async def scene():
        async with both(tmp_path) as (mailbox, smtp_port, _):
            await asyncio.to_thread(send, smtp_port, *recipients)
            return len(mailbox.names()), len(mailbox.returned.uids())

    assert asyncio.run(scene()) == (delivered, returned)


def test_a_report_hands_back_the_headers_and_not_the_letter():
    content = write_report(LETTER, sender="retours@cabinet.example", recipient="plein@rebond.example")
    report = message_from_bytes(content)
    _, status, headers = report.get_payload()
    assert (report["To"], report.get_param("report-type")) == ("retours@cabinet.example", "delivery-status")
    _, recipient = status.get_payload()
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.2.2")
    assert "Message-ID: <1@cabinet.example>" in headers.get_payload()
    assert b"Secret" not in content


def test_a_message_is_read_in_pieces_and_flagged(tmp_path):
    def read(port: int):
        with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
            client.login("anybody", "anything")
            _, (count,) = client.select("INBOX")
            _, (found,) = client.uid("SEARCH", "UID 9:*", "SINCE 01-Jan-2020")
            _, (none,) = client.uid("SEARCH", "UID 1:*", "SINCE 01-Jan-2999")
            _, [(_, piece), _] = client.uid("FETCH", "2", "(BODY.PEEK[]<0.5>)")
            _, [missing] = client.uid("FETCH", "7", "(BODY.PEEK[]<0.5>)")
            client.uid("STORE", "2", "+FLAGS.SILENT", r"(\Seen)")
            return count, found, none, piece, missing

    async def scene():
        async with both(tmp_path) as (mailbox, _, imap_port):
            mailbox.returned.keep(b"first")
            mailbox.returned.keep(b"second")
            return await asyncio.to_thread(read, imap_port), mailbox.returned.read

    # « 9:* » gives the last message, as RFC 3501 has it.
    assert asyncio.run(scene()) == ((b"2", b"2", b"", b"secon", None), {2})


@pytest.mark.parametrize(
    "line", [b"", b"a", b"a DELETE INBOX", b"a UID FETCH 1 (FLAGS)", b"a UID SEARCH ALL", b"\xff\x00 \xff"]
)
def test_it_outlives_what_it_does_not_understand(tmp_path, line):
    def shout(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(line + b"\r\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
            client.login("anybody", "anything")
            return client.select("INBOX")[0]

    async def scene():
        async with both(tmp_path) as (_, _, imap_port):
            return await asyncio.to_thread(shout, imap_port)

    assert asyncio.run(scene()) == "OK"
