"""Euros: rounding, reading what people type, and the one French way of printing amounts.

Money is `Decimal`, in euros. Nothing here knows Django: the pure cores of every floor may import this module.
"""

import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
THOUSAND = Decimal(1000)
# Far above any amount, and far below the 28 digits that decimal arithmetic keeps: what is read can be computed with.
HIGHEST_NUMBER = Decimal(10) ** 18
LONGEST_NUMBER = 80  # characters, spaces and unit included
NARROW_NBSP = "\u202f"
NBSP = "\u00a0"

_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’_]+")
_UNIT = re.compile(r"(?:€|euros?|eur)$", re.IGNORECASE)
_SIDE = re.compile(r"(?:cr?|d[brt]?)$", re.IGNORECASE)
_PLAIN = re.compile(r"\d+(?:\.\d+)?|\.\d+")


class UnreadableNumber(ValueError):
    """The text is not a number; the message says so in French."""


class AmbiguousNumber(UnreadableNumber):
    """The text could be two numbers (`1.234`): somebody has to be asked."""


def round_euros(amount: Decimal) -> Decimal:
    """The amount to the cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def round_up_to_thousand(amount: Decimal) -> Decimal:
    """The next whole thousand euros at or above the amount: how limits are asked for."""
    return (amount / THOUSAND).to_integral_value(ROUND_CEILING) * THOUSAND


def net_of_vat(amount_ttc: Decimal, vat_rate: Decimal) -> Decimal:
    """TTC to HT, not rounded. `vat_rate` is a share: 0.20 for 20 %."""
    return amount_ttc / (1 + vat_rate)


def parse_decimal(text: str, *, decimal_separator: str | None = None) -> Decimal:
    """The number written in `text`, in any of the forms of French exports (DOMAIN.md §6.3).

    Accepts spaces of every kind and apostrophes between thousands, a comma or a point before the decimals, a minus
    before or after, parentheses or a final « C » or « CR » for credits, and a euro sign. `decimal_separator` ("," or
    ".") is what the rest of the column taught; without it, one separator before exactly three digits is ambiguous.

    Raises UnreadableNumber, or AmbiguousNumber when the text has two readings.
    """
    text = text.strip()
    if len(text) > LONGEST_NUMBER:
        raise UnreadableNumber(f"« {text[:LONGEST_NUMBER]}… » est trop long pour un nombre.")
    digits = _SPACES.sub("", text)
    negative = False
    digits = _UNIT.sub("", digits)
    if digits[:1] == "(" and digits[-1:] == ")":
        digits, negative = digits[1:-1], True
    digits = _UNIT.sub("", digits)
    if (match := _SIDE.search(digits)) and any(map(str.isdigit, digits)):
        digits, negative = digits[: match.start()], negative or match[0][0] in "cC"
    if digits[:1] in "-−+" and digits:
        digits, negative = digits[1:], negative ^ (digits[0] != "+")
    elif digits[-1:] in "-−" and digits:
        digits, negative = digits[:-1], not negative
    number = _to_plain(digits, decimal_separator, text)
    if number >= HIGHEST_NUMBER:
        raise UnreadableNumber(f"« {text} » est trop grand.")
    return -number if negative else number


def _to_plain(digits: str, decimal_separator: str | None, text: str) -> Decimal:
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        decimal = max(".,", key=digits.rindex)
        if digits.count(decimal) > 1 or (decimal_separator and decimal != decimal_separator):
            raise UnreadableNumber(f"« {text} » n’est pas un nombre.")
    elif points > 1 or commas > 1:
        decimal = "," if points else "."
        if decimal_separator and decimal != decimal_separator:
            raise UnreadableNumber(f"« {text} » n’est pas un nombre.")
    elif points or commas:
        written = "." if points else ","
        whole, _, decimals = digits.partition(written)
        if decimal_separator is None and len(decimals) == 3 and 1 <= len(whole) <= 3 and whole.strip("0"):
            raise AmbiguousNumber(f"« {text} » peut se lire de deux façons : précisez les décimales.")
        decimal = decimal_separator or written
    else:
        decimal = "."
    thousands = "," if decimal == "." else "."
    whole, _, decimals = digits.partition(decimal)
    groups = whole.split(thousands)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        raise UnreadableNumber(f"« {text} » n’est pas un nombre.")
    plain = "".join(groups) + (f".{decimals}" if decimals else "")
    if not _PLAIN.fullmatch(plain) or not plain.isascii():
        raise UnreadableNumber(f"« {text} » n’est pas un nombre.")
    return Decimal(plain)


def _group(digits: str) -> str:
    return f"{int(digits):,}".replace(",", NARROW_NBSP)


def format_number(number: Decimal, decimals: int = 0) -> str:
    """`1234.5` as « 1 234,50 » with narrow no-break spaces, rounded half up."""
    rounded = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    sign, plain = ("−" if rounded < 0 else ""), f"{abs(rounded):f}"
    whole, _, fraction = plain.partition(".")
    return sign + _group(whole) + (f",{fraction}" if fraction else "")


def euros(amount: Decimal, *, cents: bool | None = None) -> str:
    """« 16 447,20 € »; whole amounts print without cents unless `cents` is true."""
    rounded = round_euros(amount)
    if cents is None:
        cents = rounded != rounded.to_integral_value()
    return format_number(rounded, 2 if cents else 0) + NBSP + "€"


def percent(share: Decimal, decimals: int = 1) -> str:
    """A share as « 90,8 % »: `share` is 0.908."""
    return format_number(share * 100, decimals) + NBSP + "%"
