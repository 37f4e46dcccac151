"""What one address of a list shows to one person: its rows, and the addresses around it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.http import QueryDict
from django.urls import reverse

from clients.forms.lists import FilterForm
from clients.lists.keyset import AFTER, AT, BEFORE, END, Order, Page, read_page
from factortaboite.accounts.models import User

PER_PAGE = 50
COUNTED = 10_000  # rows; nobody reads further, and counting has its cost
ORDER, COLUMNS, EVERYTHING = "tri", "colonnes", "tout"  # in the address


class Kind(Enum):
    """What a column holds, so that a workbook holds the same."""

    TEXT = "text"
    EUROS = "euros"
    COUNT = "count"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names it in the address, `value` is what a row holds there, `order` an expression that is never null."""

    key: str
    label: str
    value: Callable[[Any], object]
    kind: Kind = Kind.TEXT
    order: Combinable | None = None
    is_shown: bool = True  # unless somebody chooses otherwise

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.EUROS, Kind.COUNT)


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list of the product. `noun` is what a row is, in French (an s makes it several). `subject` says what a row is
    about and is always shown, with `identity` under it; the other `columns` can be chosen. `complete` adds to a few
    rows what the screen and the exports show beside them."""

    name: str
    noun: str
    url_name: str
    workbook_url_name: str
    text_url_name: str
    subject: Column
    identity: tuple[Column, ...]
    columns: tuple[Column, ...]
    first_order: str  # « -demande »: by that column, the largest first
    filters: type[FilterForm]
    rows: Callable[[User], QuerySet]
    complete: Callable[[Sequence[Model]], None]


@dataclass(frozen=True, slots=True)
class Header:
    """A column's heading: where a click leads, and how the list stands now (ascending, descending or empty)."""

    column: Column
    address: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    text: str
    address: str


class Listing:
    """A list as an address shows it. Whatever the address says that means nothing is passed over."""

    def __init__(self, kind: ListKind, user: User, params: QueryDict) -> None:
        self.kind, self.user, self.params = kind, user, params
        self.form = kind.filters(params, user=user)
        self.form.is_valid()
        self._by_key = {column.key: column for column in (kind.subject, *kind.columns)}
        asked = params.get(ORDER, "")
        self.order_key = asked if self._orders(asked) else kind.first_order
        chosen = set(params.getlist(COLUMNS))
        self.columns = [column for column in kind.columns if (column.key in chosen if chosen else column.is_shown)]

    def _orders(self, key: str) -> bool:
        column = self._by_key.get(key.removeprefix("-"))
        return column is not None and column.order is not None

    # --- Rows ------------------------------------------------------------
    @property
    def order(self) -> Order:
        column = self._by_key[self.order_key.removeprefix("-")]
        return Order(column.order, descending=self.order_key.startswith("-"))

    @cached_property
    def found(self) -> QuerySet:
        """Every row of the filter, in no order."""
        return self.form.narrowed(self.kind.rows(self.user)).order_by()

    @cached_property
    def page(self) -> Page:
        page = read_page(self.found, self.order, self.params, size=PER_PAGE)
        self.kind.complete(page.rows)
        return page

    @cached_property
    def counted(self) -> int:
        """How many rows there are; COUNTED + 1 stands for more."""
        return self.found.values("pk")[: COUNTED + 1].count()

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNTED

    @property
    def fits_on_a_page(self) -> bool:
        return not self.page.previous and not self.page.next

    # --- Addresses ------------------------------------------------------------
    @cached_property
    def _said(self) -> list[tuple[str, str]]:
        """What the address says, without what says nothing and without the place in the list."""
        said = [(name, value) for name, value in self.form.said() if value]
        if self.order_key != self.kind.first_order:
            said.append((ORDER, self.order_key))
        if [column.key for column in self.columns] != [column.key for column in self.kind.columns if column.is_shown]:
            # The subject stands for « none of the others ».
            said += [(COLUMNS, key) for key in (self.kind.subject.key, *(column.key for column in self.columns))]
        return said

    @property
    def query(self) -> str:
        """The address after its question mark: the same for all who mean the same. Empty for the whole list."""
        return urlencode(self._said)

    def _address(self, *more: tuple[str, str], without: Iterable[str] = ()) -> str:
        said = [(name, value) for name, value in self._said if name not in without]
        # An address without anything opens the view that somebody wants to see first.
        return "?" + (urlencode([*said, *more]) or urlencode({EVERYTHING: 1}))

    @property
    def address(self) -> str:
        return reverse(self.kind.url_name) + self._address()

    @property
    def everything(self) -> str:
        return f"?{EVERYTHING}=1"

    @property
    def without_filters(self) -> str:
        return self._address(without=self.form.fields)

    @property
    def first_page(self) -> str:
        return self._address()

    @property
    def previous_page(self) -> str:
        return self._address((BEFORE, self.page.previous))

    @property
    def next_page(self) -> str:
        return self._address((AFTER, self.page.next))

    @property
    def last_page(self) -> str:
        return self._address((AT, END))

    @cached_property
    def chips(self) -> list[Chip]:
        return [Chip(text, self._address(without=names)) for text, names in self.form.chips()]

    @property
    def headers(self) -> list[Header]:
        return [self._header(column) for column in (self.kind.subject, *self.columns)]

    def _header(self, column: Column) -> Header:
        if column.order is None:
            return Header(column, "", "")
        up, down = column.key, f"-{column.key}"
        # Of numbers and days the last ones are looked for first, of names the first.
        first, second = (up, down) if column.kind is Kind.TEXT else (down, up)
        wanted = second if self.order_key == first else first
        more = () if wanted == self.kind.first_order else ((ORDER, wanted),)
        direction = {up: "ascending", down: "descending"}.get(self.order_key, "")
        return Header(column, self._address(*more, without=[ORDER]), direction)

    @property
    def choices_of_columns(self) -> list[tuple[Column, bool]]:
        return [(column, column in self.columns) for column in self.kind.columns]
