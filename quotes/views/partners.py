"""The firm's partners: who can be asked, through which channel, with which keys."""

from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from factortaboite.accounts.permissions import committer_required
from quotes.durations import say_duration
from quotes.enums import Channel
from quotes.forms.partners import InterfacePartnerForm, MailPartnerForm, PartnerForm
from quotes.models import PartnerAccount
from quotes.partners.registry import connectors
from quotes.services.partners import partner_records, save_partner

MAIL = "courriel"  # in ?canal=, beside the connectors' codes


class Format(NamedTuple):
    """What a page says of a connector. The connector itself is a class: a template would call it."""

    code: str
    label: str
    is_assumed: bool


def _formats() -> dict[str, Format]:
    return {code: Format(code, each.label, each.assumed_format) for code, each in connectors().items()}


@require_GET
def partner_list(request: HttpRequest) -> HttpResponse:
    records = partner_records(request.user.firm)
    partners = [
        (account, record, say_duration(record.median_time) if record else "")
        for account in PartnerAccount.objects.visible_to(request.user)
        for record in [records.get(account.pk)]
    ]
    return render(request, "quotes/partner_list.html", {"partners": partners})


@require_http_methods(["GET", "POST"])
@committer_required
def partner_create(request: HttpRequest) -> HttpResponse:
    """First which channel, then a form that asks for what this channel needs and no more."""
    chosen = request.GET.get("canal")
    if chosen is None:
        return render(request, "quotes/partner_choose.html", {"formats": _formats().values(), "mail": MAIL})
    if chosen != MAIL and chosen not in connectors():
        raise Http404
    return _edit(request, PartnerAccount(firm=request.user.firm), "" if chosen == MAIL else chosen)


@require_http_methods(["GET", "POST"])
@committer_required
def partner_edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(PartnerAccount.objects.visible_to(request.user), pk=pk)
    return _edit(request, account, account.connector if account.channel == Channel.API else "")


def _edit(request: HttpRequest, account: PartnerAccount, connector: str) -> HttpResponse:
    form = _form(request, account, connector)
    if form.is_valid():
        partner = save_partner(
            account=form.instance,
            credentials=form.credentials,
            creation_key=form.cleaned_data["creation_key"],
            by=request.user,
        )
        messages.success(request, f"{partner} est enregistré.")
        return redirect("quotes:partner_list")
    context = {"form": form, "account": account, "format": _formats().get(connector)}
    return render(request, "quotes/partner_form.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, account: PartnerAccount, connector: str) -> PartnerForm:
    if connector:
        return InterfacePartnerForm(request.POST or None, instance=account, connector=connector)
    return MailPartnerForm(request.POST or None, instance=account)
