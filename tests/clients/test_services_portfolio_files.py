import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clients import services
from clients.enums import PortfolioFileStatus
from clients.models import Exposure, PortfolioFile, RiskSnapshot
from clients.models import portfolio_file as models_of_files
from clients.services import portfolio_files
from clients.tasks import read_portfolio_file_task
from tests.factories import DEMO_FILE, ClientFactory, PortfolioFileFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def enqueued(monkeypatch) -> list[int]:
    """The files somebody woke a worker for."""
    files: list[int] = []
    for name in ("factortaboite.enqueue.enqueue", "clients.services.portfolio_files.enqueue_on_commit"):
        monkeypatch.setattr(name, lambda task, pk: files.append(pk))
    return files


def stored(client=None, content: bytes = b"nom;siren;encours\nGaronnel;000100065;1200", **fields) -> PortfolioFile:
    client = client or ClientFactory()
    by = UserFactory(firm=client.firm)
    return services.store_portfolio_file(client=client, filename="liste.csv", content=[content], by=by, **fields)


def test_the_demonstration_list_from_bytes_to_amounts(enqueued):
    file = stored(content=DEMO_FILE.read_bytes())
    assert enqueued == [file.pk]
    read_portfolio_file_task(file.pk)
    file.refresh_from_db()
    summary = services.summary_of(file)
    assert (file.status, file.error, file.attempts) == (PortfolioFileStatus.READ, "", 1)
    assert (summary.asked, summary.total, summary.buyers) == (17, Decimal(1_090_000), 19)
    assert (summary.merged_count, summary.to_correct, summary.ignored) == (1, 0, 5)
    assert dict(file.snapshot.exposures.set_aside().values_list("name", "set_aside")) == {
        "Commune Sainte-Orvaine": "public_body",
        "Menuiserie Crozelat": "collective_procedure",
    }
    assert file.snapshot.confirmed_at is None


def test_the_same_bytes_are_the_same_file_and_change_nothing(enqueued):
    first = stored()
    assert stored(first.client) == first
    assert stored() != first, "another client's list is another file"
    services.read_portfolio_file(first.pk)
    snapshot = services.confirm_portfolio_file(PortfolioFile.objects.get(pk=first.pk), figures={})
    before = list(RiskSnapshot.objects.values()), list(Exposure.objects.values()), list(PortfolioFile.objects.values())
    assert stored(first.client).snapshot == snapshot
    assert before == (
        list(RiskSnapshot.objects.values()),
        list(Exposure.objects.values()),
        list(PortfolioFile.objects.values()),
    )
    assert len(enqueued) == 2


def test_a_confirmed_list_can_be_read_otherwise(enqueued):
    first = stored()
    services.read_portfolio_file(first.pk)
    first.refresh_from_db()
    snapshot = services.confirm_portfolio_file(first, figures={})
    draft = services.read_confirmed_again(first, by=first.uploaded_by)
    services.read_portfolio_file(draft.pk)
    draft.refresh_from_db()
    assert (draft.sha256, draft.status, draft.snapshot.confirmed_at) == (first.sha256, PortfolioFileStatus.READ, None)
    assert snapshot.exposures.count() == draft.snapshot.exposures.count() == 1


def test_what_takes_too_much_room_even_compressed_is_refused(enqueued, monkeypatch):
    monkeypatch.setattr(portfolio_files, "LARGEST_PACKED", 1000)
    plain = b"411DUPONT;1 000,00\n" * 1000
    assert b"".join(stored(content=plain).chunks()) == plain
    with pytest.raises(portfolio_files.TooLarge):
        stored(content=random.Random(1).randbytes(3000))


def test_the_bytes_come_back_a_piece_at_a_time(enqueued, monkeypatch):
    monkeypatch.setattr(models_of_files, "CHUNK_BYTES", 10)
    content = random.Random(1).randbytes(500) + bytes(5000)
    pieces = list(stored(content=content).chunks())
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 10


def test_an_unreadable_file_may_be_dropped_again(enqueued):
    first = PortfolioFileFactory(unreadable=True)
    assert stored(first.client, content=b"".join(first.chunks())) != first


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
    exposure = file.snapshot.exposures.asked().get()
    assert (exposure.name, exposure.requested) == ("Élec Vaucassin", 60_000)


def test_reading_twice_stores_one_reading(monkeypatch):
    file = PortfolioFileFactory(read=True)
    monkeypatch.setattr(portfolio_files, "ListStream", lambda *args, **options: pytest.fail("read again"))
    services.read_portfolio_file(file.pk)


def test_a_reading_that_ends_late_does_not_undo_a_correction(monkeypatch):
    """The first reader was thought dead, a second one ended, the broker corrected: the first one comes too late."""
    file = PortfolioFileFactory()
    stream = portfolio_files.ListStream

    def slow(*arguments, **options):
        monkeypatch.setattr(portfolio_files, "ListStream", stream)
        services.read_portfolio_file(file.pk)
        PortfolioFile.objects.get(pk=file.pk).snapshot.exposures.filter(line=12).update(name="Corrigé")
        return stream(*arguments, **options)

    monkeypatch.setattr(portfolio_files, "ListStream", slow)
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    assert file.snapshot.exposures.get(line=12).name == "Corrigé"
    assert (RiskSnapshot.objects.count(), Exposure.objects.count()) == (1, 19)


class TestSweep:
    def test_wakes_a_worker_for_what_waits_and_not_again_at_once(self, enqueued):
        due = PortfolioFileFactory()
        PortfolioFileFactory(read=True)
        PortfolioFileFactory(next_try_at=timezone.now() + timedelta(minutes=3))
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


def test_a_list_can_be_thrown_away_until_it_is_confirmed():
    checked, confirmed = PortfolioFileFactory(read=True), PortfolioFileFactory(status=PortfolioFileStatus.CONFIRMED)
    services.discard_portfolio_file(checked)
    services.discard_portfolio_file(confirmed)
    assert list(PortfolioFile.objects.all()) == [confirmed]
    assert not RiskSnapshot.objects.exists()
