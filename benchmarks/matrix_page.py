"""The market test page with 2 000 buyers × 5 partners against the page with 20, and its poll against an empty page."""

import statistics
import sys
import time
from decimal import Decimal
from uuid import uuid4

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks.report import report  # noqa: E402
from clients.models import Client, Exposure, RiskSnapshot  # noqa: E402
from factortaboite.accounts.models import BrokerFirm, User  # noqa: E402
from quotes.engine.store import Outcome, store_outcomes  # noqa: E402
from quotes.enums import Channel, IndicationState  # noqa: E402
from quotes.models import LimitIndication, MarketTest, PartnerAccount  # noqa: E402
from quotes.services.market_tests import compare, launch_market_test  # noqa: E402
from quotes.views.pace import pace_of  # noqa: E402
from quotes.vocabulary import Decision  # noqa: E402

SMALL, LARGE, PARTNERS = 20, 2_000, 5
ROUNDS = 25
PAGE_GOAL = 2.0
POLL_GOAL = 1.3


def main() -> int:
    """Server time through Django’s own client, in one process: medians of interleaved rounds.

    Pages are read again and again, as people do; what the first reader after an answer waits for is printed beside.
    """
    firm = BrokerFirm.objects.create(name="Banc d’essai")
    broker = User.objects.create_user("banc@essai.example", firm=firm, role="broker")
    accounts = [_account(firm, position) for position in range(PARTNERS)]
    small, large = (_market_test(broker, accounts, buyers) for buyers in (SMALL, LARGE))
    browser = Browser(SERVER_NAME="localhost")
    browser.force_login(broker)
    pages = {
        "page of 20": reverse("quotes:market_test_detail", args=[small.pk]),
        "page of 2 000": reverse("quotes:market_test_detail", args=[large.pk]),
        "poll of 2 000": _poll(large),
        "empty page": reverse("quotes:proposal_list"),
    }
    took = _medians(browser, pages)
    queries = [_queries(browser, pages[name]) for name in ("page of 20", "page of 2 000")]
    print(f"{LARGE * PARTNERS} answers read and ranked anew, as the first reader does: {_anew(large):.0f} ms")
    print(f"queries: {queries[0]} for {SMALL} buyers, {queries[1]} for {LARGE}")
    missed = queries[0] != queries[1]
    missed |= report(
        "market test page, 2 000 × 5 ÷ 20 × 5", took["page of 2 000"], took["page of 20"], PAGE_GOAL, unit="ms"
    )
    missed |= report(
        "progress poll at 2 000 × 5 ÷ empty page", took["poll of 2 000"], took["empty page"], POLL_GOAL, unit="ms"
    )
    return int(missed)


def _account(firm: BrokerFirm, position: int) -> PartnerAccount:
    return PartnerAccount.objects.create(
        firm=firm,
        code=f"page-{position}",
        name=f"Assureur {position}",
        channel=Channel.SPREADSHEET,
        position=position,
        premium_rate=Decimal("0.0024"),
        insured_percentage=Decimal("0.90"),
        maximum_liability_multiple=30,
        fee_per_buyer=Decimal(40),
    )


def _market_test(broker: User, accounts: list[PartnerAccount], buyers: int) -> MarketTest:
    """All answered but one question, with the answers of a real list: in full, in part, refused."""
    client = Client.objects.create(firm=broker.firm, name=f"Client de {buyers} acheteurs")
    snapshot = RiskSnapshot.objects.create(firm=broker.firm, client=client, total_turnover=Decimal(50_000_000))
    Exposure.objects.bulk_create(
        Exposure(
            firm=broker.firm,
            snapshot=snapshot,
            line=line,
            name=f"Acheteur {line}",
            id_type="siren",
            id_value=f"{line:09d}",
            vat_rate=Decimal("0.20"),
            turnover=Decimal(100_000),
            requested=Decimal(10_000 + 1000 * (line % 90)),
        )
        for line in range(1, buyers + 1)
    )
    market_test = launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=uuid4(), by=broker)
    rows = list(LimitIndication.objects.filter(submission__market_test=market_test).order_by("pk"))
    store_outcomes([_outcome(row, number) for number, row in enumerate(rows[:-1])])
    return market_test


def _outcome(row: LimitIndication, number: int) -> Outcome:
    share = (Decimal(1), Decimal(1), Decimal("0.5"), Decimal(1), Decimal(0))[number * 7 % 5]
    decision = {Decimal(1): Decision.GRANTED, Decimal(0): Decision.REFUSED}.get(share, Decision.PARTIAL)
    return Outcome(row.pk, IndicationState.ANSWERED, decision=decision.value, permanent=row.requested * share)


def _poll(market_test: MarketTest) -> str:
    """What a page that has seen everything asks every second."""
    pace = pace_of(list(market_test.submissions.all()), launched_at=market_test.launched_at)
    return f"{reverse('quotes:market_test_live', args=[market_test.pk])}?seen={pace.token}"


def _medians(browser: Browser, pages: dict[str, str]) -> dict[str, float]:
    """Milliseconds by name. The order turns at each round, so that nobody always runs after the heaviest page."""
    measured: dict[str, list[float]] = {name: [] for name in pages}
    names = list(pages)
    for turn in range(ROUNDS + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            started = time.perf_counter()
            response = browser.get(pages[name])
            measured[name].append((time.perf_counter() - started) * 1000)
            if response.status_code not in (200, 204):
                sys.exit(f"{name} answers {response.status_code}: the measure is void")
    return {name: statistics.median(values[1:]) for name, values in measured.items()}  # the first round warms up


def _anew(market_test: MarketTest) -> float:
    """Milliseconds of a comparison that nobody has made yet."""
    started = time.perf_counter()
    compare(market_test)
    return (time.perf_counter() - started) * 1000


def _queries(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        browser.get(address)
    return len(queries)


if __name__ == "__main__":
    sys.exit(main())
