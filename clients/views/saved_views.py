"""Saved views of the lists: saved, opened by their short address, renamed, removed."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clients.forms.saved_views import NewViewForm, SavedViewForm
from clients.lists.keyset import POSITION
from clients.models.saved_view import ListName, SavedView
from clients.services.saved_views import change_view, delete_view, open_first, open_first_no_longer, save_view

LISTS = {ListName.CLIENTS: "clients:client_list", ListName.BUYERS: "quotes:buyer_list"}


def _address(list_name: str, query: str) -> str:
    return f"{reverse(LISTS[ListName(list_name)])}?{query or 'tout=1'}"


@require_GET
def view_open(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    return redirect(_address(view.list_name, view.query))


@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    form = NewViewForm(request.POST)
    list_name = request.POST.get("list_name", "")
    if list_name not in LISTS:
        return redirect("clients:client_list")
    said = [(name, value) for name, value in parse_qsl(request.POST.get("query", "")) if name not in POSITION]
    query = urlencode(said)
    if not form.is_valid():
        messages.warning(request, _first_error(form))
        return redirect(_address(list_name, query))
    fields = form.cleaned_data | {"query": query}
    try:
        view = save_view(by=request.user, **fields)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        seen = "tout le cabinet la voit" if view.is_shared else "vous seul la voyez"
        messages.success(request, f"Vue « {view} » enregistrée : {seen}.")
    return redirect(_address(list_name, query))


def _first_error(form: SavedViewForm) -> str:
    return next(f"{form.fields[name].label} : {errors[0]}" for name, errors in form.errors.items())


def _changeable(request: HttpRequest, pk: int) -> SavedView:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if not view.is_changeable_by(request.user):
        raise PermissionDenied
    return view


@require_POST
def view_change(request: HttpRequest, pk: int) -> HttpResponse:
    view = _changeable(request, pk)
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _first_error(form))
        return redirect(_address(view.list_name, view.query))
    try:
        change_view(view, **form.cleaned_data)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, f"Vue « {view} » modifiée.")
    return redirect(_address(view.list_name, view.query))


@require_POST
def view_first(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether one's list opens with this view, somebody else's included."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if request.POST.get("en_premier"):
        open_first(view, by=request.user)
        messages.success(request, f"Votre liste s’ouvrira sur « {view} ».")
    else:
        open_first_no_longer(view, by=request.user)
        messages.success(request, "Votre liste s’ouvrira de nouveau en entier.")
    return redirect(_address(view.list_name, view.query))


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """The name goes; what it shows stays on the screen."""
    view = _changeable(request, pk)
    delete_view(view)
    messages.success(request, f"La vue « {view} » est retirée.")
    return redirect(_address(view.list_name, view.query))
