"""The offer as the client opens it, without an account: whoever has the link may read it, download it, answer it once.

A GET changes nothing but the count of readings: mail servers open links, too.
"""

import re
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from quotes.enums import ProposalStatus
from quotes.forms.proposals import AnswerForm
from quotes.models import ProposalLink
from quotes.models.proposal import ProposalRefused
from quotes.services.proposals import answer_proposal, hash_token, record_view
from quotes.views.proposals import pdf_response, read_content

# What mail scanners, chat previews and scripts call themselves.
MACHINES = re.compile(
    r"bot\b|crawl|spider|scan|preview|prefetch|proofpoint|mimecast|barracuda|safelinks|ironport|symantec|trend ?micro"
    r"|python|curl|wget|go-http|java/|okhttp|axios|facebookexternalhit|whatsapp|slack|skype|teams",
    re.IGNORECASE,
)


def _with_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the link that the token opens. A dead link and an unknown one show the same page.

    Nothing shown may be kept by a cache, found by a search engine, or named to another site.
    """

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        links = ProposalLink.objects.select_related("proposal__firm", "proposal__client", "proposal__document")
        link = links.filter(token_sha256=hash_token(token)).first()
        if link and link.is_usable:
            response = view(request, link, token)
        else:
            response = render(request, "public/proposal_gone.html", status=410 if link else 404)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return opened


def _is_a_reading(request: HttpRequest) -> bool:
    """Whether somebody at the client's opens the page: no machine, no prefetch, nobody of the firm."""
    purpose = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    agent = request.headers.get("User-Agent", "")
    is_by_hand = request.method == "GET" and agent and not MACHINES.search(agent) and not purpose.strip()
    return bool(is_by_hand) and not request.user.is_authenticated


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


@login_not_required
@require_safe
@_with_link
def public_proposal(request: HttpRequest, link: ProposalLink, token: str) -> HttpResponse:
    if _is_a_reading(request):
        record_view(link)
    return _show(request, link, token)


@login_not_required
@require_safe
@_with_link
def public_proposal_pdf(request: HttpRequest, link: ProposalLink, token: str) -> HttpResponse:
    return pdf_response(link.proposal.document)


# No cookie gives any right here: the token does, and no other site knows it. A page that is not named to other sites
# (no-referrer) posts with the origin "null", which Django's check would refuse.
@csrf_exempt
@login_not_required
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
