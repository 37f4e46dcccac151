"""What a client's file lacks, each with the one click that gets it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from clients.advice.checklist import Checklist, Item, State
from clients.models import Client, ClientRequest, CompanyStatus, RiskSnapshot
from clients.services.checklist import read_checklist
from clients.services.companies import look_up
from clients.views.client_requests import latest_request
from factortaboite.accounts.permissions import preparer_required

SHOWN = 4
TONES = {State.DONE: "granted", State.DOUBTFUL: "partial", State.MISSING: "refused"}
WORDS = {State.DONE: "réglé", State.DOUBTFUL: "à vérifier", State.MISSING: "manque"}


@dataclass(frozen=True, slots=True)
class Step:
    """One item with the firm's own way to get it: `posts` when a click does it all."""

    item: Item
    url: str
    words: str
    posts: bool = False

    @property
    def tone(self) -> str:
        return TONES[self.item.state]

    @property
    def state(self) -> str:
        return WORDS[self.item.state]


@dataclass(frozen=True, slots=True)
class Panel:
    """The check-list as it is shown: the first steps, the others, and what is settled."""

    checklist: Checklist
    steps: tuple[Step, ...]
    asked: ClientRequest | None

    @property
    def percent_done(self) -> int:
        return int(self.checklist.share * 100)

    @property
    def first(self) -> tuple[Step, ...]:
        return self.steps[:SHOWN]

    @property
    def others(self) -> tuple[Step, ...]:
        return self.steps[SHOWN:]


def read_panel(client: Client, snapshot: RiskSnapshot | None) -> Panel:
    """The check-list of a client and of its latest snapshot."""
    checklist = read_checklist(client, snapshot)
    return Panel(checklist, tuple(_step(item, client, snapshot) for item in checklist.open), latest_request(client))


def _step(item: Item, client: Client, snapshot: RiskSnapshot | None) -> Step:
    match item.key:
        case "contact":
            return Step(item, reverse("clients:client_edit", args=[client.pk]), "Le compléter")
        case "siren" if client.siren:
            return Step(item, reverse("clients:client_verify", args=[client.pk]), "Vérifier au registre", posts=True)
        case "siren":
            return Step(item, reverse("clients:client_edit", args=[client.pk]), "Le renseigner")
        case "statement":
            return Step(item, reverse("clients:loss_statement", args=[client.pk]), "Ouvrir la déclaration")
        case "identifiers" if snapshot and not snapshot.frozen_at:
            return Step(item, reverse("clients:cleaning_detail", args=[snapshot.pk]), "Chercher les SIREN")
        case "identifiers" if snapshot:
            return Step(item, reverse("clients:snapshot_detail", args=[snapshot.pk]), "Voir les acheteurs")
        case "amounts" | "terms" if snapshot and not snapshot.frozen_at:
            return Step(item, reverse("clients:grid_detail", args=[snapshot.pk]), "Remplir la grille")
        case "turnover" | "excluded" | "losses" | "margin" if snapshot and not snapshot.frozen_at:
            return Step(item, reverse("clients:snapshot_edit", args=[snapshot.pk]), "Renseigner")
        case "turnover" | "excluded" | "losses" | "margin" if snapshot:
            return Step(item, reverse("clients:portfolio_upload", args=[client.pk]), "À la prochaine liste")
        case "turnover" | "losses" | "margin":
            return Step(item, reverse("clients:client_request_create", args=[client.pk]), "Demander au client")
        case _:
            return Step(item, reverse("clients:portfolio_upload", args=[client.pk]), "Importer une liste")


@require_POST
@preparer_required
def client_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the register about the client's SIREN, when nobody has for a month."""
    client = get_object_or_404(Client.objects.visible_to(request.user).exclude(siren=""), pk=pk)
    found = look_up(client.siren)
    if found.trouble:
        messages.warning(request, found.trouble)
    elif found.company.status == CompanyStatus.ACTIVE:
        messages.success(request, f"Le registre confirme : {found.company}, en activité.")
    elif found.company.is_closed:
        messages.warning(request, f"Le registre dit {found.company} fermée : est-ce le bon SIREN ?")
    else:
        messages.warning(request, "Le registre ne connaît pas ce SIREN.")
    return redirect("clients:client_detail", pk=client.pk)
