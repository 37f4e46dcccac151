"""Asking a client for what its file lacks, and looking at what it answered."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.client_requests import ClientRequestForm
from clients.models import Client, ClientAnswer, ClientRequest, RiskSnapshot
from clients.portfolio.losses import LossesDoNotAddUp
from clients.portfolio.turnover import TurnoverDoesNotAddUp
from clients.services.checklist import read_checklist
from clients.services.client_answers import RequestRefused, accept_answer, read_figures, set_answer_aside
from clients.services.client_requests import ask_client, items_received, items_to_ask, revoke_request, write_message
from clients.services.loss_statements import StatementRefused
from clients.services.snapshots import Frozen
from factortaboite.accounts.permissions import preparer_required
from factortaboite.money import euros, percent


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that the client typed beside the one that stands; both as they are shown."""

    name: str
    label: str
    stands: str
    given: str

    @property
    def differs(self) -> bool:
        return self.stands != self.given


@require_http_methods(["GET", "POST"])
@preparer_required
def client_request_create(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user).select_related("firm", "company"), pk=pk)
    checklist = read_checklist(client, client.snapshots.confirmed().first())
    received = items_received(client)
    wanted = items_to_ask(checklist, received=received)
    form = ClientRequestForm(request.POST or None, initial={"items": wanted, **write_message(client, request.user)})
    if form.is_valid():
        try:
            asked = ask_client(client=client, by=request.user, **form.cleaned_data)
        except StatementRefused as refusal:
            form.add_error("items", f"{refusal} Demandez ses impayés au client d’abord, sa signature ensuite.")
        else:
            messages.success(request, f"La demande part à {asked.sent_to}.")
            return redirect("clients:client_detail", pk=client.pk)
    context = {"client": client, "form": form, "checklist": checklist, "received": received}
    return render(request, "clients/client_request_create.html", context, status=422 if form.errors else 200)


@require_GET
def client_request(request: HttpRequest, pk: int) -> HttpResponse:
    """What was sent, opened and answered."""
    found = get_object_or_404(_requests(request), pk=pk)
    answer = found.answers.select_related("handled_by").first()
    return _show(request, found, answer)


def _show(request: HttpRequest, found: ClientRequest, answer: ClientAnswer | None, status: int = 200, **more):
    snapshot = found.client.snapshots.confirmed().first()
    context = {
        "asked": found,
        "client": found.client,
        "files": found.files.defer("packed", "reading").order_by("pk"),
        "answer": answer,
        "figures": _compare(answer, snapshot) if answer else [],
        "snapshot": snapshot,
        "can_accept": snapshot is not None and not snapshot.frozen_at,
        **more,
    }
    return render(request, "clients/client_request.html", context, status=status)


def _requests(request: HttpRequest):
    return (
        ClientRequest.objects.visible_to(request.user)
        .select_related("client", "mail", "created_by", "statement__signature")
        .defer("mail__attachment", "statement__document", "statement__signature__scan")
    )


def _compare(answer: ClientAnswer, snapshot: RiskSnapshot | None) -> list[Figure]:
    return [
        Figure(
            name,
            _capital(RiskSnapshot._meta.get_field(name).verbose_name),
            _shown(name, getattr(snapshot, name)) if snapshot else "",
            _shown(name, value),
        )
        for name, value in read_figures(answer).items()
    ]


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "margin_rate":
        return percent(value)
    return str(value) if isinstance(value, int) else euros(value)


@require_POST
@preparer_required
def client_request_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_requests(request), pk=pk)
    revoke_request(found, by=request.user)
    messages.success(request, "Le lien est fermé.")
    return redirect("clients:client_request", pk=pk)


def _answers(request: HttpRequest):
    return ClientAnswer.objects.visible_to(request.user).select_related("request")


@require_POST
@preparer_required
def client_answer_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes over the figures that are ticked."""
    answer = get_object_or_404(_answers(request), pk=pk)
    names = set(request.POST.getlist("figures")) & set(answer.figures)
    try:
        if not names:
            raise RequestRefused("Cochez au moins un chiffre à reprendre, ou écartez la réponse.")
        accept_answer(answer, names=names, by=request.user)
    except (RequestRefused, Frozen, TurnoverDoesNotAddUp, LossesDoNotAddUp) as refusal:
        found = get_object_or_404(_requests(request), pk=answer.request_id)
        return _show(request, found, answer, status=422, refusal=str(refusal), ticked=names)
    messages.success(request, "Les chiffres du client sont repris dans la photographie.")
    return redirect("clients:client_detail", pk=answer.request.client_id)


@require_POST
@preparer_required
def client_answer_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    answer = get_object_or_404(_answers(request), pk=pk)
    try:
        set_answer_aside(answer, by=request.user)
    except RequestRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect("clients:client_request", pk=answer.request_id)


def latest_request(client: Client) -> ClientRequest | None:
    """The client's last request with what came of it, for its check-list."""
    requests = client.requests.select_related("mail", "statement__signature").defer(
        "mail__attachment", "statement__document", "statement__signature__scan"
    )
    # Rows that are counted have lost the model's order.
    return (
        requests.annotate(file_count=Count("files", distinct=True), answer_count=Count("answers", distinct=True))
        .order_by("-pk")
        .first()
    )
