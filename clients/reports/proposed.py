"""What each buyer of a snapshot needs by its own figures, computed by the database for any number of them.

The same arithmetic as `clients.portfolio.selection.amount_needed`, which says where it comes from.
"""

from decimal import Decimal

from django.db.models import Case, CharField, DecimalField, ExpressionWrapper, F, QuerySet, Value, When
from django.db.models.functions import Ceil, Greatest
from django.db.models.lookups import GreaterThan

from clients.enums import Need
from clients.portfolio.selection import DAYS_IN_YEAR
from factortaboite.money import THOUSAND

AMOUNT = DecimalField(max_digits=20, decimal_places=2)
PRECISE = DecimalField(max_digits=30, decimal_places=10)


def _needs(season: Decimal) -> dict[Need, ExpressionWrapper]:
    """Each HT, rounded nowhere."""
    net = 1 + F("vat_rate")
    sold = F("turnover") * F("terms_days") * Value(season, PRECISE) / Value(Decimal(DAYS_IN_YEAR), PRECISE)
    amounts = {Need.BALANCE: F("outstanding") / net, Need.PEAK: F("peak") / net, Need.TURNOVER: sold}
    return {need: ExpressionWrapper(amount, PRECISE) for need, amount in amounts.items()}


def proposed(season: Decimal) -> Case:
    """The amount to ask HT; None when nothing says.

    The largest of balance, peak and turnover × terms ÷ 360 × `season`, each HT, up to the next 1 000 €.
    """
    highest = Greatest(*_needs(season).values())
    thousands = Ceil(highest / Value(THOUSAND, PRECISE)) * Value(THOUSAND)
    return Case(When(GreaterThan(highest, Value(0)), then=thousands), output_field=AMOUNT)


def with_proposal(exposures: QuerySet, season: Decimal) -> QuerySet:
    """Adds `proposed`, each need (`need_balance`…), and `need`, which of them it comes from."""
    needs = {f"need_{need}": amount for need, amount in _needs(season).items()}
    largest = [When(**{f"need_{need}": F("highest_need"), "highest_need__gt": 0}, then=Value(need)) for need in Need]
    return (
        exposures.annotate(**needs, proposed=proposed(season))
        .annotate(highest_need=Greatest(*map(F, needs)))
        .annotate(need=Case(*largest, default=Value(""), output_field=CharField()))
    )
