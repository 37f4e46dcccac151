from decimal import Decimal

import pytest
from django.utils import timezone

from clients import services
from clients.enums import PortfolioFileStatus, SetAside
from clients.models import Company, Exposure, RiskSnapshot
from clients.services import Frozen, NotEditable
from tests.factories import ExposureFactory, PortfolioFileFactory, RiskSnapshotFactory

pytestmark = pytest.mark.django_db

FIGURES = {"total_turnover": Decimal(6_600_000), "public_bodies_turnover": Decimal(180_000)}


def test_a_confirmed_list_is_a_snapshot_with_both_figures():
    file = PortfolioFileFactory(read=True)
    snapshot = services.confirm_portfolio_file(file, figures=FIGURES)
    assert (snapshot.firm, snapshot.client, snapshot.file) == (file.firm, file.client, file)
    assert snapshot.insurable_turnover == 6_420_000
    assert snapshot.exposures.count() == 19
    asked = snapshot.exposures.asked()
    assert (asked.count(), sum(exposure.requested for exposure in asked)) == (17, 1_090_000)
    ambrelin = snapshot.exposures.get(name="Serrurerie Ambrelin")
    assert (ambrelin.peak, ambrelin.requested, ambrelin.merged_lines) == (60_000, 50_000, [23])
    assert (ambrelin.company.id_value, ambrelin.company.registered_name) == ("000100073", "")
    norvik = snapshot.exposures.get(country="DE")
    assert (norvik.vat_rate, norvik.requested) == (0, 70_000)
    town = snapshot.exposures.get(set_aside=SetAside.PUBLIC_BODY)
    assert (town.peak, town.requested) == (30_000, None)


def test_confirming_twice_changes_nothing():
    file = PortfolioFileFactory(read=True)
    first = services.confirm_portfolio_file(file, figures=FIGURES)
    again = services.confirm_portfolio_file(file, figures={"total_turnover": Decimal(1)})
    assert again == first
    assert again.total_turnover == 6_600_000
    assert (RiskSnapshot.objects.count(), Exposure.objects.count()) == (1, 19)


def test_companies_are_shared_between_firms():
    services.confirm_portfolio_file(PortfolioFileFactory(read=True), figures={})
    known = Company.objects.count()
    other = services.confirm_portfolio_file(PortfolioFileFactory(read=True), figures={})
    assert Company.objects.count() == known + 1, "only the second client itself is new"
    assert other.exposures.filter(company=None).count() == 0


def test_an_unchecked_number_names_no_shared_company():
    content = b"Acheteur;Identifiant;Pays;Encours\nKumpel AG;HRB 12345;DE;50 000\nGaronnel;000100065;FR;60 000"
    snapshot = services.confirm_portfolio_file(PortfolioFileFactory(content=content, read=True), figures={})
    assert list(snapshot.exposures.filter(company=None).values_list("id_type", "id_value")) == [("other", "HRB12345")]


@pytest.mark.parametrize("status", [PortfolioFileStatus.PENDING, PortfolioFileStatus.UNREADABLE])
def test_only_a_read_list_can_be_confirmed(status):
    with pytest.raises(NotEditable):
        services.confirm_portfolio_file(PortfolioFileFactory(status=status), figures={})
    assert not RiskSnapshot.objects.exists()


def test_amounts_and_figures_change_until_a_market_test_freezes_them():
    exposure = ExposureFactory()
    snapshot = exposure.snapshot
    services.change_exposure(exposure, requested=Decimal(75_000), set_aside="")
    services.change_figures(snapshot, figures={"total_turnover": Decimal(1_000_000)})
    snapshot.frozen_at = timezone.now()
    snapshot.save()
    with pytest.raises(Frozen):
        services.change_exposure(exposure, requested=None, set_aside=SetAside.BROKER_CHOICE)
    with pytest.raises(Frozen):
        services.change_figures(snapshot, figures={"total_turnover": Decimal(2)})
    exposure.refresh_from_db()
    snapshot.refresh_from_db()
    assert (exposure.requested, exposure.set_aside) == (75_000, "")
    assert snapshot.total_turnover == 1_000_000


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Nom;SIREN;Encours\n" + "A;000100016;99999999999\n" * 12, id="twelve accounts of one buyer"),
        pytest.param("Nom;SIREN;0-30 j;31-60 j\nA;000100016;99999999999;99999999999\n", id="ageing columns"),
        pytest.param("Nom;SIREN;Encours HT\nA;000100016;99999999999,99\n", id="the largest that is read"),
        pytest.param("Nom;SIREN;CA;Délai\nA;000100016;99999999999;365\n", id="a need above the turnover"),
    ],
)
def test_no_list_outgrows_the_columns_it_is_stored_in(content):
    content = (content + "B;000100990;100;100\n").encode()
    snapshot = services.confirm_portfolio_file(PortfolioFileFactory(read=True, content=content), figures={})
    assert "B" in snapshot.exposures.values_list("name", flat=True)


def test_a_stale_page_does_not_thaw_a_snapshot():
    """The check looks at the database, not at what the page had loaded."""
    snapshot = RiskSnapshotFactory()
    RiskSnapshot.objects.update(frozen_at=timezone.now())
    assert snapshot.frozen_at is None
    with pytest.raises(Frozen):
        services.change_figures(snapshot, figures={"total_turnover": Decimal(2)})
