"""The market test page with 2 000 buyers × 5 partners against the page with 20, and what it costs to follow it."""

import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode
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
from quotes.services.market_tests import launch_market_test  # noqa: E402
from quotes.views.pace import Pace, pace_of  # noqa: E402
from quotes.vocabulary import Decision  # noqa: E402

SMALL, LARGE, PARTNERS = 20, 2_000, 5
ROUNDS = 25
PAGE_GOAL = 2.0
POLL_GOAL = 1.3
# What a server that does what is measured answers: status, and whether it is the whole board.
ANSWERS = {"poll of 2 000 without news": (204, False), "board of 2 000 with news": (200, True)}
BOARD_GOAL = 0.1  # of one processor, for each page that looks on


def main() -> int:
    """Server time through Django’s own client, in one process: medians of interleaved rounds.

    A page is read again and again, as people do. A board is printed for news that nobody has read yet.
    """
    firm = BrokerFirm.objects.create(name="Banc d’essai")
    broker = User.objects.create_user("banc@essai.example", firm=firm, role="broker")
    accounts = [_account(firm, position) for position in range(PARTNERS)]
    small, large = (_market_test(broker, accounts, buyers) for buyers in (SMALL, LARGE))
    browser = Browser(SERVER_NAME="localhost")
    browser.force_login(broker)
    addresses: dict[str, Callable[[], str]] = {
        "page of 20": lambda: _page(small),
        "page of 2 000": lambda: _page(large),
        "empty page": lambda: reverse("quotes:proposal_list"),
        "poll of 2 000 without news": lambda: _poll(large),
        "poll of 2 000 with news": lambda: _poll(large, seen="0-0--1s", board="1-"),
        "board of 2 000 with news": lambda: _answer_one_more(large) or _poll(large, board="1-", at="0"),
    }
    took = _medians(browser, addresses)
    queries = [_queries(browser, _page(market_test)) for market_test in (small, large)]
    print(f"queries: {queries[0]} for {SMALL} buyers, {queries[1]} for {LARGE}")
    missed = queries[0] != queries[1]
    for name, reference, goal in (
        ("page of 2 000", "page of 20", PAGE_GOAL),
        ("poll of 2 000 without news", "empty page", POLL_GOAL),
        ("poll of 2 000 with news", "empty page", POLL_GOAL),
    ):
        missed |= report(f"{name} ÷ {reference}", took[name], took[reference], goal, unit="ms")
    every = _pace(large).board_seconds * 1000
    return missed | report(
        "board of 2 000 with news ÷ its interval", took["board of 2 000 with news"], every, BOARD_GOAL, unit="ms"
    )


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
    """Answered but for a few questions, with the answers of a real list: in full, in part, refused."""
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
    store_outcomes([_outcome(row, number) for number, row in enumerate(rows[: -ROUNDS - 2])])
    # As if machines were at work on the rest: the page is followed, and no worker answers meanwhile.
    market_test.submissions.update(channel=Channel.API)
    return market_test


def _outcome(row: LimitIndication, number: int) -> Outcome:
    share = (Decimal(1), Decimal(1), Decimal("0.5"), Decimal(1), Decimal(0))[number * 7 % 5]
    decision = {Decimal(1): Decision.GRANTED, Decimal(0): Decision.REFUSED}.get(share, Decision.PARTIAL)
    return Outcome(row.pk, IndicationState.ANSWERED, decision=decision.value, permanent=row.requested * share)


def _answer_one_more(market_test: MarketTest) -> None:
    row = LimitIndication.objects.filter(submission__market_test=market_test).undecided().first()
    store_outcomes([_outcome(row, 0)])


def _page(market_test: MarketTest) -> str:
    return reverse("quotes:market_test_detail", args=[market_test.pk])


def _pace(market_test: MarketTest) -> Pace:
    return pace_of(list(market_test.submissions.all()), launched_at=market_test.launched_at)


def _poll(market_test: MarketTest, **shown: str) -> str:
    """What a page asks that was sent the board a moment ago; `shown` is what else it says of itself."""
    repeated = _pace(market_test).shown_by_a_board() | shown
    return f"{reverse('quotes:market_test_live', args=[market_test.pk])}?{urlencode(repeated)}"


def _medians(browser: Browser, addresses: dict[str, Callable[[], str]]) -> dict[str, float]:
    """Milliseconds by name. The order turns at each round, so that nobody always runs after the heaviest page."""
    measured: dict[str, list[float]] = {name: [] for name in addresses}
    names = list(addresses)
    for turn in range(ROUNDS + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            address = addresses[name]()
            started = time.perf_counter()
            response = browser.get(address)
            measured[name].append((time.perf_counter() - started) * 1000)
            if (response.status_code, "HX-Retarget" in response) != ANSWERS.get(name, (200, False)):
                sys.exit(f"{name} is not what was sent: the measure is void")
    return {name: statistics.median(values[1:]) for name, values in measured.items()}  # the first round warms up


def _queries(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        browser.get(address)
    return len(queries)


if __name__ == "__main__":
    sys.exit(main())
