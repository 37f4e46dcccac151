"""The PDF of an offer: laid out once from the frozen content, stored with its fingerprint, never again."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string

from factortaboite.enqueue import enqueue_due
from factortaboite.pdf import render_pdf
from quotes.enums import ProposalStatus
from quotes.models import Proposal, ProposalDocument
from quotes.proposal_content import ProposalContent

# Several times what the longest offer takes: after that, whoever was at it is gone.
RENDER_TIME = timedelta(minutes=1)
SWEEP_SIZE = 20


def render_proposal(proposal_id: int) -> None:
    """Lays out the PDF of an offer that waits for it and makes it ready. Called twice, it changes nothing more."""
    if (
        not Proposal.objects.to_render()
        .filter(pk=proposal_id)
        .update(render_attempts=F("render_attempts") + 1, next_render_at=Now() + RENDER_TIME)
    ):
        return
    proposal = Proposal.objects.get(pk=proposal_id)
    content = ProposalContent.from_dict(proposal.content)
    _keep(proposal, render_pdf(render_to_string("quotes/pdf/proposal.html", {"proposal": content})))


@transaction.atomic
def _keep(proposal: Proposal, pdf: bytes) -> None:
    waiting = Proposal.objects.select_for_update(of=("self",)).filter(pk=proposal.pk, status=ProposalStatus.RENDERING)
    # Another worker may have been quicker, or a broker may have withdrawn the offer.
    if not waiting:
        return
    ProposalDocument.objects.create(
        firm_id=proposal.firm_id, proposal=proposal, content=pdf, sha256=hashlib.sha256(pdf).hexdigest()
    )
    proposal.move_to(ProposalStatus.READY)


def sweep_proposals() -> None:
    """Wakes a worker for the offers whose layout was left behind, as long as they have tries left."""
    waiting = Proposal.objects.to_render()
    enqueue_due("quotes.tasks.render_proposal_task", waiting, due="next_render_at", pause=RENDER_TIME, most=SWEEP_SIZE)
