"""The only filters that print euros, shares and dates. A template builtin: no `{% load %}` needed."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from django import template
from django.utils import timezone

from factortaboite import money, typography

register = template.Library()


@register.filter(is_safe=True)
def typeset(sentence: object) -> str:
    """A sentence that may have been written with plain spaces, a form's or a message's."""
    return typography.typeset(str(sentence))


@register.filter
def euros(amount: Decimal | int | str | None) -> str:
    """« 16 447,20 € », without cents when there are none; empty for None."""
    return "" if amount is None else money.euros(Decimal(amount))


@register.filter
def euros_cents(amount: Decimal | int | str | None) -> str:
    """« 816,00 € »: always with cents, for columns that add up."""
    return "" if amount is None else money.euros(Decimal(amount), cents=True)


@register.filter
def whole_euros(amount: Decimal | int | str | None) -> str:
    """« 16 447 € »: to the euro, half up, where cents would only be noise."""
    return "" if amount is None else money.euros(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


@register.filter
def number(count: int) -> str:
    """« 10 000 »."""
    return money.format_number(Decimal(count))


@register.filter
def factor(number: Decimal | None) -> str:
    """« 1,3 »: a factor without needless zeros."""
    return "" if number is None else f"{number.normalize():f}".replace(".", ",")


@register.filter
def percent(share: Decimal | int | str | None, decimals: int = 1) -> str:
    """A share (0–1) as « 90,8 % »; `|percent:2` for « 0,24 % »."""
    return "" if share is None else money.percent(Decimal(share), decimals)


@register.filter
def rate(share: Decimal | int | str | None) -> str:
    """A rate (0–1) with all its decimals: « 0,24 % », « 9 % », « 0,165 % »."""
    if share is None:
        return ""
    exponent = (Decimal(share) * 100).normalize().as_tuple().exponent
    return money.percent(Decimal(share), max(0, -exponent) if isinstance(exponent, int) else 0)


@register.filter(expects_localtime=True)
def french_date(day: date | None) -> str:
    """« 22 novembre 2026 », « 1er décembre 2026 »; of a moment, the day that it is here, whoever prints it."""
    if day is None:
        return ""
    if isinstance(day, datetime) and timezone.is_aware(day):
        day = timezone.localdate(day)
    written = format_date(day, "d MMMM y", locale="fr")
    return f"1er {written[2:]}" if day.day == 1 else written
