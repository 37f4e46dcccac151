"""Whom to ask, and for how much: the largest buyers of a snapshot with where each amount comes from."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from clients.enums import SetAside
from clients.forms.portfolio_files import TOPS
from clients.forms.selection import SelectionForm
from clients.forms.snapshots import ExposureForm
from clients.models import Exposure, RiskSnapshot
from clients.paging import CountedPaginator
from clients.reports.proposed import with_proposal
from clients.services import Frozen
from clients.services.selection import Selection, select_buyers, selection_of
from clients.views.snapshots import is_decided
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in
from factortaboite.fragments import wants_fragment
from factortaboite.money import euros
from factortaboite.templatetags.ui import pluralize

BUYERS_PER_PAGE = 50
# The name in the address, and what it shows.
LISTS = {"demandes": "À demander", "ecartes": "Écartés"}


def _snapshots(request: HttpRequest) -> QuerySet[RiskSnapshot]:
    return RiskSnapshot.objects.visible_to(request.user).confirmed().select_related("client")


def _context(
    snapshot: RiskSnapshot,
    params: QueryDict,
    rules: SelectionForm | None = None,
    edited: Exposure | None = None,
    form: ExposureForm | None = None,
) -> dict:
    """One page of the chosen list; `rules` and `form` are those that were refused."""
    selection = selection_of(snapshot)
    shown = "ecartes" if params.get("liste") == "ecartes" else "demandes"
    lists = {
        "demandes": (snapshot.exposures.filter(set_aside=""), selection.asked),
        "ecartes": (snapshot.exposures.set_aside(), selection.set_aside_count),
    }
    rows, count = lists[shown]
    initial = {"season": snapshot.season, "discretionary_limit": snapshot.discretionary_limit}
    return {
        "snapshot": snapshot,
        "client": snapshot.client,
        "selection": selection,
        "shown": shown,
        "lists": [(name, label, lists[name][1]) for name, label in LISTS.items()],
        "reasons": [(SetAside(reason).label, buyers) for reason, buyers in selection.set_aside.items()],
        "page": CountedPaginator(with_proposal(rows, snapshot.season), count, BUYERS_PER_PAGE).get_page(
            params.get("page")
        ),
        "rules": rules or SelectionForm(initial=initial),
        "tops": _tops(selection),
        "edited": edited,
        "form": form
        or (edited and ExposureForm(initial={"requested": edited.requested, "set_aside": edited.set_aside})),
    }


def _tops(selection: Selection) -> list[tuple[str, str, bool]]:
    kept = "" if selection.top is None else str(selection.top)
    return [(value, label, value == kept) for value, label in TOPS]


@require_GET
@vary_on_headers("HX-Request")
def selection_detail(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    edited = None
    wanted = key_in(request.GET.get("acheteur", ""))
    if wanted and not snapshot.frozen_at and request.user.can_prepare:
        edited = get_object_or_404(snapshot.exposures, pk=wanted)
    template = "clients/_selection.html" if wants_fragment(request) else "clients/selection_detail.html"
    return render(request, template, _context(snapshot, request.GET, edited=edited))


@require_POST
@preparer_required
def selection_apply(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    form = SelectionForm(request.POST)
    if form.is_valid():
        try:
            selection = select_buyers(snapshot, by=request.user, **form.cleaned_data)
        except Frozen as error:
            messages.error(request, str(error))
        else:
            asked = f"{selection.asked} acheteur{pluralize(selection.asked)} à demander"
            messages.success(request, f"{asked}, {euros(selection.total)} HT.")
        return redirect("clients:selection_detail", pk=pk)
    return render(request, "clients/selection_detail.html", _context(snapshot, request.GET, rules=form), status=422)


@require_POST
@preparer_required
def selection_exposure(request: HttpRequest, pk: int) -> HttpResponse:
    """The address keeps which list and page were shown: they are shown again."""
    exposures = Exposure.objects.visible_to(request.user).confirmed().select_related("snapshot__client")
    exposure = get_object_or_404(exposures, pk=pk)
    form = ExposureForm(request.POST)
    if is_decided(exposure, form, by=request.user):
        params = request.GET.copy()
        params.pop("acheteur", None)
        return redirect(reverse("clients:selection_detail", args=[exposure.snapshot_id], query=params))
    context = _context(exposure.snapshot, request.GET, edited=exposure, form=form)
    template = "clients/_selection.html" if request.htmx else "clients/selection_detail.html"
    return push_url(render(request, template, context, status=422), False)
