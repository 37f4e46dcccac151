"""Mails that will not arrive, and whose next step waits for them."""

from collections.abc import Iterator

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone

from clients.models import ClientRequest
from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import User
from factortaboite.desk.task import RECENT, SHOWN, Task
from factortaboite.mail.models import MailStatus, OutgoingMail
from quotes.enums import MandateState
from quotes.models import MandateDocument, Submission


def undelivered(user: User) -> Iterator[Task]:
    """All of the firm's, but for an offer's, which is told with the offer."""
    yield from _questions(user)
    yield from _letters(user)
    yield from _requests(user)
    if user.role == Role.DIRECTION:
        yield from _invitations(user)


def _task(title: str, detail: str, url: str, action: str = "Corriger et renvoyer") -> Task:
    return Task(title, detail, "refused", "e-mail non remis", action, url, True)


def _questions(user: User) -> Iterator[Task]:
    """To insurers, which have not answered by another way."""
    submissions = (
        Submission.objects.visible_to(user)
        .filter(
            request_mail__status=MailStatus.FAILED,
            settled_count__lt=F("asked_count"),
            market_test__launched_at__gt=timezone.now() - RECENT,
        )
        .select_related("market_test__client", "request_mail")
        .only("name", "market_test__client__name", "request_mail__to")
    )
    for submission in submissions[:SHOWN]:
        yield _task(
            submission.market_test.client.name,
            f"Demande à {submission.name}, {submission.request_mail.to}",
            reverse("quotes:submission_answers", args=[submission.pk]),
        )


def _letters(user: User) -> Iterator[Task]:
    """Of mandate, while they wait for a signature."""
    letters = (
        MandateDocument.objects.visible_to(user)
        .filter(mail__status=MailStatus.FAILED, mandates__status=MandateState.REQUESTED)
        .distinct()
        .select_related("client", "mail")
        .only("client__name", "mail__to")
    )
    for letter in letters[:SHOWN]:
        yield _task(
            letter.client.name,
            f"Lettre de mandat à {letter.mail.to}",
            reverse("quotes:mandate_list", args=[letter.client_id]),
        )


def _requests(user: User) -> Iterator[Task]:
    """To clients."""
    for request in ClientRequest.objects.visible_to(user).open().filter(mail__status=MailStatus.FAILED)[:SHOWN]:
        yield _task(
            request.client.name,
            f"Demande au client, {request.sent_to}",
            reverse("clients:client_request_create", args=[request.client_id]),
        )


def _invitations(user: User) -> Iterator[Task]:
    """People whose link to choose a password did not reach them."""
    newcomers = User.objects.filter(
        firm_id=user.firm_id, is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
    waiting = {person.email: person for person in newcomers}
    later = OutgoingMail.objects.filter(to=OuterRef("to"), pk__gt=OuterRef("pk"))
    mails = OutgoingMail.objects.visible_to(user).filter(~Exists(later), status=MailStatus.FAILED, to__in=waiting)
    for address in mails.values_list("to", flat=True)[:SHOWN]:
        person = waiting[address]
        yield _task(
            str(person),
            f"Son invitation n’a pas pu être remise à {address}",
            reverse("accounts:user_edit", args=[person.pk]),
            "Corriger l’adresse",
        )
