"""One buyer as the firm sees it: who it is, what it owes to whom, what is known of its solvency."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from clients.forms.solvency import AccountsForm, RatingForm
from clients.models import AccountsReceived, Alert, BuyerRating, Client, Company, Exposure
from clients.registries import RegistryError
from clients.services.companies import PAGE_PATIENCE_SECONDS, refresh_company
from clients.services.night import read_notices_about
from clients.services.solvency import (
    latest_exposures,
    read_procedure,
    record_accounts,
    record_rating,
    visible_companies,
)
from factortaboite.accounts.models import User
from factortaboite.accounts.permissions import preparer_required
from factortaboite.downloads import file_to_save

EVENTS_SHOWN = 30


def _company(request: HttpRequest, pk: int) -> Company:
    return get_object_or_404(visible_companies(request.user), pk=pk)


def _given_name(company: Company, exposures: list[Exposure], user: User) -> str:
    """What the firm calls a company that no register has named yet, be it a buyer or a client of its own."""
    if exposures:
        return exposures[0].name
    own = Client.objects.visible_to(user).filter(company=company).first()
    return own.name if own else str(company)


def _show(request: HttpRequest, company: Company, status: int = 200, **forms) -> HttpResponse:
    facts = list(company.facts.all())
    exposures = latest_exposures(company, request.user)
    context = {
        "company": company,
        "name": company.registered_name or _given_name(company, exposures, request.user),
        "facts": [fact for fact in facts if fact.is_current],
        "former_facts": [fact for fact in facts if not fact.is_current],
        "events": company.events.select_related("withdrawn_by").defer("content")[:EVENTS_SHOWN],
        "procedure": read_procedure(company).value,
        "alerts": Alert.objects.visible_to(request.user).filter(company=company).open().for_display(),
        "exposures": exposures,
        "accounts": AccountsReceived.objects.visible_to(request.user).filter(company=company).defer("document"),
        "ratings": BuyerRating.objects.visible_to(request.user).filter(company=company),
        "accounts_form": AccountsForm(prefix="comptes"),
        "rating_form": RatingForm(prefix="note"),
        **forms,
    }
    return render(request, "clients/company_detail.html", context, status=status)


@require_GET
def company_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _company(request, pk))


@require_POST
@preparer_required
def company_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the registers about the company now, and the BODACC what was published about it."""
    company = _company(request, pk)
    try:
        refresh_company(company, patience_seconds=PAGE_PATIENCE_SECONDS)
        read_notices_about([company], patience_seconds=PAGE_PATIENCE_SECONDS)
    except RegistryError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "Les registres ont été interrogés.")
    return redirect("clients:company_detail", pk=pk)


@require_POST
@preparer_required
def company_accounts(request: HttpRequest, pk: int) -> HttpResponse:
    company = _company(request, pk)
    form = AccountsForm(request.POST, request.FILES, prefix="comptes")
    if form.is_valid():
        try:
            record_accounts(
                company=company, figures=form.figures, document=form.cleaned_data["document"], by=request.user
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "Comptes enregistrés.")
            return redirect("clients:company_detail", pk=pk)
    return _show(request, company, status=422, accounts_form=form)


@require_POST
@preparer_required
def company_rating(request: HttpRequest, pk: int) -> HttpResponse:
    company = _company(request, pk)
    form = RatingForm(request.POST, prefix="note")
    if form.is_valid():
        try:
            record_rating(company=company, rating=form.instance, by=request.user)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "Note enregistrée.")
            return redirect("clients:company_detail", pk=pk)
    return _show(request, company, status=422, rating_form=form)


@require_GET
def accounts_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored bytes."""
    received = AccountsReceived.objects.visible_to(request.user).exclude(sha256="")
    accounts = get_object_or_404(received, pk=pk)
    return file_to_save(accounts.document, name=accounts.download_name, content_type=accounts.document_type)
