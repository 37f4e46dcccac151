"""What the benchmarks of the engine share: bench partners, a snapshot of so many buyers, a run from launch to end."""

import json
import math
import sys
import time
import urllib.request
from collections.abc import Sequence
from decimal import Decimal
from uuid import uuid4

from django.conf import settings

from clients.models import Exposure, RiskSnapshot
from factortaboite.accounts.models import User
from quotes.demo import demo_client, load_demo_firm
from quotes.enums import Channel
from quotes.models import LimitIndication, MarketTest, PartnerAccount
from quotes.services.market_tests import launch_market_test


def broker() -> User:
    return User.objects.get(firm=load_demo_firm(), role="broker")


def bench_accounts(
    latencies: Sequence[float], *, concurrent: int, per_second: float | None = None
) -> list[PartnerAccount]:
    """One bench partner for each latency (seconds), that refuses what goes beyond its limits; others are put aside."""
    firm = load_demo_firm()
    PartnerAccount.objects.filter(firm=firm).update(active=False)
    accounts = []
    for latency in latencies:
        code = f"bench-{uuid4().hex[:8]}"
        control(partner=f"bench/{code}", latency_seconds=latency, concurrent=concurrent, rate_per_second=per_second)
        accounts.append(
            PartnerAccount.objects.create(
                firm=firm,
                code=code,
                name=code,
                channel=Channel.API,
                connector="bench",
                sandbox=True,
                base_url=f"{settings.SANDBOX_URL}/bench/{code}",
                max_concurrent=concurrent,
                calls_per_second=per_second,
                patience_seconds=300,
            )
        )
    return accounts


def floor_seconds(latencies: Sequence[float], buyers: int, *, concurrent: int, per_second: float | None) -> float:
    """The slowest partner's own time: its rate, or its slots times its latency."""
    pace = buyers / per_second if per_second else 0.0
    return max(max(pace, math.ceil(buyers / concurrent) * latency) for latency in latencies)


def snapshot_of(buyers: int) -> RiskSnapshot:
    firm = load_demo_firm()
    snapshot = RiskSnapshot.objects.create(firm=firm, client=demo_client(firm))
    Exposure.objects.bulk_create(
        Exposure(
            firm=firm,
            snapshot=snapshot,
            line=line,
            name=f"Acheteur {line}",
            id_type="siren",
            id_value=f"{line:09d}",
            vat_rate=Decimal("0.20"),
            requested=Decimal(10_000 + 1000 * (line % 90)),
        )
        for line in range(1, buyers + 1)
    )
    return snapshot


def run(accounts: Sequence[PartnerAccount], buyers: int) -> float:
    """Seconds from the launch to the last stored answer. Ends the benchmark when an answer is missing or refused."""
    snapshot = snapshot_of(buyers)
    started = time.perf_counter()
    market_test = launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=uuid4(), by=broker())
    while market_test.submissions.filter(ended_at=None).exists():
        time.sleep(0.05)
    wall = time.perf_counter() - started
    _check(market_test, accounts, buyers)
    return wall


def _check(market_test: MarketTest, accounts: Sequence[PartnerAccount], buyers: int) -> None:
    answered = LimitIndication.objects.filter(submission__market_test=market_test, state="answered").count()
    twins = control()["partners"]
    refused = sum(twins[f"bench/{account.code}"]["too_many_requests"] for account in accounts)
    if answered != buyers * len(accounts) or refused:
        sys.exit(f"{answered} answers stored, {refused} calls refused: the measure is void")


def control(**changes) -> dict:
    body = json.dumps(changes).encode()
    request = urllib.request.Request(f"{settings.SANDBOX_URL}/control", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as reply:
        return json.load(reply)
