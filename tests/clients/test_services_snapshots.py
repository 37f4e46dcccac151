from decimal import Decimal

import pytest
from django.utils import timezone

from clients import services
from clients.enums import SetAside
from clients.models import RiskSnapshot
from clients.services import Frozen
from tests.factories import ExposureFactory, RiskSnapshotFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_amounts_and_figures_change_until_a_market_test_freezes_them():
    exposure = ExposureFactory(name="Garonnel")
    snapshot, user = exposure.snapshot, UserFactory(firm=exposure.firm)
    services.change_exposure(exposure, requested=Decimal(75_000), set_aside="", by=user)
    services.change_figures(snapshot, figures={"total_turnover": Decimal(1_000_000), "margin_rate": None}, by=user)
    snapshot.frozen_at = timezone.now()
    snapshot.save()
    with pytest.raises(Frozen):
        services.change_exposure(exposure, requested=None, set_aside=SetAside.BROKER_CHOICE, by=user)
    with pytest.raises(Frozen):
        services.change_figures(snapshot, figures={"total_turnover": Decimal(2)}, by=user)
    exposure.refresh_from_db()
    snapshot.refresh_from_db()
    assert (exposure.requested, exposure.set_aside) == (75_000, "")
    assert snapshot.total_turnover == 1_000_000
    assert [(entry.sentence, entry.by) for entry in snapshot.client.journal.order_by("pk")] == [
        ("«\u00a0Garonnel\u00a0»\u00a0: 75\u202f000\u00a0€ à demander, HT.", user),
        ("Chiffres changés\u00a0: chiffre d’affaires total HT.", user),
    ]


def test_a_stale_page_does_not_thaw_a_snapshot():
    """The check looks at the database, not at what the page had loaded."""
    snapshot = RiskSnapshotFactory()
    RiskSnapshot.objects.update(frozen_at=timezone.now())
    assert snapshot.frozen_at is None
    with pytest.raises(Frozen):
        services.change_figures(snapshot, figures={"total_turnover": Decimal(2)}, by=UserFactory(firm=snapshot.firm))
