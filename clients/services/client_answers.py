"""What a client typed through its link: taken over by somebody of the firm, or with the next list, or set aside."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from clients.models import AnswerState, Client, ClientAnswer, RequestItem, RiskSnapshot
from clients.models.snapshot import LOSS_YEARS, TURNOVER_FIELDS, loss_field_names
from clients.services.journal import Changes, write_entry
from clients.services.snapshots import store_figures
from factortaboite.accounts.models import User
from factortaboite.refused import Refused

# The fields of RiskSnapshot that each item asks for.
FIGURES: dict[str, list[str]] = {
    RequestItem.TURNOVER: list(TURNOVER_FIELDS),
    RequestItem.LOSSES: [name for when in LOSS_YEARS for name in loss_field_names(when)],
    RequestItem.MARGIN: ["margin_rate"],
}


class RequestRefused(Refused):
    """What was sent or taken over cannot be; the message says why in French."""


def figures_asked(items: Collection[str]) -> list[str]:
    """The fields of RiskSnapshot that these items ask for, in the order of the form."""
    return [name for item, names in FIGURES.items() if item in items for name in names]


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


def take_with_list(snapshot: RiskSnapshot, *, by: User | None) -> None:
    """Says of the client's answers that a new snapshot repeats that they were taken over. Call it in the transaction
    that confirms the list; an answer of which somebody changed a figure stays to be looked at."""
    for answer in ClientAnswer.objects.proposed().filter(request__client=snapshot.client).select_related("request"):
        if all(getattr(snapshot, name) == value for name, value in read_figures(answer).items()):
            _handle(answer, AnswerState.ACCEPTED, by)
            sentence = f"Chiffres de {answer.request.sent_to} repris avec la liste."
            write_entry(sentence, client=snapshot.client, by=by, snapshot=snapshot)


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


def _handle(answer: ClientAnswer, state: AnswerState, by: User | None) -> None:
    answer.state, answer.handled_by, answer.handled_at = state, by, timezone.now()
    answer.save(update_fields=["state", "handled_by", "handled_at"])
