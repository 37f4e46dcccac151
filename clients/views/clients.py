"""The firm's book: its clients, and one client's page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from clients import services
from clients.forms.clients import ClientForm
from clients.forms.portfolio_files import PortfolioUploadForm
from clients.models import Client
from clients.portrait import portrait
from factortaboite.accounts.permissions import preparer_required

CLIENTS_PER_PAGE = 50
ALERTS_SHOWN = 5


@require_GET
@vary_on_headers("HX-Request")
def client_list(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    clients = Client.objects.visible_to(request.user)
    found = clients.search(query) if query else clients
    page = Paginator(found.with_latest_snapshot().select_related("owner"), CLIENTS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "clients/_client_table.html" if is_fragment else "clients/client_list.html"
    return render(request, template, {"page": page, "client_query": query})


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
    client = get_object_or_404(Client.objects.visible_to(request.user).select_related("owner"), pk=pk)
    snapshots = list(client.snapshots.confirmed().select_related("file__uploaded_by")[:10])
    latest = snapshots[0] if snapshots else None
    context = {
        "client": client,
        "snapshot": latest,
        "snapshots": snapshots,
        "portrait": portrait(latest) if latest else None,
        "alerts": client.alerts.open().for_display()[:ALERTS_SHOWN],
        "files": client.files.unconfirmed().defer("content", "reading")[:10],
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
            services.change_client(form.instance)
        except ValidationError as error:
            form.add_error("siren", error.messages)
        else:
            messages.success(request, "Client modifié.")
            return redirect("clients:client_detail", pk=client.pk)
    return render(request, "clients/client_edit.html", {"form": form, "client": client})
