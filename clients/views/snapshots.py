"""The risk snapshot: what will be asked, on whom, and the figures around it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from clients import services
from clients.forms.snapshots import ExposureForm, FiguresForm
from clients.models import Exposure, RiskSnapshot
from clients.models.alert import worst_alert_level
from clients.reports.portrait import portrait
from clients.services import Frozen
from clients.views.checklist import read_panel
from factortaboite.accounts.models import User
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in
from factortaboite.fragments import wants_fragment

EXPOSURES_PER_PAGE = 100


def _context(
    snapshot: RiskSnapshot, params: QueryDict, edited: Exposure | None = None, form: ExposureForm | None = None
) -> dict:
    """The pages of the address; of whom it points at, the page where it stands."""
    exposures = snapshot.exposures.annotate(alert_level=worst_alert_level())
    lists = {"page": exposures.filter(set_aside=""), "ecartes": exposures.set_aside()}
    numbers = {name: params.get(name) for name in lists}
    line = key_in(params.get("ligne", ""))
    if line and not any(numbers.values()) and (pointed := snapshot.exposures.filter(pk=line).first()):
        name = "ecartes" if pointed.set_aside else "page"
        numbers[name] = _before(lists[name], pointed).count() // EXPOSURES_PER_PAGE + 1
    pages = {name: Paginator(rows, EXPOSURES_PER_PAGE).get_page(numbers[name]) for name, rows in lists.items()}
    return {
        "snapshot": snapshot,
        "client": snapshot.client,
        "asked": pages["page"],
        "set_aside": pages["ecartes"],
        "portrait": portrait(snapshot),
        "panel": None if snapshot.frozen_at else read_panel(snapshot.client, snapshot),
        "edited": edited,
        "form": form,
    }


def _before(rows: QuerySet[Exposure], exposure: Exposure) -> QuerySet[Exposure]:
    """The rows before it in the order of `Exposure.Meta`, where those without an amount come first."""
    amount = exposure.requested
    same = Q(requested=amount, line__lt=exposure.line)
    return rows.filter(same if amount is None else same | Q(requested__gt=amount) | Q(requested=None))


def _snapshots(request: HttpRequest) -> QuerySet[RiskSnapshot]:
    return RiskSnapshot.objects.visible_to(request.user).confirmed().select_related("client__company")


def _exposures(request: HttpRequest) -> QuerySet[Exposure]:
    """Of confirmed snapshots: a draft is corrected line by line on its own page."""
    return Exposure.objects.visible_to(request.user).confirmed().select_related("snapshot__client__company")


@require_GET
@vary_on_headers("HX-Request")
def snapshot_detail(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request).select_related("file"), pk=pk)
    edited, form = None, None
    wanted = key_in(request.GET.get("acheteur", ""))
    if wanted and not snapshot.frozen_at and request.user.can_prepare:
        edited = get_object_or_404(snapshot.exposures, pk=wanted)
        form = ExposureForm(initial={"requested": edited.requested, "set_aside": edited.set_aside})
    template = "clients/_snapshot.html" if wants_fragment(request) else "clients/snapshot_detail.html"
    return render(request, template, _context(snapshot, request.GET, edited, form))


def is_decided(exposure: Exposure, form: ExposureForm, *, by: User) -> bool:
    """Whether the decision on a buyer is good, and written; what is wrong with it stands on the form."""
    if form.is_valid():
        try:
            services.change_exposure(exposure, **form.cleaned_data, by=by)
        except Frozen as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
    return form.is_valid()


@require_POST
@preparer_required
def exposure_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The address keeps which pages were shown: they are shown again."""
    exposure = get_object_or_404(_exposures(request), pk=pk)
    form = ExposureForm(request.POST)
    if is_decided(exposure, form, by=request.user):
        params = request.GET.copy()
        params.pop("acheteur", None)
        return redirect(reverse("clients:snapshot_detail", args=[exposure.snapshot_id], query=params))
    template = "clients/_snapshot.html" if request.htmx else "clients/snapshot_detail.html"
    response = render(request, template, _context(exposure.snapshot, request.GET, exposure, form), status=422)
    return push_url(response, False)


@require_http_methods(["GET", "POST"])
@preparer_required
def snapshot_edit(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    form = FiguresForm(request.POST or None, instance=snapshot)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_figures(snapshot, figures=form.cleaned_data, by=request.user)
        except Frozen as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Chiffres enregistrés.")
            return redirect("clients:snapshot_detail", pk=pk)
    return render(
        request, "clients/snapshot_edit.html", {"form": form, "snapshot": snapshot, "client": snapshot.client}
    )
