"""A horizontal bar as SVG draws it (templates/clients/charts/_bar.svg)."""

from decimal import Decimal

# Its tone (a class of the stylesheets), where it begins and how long it is, in percent of the drawing.
Bar = tuple[str, str, str]


def bar(tone: str, start: Decimal, width: Decimal) -> Bar:
    """`start` and `width` are shares of the drawing, 0–1."""
    return tone, f"{start * 100:.2f}", f"{width * 100:.2f}"
