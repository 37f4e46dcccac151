"""A list is walked from one end to the other, page by page: every row once, in one order, whatever it holds."""

from decimal import Decimal

import pytest
from django.db import connection

from clients.lists import keyset
from clients.lists.keyset import AFTER, AT, BEFORE, END, Order, in_order, read_page
from clients.models import Exposure
from clients.models.fields import amount_or_nothing
from clients.search import Folded
from tests.factories import ExposureFactory, RiskSnapshotFactory

pytestmark = pytest.mark.django_db

# Ties, nothing at all, credits, cents: by line.
AMOUNTS = [None, 5000, 60_000, 60_000, None, "59999.99", 60_000, 1, -300, 60_000, 0]
NAMES = ["Élec", "elec", "ÉLEC", "Zed", "abc~7", "Œuvre", "oeuvre", "Élec", "50 %", "x’y", "x y"]

ORDERS = [
    pytest.param(Order(amount_or_nothing("outstanding")), id="smallest first"),
    pytest.param(Order(amount_or_nothing("outstanding"), descending=True), id="largest first"),
    pytest.param(Order(Folded("name")), id="by name"),
    pytest.param(Order(Folded("name"), descending=True), id="by name, backwards"),
    pytest.param(Order(Folded("country")), id="nothing but ties"),
]


@pytest.fixture
def rows():
    snapshot = RiskSnapshotFactory()
    for line, (name, amount) in enumerate(zip(NAMES, AMOUNTS, strict=True), start=1):
        ExposureFactory(snapshot=snapshot, line=line, name=name, outstanding=amount and Decimal(amount))
    return Exposure.objects.filter(snapshot=snapshot)


def forwards(rows, order, size):
    position, seen = {}, []
    while True:
        page = read_page(rows, order, position, size=size)
        seen.append([row.pk for row in page.rows])
        if not page.next:
            return seen
        position = {AFTER: page.next}


def backwards(rows, order, size):
    position, seen = {AT: END}, []
    while True:
        page = read_page(rows, order, position, size=size)
        seen.insert(0, [row.pk for row in page.rows])
        if not page.previous:
            return seen
        position = {BEFORE: page.previous}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 10, 11, 12])
def test_walks_the_whole_list_once_forwards_and_back(rows, order, size):
    everything = [row.pk for row in in_order(rows, order)]
    assert sorted(everything) == sorted(rows.values_list("pk", flat=True))
    for pages in (forwards(rows, order, size), backwards(rows, order, size)):
        assert [pk for page in pages for pk in page] == everything


def test_largest_first_ends_with_what_is_not_known(rows):
    amounts = [row.outstanding for row in in_order(rows, Order(amount_or_nothing("outstanding"), descending=True))]
    assert amounts[:5] == [60_000] * 4 + [Decimal("59999.99")]
    assert amounts[-3:] == [-300, None, None]


def test_back_from_the_second_page_is_the_first(rows):
    order = Order(Folded("name"))
    first = read_page(rows, order, {}, size=4)
    second = read_page(rows, order, {AFTER: first.next}, size=4)
    assert read_page(rows, order, {BEFORE: second.previous}, size=4) == first
    assert not first.previous


def test_rows_that_went_meanwhile_leave_no_hole(rows):
    order = Order(Folded("name"))
    first = read_page(rows, order, {}, size=4)
    second = read_page(rows, order, {AFTER: first.next}, size=4)
    rows.filter(pk__in=[row.pk for row in first.rows[:3]]).delete()
    again = read_page(rows, order, {BEFORE: second.previous}, size=4)
    assert [row.pk for row in again.rows] == [first.rows[3].pk]
    rows.filter(pk=first.rows[3].pk).delete()
    assert read_page(rows, order, {BEFORE: second.previous}, size=4).rows == second.rows, "the beginning of the rest"
    rows.filter(pk__in=[row.pk for row in second.rows]).delete()
    rest = read_page(rows, order, {}, size=4)
    rows.exclude(pk__in=[row.pk for row in rest.rows]).delete()
    gone = read_page(rows, order, {AFTER: second.next}, size=4)
    assert [row.pk for row in gone.rows] == [row.pk for row in rest.rows], "the end of what is left"


@pytest.mark.parametrize(
    "mark",
    ["", "~", "x~1", "60000~", "60000~x", "NaN~1", "1e999~1", f"1~{10**30}", "60000", "\x00~1", "1~²"],
)
def test_a_mark_that_nobody_made_is_the_first_page(rows, mark):
    order = Order(amount_or_nothing("outstanding"), descending=True)
    assert read_page(rows, order, {AFTER: mark}, size=4) == read_page(rows, order, {}, size=4)


@pytest.mark.parametrize(
    ("order", "index"),
    [
        pytest.param(Order(amount_or_nothing("requested"), descending=True), "buyer_by_requested", id="requested"),
        pytest.param(Order(amount_or_nothing("outstanding")), "buyer_by_outstanding", id="outstanding"),
        pytest.param(Order(amount_or_nothing("turnover")), "buyer_by_turnover", id="turnover"),
        pytest.param(Order(Folded("name")), "buyer_by_name", id="name"),
    ],
)
def test_a_page_is_read_through_the_index_of_its_order(rows, order, index):
    firm = rows.first().firm
    mark = keyset._Mark(*{"name": ("elec", 1)}.get(index.removeprefix("buyer_by_"), (Decimal(60_000), 1)))
    beyond = keyset._from(Exposure.objects.filter(firm=firm).annotate(sort_value=order.value), order, mark)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
    plan = beyond[:5].explain()
    assert index in plan
    searched = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "ROW(" in searched, "the place in the list is part of what the index is searched for"
