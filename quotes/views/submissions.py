"""One partner in a test à blanc, and one of its answers: asked, answered by mail, priced, proved."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factortaboite.accounts.permissions import committer_required, preparer_required
from factortaboite.downloads import file_to_save
from factortaboite.money import euros
from factortaboite.workbooks import MIME
from quotes.enums import RETRYABLE_STATES, Channel
from quotes.forms.answers import AnswersForm
from quotes.forms.terms import QuoteForm
from quotes.models import LimitIndication, Submission
from quotes.services.answers import (
    AnswersRefused,
    questions_of,
    record_answers,
    record_terms,
    request_file,
    send_request,
)
from quotes.views.market_tests import ask_again_and_say
from quotes.vocabulary import Reason

PROOF_SHOWN = 20_000


def _submissions(request: HttpRequest) -> QuerySet:
    submissions = Submission.objects.visible_to(request.user)
    return submissions.select_related("account", "quote", "market_test__client", "market_test__firm")


def _by_mail(request: HttpRequest, pk: int) -> Submission:
    return get_object_or_404(_submissions(request).select_related("request_mail"), pk=pk, channel=Channel.SPREADSHEET)


@require_POST
@committer_required
def submission_ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    submission = get_object_or_404(_submissions(request), pk=pk)
    ask_again_and_say(request, [submission])
    return redirect("quotes:market_test_detail", pk=submission.market_test_id)


@require_POST
@committer_required
def indication_ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    indications = LimitIndication.objects.visible_to(request.user).select_related("submission").defer("raw")
    indication = get_object_or_404(indications, pk=pk)
    ask_again_and_say(request, [indication.submission], indication=indication)
    return redirect("quotes:market_test_detail", pk=indication.submission.market_test_id)


@require_http_methods(["GET", "POST"])
@preparer_required
def submission_quote(request: HttpRequest, pk: int) -> HttpResponse:
    submission = get_object_or_404(_submissions(request), pk=pk)
    form = QuoteForm(request.POST or None, instance=submission.quote)
    if form.is_valid():
        record_terms(quote=form.instance, by=request.user, is_estimate="estimate" in request.POST)
        messages.success(request, f"Conditions enregistrées : {submission}.")
        return redirect("quotes:market_test_detail", pk=submission.market_test_id)
    context = {"submission": submission, "form": form}
    return render(request, "quotes/submission_quote.html", context, status=422 if form.errors else 200)


@require_GET
def submission_spreadsheet(request: HttpRequest, pk: int) -> HttpResponse:
    name, content = request_file(_by_mail(request, pk))
    return file_to_save(content, name=name, content_type=MIME)


@require_POST
@committer_required
def submission_send(request: HttpRequest, pk: int) -> HttpResponse:
    submission = _by_mail(request, pk)
    try:
        mail = send_request(submission=submission, by=request.user)
    except AnswersRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"La demande part à {mail.to}.")
    return redirect("quotes:submission_answers", pk=pk)


@require_http_methods(["GET", "POST"])
@preparer_required
def submission_answers(request: HttpRequest, pk: int) -> HttpResponse:
    submission = _by_mail(request, pk)
    form = AnswersForm(
        request.POST or None, request.FILES or None, submission=submission, questions=questions_of(submission)
    )
    if form.is_valid() and form.is_confirmed:
        count = record_answers(submission=submission, answers=form.answers, by=request.user)
        messages.success(
            request,
            f"{count} réponse{'s' if count > 1 else ''} de {submission} enregistrée{'s' if count > 1 else ''}.",
        )
        return redirect("quotes:market_test_detail", pk=submission.market_test_id)
    context = {"submission": submission, "form": form}
    return render(request, "quotes/submission_answers.html", context, status=422 if form.errors else 200)


@require_GET
def indication_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole story of one cell."""
    indication = _indication(request, pk)
    raw = bytes(indication.raw)
    is_mail = indication.submission.channel == Channel.SPREADSHEET
    context = {
        "indication": indication,
        "headline": _headline(indication),
        "tone": _tone(indication),
        "reasons": [Reason(reason) for reason in indication.reasons],
        "is_mail": is_mail,
        "can_ask_again": not is_mail and indication.state in RETRYABLE_STATES,
        "proof": raw[:PROOF_SHOWN].decode(errors="replace"),
        "proof_size": len(raw),
        "is_cut": len(raw) > PROOF_SHOWN,
    }
    return render(request, "quotes/indication_detail.html", context)


def _headline(indication: LimitIndication) -> str:
    """The amount granted, nothing included, or the word that says where the question stands."""
    if not indication.decision:
        return indication.get_state_display()
    return euros(indication.permanent + indication.temporary)


def _tone(indication: LimitIndication) -> str:
    """The state class of the decision."""
    if not indication.decision:
        return "waiting"
    granted = indication.permanent + indication.temporary
    if not granted:
        return "refused"
    return "granted" if granted >= indication.requested else "partial"


@require_GET
def indication_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """What the partner sent, byte for byte; never as a page, whatever it pretends to be."""
    indication = _indication(request, pk)
    name = f"reponse-{indication.reference}.txt"
    return file_to_save(indication.raw, name=name, content_type="text/plain; charset=utf-8")


def _indication(request: HttpRequest, pk: int) -> LimitIndication:
    indications = LimitIndication.objects.visible_to(request.user).select_related(
        "exposure", "submission__account", "submission__market_test__client", "typed_by"
    )
    return get_object_or_404(indications, pk=pk)
