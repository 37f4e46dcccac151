"""Pages of a list by where they begin, not by how many rows come before.

An order always ends with the key, so that no two rows are equal, and both are compared as one row value: an index on
the same columns then reads one page and no more (PERFORMANCE.md §5). Rows that come or go meanwhile are neither shown
twice nor left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThan, LessThan

AFTER, BEFORE, AT = "apres", "avant", "page"  # in the address
END = "fin"
POSITION = (AFTER, BEFORE, AT)
HIGHEST_KEY = 2**63 - 1
HIGHEST_NUMBER = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Order:
    """By `value`, an expression that is never null, then by key."""

    value: Combinable
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """`previous` and `next` are the marks of its first and last row, empty where the list ends."""

    rows: list[Model]
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class _Mark:
    value: Any
    pk: int


class _Row(Func):
    function = "ROW"
    output_field = BooleanField()  # never read: rows are only compared with rows


def read_page(rows: QuerySet, order: Order, position: Mapping[str, str], *, size: int) -> Page:
    """The page at `position` (AFTER or BEFORE a mark, AT the END, or the first). A mark nobody made is the first."""
    rows = rows.annotate(sort_value=order.value)
    field = rows.query.annotations["sort_value"].output_field
    after, before = _mark(position.get(AFTER, ""), field), _mark(position.get(BEFORE, ""), field)
    backwards = before is not None or position.get(AT) == END
    mark = before or after if backwards else after
    found, has_more = _read(rows, order, mark, backwards, size)
    if mark and not found:  # every row on that side has gone
        return read_page(rows, order, {} if backwards else {AT: END}, size=size)
    has_previous, has_next = (has_more, mark is not None) if backwards else (mark is not None, has_more)
    return Page(
        found,
        previous=mark_of(found[0]) if has_previous and found else "",
        next=mark_of(found[-1]) if has_next and found else "",
    )


def _read(rows: QuerySet, order: Order, mark: _Mark | None, backwards: bool, size: int) -> tuple[list[Model], bool]:
    found = list(_from(rows, order, mark, backwards)[: size + 1])
    shown = found[:size]
    return shown[::-1] if backwards else shown, len(found) > size


def _from(rows: QuerySet, order: Order, mark: _Mark | None, backwards: bool = False) -> QuerySet:
    """The rows beyond the mark, the nearest first. They must have their `sort_value`."""
    downwards = order.descending != backwards
    if mark:
        field = rows.query.annotations["sort_value"].output_field
        compare = LessThan if downwards else GreaterThan
        rows = rows.filter(compare(_Row(F("sort_value"), F("pk")), _Row(Value(mark.value, field), Value(mark.pk))))
    return rows.order_by(*(("-sort_value", "-pk") if downwards else ("sort_value", "pk")))


def in_order(rows: QuerySet, order: Order) -> QuerySet:
    """All of them, as the pages show them."""
    return _from(rows.annotate(sort_value=order.value), order, None)


def mark_of(row: Model) -> str:
    """The place of a row that has its `sort_value`, as addresses say it."""
    return f"{row.sort_value}~{row.pk}"


def _mark(text: str, field: Field) -> _Mark | None:
    value, _, pk = text.replace("\x00", "").rpartition("~")
    if not (pk.isascii() and pk.isdecimal() and int(pk[:20]) <= HIGHEST_KEY):
        return None
    try:
        known = field.to_python(value)
    except ValidationError:
        return None
    if isinstance(known, Decimal) and not (known.is_finite() and abs(known) < HIGHEST_NUMBER):
        return None
    return None if known is None else _Mark(known, int(pk))
