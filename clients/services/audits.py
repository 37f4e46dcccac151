"""The client's free audit on paper: laid out once from a snapshot, stored with its fingerprint, never again."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone

from clients.analysis.tiles import tiles
from clients.models import RiskAudit, RiskSnapshot
from clients.reports.analysis import analyse
from clients.reports.audit_advice import next_steps
from clients.reports.difficulties import difficulties
from clients.reports.evolution import compare_snapshots, previous_of
from clients.reports.key_figures import key_figures
from clients.services.journal import write_entry
from factortaboite.accounts.models import User
from factortaboite.enqueue import enqueue_due, enqueue_on_commit
from factortaboite.pdf import render_pdf

# The commit wakes a worker by itself; the sweep leaves it that long before it looks.
HEAD_START = timedelta(seconds=10)
# Several times what the longest audit takes: after that, whoever was at it is gone.
RENDER_TIME = timedelta(minutes=1)
DOUBLE_CLICK = timedelta(minutes=1)
SWEEP_SIZE = 20
AGES_SHOWN = 6
TASK = "clients.tasks.render_audit_task"


@transaction.atomic
def prepare_audit(snapshot: RiskSnapshot, *, by: User) -> RiskAudit:
    """An audit of the snapshot as it stands, whose PDF is laid out after the commit. A double click asks once."""
    RiskSnapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk)
    waiting = RiskAudit.objects.to_render().light().filter(snapshot=snapshot, created_at__gt=Now() - DOUBLE_CLICK)
    if twin := waiting.first():
        return twin
    audit = RiskAudit.objects.create(
        firm_id=snapshot.firm_id, snapshot=snapshot, created_by=by, next_render_at=timezone.now() + HEAD_START
    )
    write_entry(
        f"Audit risque-client préparé sur la photographie du {snapshot.taken_on:%d/%m/%Y}.",
        client=snapshot.client,
        snapshot=snapshot,
        by=by,
    )
    enqueue_on_commit(TASK, audit.pk)
    return audit


def render_audit(audit_id: int) -> None:
    """Lays out the PDF of an audit that waits for it. Called twice, it changes nothing more."""
    if (
        not RiskAudit.objects.to_render()
        .filter(pk=audit_id)
        .update(render_attempts=F("render_attempts") + 1, next_render_at=Now() + RENDER_TIME)
    ):
        return
    audit = RiskAudit.objects.select_related("snapshot__client__company", "snapshot__file", "firm", "created_by")
    pdf = render_pdf(render_to_string("clients/pdf/audit.html", audit_content(audit.get(pk=audit_id))), also="audit")
    RiskAudit.objects.filter(pk=audit_id, rendered_at=None).update(
        content=pdf, sha256=hashlib.sha256(pdf).hexdigest(), rendered_at=Now()
    )


def audit_content(audit: RiskAudit) -> dict:
    """What the paper says, from its snapshot."""
    snapshot = audit.snapshot
    on = timezone.localdate(audit.created_at)
    analysis, troubled = analyse(snapshot, on=on), difficulties(snapshot)
    previous = previous_of(snapshot)
    return {
        "audit": audit,
        "on": on,
        "firm": audit.firm,
        "client": snapshot.client,
        "snapshot": snapshot,
        "analysis": analysis,
        "difficulties": troubled,
        "aged": analysis.aged.pooled(AGES_SHOWN) if analysis.aged else None,
        "previous": previous,
        "comparison": compare_snapshots(previous, snapshot, shown=1) if previous else None,
        "losses": analysis.losses,
        "tiles": tiles(analysis.geography.places) if analysis.geography else (),
        "figures": key_figures(analysis),
        "steps": next_steps(analysis, troubled),
        "fictitious": audit.firm.is_demonstration or troubled.is_simulated,
    }


def sweep_audits() -> None:
    """Wakes a worker for the audits whose layout was left behind, as long as they have tries left."""
    enqueue_due(TASK, RiskAudit.objects.to_render(), due="next_render_at", pause=RENDER_TIME, most=SWEEP_SIZE)
