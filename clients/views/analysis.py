"""What a snapshot means, in sentences, pictures and tables; and two snapshots side by side."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clients.analysis.tiles import tiles
from clients.models import Client, RiskAudit, RiskSnapshot
from clients.reports.analysis import analyse
from clients.reports.difficulties import difficulties
from clients.reports.evolution import compare_snapshots, previous_of
from clients.reports.key_figures import key_figures
from clients.services.audits import prepare_audit
from factortaboite.accounts.permissions import preparer_required
from factortaboite.downloads import pdf_to_read

AUDITS_SHOWN = 5
PLACES_SHOWN = 12
COMPARED_SHOWN = 20
SNAPSHOTS_OFFERED = 100


def _snapshots(request: HttpRequest) -> QuerySet[RiskSnapshot]:
    return RiskSnapshot.objects.visible_to(request.user).confirmed().select_related("client__company")


@require_GET
def analysis_detail(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request).select_related("file"), pk=pk)
    analysis = analyse(snapshot, on=timezone.localdate())
    places = analysis.geography.places if analysis.geography else ()
    context = {
        "snapshot": snapshot,
        "client": snapshot.client,
        "analysis": analysis,
        "portrait": analysis.portrait,
        "figures": key_figures(analysis),
        "difficulties": difficulties(snapshot),
        "places": places[:PLACES_SHOWN],
        "tiles": tiles(places),
        "previous": previous_of(snapshot),
        **_audits(snapshot),
    }
    return render(request, "clients/analysis_detail.html", context)


def _audits(snapshot: RiskSnapshot) -> dict:
    """What the state of the audits shows: the latest, whether it is being laid out, and those before it."""
    latest, *earlier = list(snapshot.audits.light().select_related("created_by")[:AUDITS_SHOWN]) or [None]
    return {
        "audit": latest,
        "is_rendering": bool(latest) and not latest.is_ready and not latest.failed,
        "earlier_audits": [audit for audit in earlier if audit.is_ready],
    }


@require_GET
def analysis_evolution(request: HttpRequest, pk: int) -> HttpResponse:
    """Since the snapshot before: loaded after the page, since it reads two whole lists."""
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    previous = previous_of(snapshot)
    context = {
        "snapshot": snapshot,
        "previous": previous,
        "comparison": compare_snapshots(previous, snapshot, shown=1) if previous else None,
    }
    return render(request, "clients/_analysis_evolution.html", context)


@require_GET
def snapshot_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two snapshots of a client, `avant` and `apres`; the last two unless the address says which."""
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    snapshots = list(client.snapshots.confirmed().select_related("file")[:SNAPSHOTS_OFFERED])
    after = _chosen(snapshots, request.GET.get("apres", ""), default=snapshots[0] if snapshots else None)
    others = [snapshot for snapshot in snapshots if snapshot != after]
    earlier = [snapshot for snapshot in others if snapshot.confirmed_at < after.confirmed_at]
    before = _chosen(others, request.GET.get("avant", ""), default=next(iter(earlier or others), None))
    context = {
        "client": client,
        "snapshots": snapshots,
        "before": before,
        "after": after,
        "comparison": compare_snapshots(before, after, shown=COMPARED_SHOWN) if before else None,
    }
    return render(request, "clients/snapshot_compare.html", context)


def _chosen(snapshots: list[RiskSnapshot], key: str, default: RiskSnapshot | None) -> RiskSnapshot | None:
    return next((snapshot for snapshot in snapshots if str(snapshot.pk) == key), default)


@require_POST
@preparer_required
def audit_create(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    prepare_audit(snapshot, by=request.user)
    return redirect("clients:analysis_detail", pk=pk)


@require_GET
def audit_status(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked for again while the latest audit of a snapshot is being laid out."""
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    return render(request, "clients/_audit_status.html", {"snapshot": snapshot, **_audits(snapshot)})


@require_GET
def audit_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored bytes, to be read in the browser."""
    audit = get_object_or_404(RiskAudit.objects.visible_to(request.user).filter(rendered_at__isnull=False), pk=pk)
    return pdf_to_read(audit.content, name=audit.filename)
