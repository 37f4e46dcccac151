"""The firm's buyers: the list, what it exports, what can be decided on many at once."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from clients.enums import SetAside
from clients.lists.listing import Listing
from clients.models import JournalEntry
from clients.services.bulk import BulkOutcome, ask_about_buyers, set_amount_of_buyers, set_buyers_aside
from clients.views.journal import UNDO, can_offer, offered
from clients.views.lists import ask_to_confirm, chosen_rows, confirmed, export_text, export_workbook, show_list
from factortaboite.accounts.permissions import preparer_required
from factortaboite.money import euros
from factortaboite.templatetags.ui import pluralize
from quotes.buyers import BUYERS
from quotes.forms.bulk import AMOUNT, SET_ASIDE, BulkForm


@require_GET
@vary_on_headers("HX-Request")
def buyer_list(request: HttpRequest) -> HttpResponse:
    return show_list(
        request,
        BUYERS,
        page="quotes/buyer_list.html",
        fragment="quotes/_buyer_table.html",
        bulk_form=BulkForm() if request.user.can_prepare else None,
        **offered(request, JournalEntry.objects.visible_to(request.user)),
    )


@require_GET
def buyer_workbook(request: HttpRequest) -> HttpResponseBase:
    return export_workbook(request, BUYERS, title="Acheteurs")


@require_GET
def buyer_text(request: HttpRequest) -> HttpResponse:
    return export_text(request, BUYERS, title="Acheteurs")


@require_POST
@preparer_required
def buyer_decide(request: HttpRequest) -> HttpResponse:
    """One decision on the ticked buyers, or on all of the filter once its numbers were seen."""
    listing, form = Listing(BUYERS, request.user, request.GET), BulkForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect(listing.address)
    decision, buyers = form.cleaned_data, chosen_rows(request, listing)
    if not confirmed(request):
        concerned = buyers.count()
        frozen = buyers.filter(snapshot__frozen_at__isnull=False).count()
        sentences = ["Cela se fait en une fois, et se lit dans le journal de chaque client."]
        if frozen:
            sentences.insert(0, f"{frozen} ne changeront pas : un test à blanc a figé leur photographie.")
        heading = f"{_in_words(decision)} : {concerned} acheteur{pluralize(concerned)} ?"
        return ask_to_confirm(request, listing, heading=heading, sentences=sentences)
    if decision["action"] == SET_ASIDE:
        outcome = set_buyers_aside(buyers, reason=SetAside(decision["motif"]), by=request.user)
    elif decision["action"] == AMOUNT:
        outcome = set_amount_of_buyers(buyers, amount=decision["requested"], by=request.user)
    else:
        outcome = ask_about_buyers(buyers, by=request.user)
    _tell(request, _in_words(decision), outcome)
    undo = urlencode([(UNDO, entry.pk) for entry in outcome.entries]) if can_offer(outcome.entries) else ""
    return redirect(f"{listing.address}&{undo}" if undo else listing.address)


def _in_words(decision: dict) -> str:
    if decision["action"] == SET_ASIDE:
        return f"Écarter ({SetAside(decision['motif']).label})"
    return f"Demander {euros(decision['requested'])} HT" if decision["action"] == AMOUNT else "Demander de nouveau"


def _tell(request: HttpRequest, decision: str, outcome: BulkOutcome) -> None:
    if outcome.changed and not can_offer(outcome.entries):
        messages.success(request, f"{decision} : fait pour {outcome.changed} acheteur{pluralize(outcome.changed)}.")
    elif not outcome.changed and not outcome.refusals:
        messages.info(request, f"{decision} : rien à changer.")
    if outcome.refusals:
        messages.warning(request, " ".join(outcome.refusals))
