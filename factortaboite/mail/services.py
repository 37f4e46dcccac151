"""Writing mails down, sending them, and finding those that were left behind.

A mail leaves at most once by itself. Where nobody can know whether it left, it is "uncertain" and a person decides.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from factortaboite.accounts.models import BrokerFirm
from factortaboite.enqueue import enqueue_due, enqueue_on_commit
from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.mail.smtp import Outcome, deliver
from factortaboite.money import NBSP
from factortaboite.sealing import seal

SEND_TASK = "factortaboite.mail.tasks.send_mail_task"
# After each refusal or silence of the mail server; one more try than waits, then the mail has failed.
RETRY_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
LONGEST_CONVERSATION = timedelta(minutes=2)
# The commit wakes a worker by itself; the sweep leaves it that long before it looks.
HEAD_START = timedelta(seconds=10)
# Between two wake-ups for the same mail, so that a long pause of the workers does not fill the queue.
SWEEP_PAUSE = timedelta(minutes=1)

logger = logging.getLogger(__name__)


def queue_mail(
    *,
    firm: BrokerFirm | None,
    to: str,
    subject: str,
    body: str,
    reply_to: str = "",
    link: str = "",
    attachment: bytes | None = None,
    attachment_name: str = "",
    attachment_type: str = "application/pdf",
) -> OutgoingMail:
    """Puts a mail in the outbox, in the caller's transaction; it leaves after the commit.

    `link` is a secret address: it takes the place of LINK_PLACE in `body` at the moment of sending only.
    Raises ValidationError for an address or a subject that no mail can carry.
    """
    mail = OutgoingMail(
        firm=firm,
        to=to,
        reply_to=reply_to,
        subject=_one_line(subject),
        body=body,
        sealed_link=seal({"link": link}) if link else b"",
        attachment=attachment or b"",
        attachment_name=_one_line(attachment_name),
        attachment_type=attachment_type,
        next_try_at=timezone.now() + HEAD_START,
    )
    mail.full_clean(exclude=["firm"])
    mail.save()
    enqueue_on_commit(SEND_TASK, mail.pk)
    return mail


def _one_line(text: str) -> str:
    """Nothing that is typed can start a header of its own."""
    return " ".join(text.split())


def send_mail(mail_id: int) -> None:
    """Sends a pending mail. Called twice, or by two workers, it sends once."""
    mail = _claim(mail_id)
    if mail:
        _settle(mail, deliver(mail))


def _claim(mail_id: int) -> OutgoingMail | None:
    # Durable: the claim must be in the database for good before the first word to the mail server.
    with transaction.atomic(durable=True):
        claimed = OutgoingMail.objects.filter(pk=mail_id, status=MailStatus.PENDING).update(
            status=MailStatus.SENDING, sending_since=Now(), attempts=F("attempts") + 1
        )
    return OutgoingMail.objects.select_related("firm").get(pk=mail_id) if claimed else None


def _settle(mail: OutgoingMail, outcome: Outcome) -> None:
    status, error = outcome.status, outcome.error
    changes = {}
    if status == MailStatus.PENDING and mail.attempts > len(RETRY_WAITS):
        status, error = MailStatus.FAILED, f"Abandon après {mail.attempts} essais. {error}"
    if status == MailStatus.PENDING:
        # With the link: a sweep that called a slow conversation uncertain has forgotten it.
        changes |= {"next_try_at": Now() + RETRY_WAITS[mail.attempts - 1], "sealed_link": mail.sealed_link}
    else:
        changes["sealed_link"] = b""
    if status == MailStatus.SENT:
        changes["sent_at"] = Now()
    else:
        logger.warning("mail %s is %s: %s", mail.pk, status, error)
    # A sweep may have called it uncertain meanwhile; whoever held the conversation knows better.
    OutgoingMail.objects.filter(
        pk=mail.pk, sending_since=mail.sending_since, status__in=[MailStatus.SENDING, MailStatus.UNCERTAIN]
    ).update(status=status, error=error, **changes)


def cancel_mail(mail: OutgoingMail, *, reason: str) -> None:
    """Keeps a mail that has not begun to leave from leaving. `reason` is French; others are left as they are."""
    OutgoingMail.objects.filter(pk=mail.pk, status=MailStatus.PENDING).update(
        status=MailStatus.CANCELLED, error=reason, sealed_link=b""
    )


def sweep_outgoing_mail() -> None:
    """Takes up what is due, and calls uncertain what a dead worker was sending."""
    abandoned = OutgoingMail.objects.filter(
        status=MailStatus.SENDING, sending_since__lt=Now() - LONGEST_CONVERSATION
    ).update(
        status=MailStatus.UNCERTAIN,
        error=f"L’envoi s’est interrompu{NBSP}: le courrier est peut-être arrivé. "
        "Vérifiez auprès du destinataire avant de renvoyer.",
        sealed_link=b"",
    )
    if abandoned:
        logger.warning("%s mails were left half sent", abandoned)
    enqueue_due(SEND_TASK, OutgoingMail.objects.due(), due="next_try_at", pause=SWEEP_PAUSE)
