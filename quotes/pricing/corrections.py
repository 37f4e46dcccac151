"""What a correction changed in a tariff, line by line: which values priced an offer of last month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quotes.pricing.tariffs import PARAMETERS, Layout, Rate, Unit


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that changed, as it is printed; `before` or `after` is empty for a line that was not there."""

    label: str
    before: str
    after: str


def differences(layout: Layout, before: Sequence[Rate], after: Sequence[Rate]) -> list[Difference]:
    """In the order of the layout, and of each table the lines that were there before those that came."""
    lines: list[tuple[str, Unit, tuple[str, str, Decimal | None]]]
    lines = [(parameter.label, parameter.unit, (PARAMETERS, parameter.code, None)) for parameter in layout.parameters]
    old, new = ({(rate.table, rate.code, rate.bound): rate for rate in rates} for rates in (before, after))
    for table in layout.tables:
        for key, rate in (old | new).items():
            if key[0] == table.code:
                name = rate.label if rate.bound is None else table.say_bound(rate.bound)
                lines.append((f"{table.label} : {name}", table.unit, key))
    return [
        Difference(label, _say(old.get(key), new.get(key), unit), _say(new.get(key), old.get(key), unit))
        for label, unit, key in lines
        if old.get(key) != new.get(key)
    ]


def _say(rate: Rate | None, other: Rate | None, unit: Unit) -> str:
    """The value, and whatever else sets it apart from the other."""
    if rate is None:
        return ""
    words = [unit.say(rate.value)]
    if other and rate.label != other.label:
        words.append(rate.label)
    if other and rate.source != other.source:
        words.append(rate.source)
    return " · ".join(words)
