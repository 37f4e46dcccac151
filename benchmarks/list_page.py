"""A page of 50 clients or buyers out of 100 000 against a page out of 100: the first, one in the middle, the last, in
the orders that a heading offers."""

import statistics
import sys
import time
from decimal import Decimal

import django

django.setup()

from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks.report import report  # noqa: E402
from clients.lists.clients import CLIENTS  # noqa: E402
from clients.lists.keyset import AFTER, in_order, mark_of  # noqa: E402
from clients.lists.listing import Listing, ListKind  # noqa: E402
from clients.models import Client, Exposure, RiskSnapshot  # noqa: E402
from factortaboite.accounts.models import BrokerFirm, User  # noqa: E402
from quotes.buyers import BUYERS  # noqa: E402

SMALL, LARGE = 100, 100_000
BUYERS_PER_CLIENT = 1_000
ROUNDS = 15
GOAL = 1.3
ORDERS = {"clients": (CLIENTS, ("client",)), "buyers": (BUYERS, ("-demande", "acheteur", "-ca"))}


def main() -> int:
    """Server time through Django’s own client, in one process: medians of interleaved rounds, and the queries."""
    missed = 0
    people = {size: _firm(size) for size in (SMALL, LARGE)}
    for name, (kind, orders) in ORDERS.items():
        for order in orders:
            addresses = {"page out of 100": (SMALL, f"?tri={order}")}
            for place, position in _positions(people[LARGE], kind, order).items():
                addresses[f"{place} of 100 000"] = (LARGE, f"?tri={order}&{position}")
            took, queries = _measure(people, kind, addresses)
            for place, milliseconds in took.items():
                if place == "page out of 100":
                    continue
                reference = took["page out of 100"]
                missed |= report(
                    f"{name} by {order}: {place} ÷ page out of 100", milliseconds, reference, GOAL, unit="ms"
                )
            print(f"queries: {', '.join(f'{count} for the {place}' for place, count in queries.items())}")
            # A page whose clients have no list at all spares one.
            missed |= max(queries.values()) > queries["page out of 100"]
    return missed


def _firm(rows: int) -> User:
    """Somebody of a firm with that many clients, and as many buyers with the first of them."""
    firm = BrokerFirm.objects.create(name=f"Banc des listes de {rows}")
    broker = User.objects.create_user(f"listes-{rows}@essai.example", firm=firm, role="broker")
    Client.objects.bulk_create(
        [
            Client(firm=firm, name=f"Client {number * 7919 % rows} Négoce", siren=f"{number:09}", owner=broker)
            for number in range(rows)
        ],
        batch_size=5000,
    )
    per_client = min(BUYERS_PER_CLIENT, rows // 4)
    clients = Client.objects.filter(firm=firm).order_by("pk")[: rows // per_client]
    snapshots = RiskSnapshot.objects.bulk_create([RiskSnapshot(firm=firm, client=client) for client in clients])
    for snapshot in snapshots:
        Exposure.objects.bulk_create([_buyer(snapshot, line) for line in range(1, per_client + 1)], batch_size=5000)
    return broker


def _buyer(snapshot: RiskSnapshot, line: int) -> Exposure:
    is_aside = line % 4 == 0
    return Exposure(
        firm_id=snapshot.firm_id,
        snapshot=snapshot,
        line=line,
        name=f"Établissements {line * 7919 % 1000} Élec {snapshot.pk}",
        id_type="siren",
        id_value=f"{line:09}",
        outstanding=Decimal(line * 31 % 90_000) if line % 7 else None,
        turnover=Decimal(line * 97 % 400_000) if line % 5 else None,
        vat_rate=Decimal("0.20"),
        requested=None if is_aside else Decimal(1000 * (line % 90 + 1)),
        set_aside="not_among_largest" if is_aside else "",
    )


def _positions(broker: User, kind: ListKind, order: str) -> dict[str, str]:
    listing = Listing(kind, broker, QueryDict(f"tri={order}"))
    middle = in_order(listing.found, listing.order)[LARGE // 2]
    return {"first page": "", "middle page": f"{AFTER}={mark_of(middle)}", "last page": "page=fin"}


def _measure(
    people: dict[int, User], kind: ListKind, addresses: dict[str, tuple[int, str]]
) -> tuple[dict[str, float], dict[str, int]]:
    """Milliseconds and queries by place. The order turns at each round."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum leaves the tables after other benches
    browsers = {size: Browser(SERVER_NAME="localhost") for size in people}
    for size, browser in browsers.items():
        browser.force_login(people[size])
    measured: dict[str, list[float]] = {place: [] for place in addresses}
    queries: dict[str, int] = {}
    places = list(addresses)
    for turn in range(ROUNDS + 2):
        for place in places[turn % len(places) :] + places[: turn % len(places)]:
            size, query = addresses[place]
            started = time.perf_counter()
            response = browsers[size].get(reverse(kind.url_name) + query)
            measured[place].append((time.perf_counter() - started) * 1000)
            if response.status_code != 200 or response.content.count(b'name="ligne"') != 50:
                sys.exit(f"{kind.url_name}{query} does not show 50 rows: the measure is void")
    for place, (size, query) in addresses.items():
        with CaptureQueriesContext(connection) as captured:
            browsers[size].get(reverse(kind.url_name) + query)
        queries[place] = len(captured)
    return {place: statistics.median(values[2:]) for place, values in measured.items()}, queries


if __name__ == "__main__":
    sys.exit(main())
