"""Who may be asked about a client's buyers: its mandates, asked for, signed, ended."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.models import Client
from factortaboite.accounts.models import User
from factortaboite.accounts.permissions import committer_required
from factortaboite.forms import key_in
from quotes.enums import MANDATE_TRANSITIONS, MandateScope, MandateState
from quotes.forms.mandates import MandateRequestForm, MandateSignatureForm, MandateStateForm
from quotes.models import MandateDocument, MandateEvent, PartnerAccount
from quotes.models.mandate import MandateRefused
from quotes.services.mandates import (
    Standing,
    accept_mandates,
    note_state,
    read_standings,
    request_mandates,
    write_request,
)

# State class of components.css, by state.
TONES = {
    MandateState.FREE: "waiting",
    MandateState.INCUMBENT: "partial",
    MandateState.RESERVED: "refused",
    MandateState.REQUESTED: "waiting",
    MandateState.ACCEPTED: "granted",
    MandateState.EXPIRED: "refused",
}
NEXT_STEPS = {
    MandateState.FREE: ("quotes:mandate_request", "Demander le mandat"),
    MandateState.INCUMBENT: ("quotes:mandate_request", "Demander la nomination"),
    MandateState.RESERVED: ("quotes:mandate_request", "Demander le mandat"),
    MandateState.REQUESTED: ("quotes:mandate_sign", "Enregistrer la signature"),
    MandateState.ACCEPTED: ("quotes:mandate_sign", "Renouveler"),
    MandateState.EXPIRED: ("quotes:mandate_request", "Redemander le mandat"),
}
# What a click on a partner's own words says, by the state it leads to.
NOTES = {
    MandateState.FREE: "Libre",
    MandateState.INCUMBENT: "Déjà assureur en place",
    MandateState.RESERVED: "Réservé par un autre courtier",
}
ENDINGS = {MandateState.REQUESTED: "Abandonner la demande", MandateState.ACCEPTED: "Mettre fin au mandat"}


@dataclass(frozen=True, slots=True)
class Line:
    """One partner on the board."""

    standing: Standing
    events: list[MandateEvent]

    @property
    def tone(self) -> str:
        return TONES[self.standing.state]

    @property
    def next_step(self) -> tuple[str, str]:
        return NEXT_STEPS[self.standing.state]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The other moves, as (state, words)."""
        state = self.standing.state
        moves = [note for note in NOTES if note in MANDATE_TRANSITIONS[state]]
        return [
            (note.value, ENDINGS.get(state, NOTES[note]) if note == MandateState.FREE else NOTES[note])
            for note in moves
        ]


def _client(request: HttpRequest, pk: int) -> Client:
    return get_object_or_404(Client.objects.visible_to(request.user).select_related("firm"), pk=pk)


def _lines(client: Client, user: User) -> list[Line]:
    accounts = PartnerAccount.objects.visible_to(user).filter(Q(active=True) | Q(mandates__client=client)).distinct()
    events: dict[int, list[MandateEvent]] = {}
    for event in MandateEvent.objects.filter(mandate__client=client).select_related("by", "mandate"):
        events.setdefault(event.mandate.account_id, []).append(event)
    return [Line(each, events.get(each.account.pk, [])) for each in read_standings(client=client, accounts=accounts)]


@require_GET
def mandate_list(request: HttpRequest, client_pk: int) -> HttpResponse:
    client = _client(request, client_pk)
    return render(request, "quotes/mandate_list.html", {"client": client, "lines": _lines(client, request.user)})


@require_http_methods(["GET", "POST"])
@committer_required
def mandate_request(request: HttpRequest, client_pk: int) -> HttpResponse:
    client = _client(request, client_pk)
    chosen = _chosen(request)
    initial = {
        "accounts": chosen,
        "scope": _usual_scope(client, chosen),
        "to": client.contact_email,
        "message": write_request(client, request.user),
    }
    form = MandateRequestForm(request.POST or None, user=request.user, initial=initial)
    if form.is_valid():
        try:
            letter = request_mandates(client=client, by=request.user, **form.cleaned_data)
        except MandateRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                f"Lettre confiée à la messagerie pour {letter.mail.to}."
                if letter.mail
                else "La lettre est prête à signer.",
            )
            return redirect("quotes:mandate_list", client_pk=client.pk)
    context = {"client": client, "form": form}
    return render(request, "quotes/mandate_request.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest) -> list[int]:
    """The partners that the address names."""
    return list(filter(None, map(key_in, request.GET.getlist("partenaire"))))


def _usual_scope(client: Client, chosen: list[int]) -> MandateScope:
    insures = client.mandates.filter(account__in=chosen, status=MandateState.INCUMBENT).exists()
    return MandateScope.MANAGEMENT if insures else MandateScope.PLACEMENT


@require_http_methods(["GET", "POST"])
@committer_required
def mandate_sign(request: HttpRequest, client_pk: int) -> HttpResponse:
    client = _client(request, client_pk)
    form = MandateSignatureForm(
        request.POST or None, request.FILES or None, user=request.user, initial=_expected(client, _chosen(request))
    )
    if form.is_valid():
        try:
            accept_mandates(client=client, by=request.user, **form.cleaned_data)
        except MandateRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Mandat accepté : ces partenaires peuvent être interrogés.")
            return redirect("quotes:mandate_list", client_pk=client.pk)
    context = {"client": client, "form": form}
    return render(request, "quotes/mandate_sign.html", context, status=422 if form.errors else 200)


def _expected(client: Client, chosen: list[int]) -> dict:
    """What the letter asked for: a client signs all the letters of one mail at once."""
    mandate = client.mandates.filter(account__in=chosen).first()
    if mandate is None or not mandate.scope:
        return {"accounts": chosen, "scope": MandateScope.PLACEMENT}
    expected = {"accounts": chosen, "scope": mandate.scope}
    if mandate.state == MandateState.REQUESTED:
        others = mandate.letter.mandates.filter(status=MandateState.REQUESTED)
        expected |= {
            "accounts": list(others.values_list("account_id", flat=True)),
            "valid_until": mandate.valid_until,
        }
    return expected


@require_POST
@committer_required
def mandate_note(request: HttpRequest, client_pk: int) -> HttpResponse:
    client = _client(request, client_pk)
    form = MandateStateForm(request.POST, user=request.user)
    if not form.is_valid():
        return HttpResponseBadRequest("Cette situation n’existe pas.")
    try:
        note_state(client=client, by=request.user, **form.cleaned_data)
    except MandateRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("quotes:mandate_list", client_pk=client.pk)


@require_GET
def mandate_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored bytes. What somebody uploaded is saved, never shown in our own pages."""
    document = get_object_or_404(MandateDocument.objects.visible_to(request.user), pk=pk)
    return HttpResponse(
        bytes(document.content),
        content_type=document.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{document.download_name}"',
            "Cache-Control": "private, no-store",
        },
    )
