"""What partners cover, added up by the database for lists: the rule of quotes.comparison, without its detail."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Case, Expression, F, Sum, Value, When
from django.db.models.functions import Least
from django.utils import timezone

from clients.models import EuroField
from quotes.enums import IndicationState
from quotes.models import LimitIndication, MarketTest
from quotes.vocabulary import Decision

EUROS = EuroField()
NOTHING = Value(Decimal(0), EUROS)


def covered(on: date) -> Expression:
    """The euros of a LimitIndication row in force on the day `on`, never above what was requested."""
    in_force = Case(When(temporary_until__gte=on, then=F("temporary")), default=NOTHING, output_field=EUROS)
    return Case(
        When(decision__in=[Decision.REFUSED, Decision.WITHDRAWN], then=NOTHING),
        When(
            state=IndicationState.ANSWERED, then=Least(F("permanent") + in_force, F("requested"), output_field=EUROS)
        ),
        default=NOTHING,
        output_field=EUROS,
    )


def best_shares(market_tests: Iterable[MarketTest]) -> dict[int, Decimal]:
    """By market test key, the share (0–1) of the requested amounts that its best partner covers today. One query."""
    rows = (
        LimitIndication.objects.filter(submission__market_test__in=[test.pk for test in market_tests])
        .values("submission_id", "submission__market_test_id")
        .annotate(covered=Sum(covered(timezone.localdate())), total=Sum("requested"))
    )
    best: dict[int, Decimal] = {}
    for row in rows:
        test = row["submission__market_test_id"]
        best[test] = max(best.get(test, Decimal(0)), row["covered"] / row["total"])
    return best
