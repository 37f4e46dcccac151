"""A contract by declaration at the end of its year: what is still owed, or comes back. Nothing of it is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients.models import Client
from quotes.forms.year_end import YearEndForm
from quotes.pricing.year_end import settle_year
from quotes.services.tariffs import tax_rates
from quotes.services.year_end import known_terms


@require_GET
def year_end(request: HttpRequest, client_pk: int) -> HttpResponse:
    """`?conditions=` names the terms to start from. The form comes back by GET: a figure can be looked at again."""
    client = get_object_or_404(Client.objects.visible_to(request.user).select_related("firm"), pk=client_pk)
    known = known_terms(client)
    wanted = request.GET.get("conditions")
    start = next((terms for terms in known if terms.key == wanted), known[0] if known else None)
    form = YearEndForm(
        request.GET if "french_turnover" in request.GET else None, initial=start.values if start else None
    )
    context = {"client": client, "known": known, "start": start, "form": form}
    if form.is_valid():
        try:
            taxes = tax_rates(client.firm, on=form.cleaned_data["due_on"])
        except LookupError:
            form.add_error("due_on", "Les taxes de ce jour-là ne sont pas connues.")
        else:
            context["settled"] = settle_year(form.terms, taxes, **form.year)
    return render(request, "quotes/year_end.html", context, status=422 if form.errors else 200)
