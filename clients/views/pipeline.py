"""The pipeline: every client at its stage, what happens next with it, and the moves. The forms open inside a card, on
the board and on the client's page alike; without scripts each is a page of its own."""

from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url, reswap, retarget

from clients.enums import ClientStage
from clients.forms.pipeline import MoveForm, OwnerForm, PlanForm
from clients.models import Client
from clients.reports.board import MINE, NOBODYS, Filters, read_board
from clients.services.followup import complete_action, plan_action
from clients.services.owners import assign_clients
from clients.services.stages import MoveRefused, move_client, next_stages
from factortaboite.accounts.models import User
from factortaboite.accounts.permissions import preparer_required
from factortaboite.fragments import wants_fragment
from factortaboite.templatetags.french import french_date
from factortaboite.typography import typeset


@require_GET
@vary_on_headers("HX-Request")
def board(request: HttpRequest) -> HttpResponse:
    template = "pipeline/_board.html" if wants_fragment(request) else "pipeline/board.html"
    return render(request, template, _board_context(request.user, request.GET))


@require_http_methods(["GET", "POST"])
@preparer_required
def client_move(request: HttpRequest, pk: int) -> HttpResponse:
    """The stages to choose from, then what the chosen move asks for, which may be nothing."""
    client = _client(request, pk)
    if request.method == "GET":
        return _in_card(request, "stages", {"client": client, "stages": next_stages(client)})
    if (stage := request.POST.get("stage")) not in ClientStage:
        return HttpResponseBadRequest()
    form = MoveForm(client=client, stage=ClientStage(stage))
    if form.fields and not form.fields.keys() & request.POST.keys():
        return _form(request, client, form)
    form = MoveForm(request.POST, client=client, stage=form.stage)
    if form.is_valid():
        try:
            move_client(client, to=form.stage, by=request.user, **form.cleaned_data)
        except MoveRefused as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _changed(request, client, f"{client} : étape « {form.stage.label} ».")
    return _form(request, client, form)


@require_http_methods(["GET", "POST"])
@preparer_required
def client_plan(request: HttpRequest, pk: int) -> HttpResponse:
    client = _client(request, pk)
    form = PlanForm(request.POST or None, client=client)
    if request.method == "POST" and form.is_valid():
        action, day = form.cleaned_data["next_action"], form.cleaned_data["next_action_on"]
        plan_action(client, action=action, on=day, by=request.user)
        return _changed(request, client, f"{client} : {action}, le {french_date(day)}.")
    return _form(request, client, form)


@require_POST
@preparer_required
def client_done(request: HttpRequest, pk: int) -> HttpResponse:
    """The next action is done: what comes after it is asked at once."""
    client = _client(request, pk)
    if not complete_action(client, action=request.POST.get("action", ""), by=request.user):
        return _changed(request, client, f"{client} : cette action n’était plus prévue.")
    form = PlanForm(client=client, title="Fait. Et ensuite ?")
    return _changed(request, client, f"{client} : fait. Et ensuite ?", form)


@require_http_methods(["GET", "POST"])
@preparer_required
def client_assign(request: HttpRequest, pk: int) -> HttpResponse:
    client = _client(request, pk)
    form = OwnerForm(request.POST or None, client=client)
    if request.method == "POST" and form.is_valid():
        client.owner = form.cleaned_data["owner"]
        assign_clients(Client.objects.filter(pk=client.pk), owner=client.owner, by=request.user)
        return _changed(request, client, f"{client} : suivi par {client.owner}.")
    return _form(request, client, form)


def _client(request: HttpRequest, pk: int) -> Client:
    return get_object_or_404(Client.objects.visible_to(request.user).select_related("owner"), pk=pk)


def _board_context(user: User, query: QueryDict, first: Client | None = None) -> dict:
    filters = Filters.read(query)
    owners = User.objects.filter(pk__in=Client.objects.visible_to(user).order_by().values("owner"))
    return {
        "board": read_board(user, filters, page=query.get("page"), first=first),
        "filters": filters,
        "mine": MINE,
        "nobodys": NOBODYS,
        "owners": list(owners.exclude(pk=user.pk).order_by("last_name", "first_name", "pk")),
    }


def _form(request: HttpRequest, client: Client, form: forms.Form) -> HttpResponse:
    return _in_card(request, "form", {"client": client, "form": form}, status=422 if form.is_bound else 200)


def _in_card(request: HttpRequest, name: str, context: dict, status: int = 200) -> HttpResponse:
    """A fragment for the card that asked, or a page around it."""
    template = f"pipeline/_{name}.html"
    if not request.htmx:
        context, template = context | {"fragment": template}, "pipeline/client_form.html"
    return render(request, template, context, status=status)


def _changed(request: HttpRequest, client: Client, said: str, form: forms.Form | None = None) -> HttpResponse:
    """The board as its visitor had filtered it, or the client's part of its page; what happened is said aloud, and
    the keyboard stays with the client. `form` is what the client's card asks next."""
    said = typeset(said)
    if not request.htmx:
        messages.success(request, said)
        return redirect("clients:client_detail", pk=client.pk)
    context = {"client": client, "changed": client, "said": said, "form": form}
    page = urlsplit(request.htmx.current_url or "")
    if page.path != reverse("pipeline:board"):
        response = render(request, "pipeline/_client.html", context)
        return reswap(retarget(response, "#client-pipeline"), "outerHTML")
    query = QueryDict(page.query, mutable=True)
    follows = query.get("etape", client.stage) != client.stage
    if follows:
        # The one stage that is shown follows the client: its card stays under the hand that moved it.
        query["etape"] = client.stage
        query.pop("page", None)
    # The addresses in the fragment are those of the page it goes into.
    request.GET = query
    response = render(request, "pipeline/_board.html", context | _board_context(request.user, query, client))
    push_url(response, f"{page.path}?{query.urlencode()}" if follows else False)
    return reswap(retarget(response, "#pipeline-board"), "outerHTML")
