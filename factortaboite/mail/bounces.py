"""Mails that came back: the reports in the mailbox of our return path, told to the mails they are about."""

import logging
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from factortaboite.enqueue import enqueue
from factortaboite.mail.imap import MAILBOX_ERRORS, Mailbox, mailbox_name, open_mailbox
from factortaboite.mail.models import BounceMailbox, MailStatus, OutgoingMail
from factortaboite.mail.reports import Report, is_report, read_report

READ_TASK = "factortaboite.mail.tasks.read_bounces_task"
READING_PAUSE = timedelta(minutes=1)
# Less than the pause: readings never pile up in the pool that sends mail.
LONGEST_READING = timedelta(seconds=45)
READING_SIZE = 100
# Servers give a mail up after five days; a mailbox that was used before us is not read from its beginning.
OLDEST_REPORT = timedelta(days=10)
# bytes; what a report says comes before the mail it hands back.
LARGEST_HEADER = 4_096
LARGEST_REPORT = 131_072

logger = logging.getLogger(__name__)


def sweep_bounces() -> None:
    """Wakes a reader when the mailbox was last looked at long enough ago; silent where none is configured."""
    if not settings.BOUNCE_MAILBOX_URL:
        return
    mailbox, _ = BounceMailbox.objects.get_or_create(address=mailbox_name(settings.BOUNCE_MAILBOX_URL))
    due = BounceMailbox.objects.filter(pk=mailbox.pk, next_reading_at__lte=Now())
    if due.update(next_reading_at=Now() + READING_PAUSE):
        enqueue(READ_TASK)


def read_bounces() -> None:
    """Reads what came since last time. One reader at a time; a mailbox that does not answer is logged, no more."""
    url = settings.BOUNCE_MAILBOX_URL
    mailbox = _claim(mailbox_name(url)) if url else None
    if not mailbox:
        return
    try:
        with open_mailbox(url, longest_seconds=LONGEST_READING.total_seconds()) as folder:
            _read(folder, mailbox)
    except MAILBOX_ERRORS as error:
        logger.warning("the mailbox of returned mail, %s, does not answer: %s", mailbox, error)
    BounceMailbox.objects.filter(pk=mailbox.pk, reading_since=mailbox.reading_since).update(reading_since=None)


def _claim(address: str) -> BounceMailbox | None:
    free = Q(reading_since=None) | Q(reading_since__lt=Now() - LONGEST_READING)
    claimed = BounceMailbox.objects.filter(free, address=address).update(reading_since=Now())
    return BounceMailbox.objects.get(address=address) if claimed else None


def _read(folder: Mailbox, mailbox: BounceMailbox) -> None:
    known = mailbox.last_uid if mailbox.uid_validity == folder.uid_validity else 0
    for uid in folder.uids(after=known, since=date.today() - OLDEST_REPORT)[:READING_SIZE]:
        # Somebody's letters may lie here, too: nothing but reports is opened.
        if is_report(folder.headers(uid, "Content-Type", limit=LARGEST_HEADER)):
            report = read_report(folder.content(uid, limit=LARGEST_REPORT))
            if report and record(report):
                folder.mark_read(uid)
        BounceMailbox.objects.filter(pk=mailbox.pk).update(uid_validity=folder.uid_validity, last_uid=uid)


@transaction.atomic
def record(report: Report) -> bool:
    """Tells the mail that `report` is about what became of it. False when there is no such mail here.

    The first failure counts; told twice, it changes nothing.
    """
    for number, created_at in report.marks:
        mails = OutgoingMail.objects.gone().filter(pk=number, created_at=created_at)
        mail = mails.only("to", "returned_at").select_for_update(no_key=True).first()
        if not mail:
            continue
        said = report.about(mail.to)
        if said.failed and not mail.returned_at:
            OutgoingMail.objects.filter(pk=mail.pk).update(
                status=MailStatus.FAILED, error=said.sentence, returned_at=Now(), delay="", sealed_link=b""
            )
            logger.warning("mail %s came back: %s", mail.pk, said.status)
        elif not mail.returned_at:
            OutgoingMail.objects.filter(pk=mail.pk).update(delay=said.sentence)
        return True
    return False
