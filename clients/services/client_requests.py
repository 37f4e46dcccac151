"""Asking a client for what its file lacks, through a link of its own; and taking over what it answers, or not."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clients.advice.checklist import Checklist
from clients.models import AnswerState, Client, ClientAnswer, ClientRequest, PortfolioFile, RequestItem, RiskSnapshot
from clients.models.client_request import MOST_ANSWERS, MOST_FILES
from clients.models.snapshot import LOSS_YEARS, TURNOVER_FIELDS, loss_field_names
from clients.services.client_news import tell_follower
from clients.services.journal import Changes, write_entry
from clients.services.loss_statements import prepare_statement
from clients.services.portfolio_files import TooLarge, store_portfolio_file
from clients.services.snapshots import store_figures
from factortaboite.accounts.models import User
from factortaboite.links.models import hash_token, new_token
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
# The fields of RiskSnapshot that each item asks for.
FIGURES: dict[str, list[str]] = {
    RequestItem.TURNOVER: list(TURNOVER_FIELDS),
    RequestItem.LOSSES: [name for when in LOSS_YEARS for name in loss_field_names(when)],
    RequestItem.MARGIN: ["margin_rate"],
}


class RequestRefused(Exception):
    """What was sent or taken over cannot be; the message says why in French."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message))


def items_to_ask(checklist: Checklist) -> list[RequestItem]:
    """What the client can give of what is open. The statement is signed once its figures are known."""
    keys = {item.key for item in checklist.from_client}
    items = [item for item in RequestItem if keys & SETTLES[item]]
    if RequestItem.LOSSES in items and RequestItem.STATEMENT in items:
        items.remove(RequestItem.STATEMENT)
    return items


def figures_asked(items: Collection[str]) -> list[str]:
    """The fields of RiskSnapshot that these items ask for, in the order of the form."""
    return [name for item, names in FIGURES.items() if item in items for name in names]


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
            link=settings.SITE_URL.rstrip("/") + reverse("clients:public_request", args=[token]),
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
            expires_at=_end_of(expires_on),
            created_by=by,
        )
        asked = ", ".join(item.label[0].lower() + item.label[1:] for item in items)
        write_entry(typeset(f"Demandé à {to} : {asked}."), client=client, by=by)
    return request


def _end_of(day) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())


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


def read_figures(answer: ClientAnswer) -> dict[str, Any]:
    """The figures of an answer as RiskSnapshot holds them, in the order of the form."""
    field = RiskSnapshot._meta.get_field
    names = [name for name in figures_asked(FIGURES) if name in answer.figures]
    return {name: field(name).to_python(answer.figures[name]) for name in names}


def proposed_figures(client: Client) -> dict[str, Any]:
    """What the client typed and nobody has looked at yet, to begin with where its figures are asked for."""
    answers = ClientAnswer.objects.proposed().filter(request__client=client).order_by("pk")
    return {name: value for answer in answers for name, value in read_figures(answer).items()}


@transaction.atomic
def accept_answer(answer: ClientAnswer, *, names: Collection[str], by: User) -> RiskSnapshot:
    """Writes the chosen figures of a client's answer over those of its latest snapshot, and says so in the journal.

    Raises RequestRefused for an answer that was handled already, or without a snapshot that may change; and
    TurnoverDoesNotAddUp or LossesDoNotAddUp when the figures chosen do not go with those that stay.
    """
    answer = _lock(answer)
    client = answer.request.client
    snapshot = client.snapshots.confirmed().first()
    if snapshot is None or snapshot.frozen_at:
        raise RequestRefused(
            "Ces chiffres seront proposés à la confirmation de la prochaine liste : importez-la d’abord."
        )
    figures = {name: value for name, value in read_figures(answer).items() if name in names}
    for name, value in figures.items():
        setattr(snapshot, name, value)
    # Both refuse what contradicts itself.
    _ = snapshot.turnover_parts, snapshot.loss_years
    changes = Changes()
    changes.changing(RiskSnapshot.objects.filter(pk=snapshot.pk))
    changes.changing(ClientAnswer.objects.filter(pk=answer.pk))
    store_figures(snapshot, figures)
    _handle(answer, AnswerState.ACCEPTED, by)
    write_entry(
        f"{len(figures)} chiffre{'s' if len(figures) > 1 else ''} de {answer.request.sent_to} repris.",
        client=client, by=by, snapshot=snapshot, changes=changes,
    )  # fmt: skip
    return snapshot


@transaction.atomic
def set_answer_aside(answer: ClientAnswer, *, by: User) -> None:
    """Leaves a client's figures where they are: nothing changes. Raises RequestRefused when it was handled."""
    answer = _lock(answer)
    _handle(answer, AnswerState.SET_ASIDE, by)
    write_entry(f"Chiffres de {answer.request.sent_to} écartés.", client=answer.request.client, by=by)


def _lock(answer: ClientAnswer) -> ClientAnswer:
    locked = ClientAnswer.objects.select_for_update(of=("self",)).select_related("request__client").get(pk=answer.pk)
    if locked.state != AnswerState.PROPOSED:
        raise RequestRefused(f"Ces chiffres sont déjà traités : {locked.get_state_display()}.")
    return locked


def _handle(answer: ClientAnswer, state: AnswerState, by: User) -> None:
    answer.state, answer.handled_by, answer.handled_at = state, by, timezone.now()
    answer.save(update_fields=["state", "handled_by", "handled_at"])
