"""The screen « Nettoyage » of a list: what is to be settled, by kind, and each decision about it."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, push_url

from clients.enums import PointKind
from clients.forms.cleaning import THRESHOLDS, IdentifierForm, as_share, threshold_in
from clients.models import BulkDecision, Candidate, Cleaning, CleaningPoint, JournalEntry, RiskSnapshot
from clients.paging import CountedPaginator
from clients.services import Frozen, NotEditable, settling
from clients.services.bulk_decisions import decide_on_all
from clients.services.cleaning import questions_to_ask, start_cleaning
from clients.views.journal import taken_back, undoable
from factortaboite.accounts.permissions import preparer_required
from factortaboite.fragments import wants_fragment

POINTS_PER_PAGE = 50
QUESTIONS_PER_MINUTE = 390  # at the registries' pace
OFFERED = timedelta(seconds=8)  # how long ago a decision may be whose undoing a page still offers
# What settling does, for one point and for all of them; the others are set aside.
VERBS = {
    PointKind.DUPLICATE: ("Réunir", "Réunir les"),
    PointKind.SAME_GROUP: ("Réunir", ""),
    PointKind.UNKNOWN_NUMBER: ("Retirer le SIREN", "Retirer le SIREN des"),
}
SET_ASIDE = ("Écarter", "Écarter les")


def _snapshots(request: HttpRequest) -> QuerySet[RiskSnapshot]:
    """Drafts too: a list is cleaned before it is confirmed."""
    return RiskSnapshot.objects.visible_to(request.user).select_related("client", "file").defer("file__packed")


def _points(request: HttpRequest) -> QuerySet[CleaningPoint]:
    return CleaningPoint.objects.visible_to(request.user).select_related("snapshot", "exposure")


def _candidates(request: HttpRequest) -> QuerySet[Candidate]:
    return Candidate.objects.visible_to(request.user).select_related("point__snapshot")


@require_GET
@vary_on_headers("HX-Request")
def cleaning_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, get_object_or_404(_snapshots(request), pk=pk))


def _shown(request: HttpRequest, snapshot: RiskSnapshot, typed: tuple[int, IdentifierForm] | None = None):
    context = _context(request, snapshot) | {"typed": typed}
    # What asks for itself again while it waits leaves the offer to undo where it is.
    context["is_poll"] = wants_fragment(request) and request.htmx.trigger == "cleaning"
    template = "clients/_cleaning_fragment.html" if wants_fragment(request) else "clients/cleaning_detail.html"
    response = render(request, template, context, status=422 if typed else 200)
    return push_url(response, False) if typed else response


def _context(request: HttpRequest, snapshot: RiskSnapshot) -> dict:
    pending = snapshot.points.pending().order_by()
    counted = {row["kind"]: row for row in pending.values("kind").annotate(count=Count("pk"), amount=Sum("weight"))}
    kinds = [(kind, counted[kind]) for kind in PointKind if kind in counted]
    chosen = request.GET.get("sorte", "")
    kind = PointKind(chosen) if chosen in counted else (kinds[0][0] if kinds else None)
    cleaning = Cleaning.objects.filter(snapshot=snapshot).first()
    decision = snapshot.bulk_decisions.under_way()
    context = {
        "snapshot": snapshot,
        "client": snapshot.client,
        "kinds": kinds,
        "kind": kind,
        "total": sum(row["count"] for _, row in kinds),
        "decision": decision,
        "may_decide": request.user.can_prepare and not snapshot.frozen_at and not decision,
        "entry": _undoable(request, snapshot),
        **_progress(snapshot, cleaning),
    }
    if kind is None:
        return context
    context["page"] = _page(request, snapshot, kind, counted[kind]["count"])
    context["amount"] = counted[kind]["amount"]
    context["is_waiting"] = any(point.is_waiting for point in context["page"])
    if kind == PointKind.IDENTIFIER:
        return context | _thresholds(request, pending)
    verb, together = VERBS.get(kind, SET_ASIDE)
    return context | {"verb": verb, "together": together if counted[kind]["count"] > 1 else ""}


def _page(request: HttpRequest, snapshot: RiskSnapshot, kind: PointKind, count: int):
    points = snapshot.points.pending().filter(kind=kind).select_related("exposure", "other")
    if kind == PointKind.IDENTIFIER:
        points = points.prefetch_related(Prefetch("candidates", Candidate.objects.filter(is_refused=False)))
    page = CountedPaginator(points, count, POINTS_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    if kind == PointKind.IDENTIFIER:
        candidates = [candidate for point in page for candidate in point.candidates.all()]
        sirens = {candidate.siren for candidate in candidates}
        lines = dict(snapshot.exposures.filter(id_type="siren", id_value__in=sirens).values_list("id_value", "line"))
        for candidate in candidates:
            candidate.line_of_list = lines.get(candidate.siren)  # of the same company, in the same list
    return page


def _thresholds(request: HttpRequest, pending: QuerySet[CleaningPoint]) -> dict:
    proposed = {
        f"at_{threshold}": Count("pk", filter=Q(best_similarity__gte=as_share(threshold), is_clear=True))
        for threshold in THRESHOLDS
    }
    counts = pending.filter(kind=PointKind.IDENTIFIER).aggregate(**proposed)
    chosen = threshold_in(request.GET.get("seuil", ""))
    return {
        "thresholds": [(threshold, counts[f"at_{threshold}"]) for threshold in THRESHOLDS],
        "threshold": chosen,
        "acceptable": counts[f"at_{chosen}"],
    }


def _progress(snapshot: RiskSnapshot, cleaning: Cleaning | None) -> dict:
    """How far the registries are asked; without a check yet, how much there would be to ask."""
    left = cleaning.total - cleaning.answered if cleaning else questions_to_ask(snapshot)
    return {
        "cleaning": cleaning,
        "left": left,
        "minutes": max(1, -(-left // QUESTIONS_PER_MINUTE)),
        "failed": snapshot.points.pending().exclude(trouble="").count() if cleaning else 0,
    }


def _undoable(request: HttpRequest, snapshot: RiskSnapshot) -> JournalEntry | None:
    """The decision that this user has just made."""
    entries = JournalEntry.objects.filter(snapshot=snapshot, by=request.user, at__gt=Now() - OFFERED)
    return undoable(entries).first()


@require_GET
def cleaning_progress(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    cleaning = Cleaning.objects.filter(snapshot=snapshot).first()
    context = {"snapshot": snapshot, "has_ended": not (cleaning and cleaning.is_running)}
    return render(request, "clients/_cleaning_progress.html", context | _progress(snapshot, cleaning))


@require_POST
@preparer_required
def cleaning_start(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    return _decided(request, snapshot, lambda: start_cleaning(snapshot))


@require_POST
@preparer_required
def cleaning_accept_all(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    at_least = as_share(threshold_in(request.POST.get("seuil", "")))
    kind = PointKind.IDENTIFIER
    return _decided(request, snapshot, lambda: decide_on_all(snapshot, kind=kind, at_least=at_least, by=request.user))


@require_POST
@preparer_required
def cleaning_settle_all(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    kind = request.POST.get("sorte", "")
    if kind not in settling.SETTLED_TOGETHER:
        return HttpResponseBadRequest("Ces points se règlent un par un.")
    return _decided(request, snapshot, lambda: decide_on_all(snapshot, kind=PointKind(kind), by=request.user))


@require_GET
def cleaning_decided(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing while a decision on much of a list is being made; then the screen, with what became of it."""
    visible = BulkDecision.objects.visible_to(request.user).select_related("undoes").defer("undoes__changes")
    decision = get_object_or_404(visible, pk=pk)
    if decision.ended_at is None:
        return HttpResponse(status=204)
    if decision.trouble:
        messages.warning(request, decision.trouble)
    elif decision.undoes:
        messages.success(request, taken_back(decision.undoes))
    if request.htmx.target == "bulk-decision":
        return HttpResponseClientRefresh()  # another screen of the list
    return _shown(request, get_object_or_404(_snapshots(request), pk=decision.snapshot_id))


@require_POST
@preparer_required
def candidate_accept(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(_candidates(request), pk=pk)
    return _decided(request, candidate.point.snapshot, lambda: settling.accept_candidate(candidate, by=request.user))


@require_POST
@preparer_required
def candidate_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(_candidates(request), pk=pk)
    return _decided(request, candidate.point.snapshot, lambda: settling.refuse_candidate(candidate, by=request.user))


@require_POST
@preparer_required
def point_settle(request: HttpRequest, pk: int) -> HttpResponse:
    point = get_object_or_404(_points(request).exclude(kind=PointKind.IDENTIFIER), pk=pk)
    return _decided(request, point.snapshot, lambda: settling.settle(point, by=request.user))


@require_POST
@preparer_required
def point_leave(request: HttpRequest, pk: int) -> HttpResponse:
    point = get_object_or_404(_points(request), pk=pk)
    return _decided(request, point.snapshot, lambda: settling.leave(point, by=request.user))


@require_POST
@preparer_required
def point_identify(request: HttpRequest, pk: int) -> HttpResponse:
    point = get_object_or_404(_points(request).filter(kind=PointKind.IDENTIFIER), pk=pk)
    form = IdentifierForm(request.POST, country=point.exposure.country)
    if not form.is_valid():
        return _shown(request, get_object_or_404(_snapshots(request), pk=point.snapshot_id), (point.pk, form))
    identifier = form.cleaned_data["identifier"]
    return _decided(request, point.snapshot, lambda: settling.identify_point(point, identifier, by=request.user))


def _decided(request: HttpRequest, snapshot: RiskSnapshot, decide: Callable[[], object]) -> HttpResponse:
    """Decides, and goes back to the lines that were shown."""
    try:
        decide()
    except (settling.Gone, Frozen, NotEditable) as error:
        messages.warning(request, str(error))
    address = reverse("clients:cleaning_detail", args=[snapshot.pk])
    return redirect(f"{address}?{request.GET.urlencode()}" if request.GET else address)
