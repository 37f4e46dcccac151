"""Which formula fits a client: a card of its snapshot's page, and a page of its own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from clients.models import RiskSnapshot
from factortaboite.accounts.permissions import preparer_required
from quotes.forms.tariffs import ProfileForm
from quotes.models import ClientProfile
from quotes.pricing.formula import Advice, Formula
from quotes.pricing.tariffs import OnStudy
from quotes.services.formula import (
    AdviceMissing,
    NoTariff,
    advise_on,
    current_tariffs,
    profile_of,
    save_profile,
    sectors,
)


@require_GET
@vary_on_headers("HX-Request")
def formula_advice(request: HttpRequest, snapshot_pk: int) -> HttpResponse:
    snapshot = _snapshot(request, snapshot_pk)
    return _render(request, snapshot, profile_of(snapshot.client))


@require_POST
@preparer_required
def formula_profile(request: HttpRequest, snapshot_pk: int) -> HttpResponse:
    """What the figures do not say: kept with the client, whatever its snapshots."""
    snapshot = _snapshot(request, snapshot_pk)
    profile = profile_of(snapshot.client)
    try:
        form = ProfileForm(request.POST, instance=profile, sectors=sectors(current_tariffs(snapshot)))
    except NoTariff:
        return redirect("quotes:formula_advice", snapshot_pk=snapshot_pk)
    if not form.is_valid():
        return _render(request, snapshot, profile_of(snapshot.client), form)
    save_profile(profile=form.instance)
    if request.htmx:
        return _render(request, snapshot, profile_of(snapshot.client))
    return redirect("quotes:formula_advice", snapshot_pk=snapshot_pk)


def _snapshot(request: HttpRequest, pk: int) -> RiskSnapshot:
    snapshots = RiskSnapshot.objects.visible_to(request.user).confirmed()
    return get_object_or_404(snapshots.select_related("client", "firm"), pk=pk)


def _render(
    request: HttpRequest, snapshot: RiskSnapshot, profile: ClientProfile, form: ProfileForm | None = None
) -> HttpResponse:
    context = {"snapshot": snapshot, "client": snapshot.client, "profile": profile}
    try:
        tariffs = current_tariffs(snapshot)
        context["form"] = form or ProfileForm(instance=profile, sectors=sectors(tariffs))
        context["advice"] = advice = advise_on(snapshot, profile, tariffs)
        context["options"] = _options(advice)
    except AdviceMissing as missing:
        context |= {"missing": str(missing), "has_tariff": not isinstance(missing, NoTariff)}
    template = "quotes/_formula_advice.html" if request.htmx else "quotes/formula_advice.html"
    return render(request, template, context, status=422 if form else 200)


def _options(advice: Advice) -> list[dict[str, object]]:
    """The three formulas side by side, in words a template can print."""
    options = []
    for formula in Formula:
        estimate = getattr(advice, formula.value)
        options.append(
            {
                "label": formula.label,
                "is_advised": formula is advice.formula,
                "is_single": formula is Formula.SINGLE_RISK,
                "estimate": None if isinstance(estimate, OnStudy) else estimate,
                "refusals": estimate.reasons if isinstance(estimate, OnStudy) else (),
            }
        )
    return options
