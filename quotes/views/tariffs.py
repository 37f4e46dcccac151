"""The firm's tariffs: what its own estimates are computed from, version after version."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factortaboite.accounts.permissions import committer_required
from quotes.forms.tariffs import NewVersionForm, TariffForm
from quotes.models import TariffVersion
from quotes.pricing.tariffs import PARAMETERS
from quotes.services.tariffs import (
    TariffRefused,
    change_tariff,
    discard_tariff,
    is_past,
    prepare_tariff,
    start_tariffs,
)


def _versions(request: HttpRequest) -> QuerySet:
    return TariffVersion.objects.visible_to(request.user).with_end().select_related("changed_by")


def _standing(version: TariffVersion) -> dict[str, object]:
    """Whether the version is to come, counts today or has ended, and its last day."""
    today = timezone.localdate()
    next_from = version.next_from
    return {
        "version": version,
        "is_future": version.valid_from > today,
        "is_past": next_from is not None and next_from <= today,
        "valid_until": next_from - timedelta(days=1) if next_from else None,
    }


@require_GET
def tariff_list(request: HttpRequest) -> HttpResponse:
    return render(request, "quotes/tariff_list.html", {"standings": [_standing(each) for each in _versions(request)]})


@require_POST
@committer_required
def tariff_start(request: HttpRequest) -> HttpResponse:
    start_tariffs(firm=request.user.firm)
    messages.success(request, "Le tarif de départ est en place : revoyez ses hypothèses.")
    return redirect("quotes:tariff_list")


@require_GET
def tariff_detail(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(_versions(request), pk=pk)
    tariff, layout = version.tariff(), version.layout
    parameters = [(each, tariff.named(PARAMETERS, each.code)) for each in layout.parameters]
    context = _standing(version) | {
        "changes": version.changes(),
        "parameters": [(each.label, each.unit.say(rate.value), rate.source) for each, rate in parameters if rate],
        "tables": [
            (
                table,
                [
                    (
                        rate.label if rate.bound is None else table.say_bound(rate.bound),
                        table.unit.say(rate.value),
                        rate.source,
                    )
                    for rate in tariff.rates
                    if rate.table == table.code
                ],
            )
            for table in layout.tables
        ],
    }
    return render(request, "quotes/tariff_detail.html", context)


@require_http_methods(["GET", "POST"])
@committer_required
def tariff_edit(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(_versions(request), pk=pk)
    if is_past(version):
        messages.error(request, "Cette version n’est plus en vigueur : elle ne change plus.")
        return redirect("quotes:tariff_detail", pk=pk)
    form = TariffForm(request.POST, tariff=version.tariff())
    if form.is_valid():
        change_tariff(version=version, rates=form.rates, by=request.user)
        messages.success(request, "Le tarif est enregistré.")
        return redirect("quotes:tariff_detail", pk=pk)
    context = _standing(version) | {"form": form}
    return render(request, "quotes/tariff_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@committer_required
def tariff_prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """A new version, copied from this one, to be changed next."""
    version = get_object_or_404(_versions(request), pk=pk)
    form = NewVersionForm(request.POST or None)
    if form.is_valid():
        try:
            copy = prepare_tariff(version=version, by=request.user, **form.cleaned_data)
        except TariffRefused as refusal:
            form.add_error("valid_from", str(refusal))
        else:
            return redirect("quotes:tariff_edit", pk=copy.pk)
    context = {"version": version, "form": form}
    return render(request, "quotes/tariff_prepare.html", context, status=422 if form.errors else 200)


@require_POST
@committer_required
def tariff_discard(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(_versions(request), pk=pk)
    try:
        discard_tariff(version=version)
    except TariffRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("quotes:tariff_detail", pk=pk)
    messages.success(request, "La version à venir est abandonnée.")
    return redirect("quotes:tariff_list")
