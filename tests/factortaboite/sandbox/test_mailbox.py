"""The prospect's mailbox: mails by SMTP, pages over HTTP."""

import asyncio
import smtplib
from contextlib import asynccontextmanager
from email.message import EmailMessage

import aiohttp
import pytest

from factortaboite.sandbox.app import Sandbox, serving
from factortaboite.sandbox.mailbox import Mailbox, receiving
from tests.stack import wait_for


@asynccontextmanager
async def mailbox_at(directory):
    mailbox = Mailbox(directory)
    async with (
        receiving(mailbox) as smtp_port,
        serving(Sandbox(mailbox)) as url,
        aiohttp.ClientSession(url) as session,
    ):
        yield mailbox, smtp_port, session


def offer(**headers) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = headers.get("subject", "Votre offre <script>alert(1)</script>")
    message["From"] = "Cabinet Démo <cabinet@example.com>"
    message["To"] = "prospect@example.com"
    message["Message-ID"] = headers.get("message_id", "<offer-1@example.com>")
    message.set_content("Bonjour,\nlisez-la ici : https://cabinet.example/o/abc?x=1&y=2.\n<b>À bientôt</b>\n")
    message.add_attachment(b"%PDF-1.7 offer", maintype="application", subtype="pdf", filename="Offre n° 1.pdf")
    return message


async def send(port: int, message: EmailMessage) -> None:
    def by_smtp():
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.send_message(message)

    await asyncio.to_thread(by_smtp)


async def page(session: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with session.get(path) as reply:
        return reply.status, await reply.text()


def test_a_mail_is_kept_and_shown(tmp_path):
    async def scene():
        async with mailbox_at(tmp_path) as (mailbox, port, session):
            await send(port, offer())
            (name,) = mailbox.names()
            _, list_page = await page(session, "/mailbox")
            _, message_page = await page(session, f"/mailbox/{name}")
            async with session.get(f"/mailbox/{name}/0") as reply:
                return list_page, message_page, await reply.read(), reply.headers

    list_page, message_page, attachment, headers = asyncio.run(scene())
    assert "Votre offre &lt;script&gt;" in list_page and "prospect@example.com" in list_page
    assert "<script>" not in list_page + message_page
    assert "Cabinet Démo &lt;cabinet@example.com&gt;" in message_page
    assert '<a href="https://cabinet.example/o/abc?x=1&amp;y=2" rel="noreferrer">' in message_page
    assert "&lt;b&gt;À bientôt&lt;/b&gt;" in message_page
    assert "Offre n° 1.pdf" in message_page
    assert attachment == b"%PDF-1.7 offer"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''Offre%20n%C2%B0%201.pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_mail_in_html_only_is_shown_as_its_source(tmp_path):
    message = EmailMessage()
    message["Subject"] = "HTML"
    message["From"], message["To"] = "a@example.com", "b@example.com"
    message.set_content('<p onclick="x()">Bonjour</p>', subtype="html")

    async def scene():
        async with mailbox_at(tmp_path) as (mailbox, port, session):
            await send(port, message)
            async with session.get(f"/mailbox/{mailbox.names()[0]}") as reply:
                return await reply.text(), reply.headers

    text, headers = asyncio.run(scene())
    assert "&lt;p onclick=" in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_newest_mail_comes_first_and_a_restart_loses_none(tmp_path):
    async def scene():
        for number in (1, 2, 3):
            async with mailbox_at(tmp_path) as (mailbox, port, session):
                await send(port, offer(subject=f"Mail {number}"))
                _, text = await page(session, "/mailbox")
        return text

    text = asyncio.run(scene())
    assert text.index("Mail 3") < text.index("Mail 2") < text.index("Mail 1")


@pytest.mark.parametrize("name", ["%2e%2e%2fsecret.eml", "missing.eml", "secret.txt"])
def test_only_mails_are_shown(tmp_path, name):
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    directory = tmp_path / "mailbox"
    directory.mkdir()
    (directory / "secret.txt").write_text("secret")

    async def scene():
        async with mailbox_at(directory) as (_, _, session):
            return await page(session, f"/mailbox/{name}")

    assert asyncio.run(scene())[0] == 404


@pytest.mark.parametrize("attachment", ["1", "-1", "x", "²"])
def test_an_attachment_that_is_not_there(tmp_path, attachment):
    async def scene():
        async with mailbox_at(tmp_path) as (mailbox, port, session):
            await send(port, offer())
            return await page(session, f"/mailbox/{mailbox.names()[0]}/{attachment}")

    assert asyncio.run(scene())[0] == 404


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param("refuse_recipient", 550, id="recipient refused"),
        pytest.param("refuse_message", 554, id="message refused"),
        pytest.param("busy", 451, id="try again later"),
    ],
)
def test_mail_is_refused_on_demand(tmp_path, fault, code):
    async def scene():
        async with mailbox_at(tmp_path) as (mailbox, port, session):
            async with session.post("/control", json={"smtp": {"fault": fault, "times": 1}}) as reply:
                assert reply.status == 200
            with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) as caught:
                await send(port, offer())
            refused = mailbox.names()
            await send(port, offer())  # the fault is used up
            async with session.get("/control") as reply:
                return caught.value, refused, (await reply.json())["smtp"]

    error, refused, state = asyncio.run(scene())
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        assert error.recipients["prospect@example.com"][0] == code
    else:
        assert error.smtp_code == code
    assert refused == []
    assert (state["messages"], state["by_message_id"]) == (1, {"<offer-1@example.com>": 1})


def test_a_mail_may_be_taken_without_being_acknowledged(tmp_path):
    """The sender cannot know whether the mail left: the worst case for whoever must not send twice."""

    def give_up(mailbox: Mailbox, port: int):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.ehlo()
            client.mail("cabinet@example.com")
            client.rcpt("prospect@example.com")
            client.docmd("data")
            client.send(offer().as_bytes() + b"\r\n.\r\n")
            wait_for(mailbox.names)
            client.sock.settimeout(0.3)
            with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
                client.getreply()

    async def scene():
        async with mailbox_at(tmp_path) as (mailbox, port, _):
            mailbox.set_fault("hang_after_data")
            await asyncio.to_thread(give_up, mailbox, port)
            return mailbox.names()

    assert len(asyncio.run(scene())) == 1


def test_an_unknown_fault(tmp_path):
    with pytest.raises(ValueError, match="unknown fault"):
        Mailbox(tmp_path).set_fault("explode")
