"""The offer as the client opens it, without an account: whoever has the link may read it, download it, answer it once.

A GET changes nothing but the count of readings: mail servers open links, too.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from factortaboite.downloads import pdf_to_read
from factortaboite.links.views import is_a_reading, opened_by_link
from quotes.enums import ProposalStatus
from quotes.forms.proposals import AnswerForm
from quotes.models import ProposalLink
from quotes.models.proposal import ProposalRefused
from quotes.services.proposals import answer_proposal
from quotes.views.proposals import read_content

_with_link = opened_by_link(
    lambda: ProposalLink.objects.select_related("proposal__firm", "proposal__client", "proposal__document"),
    gone="public/proposal_gone.html",
)


def _show(request: HttpRequest, link: ProposalLink, token: str, status: int = 200, **context) -> HttpResponse:
    proposal = link.proposal
    answer = proposal.links.exclude(answered_by="").first()
    context = {
        **read_content(proposal),
        "proposal": proposal,
        "token": token,
        "form": AnswerForm(),
        "answer": answer,
        "is_answerable": proposal.status == ProposalStatus.SENT,
        **context,
    }
    return render(request, "public/proposal.html", context, status=status)


@require_safe
@_with_link
def public_proposal(request: HttpRequest, link: ProposalLink, token: str) -> HttpResponse:
    if is_a_reading(request):
        link.record_view()
    return _show(request, link, token)


@require_safe
@_with_link
def public_proposal_pdf(request: HttpRequest, link: ProposalLink, token: str) -> HttpResponse:
    document = link.proposal.document
    return pdf_to_read(document.content, name=document.filename)


@require_POST
@_with_link
def public_proposal_answer(request: HttpRequest, link: ProposalLink, token: str) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, link, token, status=422, form=form)
    try:
        answer_proposal(
            link=link,
            accepted=form.accepted,
            name=form.cleaned_data["name"],
            comment=form.cleaned_data["comment"],
        )
    except ProposalRefused as refusal:
        return _show(request, link, token, status=409, refusal=str(refusal))
    return redirect("quotes:public_proposal", token=token)
