"""The way of a client from the first contact to the renewal: moved by hand, or by what the product saw happen."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clients.enums import COVERED_STAGES, STAGE_TRANSITIONS, STAGES_BEFORE_CONTRACT, ClientStage
from clients.models import Client, StageMove
from clients.services.journal import write_entry
from factortaboite.accounts.models import User
from factortaboite.refused import Refused
from factortaboite.templatetags.french import french_date
from factortaboite.typography import typeset

# The order of the work; whoever is lost is moved back by being taken up again.
ORDER = list(ClientStage)
# What takes a client on by itself, as the journal tells it.
FACTS = {
    ClientStage.SNAPSHOT: "sa liste d’acheteurs est confirmée",
    ClientStage.MARKET_TEST: "son test à blanc est lancé",
    ClientStage.OFFER: "son offre est envoyée",
    ClientStage.PLACEMENT: "il a accepté l’offre",
}


class MoveRefused(Refused):
    """The client cannot go there from where it stands; the message is French."""


def needs_reason(origin: str, target: str) -> bool:
    """Whether a move by hand has to be explained: a client lost, taken up again, or moved back. A renewed contract
    simply runs on."""
    if origin == ClientStage.RENEWAL and target == ClientStage.CONTRACT:
        return False
    return target == ClientStage.LOST or ORDER.index(target) < ORDER.index(origin)


def needs_effective_date(origin: str, target: str) -> bool:
    """Whether a move by hand says since when the client is covered."""
    return target == ClientStage.CONTRACT and origin != ClientStage.RENEWAL


def next_stages(client: Client) -> list[ClientStage]:
    """Where the client can be moved by hand, in the order of the work."""
    return [stage for stage in ORDER if stage in STAGE_TRANSITIONS[client.stage]]


@transaction.atomic
def move_client(
    client: Client,
    *,
    to: ClientStage,
    by: User,
    reason: str = "",
    effective_on: date | None = None,
    first_contact_on: date | None = None,
) -> None:
    """Moves a client by hand. Where it stands already, nothing happens: a double click moves once.

    `effective_on` is the contract's, asked for where `needs_effective_date`; `first_contact_on` starts the ten days
    anew for a client that comes back. Raises MoveRefused for a move that STAGE_TRANSITIONS does not list, as the
    database knows the client now, and ValidationError (by field) for what the move asks for and was not given.
    """
    current = _lock(client.pk)
    if current.stage == to:
        client.refresh_from_db()
        return
    if to not in STAGE_TRANSITIONS[current.stage]:
        raise MoveRefused(f"Depuis « {current.get_stage_display()} », l’étape « {to.label} » n’est pas possible.")
    if needs_reason(current.stage, to) and not reason:
        raise ValidationError({"reason": "Dites pourquoi, en quelques mots."})
    if needs_effective_date(current.stage, to):
        if effective_on is None:
            raise ValidationError({"effective_on": "Indiquez la date d’effet du contrat."})
        current.effective_on = effective_on
    if current.stage == ClientStage.LOST and first_contact_on:
        current.first_contact_on = first_contact_on
    _move(current, to=to, by=by, reason=reason)
    client.refresh_from_db()


@transaction.atomic
def advance_client(client: Client, *, to: ClientStage, by: User | None) -> None:
    """Moves a client on because of a fact: a confirmed list, a launched test, an offer sent or accepted.

    Never back, and never out of a contract, a renewal or the lost ones: there only a person decides. `by` is whoever
    made it happen, None for the client itself.
    """
    current = _lock(client.pk)
    if current.stage not in STAGES_BEFORE_CONTRACT or ORDER.index(to) <= ORDER.index(current.stage):
        return
    _move(current, to=to, by=by, reason=FACTS[to], automatic=True)


def _lock(pk: int) -> Client:
    return Client.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _move(client: Client, *, to: ClientStage, by: User | None, reason: str, automatic: bool = False) -> None:
    move = StageMove.objects.create(
        firm_id=client.firm_id,
        client=client,
        from_stage=client.stage,
        to_stage=to,
        by=by,
        automatic=automatic,
        reason=reason,
    )
    client.stage, client.stage_since = to, timezone.localdate()
    client.lost_reason = reason if to == ClientStage.LOST else ""
    if to not in (*COVERED_STAGES, ClientStage.LOST):
        client.effective_on = None
    client.save(update_fields=["stage", "stage_since", "lost_reason", "effective_on", "first_contact_on"])
    write_entry(_sentence(client, move), client=client, by=by)


def _sentence(client: Client, move: StageMove) -> str:
    sentence = f"Passé de « {move.get_from_stage_display()} » à « {move.get_to_stage_display()} »"
    if needs_effective_date(move.from_stage, move.to_stage):
        sentence += f", avec effet au {french_date(client.effective_on)}"
    return typeset(f"{sentence} : {move.reason}" if move.reason else f"{sentence}.")
