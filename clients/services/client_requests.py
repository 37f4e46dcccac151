"""Asking a client for what its file lacks, through a link of its own; and receiving what it gives."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clients.advice.checklist import Checklist
from clients.enums import PortfolioFileStatus
from clients.models import AnswerState, Client, ClientAnswer, ClientRequest, PortfolioFile, RequestItem
from clients.models.client_request import MOST_ANSWERS, MOST_FILES
from clients.services.client_answers import FIGURES, RequestRefused, proposed_figures
from clients.services.client_news import tell_follower
from clients.services.journal import write_entry
from clients.services.loss_statements import prepare_statement
from clients.services.portfolio_files import TooLarge, store_portfolio_file
from factortaboite.accounts.models import User
from factortaboite.links.models import end_of, hash_token, new_token
from factortaboite.mail.models import MailStatus
from factortaboite.mail.services import cancel_mail, queue_mail
from factortaboite.mail.smtp import LINK_PLACE
from factortaboite.typography import typeset

VALIDITY = timedelta(days=30)
DOUBLE_CLICK = timedelta(minutes=1)
# Which items of the check-list each item of a request would settle.
SETTLES = {
    RequestItem.BUYERS: {"buyers", "identifiers", "amounts", "terms", "freshness"},
    RequestItem.TURNOVER: {"turnover", "excluded"},
    RequestItem.LOSSES: {"losses"},
    RequestItem.MARGIN: {"margin"},
    RequestItem.STATEMENT: {"statement"},
}


def items_received(client: Client) -> list[RequestItem]:
    """What the client has given already and waits for somebody of the firm to look at."""
    figures = proposed_figures(client)
    received = [RequestItem(item) for item, names in FIGURES.items() if any(name in figures for name in names)]
    if client.files.unconfirmed().exclude(request=None).exclude(status=PortfolioFileStatus.UNREADABLE).exists():
        received.insert(0, RequestItem.BUYERS)
    return received


def items_to_ask(checklist: Checklist, *, received: Collection[RequestItem] = ()) -> list[RequestItem]:
    """What the client can give of what is open and has not. The statement is signed once its figures are known."""
    keys = {item.key for item in checklist.from_client}
    items = [item for item in RequestItem if keys & SETTLES[item]]
    if RequestItem.LOSSES in items and RequestItem.STATEMENT in items:
        items.remove(RequestItem.STATEMENT)
    return [item for item in items if item not in received]


def write_message(client: Client, by: User) -> dict[str, str]:
    """The first words of the mail, for the broker to change: address, subject and message."""
    context = {"client": client, "author": by}
    return {
        "to": client.contact_email,
        "subject": typeset(f"Votre assurance-crédit : ce qu’il nous manque, {client}")[:200],
        "message": typeset(render_to_string("emails/client_request_message.txt", context).strip()),
    }


def ask_client(
    *, client: Client, items: Sequence[RequestItem], to: str, subject: str, message: str, by: User
) -> ClientRequest:
    """Puts the mail with a new personal link in the outbox; a statement to sign goes with it, as it is stored.

    An earlier link of the same person closes when the new message asks for all that is left to give through it; so
    does one whose mail could not be delivered, whoever it was for. It stays open while it asks for more, and so does
    that of somebody else: an accountant's figures do not wait for the manager's signature. A page that is open at that
    moment may still be sent for a day, and a message that cannot be delivered closes nothing.

    A double click sends once. Raises StatementRefused when the statement cannot be prepared.
    """
    statement = prepare_statement(client=client, by=by) if RequestItem.STATEMENT in items else None
    expires_on = timezone.localdate() + VALIDITY
    context = {
        "message": message,
        "items": items,
        "statement": statement,
        "expires_on": expires_on,
        "firm": client.firm,
        "link_place": LINK_PLACE,
    }
    body = typeset(render_to_string("emails/client_request.txt", context).strip())
    with transaction.atomic():
        Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
        same = client.requests.filter(sent_to=to, mail__body=body, created_at__gt=Now() - DOUBLE_CLICK)
        if twin := same.exclude(mail__status__in=[MailStatus.FAILED, MailStatus.CANCELLED]).first():
            return twin
        token = new_token()
        mail = queue_mail(
            firm=client.firm,
            to=to,
            reply_to=by.email,
            subject=subject,
            body=body,
            link=settings.SITE_URL + reverse("clients:public_request", args=[token]),
            attachment=bytes(statement.document) if statement else None,
            attachment_name=statement.filename if statement else "",
        )
        request = ClientRequest.objects.create(
            firm_id=client.firm_id,
            client=client,
            items=items,
            statement=statement,
            token_sha256=hash_token(token),
            mail=mail,
            sent_to=to,
            expires_at=end_of(expires_on),
            created_by=by,
        )
        asked = ", ".join(item.label[0].lower() + item.label[1:] for item in items)
        closed = " Le lien envoyé auparavant est remplacé." if _replace_earlier(request) else ""
        write_entry(typeset(f"Demandé à {to} : {asked}.{closed}"), client=client, by=by)
    return request


def _replace_earlier(request: ClientRequest) -> bool:
    """Whether the request takes the place of earlier ones. A mail that has not left stays here."""
    undelivered = Q(mail__status=MailStatus.FAILED)
    earlier = request.client.requests.usable().filter(Q(sent_to__iexact=request.sent_to) | undelivered)
    open_ones = earlier.filter(replaced_by=None, pk__lt=request.pk).select_related("mail", "statement__signature")
    replaced = [one for one in open_ones if _left_to_give(one) <= set(request.items)]
    for one in replaced:
        if one.mail:
            cancel_mail(one.mail, reason="Une demande plus récente est partie à la place de ce courrier.")
    ClientRequest.objects.filter(pk__in=[one.pk for one in replaced]).update(replaced_by=request)
    return bool(replaced)


def _left_to_give(request: ClientRequest) -> set[str]:
    given: set[str] = set(FIGURES) if request.answers.exists() else set()
    if request.files.exists():
        given.add(RequestItem.BUYERS)
    if request.statement and request.statement.is_signed:
        given.add(RequestItem.STATEMENT)
    return set(request.items) - given


@transaction.atomic
def revoke_request(request: ClientRequest, *, by: User) -> None:
    """Closes the client's link for good; what came through it stays. A mail that has not left stays here."""
    if request.mail:
        cancel_mail(request.mail, reason="La demande a été retirée avant le départ de ce courrier.")
    if ClientRequest.objects.filter(pk=request.pk, revoked_at=None).update(revoked_at=Now()):
        write_entry(f"Lien envoyé à {request.sent_to} fermé.", client=request.client, by=by)


@transaction.atomic
def receive_list(
    *, request: ClientRequest, filename: str, content: Iterable[bytes], pasted: bool = False
) -> PortfolioFile:
    """The list a client dropped, in chunks: an ordinary file, that waits for the broker's check. The same one again
    changes nothing, and tells nobody.

    Raises RequestRefused once the link brought too many, for a file that takes too much room, and for one that came
    through another link.
    """
    request = _lock_request(request)
    known = set(request.files.values_list("pk", flat=True))
    if len(known) >= MOST_FILES:
        raise RequestRefused(
            f"Ce lien a déjà apporté {MOST_FILES} fichiers : envoyez la suite à votre courtier par e-mail."
        )
    try:
        file = store_portfolio_file(
            client=request.client,
            filename=filename,
            content=content,
            by=request.created_by,
            pasted=pasted,
            request=request,
        )
    except TooLarge as error:
        raise RequestRefused(str(error)) from error
    if file.pk in known:
        return file
    if file.request_id is None:  # the firm had it already
        PortfolioFile.objects.filter(pk=file.pk).update(request=request)
    elif file.request_id != request.pk:
        raise RequestRefused("Cette liste nous est déjà parvenue : vous n’avez rien à renvoyer.")
    tell_follower(
        request,
        what=f"liste « {file.filename} » reçue",
        to_do="Vérifier la liste",
        address=reverse("clients:portfolio_file", args=[file.pk]),
    )
    write_entry(typeset(f"Liste « {file.filename} » déposée par {request.sent_to}."), client=request.client, by=None)
    return file


def _lock_request(request: ClientRequest) -> ClientRequest:
    locked = ClientRequest.objects.select_for_update(of=("self",)).select_related("client__owner", "created_by")
    return locked.get(pk=request.pk)


@transaction.atomic
def receive_figures(*, request: ClientRequest, figures: Mapping[str, Decimal | int | None]) -> ClientAnswer:
    """The figures a client typed, kept as a proposal. The same ones again, while nobody looked, are one answer.

    Raises RequestRefused once the link brought too many.
    """
    request = _lock_request(request)
    texts = {name: None if value is None else str(value) for name, value in figures.items()}
    if twin := request.answers.proposed().filter(figures=texts).first():
        return twin
    if request.answers.count() >= MOST_ANSWERS:
        raise RequestRefused("Ce lien a déjà servi bien des fois : donnez la suite à votre courtier par e-mail.")
    # A later answer takes the place of an earlier one that nobody looked at.
    request.answers.proposed().update(state=AnswerState.SET_ASIDE, handled_at=Now())
    answer = ClientAnswer.objects.create(firm_id=request.firm_id, request=request, figures=texts)
    tell_follower(
        request,
        what="chiffres reçus",
        to_do="Vérifier les chiffres",
        address=reverse("clients:client_request", args=[request.pk]),
    )
    write_entry(f"Chiffres reçus de {request.sent_to}, à vérifier.", client=request.client, by=None)
    return answer
