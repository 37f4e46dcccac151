from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients import services
from clients.enums import PortfolioFileStatus, SetAside
from clients.models import PortfolioFile
from clients.portfolio.identifiers import Identifier
from clients.services import NotEditable, portfolio_files
from clients.tasks import read_portfolio_file_task
from tests.factories import DEMO_FILE, ClientFactory, PortfolioFileFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def enqueued(monkeypatch) -> list[int]:
    """The files somebody woke a worker for."""
    files: list[int] = []
    for name in ("enqueue", "enqueue_on_commit"):
        monkeypatch.setattr(portfolio_files, name, lambda task, pk: files.append(pk))
    return files


def stored(client=None, content: bytes = b"nom;siren;encours\nGaronnel;000100065;1200", **fields) -> PortfolioFile:
    client = client or ClientFactory()
    by = UserFactory(firm=client.firm)
    return services.store_portfolio_file(client=client, filename="liste.csv", content=content, by=by, **fields)


def test_the_demonstration_list_from_bytes_to_amounts(enqueued):
    file = stored(content=DEMO_FILE.read_bytes())
    assert enqueued == [file.pk]
    read_portfolio_file_task(file.pk)
    file.refresh_from_db()
    preview = services.preview_of(file)
    assert (file.status, file.error, file.attempts) == (PortfolioFileStatus.READ, "", 1)
    assert (len(preview.asked), preview.total) == (17, Decimal(1_090_000))
    assert {line.row.name: line.reason for line in preview.set_aside} == {
        "Commune Sainte-Orvaine": "public_body",
        "Menuiserie Crozelat": "collective_procedure",
    }
    assert preview.merged_count == 1
    assert not preview.reading.rejected


def test_the_same_bytes_are_the_same_file_until_they_are_confirmed(enqueued):
    first = stored()
    assert stored(first.client) == first
    assert stored() != first, "another client's list is another file"
    PortfolioFile.objects.filter(pk=first.pk).update(status=PortfolioFileStatus.CONFIRMED)
    assert stored(first.client) != first
    assert len(enqueued) == 3


def test_an_unreadable_file_may_be_dropped_again(enqueued):
    first = PortfolioFileFactory(unreadable=True)
    assert stored(first.client, content=first.content) != first


def test_an_unreadable_file_says_what_to_do():
    file = PortfolioFileFactory(content=b"%PDF-1.7 not a list")
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    assert file.status == PortfolioFileStatus.UNREADABLE
    assert file.error.endswith(".")
    assert file.reading is None


def test_a_pasted_list_is_read_too():
    file = PortfolioFileFactory(content="Acheteur\tSIREN\tEncours\nÉlec Vaucassin\t000 100 057\t72 000,00".encode())
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    (line,) = services.preview_of(file).asked
    assert (line.row.name, line.amount) == ("Élec Vaucassin", 60_000)


def test_reading_twice_stores_one_reading(monkeypatch):
    file = PortfolioFileFactory(read=True)
    monkeypatch.setattr(portfolio_files, "read_in_child_as_json", lambda *args: pytest.fail("read again"))
    services.read_portfolio_file(file.pk)


def test_a_reading_that_ends_late_does_not_undo_a_correction(monkeypatch):
    """The first reader was thought dead, a second one ended, the broker corrected: the first one comes too late."""
    file = PortfolioFileFactory()
    read = portfolio_files.read_in_child_as_json

    def slow(content, filename):
        PortfolioFile.objects.filter(pk=file.pk).update(status=PortfolioFileStatus.READ, reading={"corrected": True})
        return read(content, filename)

    monkeypatch.setattr(portfolio_files, "read_in_child_as_json", slow)
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    assert file.reading == {"corrected": True}


class TestSweep:
    def test_wakes_a_worker_for_what_waits_and_not_again_at_once(self, enqueued):
        due = PortfolioFileFactory()
        PortfolioFileFactory(read=True)
        PortfolioFileFactory(next_try_at=timezone.now() + timedelta(seconds=3))
        services.sweep_portfolio_files()
        services.sweep_portfolio_files()
        assert enqueued == [due.pk]

    def test_a_fresh_upload_has_a_head_start(self, enqueued):
        stored()
        enqueued.clear()
        services.sweep_portfolio_files()
        assert enqueued == []

    def test_gives_up_on_a_file_that_never_ends(self, enqueued):
        file = PortfolioFileFactory(attempts=3)
        services.sweep_portfolio_files()
        file.refresh_from_db()
        assert file.status == PortfolioFileStatus.UNREADABLE
        assert "collez la liste" in file.error
        assert enqueued == []


def correct(file, line, **changes):
    words = {
        "name": "Garonnel",
        "identifier": Identifier("siren", "000100065"),
        "country": "FR",
        "requested": None,
        "set_aside": "",
        "vat_rate": Decimal("0.20"),
    }
    services.correct_line(file, line=line, **(words | changes))
    file.refresh_from_db()
    return next(fate for fate in services.preview_of(file).lines if fate.row.line == line)


def line_of(file, name: str) -> int:
    return next(fate.row.line for fate in services.preview_of(file).lines if fate.row.name == name)


class TestCorrecting:
    @pytest.fixture
    def file(self):
        return PortfolioFileFactory(read=True)

    @pytest.mark.parametrize(
        ("changes", "amount", "reason"),
        [
            pytest.param({}, 50_000, "", id="nothing changed: 60 000 TTC"),
            pytest.param({"requested": Decimal(75_500)}, 75_500, "", id="the broker's amount, not rounded"),
            pytest.param({"vat_rate": Decimal("0.055")}, 57_000, "", id="60 000 / 1.055 = 56 872.04"),
            pytest.param({"set_aside": SetAside.BROKER_CHOICE}, None, "broker_choice", id="set aside"),
            pytest.param({"identifier": None}, None, "no_identifier", id="without identifier"),
        ],
    )
    def test_changes_the_line_only(self, file, changes, amount, reason):
        others = {fate.row.line: fate for fate in services.preview_of(file).lines}
        line = line_of(file, "Garonnel")
        fate = correct(file, line, **changes)
        assert (fate.amount, fate.reason) == (amount, reason)
        after = {fate.row.line: fate for fate in services.preview_of(file).lines}
        assert {**after, line: None} == {**others, line: None}

    def test_a_buyer_set_aside_by_the_reader_can_be_asked(self, file):
        line = line_of(file, "Commune Sainte-Orvaine")
        identifier = Identifier("siren", "000100172")
        assert correct(file, line, name="Sainte-Orvaine", identifier=identifier).amount == 25_000

    def test_one_company_cannot_stand_on_two_lines(self, file):
        with pytest.raises(ValidationError) as refused:
            correct(file, line_of(file, "Ferroval"), name="Ferroval")
        (message,) = refused.value.message_dict["identifier"]
        assert "Garonnel" in message

    def test_a_rejected_line_becomes_a_buyer(self):
        content = "Acheteur;SIREN;Pic TTC;Délai\nGaronnel;000100066;60 000;45\nFerroval;000100107;36 000;45".encode()
        file = PortfolioFileFactory(content=content, read=True)
        assert [rejected.line for rejected in services.preview_of(file).reading.rejected] == [2]
        fate = correct(file, 2)
        assert (fate.amount, fate.row.terms_days) == (50_000, 45)
        assert services.preview_of(file).reading.rejected == ()

    def test_a_line_that_is_no_buyer(self, file):
        with pytest.raises(KeyError):
            correct(file, 9_999)

    @pytest.mark.parametrize("status", [PortfolioFileStatus.CONFIRMED, PortfolioFileStatus.PENDING])
    def test_nothing_changes_outside_the_check(self, file, status):
        PortfolioFile.objects.filter(pk=file.pk).update(status=status)
        with pytest.raises(NotEditable):
            correct(file, line_of(file, "Garonnel"))


class TestLargest:
    def test_ten_of_seventeen_then_all_again(self):
        file = PortfolioFileFactory(read=True)
        services.keep_largest(file, top=10)
        file.refresh_from_db()
        preview = services.preview_of(file)
        assert (len(preview.asked), preview.total) == (10, 940_000)
        assert sorted(line.reason for line in preview.set_aside)[-7:] == ["not_among_largest"] * 6 + ["public_body"]
        services.keep_largest(file, top=None)
        file.refresh_from_db()
        assert services.preview_of(file).total == 1_090_000

    def test_keeps_what_the_broker_set_aside_and_the_rates(self):
        file = PortfolioFileFactory(read=True)
        line = line_of(file, "Garonnel")
        correct(file, line, set_aside=SetAside.BROKER_CHOICE, vat_rate=Decimal("0.10"))
        services.keep_largest(file, top=10)
        services.keep_largest(file, top=None)
        file.refresh_from_db()
        fate = next(fate for fate in services.preview_of(file).lines if fate.row.line == line)
        assert (fate.reason, fate.vat_rate) == ("broker_choice", Decimal("0.10"))


def test_a_list_can_be_thrown_away_until_it_is_confirmed():
    checked, confirmed = PortfolioFileFactory(read=True), PortfolioFileFactory(status=PortfolioFileStatus.CONFIRMED)
    services.discard_portfolio_file(checked)
    services.discard_portfolio_file(confirmed)
    assert list(PortfolioFile.objects.all()) == [confirmed]
