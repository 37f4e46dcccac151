"""One mail, one conversation with the mail server, and what came of it."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.mail.reports import MARK_HEADER
from factortaboite.money import NBSP
from factortaboite.sealing import BrokenSeal, unseal

LINK_PLACE = "[lien personnel]"
MARK_PLACE = "*"  # in BOUNCE_ADDRESS


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is SENT, PENDING (worth another try), UNCERTAIN or FAILED; `error` says why, in French."""

    status: MailStatus
    error: str = ""


class MaybeDelivered(Exception):
    """The conversation broke off once the message had begun to leave: it may have arrived."""


class _WatchedData:
    def data(self, msg):
        try:
            return super().data(msg)
        except smtplib.SMTPDataError:
            raise
        except OSError as error:
            raise MaybeDelivered(str(error)) from error


class _PlainConnection(_WatchedData, smtplib.SMTP):
    pass


class _SecureConnection(_WatchedData, smtplib.SMTP_SSL):
    pass


class WatchedBackend(EmailBackend):
    """Django's SMTP backend, which also tells a connection lost too early to matter from one lost too late to know."""

    @property
    def connection_class(self):
        return _SecureConnection if self.use_ssl else _PlainConnection


def deliver(mail: OutgoingMail) -> Outcome:
    """Holds the conversation for `mail`; a server that fails is an outcome, not an exception."""
    try:
        message = build_message(mail)
    except BrokenSeal:
        return Outcome(
            MailStatus.FAILED, "Le lien de ce courrier ne s’ouvre plus, car la clé du serveur a changé. Renvoyez-le."
        )
    server = WatchedBackend()
    try:
        server.open()
    except OSError as error:
        # The server does not know the mail yet: even a 5xx here (a password, a relay) says nothing about it.
        with suppress(OSError):
            server.close()
        return Outcome(MailStatus.PENDING, f"Le serveur de messagerie ne répond pas{NBSP}: {error}")
    try:
        server.send_messages([message])
    except MaybeDelivered as error:
        return Outcome(
            MailStatus.UNCERTAIN,
            f"La liaison s’est coupée pendant l’envoi ({error}){NBSP}: le courrier est peut-être arrivé. "
            "Vérifiez auprès du destinataire avant de renvoyer.",
        )
    except smtplib.SMTPRecipientsRefused as error:
        (refusal,) = error.recipients.values()
        return _refused(*refusal)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except OSError as error:
        return Outcome(MailStatus.PENDING, f"La liaison avec le serveur de messagerie s’est coupée{NBSP}: {error}")
    finally:
        with suppress(OSError):
            server.close()
    return Outcome(MailStatus.SENT)


def _refused(code: int, words: bytes | str) -> Outcome:
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    if code >= 500:
        return Outcome(MailStatus.FAILED, f"Refusé par le serveur de messagerie{NBSP}: {said}")
    if code >= 400:
        return Outcome(MailStatus.PENDING, f"Le serveur de messagerie demande d’attendre{NBSP}: {said}")
    return Outcome(MailStatus.UNCERTAIN, f"Le serveur de messagerie a répondu autre chose que prévu{NBSP}: {said}")


def build_message(mail: OutgoingMail) -> EmailMessage:
    """The message as it leaves. Its Message-ID is the row's: a mail that arrived twice would show as one."""
    body = mail.body
    if mail.sealed_link:
        body = body.replace(LINK_PLACE, unseal(mail.sealed_link)["link"])
    site_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMessage(
        subject=mail.subject,
        body=body,
        # The envelope's, to which reports come back; people see the header.
        from_email=settings.BOUNCE_ADDRESS.replace(MARK_PLACE, mail.mark) or address,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "From": formataddr((" ".join(mail.firm.name.split()) if mail.firm else site_name, address)),
            "Message-ID": f"<{mail.mark}@{urlsplit(settings.SITE_URL).hostname}>",
            # Some mail services replace the Message-ID, but hand other headers back.
            MARK_HEADER: mail.mark,
        },
    )
    if mail.attachment_name:
        message.attach(mail.attachment_name, bytes(mail.attachment), mail.attachment_type)
    return message
