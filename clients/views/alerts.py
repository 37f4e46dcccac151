"""The alerts: what was published about the buyers, the most serious and the most expensive first."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from clients.forms.alerts import AlertFilterForm, HandleForm
from clients.models import Alert, Client
from clients.services.alerts import handle_alert, mark_seen, reopen_alert
from clients.services.watch_report import report_on_watch
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in
from factortaboite.fragments import wants_fragment
from factortaboite.typography import typeset

ALERTS_PER_PAGE = 50
NOTE_LENGTH = Alert._meta.get_field("note").max_length


@require_GET
@vary_on_headers("HX-Request")
def alert_list(request: HttpRequest) -> HttpResponse:
    form = AlertFilterForm(request.GET, clients=_clients_with_alerts(request))
    chosen = form.chosen(Alert.objects.visible_to(request.user))
    context = {
        "form": form,
        "page": Paginator(chosen.for_display(), ALERTS_PER_PAGE).get_page(request.GET.get("page")),
        "new_count": chosen.new().count(),
        "opened": key_in(request.GET.get("alerte", "")) if request.user.can_prepare else None,
        "handle_form": HandleForm(),
        "report": report_on_watch(),
        "is_filtered": form.is_filtered,
    }
    template = "clients/_alert_table.html" if wants_fragment(request) else "clients/alert_list.html"
    return render(request, template, context)


@require_GET
def alert_counter(request: HttpRequest) -> HttpResponse:
    """How many alerts nobody has looked at, for the rail."""
    count = Alert.objects.visible_to(request.user).new().count()
    return render(request, "clients/_alert_counter.html", {"count": count})


@require_POST
@preparer_required
def alerts_seen(request: HttpRequest) -> HttpResponse:
    """Says of all the alerts that the list shows, on every page of it, that somebody has looked at them."""
    form = AlertFilterForm(request.GET, clients=_clients_with_alerts(request))
    mark_seen(form.chosen(Alert.objects.visible_to(request.user)))
    return _back_to_list(request)


@require_POST
@preparer_required
def alert_handle(request: HttpRequest, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    form = HandleForm(request.POST)
    if not form.is_valid():
        messages.error(request, typeset(f"La note est trop longue : {NOTE_LENGTH} caractères au plus."))
    elif handle_alert(alert, by=request.user, note=form.cleaned_data["note"]):
        messages.success(request, typeset(f"Alerte traitée : {alert.buyer}. Elle reste dans « Traitées »."))
    else:
        messages.warning(request, "Cette alerte n’est plus à traiter.")
    return _back_to_list(request)


@require_POST
@preparer_required
def alert_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    if reopen_alert(alert, by=request.user):
        messages.success(request, typeset(f"Alerte rouverte : {alert.buyer}."))
    return _back_to_list(request)


def _alert(request: HttpRequest, pk: int) -> Alert:
    return get_object_or_404(Alert.objects.visible_to(request.user).for_display(), pk=pk)


def _clients_with_alerts(request: HttpRequest) -> QuerySet[Client]:
    alerts = Alert.objects.filter(client=OuterRef("pk"))
    return Client.objects.visible_to(request.user).filter(Exists(alerts))


def _back_to_list(request: HttpRequest) -> HttpResponse:
    """To the list as it was: forms carry its address's own parameters."""
    query = request.GET.urlencode()
    return redirect(reverse("alerts:alert_list") + (f"?{query}" if query else ""))
