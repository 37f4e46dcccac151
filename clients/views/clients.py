"""The firm's book: its clients, and one client's page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from clients import services
from clients.forms.clients import ClientForm
from clients.forms.owners import OwnerForm
from clients.forms.portfolio_files import PortfolioUploadForm
from clients.lists.clients import CLIENTS
from clients.lists.listing import Listing
from clients.models import Client, ClientAnswer
from clients.reports.portrait import portrait
from clients.services.owners import assign_clients
from clients.views.checklist import read_panel
from clients.views.lists import ask_to_confirm, chosen_rows, confirmed, export_text, export_workbook, show_list
from factortaboite.accounts.permissions import preparer_required
from factortaboite.templatetags.ui import pluralize

ALERTS_SHOWN = 5


@require_GET
@vary_on_headers("HX-Request")
def client_list(request: HttpRequest) -> HttpResponse:
    return show_list(
        request,
        CLIENTS,
        page="clients/client_list.html",
        fragment="clients/_client_table.html",
        owner_form=OwnerForm(user=request.user) if request.user.can_prepare else None,
    )


@require_GET
def client_workbook(request: HttpRequest) -> HttpResponseBase:
    return export_workbook(request, CLIENTS, title="Clients")


@require_GET
def client_text(request: HttpRequest) -> HttpResponse:
    return export_text(request, CLIENTS, title="Clients")


@require_POST
@preparer_required
def client_assign(request: HttpRequest) -> HttpResponse:
    """Gives the ticked clients, or all of the filter, to somebody to follow."""
    listing, form = Listing(CLIENTS, request.user, request.GET), OwnerForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.warning(request, "Choisissez quelqu’un de votre cabinet.")
        return redirect(listing.address)
    owner, clients = form.cleaned_data["owner"], chosen_rows(request, listing)
    if not confirmed(request):
        concerned = clients.count()
        heading = f"{owner or 'Personne'} pour suivre {concerned} client{pluralize(concerned)} ?"
        return ask_to_confirm(request, listing, heading=heading, sentences=[])
    changed = assign_clients(clients, owner=owner, by=request.user)
    if changed:
        name = f"{owner} suit désormais" if owner else "Plus personne ne suit"
        messages.success(request, f"{name} {changed} client{pluralize(changed)}.")
    else:
        messages.info(request, "Rien à changer : cochez des clients que quelqu’un d’autre suit.")
    return redirect(listing.address)


@require_http_methods(["GET", "POST"])
@preparer_required
def client_create(request: HttpRequest) -> HttpResponse:
    form = ClientForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            client = services.create_client(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("siren", error.messages)
        else:
            return redirect("clients:client_detail", pk=client.pk)
    return render(request, "clients/client_create.html", {"form": form})


@require_GET
def client_detail(request: HttpRequest, pk: int) -> HttpResponse:
    clients = Client.objects.visible_to(request.user).select_related("owner", "company")
    client = get_object_or_404(clients, pk=pk)
    snapshots = list(client.snapshots.confirmed().select_related("file__uploaded_by", "file__request")[:10])
    latest = snapshots[0] if snapshots else None
    context = {
        "client": client,
        "snapshot": latest,
        "snapshots": snapshots,
        "portrait": portrait(latest) if latest else None,
        "alerts": client.alerts.open().for_display()[:ALERTS_SHOWN],
        "panel": read_panel(client, latest),
        "answers": ClientAnswer.objects.proposed().filter(request__client=client).with_snapshot()[:10],
        "files": client.files.unconfirmed().defer("packed", "reading")[:10],
        "upload_form": PortfolioUploadForm(),
    }
    return render(request, "clients/client_detail.html", context)


@require_http_methods(["GET", "POST"])
@preparer_required
def client_edit(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    form = ClientForm(request.POST or None, by=request.user, instance=client)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_client(form.instance, by=request.user)
        except ValidationError as error:
            form.add_error("siren", error.messages)
        else:
            messages.success(request, "Client modifié.")
            return redirect("clients:client_detail", pk=client.pk)
    return render(request, "clients/client_edit.html", {"form": form, "client": client})
