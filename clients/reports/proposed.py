"""What each buyer of a snapshot needs by its own figures, computed by the database for any number of them.

The same arithmetic as `clients.portfolio.selection.amount_needed`, which says where it comes from.
"""

from decimal import Decimal

from django.db.models import Case, CharField, DecimalField, ExpressionWrapper, F, QuerySet, Value, When
from django.db.models.functions import Ceil, Greatest

from clients.enums import Need
from clients.portfolio.selection import DAYS_IN_YEAR
from factortaboite.money import THOUSAND

AMOUNT = DecimalField(max_digits=20, decimal_places=2)
PRECISE = DecimalField(max_digits=30, decimal_places=10)


def with_proposal(exposures: QuerySet, season: Decimal) -> QuerySet:
    """Adds `proposed`, the amount to ask HT (None when nothing says), and `need`, which of the figures it comes from.

    The largest of balance, peak and turnover × terms ÷ 360 × `season`, each HT, up to the next 1 000 €.
    """
    net = 1 + F("vat_rate")
    needs = {
        Need.BALANCE: F("outstanding") / net,
        Need.PEAK: F("peak") / net,
        Need.TURNOVER: F("turnover")
        * F("terms_days")
        * Value(season, PRECISE)
        / Value(Decimal(DAYS_IN_YEAR), PRECISE),
    }
    return (
        exposures.annotate(**{f"need_{need}": ExpressionWrapper(amount, PRECISE) for need, amount in needs.items()})
        .annotate(highest_need=Greatest(*(F(f"need_{need}") for need in needs)))
        .annotate(
            proposed=Case(
                When(highest_need__gt=0, then=Ceil(F("highest_need") / Value(THOUSAND, PRECISE)) * Value(THOUSAND)),
                output_field=AMOUNT,
            ),
            need=Case(
                *(
                    When(**{f"need_{need}": F("highest_need"), "highest_need__gt": 0}, then=Value(need))
                    for need in needs
                ),
                default=Value(""),
                output_field=CharField(),
            ),
        )
    )
