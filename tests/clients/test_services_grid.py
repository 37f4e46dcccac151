from decimal import Decimal

import pytest
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import CleaningPoint, Company, Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.grid import shown
from clients.services import Frozen
from clients.services.grid import add_line, edit_line, line_of, remove_buyer, start_list
from clients.services.journal import undo
from tests.factories import (
    ClientFactory,
    ExposureFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def camille(db):
    return UserFactory(first_name="Camille", last_name="Aubry")


@pytest.fixture
def snapshot(camille) -> RiskSnapshot:
    return RiskSnapshotFactory(client__firm=camille.firm)


@pytest.fixture
def garonnel(snapshot) -> Exposure:
    """72 000 TTC is 60 000 HT, what is asked."""
    return ExposureFactory(snapshot=snapshot, name="Garonnel", turnover=None, id_value="000100065")


def cells(exposure: Exposure) -> dict[str, str]:
    return shown(line_of(Exposure.objects.get(pk=exposure.pk)))


def sentences(snapshot: RiskSnapshot) -> list[str]:
    return list(snapshot.client.journal.values_list("sentence", flat=True))


class TestEditing:
    def test_writes_what_changed_and_what_follows(self, garonnel, camille):
        before = cells(garonnel)
        edited = edit_line(
            garonnel, texts={**before, "outstanding": "120 000", "note": "vu"}, before=before, by=camille
        )
        assert (edited.errors, edited.conflicts) == ({}, {})
        garonnel.refresh_from_db()
        assert (garonnel.outstanding, garonnel.requested, garonnel.note) == (120_000, 100_000, "vu")
        assert sentences(garonnel.snapshot) == [
            "Garonnel : encours TTC 72\u202f000 → 120\u202f000, demandé HT 60\u202f000 → 100\u202f000, "
            "observations vide → vu."
        ]

    def test_what_is_right_is_written_beside_what_is_not(self, garonnel, camille):
        before = cells(garonnel)
        edited = edit_line(garonnel, texts={"peak": "1.234", "note": "vu"}, before=before, by=camille)
        assert "deux façons" in edited.errors["peak"]
        assert cells(garonnel) == {**before, "note": "vu"}

    def test_nothing_changed_is_nothing_told(self, garonnel, camille):
        edit_line(garonnel, texts=cells(garonnel), before=cells(garonnel), by=camille)
        assert sentences(garonnel.snapshot) == []

    def test_a_company_follows_its_identifier(self, garonnel, camille):
        texts = {"identifier": "DE136695976"}
        edit_line(garonnel, texts=texts, before=cells(garonnel), by=camille)
        garonnel.refresh_from_db()
        assert (garonnel.company.country, garonnel.company.id_value) == ("DE", "DE136695976")
        edit_line(garonnel, texts={"identifier": ""}, before=cells(garonnel), by=camille)
        garonnel.refresh_from_db()
        assert (garonnel.company, garonnel.set_aside) == (None, "no_identifier")

    def test_an_unchecked_identifier_names_no_company(self, garonnel, camille):
        texts = {"country": "DE", "identifier": "HRB 12345"}
        edit_line(garonnel, texts=texts, before=cells(garonnel), by=camille)
        garonnel.refresh_from_db()
        assert (garonnel.id_value, garonnel.company) == ("HRB12345", None)
        assert not Company.objects.filter(id_value="HRB12345").exists()

    def test_a_buyer_stands_on_one_line(self, garonnel, snapshot, camille):
        other = ExposureFactory(snapshot=snapshot, name="Ferroval", outstanding=None)
        before = cells(other)
        edited = edit_line(other, texts={"identifier": "000100065", "note": "vu"}, before=before, by=camille)
        assert edited.errors.keys() == {"identifier"}
        assert f"C’est l’identifiant de Garonnel, ligne {garonnel.line}" in edited.errors["identifier"]
        assert cells(other) == {**before, "note": "vu"}

    def test_the_same_buyer_may_stand_in_another_snapshot(self, garonnel, camille):
        other = ExposureFactory(name="Ferroval")
        assert not edit_line(other, texts={"identifier": "000100065"}, before=cells(other), by=camille).errors

    def test_a_frozen_snapshot_stays(self, garonnel, camille):
        before = cells(garonnel)
        RiskSnapshot.objects.update(frozen_at=timezone.now())
        for change in (
            lambda: edit_line(garonnel, texts={"note": "x"}, before=before, by=camille),
            lambda: add_line(garonnel.snapshot, texts={"name": "Ferroval"}, by=camille),
            lambda: remove_buyer(garonnel, by=camille),
        ):
            with pytest.raises(Frozen):
                change()
        assert cells(garonnel) == before


class TestTwoPeople:
    @pytest.fixture
    def paul(self, camille):
        return UserFactory(firm=camille.firm, first_name="Paul", last_name="Mas")

    def test_the_second_is_told_and_nothing_is_lost(self, garonnel, camille, paul):
        before = cells(garonnel)
        edit_line(garonnel, texts={"outstanding": "80 000"}, before=before, by=camille)
        edited = edit_line(garonnel, texts={"outstanding": "90 000", "note": "vu"}, before=before, by=paul)
        assert edited.conflicts == {"outstanding": "Camille Aubry a écrit « 80\u202f000 » entre-temps."}
        assert (cells(garonnel)["outstanding"], cells(garonnel)["note"]) == ("80\u202f000", "vu")
        # Having seen it, Paul writes all the same.
        again = edit_line(garonnel, texts={"outstanding": "90 000"}, before=cells(garonnel), by=paul)
        assert not again.conflicts
        assert cells(garonnel)["outstanding"] == "90\u202f000"

    def test_both_wrote_the_same(self, garonnel, camille, paul):
        before = cells(garonnel)
        edit_line(garonnel, texts={"outstanding": "80 000"}, before=before, by=camille)
        assert not edit_line(garonnel, texts={"outstanding": "80000,00 €"}, before=before, by=paul).conflicts

    def test_another_cell_of_the_line_is_nobody_elses_business(self, garonnel, camille, paul):
        before = cells(garonnel)
        edit_line(garonnel, texts={"peak": "80 000"}, before=before, by=camille)
        assert not edit_line(garonnel, texts={"note": "vu"}, before=before, by=paul).conflicts

    def test_who_it_was_may_be_unknown(self, garonnel, paul):
        before = cells(garonnel)
        Exposure.objects.filter(pk=garonnel.pk).update(set_aside="broker_choice")
        edited = edit_line(garonnel, texts={"set_aside": "public_body"}, before=before, by=paul)
        assert edited.conflicts == {"set_aside": "Quelqu’un a écrit « écarté par le courtier » entre-temps."}

    def test_a_cell_that_waits_for_a_decision_is_not_written(self, garonnel, paul):
        before = {**cells(garonnel), "outstanding": None}
        edited = edit_line(garonnel, texts={"outstanding": "90 000"}, before=before, by=paul)
        assert edited.conflicts.keys() == {"outstanding"}
        assert cells(garonnel)["outstanding"] == "72\u202f000"

    def test_a_removed_line_is_no_longer_there(self, garonnel, camille, paul):
        before = cells(garonnel)
        remove_buyer(Exposure(pk=garonnel.pk, snapshot=garonnel.snapshot), by=camille)
        with pytest.raises(Exposure.DoesNotExist):
            edit_line(garonnel, texts={"note": "vu"}, before=before, by=paul)


class TestAdding:
    TEXTS = {"name": "Ferroval", "country": "FR", "identifier": "000100107", "peak": "36 000", "set_aside": ""}

    def test_goes_to_the_end(self, garonnel, snapshot, camille):
        added = add_line(snapshot, texts=self.TEXTS, by=camille).exposure
        assert (added.line, added.is_typed, added.requested) == (garonnel.line + 1, True, 30_000)
        assert added.company.id_value == "000100107"
        assert sentences(snapshot) == ["Acheteur ajouté : Ferroval."]

    def test_takes_no_line_that_the_file_has(self, camille):
        """The list ends with its total, on line 5."""
        content = b"Acheteur;SIREN;Encours\nGaronnel;000100065;60000\n;;\n;;\nTotal;;60000\n"
        file = PortfolioFileFactory(client__firm=camille.firm, content=content, read=True)
        RiskSnapshot.objects.update(confirmed_at=timezone.now())
        assert add_line(file.snapshot, texts=self.TEXTS, by=camille).exposure.line == 6

    @pytest.mark.parametrize(
        ("texts", "column"),
        [
            pytest.param({"identifier": "000100108"}, "identifier", id="wrong key"),
            pytest.param({"identifier": "000100065"}, "identifier", id="there already"),
            pytest.param({"name": "", "identifier": ""}, "name", id="nobody"),
            pytest.param({"peak": "1.234"}, "peak", id="two readings"),
        ],
    )
    def test_nothing_is_stored_of_a_wrong_line(self, garonnel, snapshot, camille, texts, column):
        edited = add_line(snapshot, texts={**self.TEXTS, **texts}, by=camille)
        assert (edited.exposure, list(edited.errors)) == (None, [column])
        assert snapshot.exposures.count() == 1


class TestTypedList:
    def test_counts_from_its_first_buyer_on(self, camille):
        client = ClientFactory(firm=camille.firm)
        snapshot = start_list(client)
        assert start_list(client) == snapshot
        assert not client.snapshots.confirmed().exists()
        refused = add_line(snapshot, texts={"peak": "12"}, by=camille)
        assert refused.errors and not client.snapshots.confirmed().exists()
        add_line(snapshot, texts={"name": "Ferroval"}, by=camille)
        assert client.snapshots.confirmed().get() == snapshot
        client.refresh_from_db()
        assert client.stage == ClientStage.SNAPSHOT
        assert start_list(client) != snapshot

    def test_hides_no_former_list_before(self, snapshot):
        start_list(snapshot.client)
        assert snapshot.client.snapshots.confirmed().first() == snapshot


class TestRemoving:
    def test_can_be_taken_back_with_what_was_to_be_settled(self, garonnel, camille):
        point = CleaningPoint.objects.create(
            firm=garonnel.firm, snapshot=garonnel.snapshot, exposure=garonnel, kind="identifier"
        )
        before = cells(garonnel)
        entry = remove_buyer(garonnel, by=camille)
        assert entry.sentence == "Acheteur retiré : Garonnel."
        assert not Exposure.objects.exists()
        undo(entry, by=camille)
        assert cells(Exposure.objects.get()) == before
        assert CleaningPoint.objects.get() == point


def test_the_journal_names_whoever_did_it(garonnel, camille):
    edit_line(garonnel, texts={"note": "vu"}, before=cells(garonnel), by=camille)
    entry = JournalEntry.objects.get()
    assert (entry.by, entry.exposure, entry.snapshot) == (camille, garonnel, garonnel.snapshot)


def test_amounts_keep_their_cents(garonnel, camille):
    edit_line(garonnel, texts={"outstanding": "72 000,45"}, before=cells(garonnel), by=camille)
    garonnel.refresh_from_db()
    assert (garonnel.outstanding, garonnel.requested) == (Decimal("72000.45"), 61_000)
    assert cells(garonnel)["outstanding"] == "72\u202f000,45"
