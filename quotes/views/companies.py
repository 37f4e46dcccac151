"""What insurers answered on one buyer, whoever's buyer it is, and what the firm advises from all it knows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clients.advice.late_payment import is_outdated
from clients.services.solvency import Cover, read_advice, visible_companies
from quotes.enums import IndicationState
from quotes.models import LimitIndication
from quotes.services.coverage import covered
from quotes.services.tariffs import late_rates

SHOWN = 30


@require_GET
def company_answers(request: HttpRequest, company_pk: int) -> HttpResponse:
    """The fragment of a buyer's file."""
    company = get_object_or_404(visible_companies(request.user), pk=company_pk)
    today = timezone.localdate()
    asked = LimitIndication.objects.visible_to(request.user).filter(exposure__company=company)
    answers = list(
        asked.annotate(covered=covered(today))
        .select_related("submission__market_test__client", "submission__account", "exposure")
        .defer("raw")
        .order_by("-submission__market_test__launched_at", "submission__position")[:SHOWN]
    )
    rates = late_rates(request.user.firm, on=today)
    context = {
        "company": company,
        "answers": answers,
        "advice": read_advice(company, user=request.user, cover=_best_cover(answers), late_rates=rates),
        "are_late_rates_old": is_outdated(rates, today),
    }
    return render(request, "quotes/_company_answers.html", context)


def _best_cover(answers: list[LimitIndication]) -> Cover | None:
    """By the latest market test that has an answer: what was asked, and the most that one partner would cover."""
    settled = [each for each in answers if each.state == IndicationState.ANSWERED]
    if not settled:
        return None
    latest = settled[0].submission.market_test_id
    of_latest = [each for each in settled if each.submission.market_test_id == latest]
    return Cover(requested=max(each.requested for each in of_latest), granted=max(each.covered for each in of_latest))
