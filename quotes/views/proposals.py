"""Offers, as the broker prepares, sends and follows them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from factortaboite.accounts.models import User
from factortaboite.accounts.permissions import committer_required, preparer_required
from factortaboite.downloads import pdf_to_read
from factortaboite.fragments import wants_fragment
from quotes.enums import ProposalStatus
from quotes.forms.proposals import ProposalSendForm
from quotes.models import MarketTest, Proposal, ProposalDocument
from quotes.models.proposal import ProposalRefused
from quotes.proposal_content import ProposalContent
from quotes.services.market_tests import names_behind
from quotes.services.proposals import prepare_proposal, send_proposal, withdraw_proposal, write_message

PROPOSALS_PER_PAGE = 50


@require_GET
@vary_on_headers("HX-Request")
def proposal_list(request: HttpRequest) -> HttpResponse:
    mine = Proposal.objects.visible_to(request.user)
    counts = dict(mine.order_by().values_list("status").annotate(Count("pk")))
    status = request.GET.get("etat", "")
    shown = mine.filter(status=status) if status in ProposalStatus.values else mine
    shown = shown.with_story().with_headline().select_related("client")
    context = {
        "page": Paginator(shown, PROPOSALS_PER_PAGE).get_page(request.GET.get("page")),
        "states": [(state, state.label, counts[state]) for state in ProposalStatus if state in counts],
        "total": sum(counts.values()),
        "status": status,
    }
    template = "quotes/_proposal_table.html" if wants_fragment(request) else "quotes/proposal_list.html"
    return render(request, template, context)


@require_POST
@preparer_required
def proposal_create(request: HttpRequest, pk: int) -> HttpResponse:
    market_test = get_object_or_404(MarketTest.objects.visible_to(request.user).select_related("client"), pk=pk)
    try:
        proposal = prepare_proposal(market_test=market_test, by=request.user, anonymous="anonymous" in request.POST)
    except ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("quotes:market_test_detail", pk=market_test.pk)
    return redirect("quotes:proposal_detail", pk=proposal.pk)


def _story_of(pk: int, user: User) -> dict:
    """What the status fragment shows: the offer with its dates, and its mails, newest first."""
    proposals = Proposal.objects.visible_to(user).select_related("client", "created_by").with_story()
    proposal = get_object_or_404(proposals, pk=pk)
    links = list(proposal.links.select_related("mail").defer("mail__attachment").order_by("-pk"))
    under_way = [link.mail for link in links if link.mail.is_under_way]
    is_rendering = proposal.status == ProposalStatus.RENDERING and not proposal.rendering_failed
    return {
        "proposal": proposal,
        "links": links,
        "answer": next((link for link in links if link.answered_by), None),
        "is_rendering": is_rendering,
        # A mail that waits for its second try can wait for the screen, too.
        "seconds": 2 if is_rendering or any(mail.attempts <= 1 for mail in under_way) else 20 if under_way else None,
    }


def read_content(proposal: Proposal) -> dict:
    """The frozen content and its matrix, each cell with its insurer, then what the current contract covers: what
    `_proposal_content.html` shows."""
    content = ProposalContent.from_dict(proposal.content)
    comparison = content.comparison
    partners = comparison.partners
    rows = [(buyer, list(zip(partners, cells, strict=True)), cover) for buyer, cells, cover in comparison.printed_rows]
    what_ifs = [(line, list(zip(partners, line.indemnities, strict=True))) for line in comparison.what_ifs]
    return {"content": content, "matrix": rows, "what_ifs": what_ifs}


@require_GET
def proposal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    context = _story_of(pk, request.user)
    proposal = context["proposal"]
    context["names_behind"] = names_behind(proposal.market_test) if proposal.anonymous else []
    return render(request, "quotes/proposal_detail.html", {**context, **read_content(proposal)})


@require_GET
def proposal_status(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "quotes/_proposal_status.html", _story_of(pk, request.user))


@require_GET
def proposal_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    document = get_object_or_404(
        ProposalDocument.objects.visible_to(request.user).select_related("proposal"), proposal=pk
    )
    return pdf_to_read(document.content, name=document.filename)


@require_http_methods(["GET", "POST"])
@committer_required
def proposal_send(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(
        Proposal.objects.visible_to(request.user).select_related("client", "firm", "document"), pk=pk
    )
    if proposal.sending_obstacle:
        messages.error(request, proposal.sending_obstacle)
        return redirect("quotes:proposal_detail", pk=proposal.pk)
    form = ProposalSendForm(request.POST or None, initial=write_message(proposal, request.user))
    if request.method == "POST" and form.is_valid():
        try:
            send_proposal(proposal=proposal, by=request.user, **form.cleaned_data)
        except ProposalRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Offre confiée à la messagerie pour {form.cleaned_data['to']}.")
        return redirect("quotes:proposal_detail", pk=proposal.pk)
    return render(
        request,
        "quotes/proposal_send.html",
        {"proposal": proposal, "form": form, "content": ProposalContent.from_dict(proposal.content)},
        status=422 if form.is_bound else 200,
    )


@require_POST
@committer_required
def proposal_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user), pk=pk)
    try:
        withdraw_proposal(proposal=proposal, by=request.user)
    except ProposalRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Offre retirée : les liens envoyés ne fonctionnent plus.")
    return redirect("quotes:proposal_detail", pk=proposal.pk)
