"""The demonstration as fixtures: its firm, its people, its snapshot and a market test about to be run."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from clients.models import Client, Exposure, RiskSnapshot
from factortaboite.accounts.models import User
from factortaboite.demo.buyers import DEMO_BUYERS
from quotes.demo import TURNOVER, load_demo_firm
from quotes.models import MarketTest, PartnerAccount
from quotes.services.market_tests import launch_market_test


@pytest.fixture
def firm(db):
    return load_demo_firm()


@pytest.fixture
def broker(firm) -> User:
    return User.objects.get(firm=firm, role="broker")


@pytest.fixture
def snapshot(firm) -> RiskSnapshot:
    """Valmorin's risk with its 17 buyers to ask."""
    client = Client.objects.get(firm=firm)
    snapshot = RiskSnapshot.objects.create(firm=firm, client=client, **TURNOVER)
    Exposure.objects.bulk_create(
        Exposure(
            firm=firm,
            snapshot=snapshot,
            line=line,
            name=buyer.name,
            country=buyer.country,
            id_type=buyer.id_type,
            id_value=buyer.id_value,
            peak=buyer.peak,
            turnover=buyer.turnover,
            terms_days=buyer.days,
            vat_rate=Decimal("0.20") if buyer.country == "FR" else Decimal(0),
            requested=buyer.asked,
        )
        for line, buyer in enumerate(DEMO_BUYERS, start=1)
        if buyer.asked
    )
    return snapshot


@pytest.fixture
def insurers(firm) -> list[PartnerAccount]:
    return list(PartnerAccount.objects.filter(firm=firm, code__in="abc"))


@pytest.fixture
def market_test(snapshot, insurers, broker) -> MarketTest:
    return launch_market_test(snapshot=snapshot, accounts=insurers, launch_key=uuid4(), by=broker)


@pytest.fixture
def many_buyers(firm):
    """A function that adds a snapshot of that many buyers, each known to the twins' deterministic rule only."""

    def build(count: int) -> RiskSnapshot:
        snapshot = RiskSnapshot.objects.create(firm=firm, client=Client.objects.get(firm=firm))
        Exposure.objects.bulk_create(
            Exposure(
                firm=firm,
                snapshot=snapshot,
                line=line,
                name=f"Acheteur {line}",
                id_type="siren",
                id_value=f"{line:09d}",
                vat_rate=Decimal("0.20"),
                requested=Decimal(1000 * (1 + line % 50)),
            )
            for line in range(1, count + 1)
        )
        return snapshot

    return build


@pytest.fixture
def past():
    return timezone.now() - timedelta(minutes=1)
