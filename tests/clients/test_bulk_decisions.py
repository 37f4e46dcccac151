"""Decisions on all the points of a kind, and their undoing: at once, or by a worker, called twice or killed."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from clients.enums import PointKind
from clients.models import BulkDecision, Cleaning, JournalEntry, RiskSnapshot
from clients.services import Frozen, bulk_decisions
from clients.services.bulk_decisions import (
    FAILED,
    NOT_TAKEN_BACK,
    ONE_AT_A_TIME,
    decide_on_all,
    make_bulk_decision,
    sweep_bulk_decisions,
    take_back,
)
from clients.services.journal import CHANGED_SINCE, NotUndoable, undo
from clients.services.settling import Gone
from clients.tasks import make_bulk_decision_task
from tests.factories import (
    CandidateFactory,
    CleaningPointFactory,
    ClientFactory,
    ExposureFactory,
    RiskSnapshotFactory,
    fictitious_siren,
)

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
HALF = Decimal("0.5")


@pytest.fixture(autouse=True)
def few(monkeypatch) -> None:
    monkeypatch.setattr(bulk_decisions, "AT_ONCE", 2)
    monkeypatch.setattr(bulk_decisions, "ROWS_AT_ONCE", 4)


@pytest.fixture
def woken(monkeypatch) -> list[int]:
    """The decisions that a worker was woken for."""
    decisions: list[int] = []
    for name in ("enqueue", "enqueue_on_commit"):
        monkeypatch.setattr(bulk_decisions, name, lambda task, pk: decisions.append(pk))
    return decisions


@pytest.fixture
def snapshot(user) -> RiskSnapshot:
    return RiskSnapshotFactory(client=ClientFactory(firm=user.firm))


@pytest.fixture
def proposals(snapshot) -> RiskSnapshot:
    """Three lines with a clear proposal; the first one is a company that the list holds already."""
    for number in range(3):
        point = CleaningPointFactory(unidentified=True, snapshot=snapshot, best_similarity=1, is_clear=True)
        CandidateFactory(point=point, siren=fictitious_siren(number), similarity=1)
    ExposureFactory(snapshot=snapshot, id_value=fictitious_siren(0))
    return snapshot


def lines(snapshot) -> list[dict]:
    return list(snapshot.exposures.order_by("pk").values())


def accept(snapshot, user) -> BulkDecision | None:
    return decide_on_all(snapshot, kind=PointKind.IDENTIFIER, at_least=HALF, by=user)


def test_few_are_decided_at_once(snapshot, user, woken):
    CleaningPointFactory.create_batch(2, snapshot=snapshot)
    assert decide_on_all(snapshot, kind=PointKind.CLOSED_COMPANY, by=user) is None
    assert not snapshot.points.pending().exists()
    assert not woken
    with pytest.raises(Gone):
        decide_on_all(snapshot, kind=PointKind.CLOSED_COMPANY, by=user)


def test_many_wait_for_a_worker_who_may_be_called_twice(proposals, user, woken):
    before = lines(proposals)
    decision = accept(proposals, user)
    assert (woken, decision.count, lines(proposals)) == ([decision.pk], 3, before)
    for _ in range(2):
        make_bulk_decision_task(decision.pk)
    decision.refresh_from_db()
    entry = JournalEntry.objects.get()
    assert (decision.entry, entry.by, decision.trouble, decision.attempts) == (entry, user, "", 1)
    assert entry.sentence.startswith("3 lignes identifiées")
    assert proposals.exposures.exclude(id_value="").count() == 3, "one joined the line of its company"
    undo(entry, by=user)
    assert lines(proposals) == before


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_make_it_once(proposals, user, woken):
    decision = accept(proposals, user)

    def work() -> None:
        make_bulk_decision(decision.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decision.refresh_from_db()
    assert decision.entry == JournalEntry.objects.get()
    assert decision.trouble == ""


def test_the_name_that_wakes_a_worker_is_the_task_s(woken):
    assert make_bulk_decision_task.name == bulk_decisions.TASK


def test_a_whole_kind_too(snapshot, user, woken):
    CleaningPointFactory.create_batch(3, snapshot=snapshot)
    make_bulk_decision(decide_on_all(snapshot, kind=PointKind.CLOSED_COMPANY, by=user).pk)
    assert snapshot.exposures.filter(set_aside="closed_company").count() == 3


def test_a_second_click_changes_nothing(proposals, user, woken):
    decision = accept(proposals, user)
    assert accept(proposals, user) == decision
    assert decide_on_all(proposals, kind=PointKind.CLOSED_COMPANY, by=user) == decision
    assert woken == [decision.pk]


def test_what_was_killed_in_the_middle_changed_nothing_and_is_made_again(proposals, user, woken, monkeypatch):
    decision, before = accept(proposals, user), lines(proposals)
    with monkeypatch.context() as patch:

        def killed(*args, **kwargs) -> None:
            raise SystemExit

        patch.setattr("clients.services.settling.write_entry", killed)
        with pytest.raises(SystemExit):
            make_bulk_decision(decision.pk)
    assert lines(proposals) == before
    sweep_bulk_decisions()
    assert woken == [decision.pk], "whoever is at it has its time"
    BulkDecision.objects.update(next_attempt_at=Now())
    sweep_bulk_decisions()
    assert woken == [decision.pk] * 2
    make_bulk_decision(decision.pk)
    assert proposals.exposures.exclude(id_value="").count() == 3


def test_what_never_succeeds_is_said(proposals, user, woken):
    decision = accept(proposals, user)
    BulkDecision.objects.update(attempts=3, next_attempt_at=Now())
    make_bulk_decision(decision.pk)
    sweep_bulk_decisions()
    decision.refresh_from_db()
    assert (decision.trouble, decision.ended_at is None) == (FAILED, False)
    assert not JournalEntry.objects.exists()
    assert accept(proposals, user) != decision, "it can be asked for again"


def test_a_market_test_that_came_before_is_said(proposals, user, woken):
    decision = accept(proposals, user)
    RiskSnapshot.objects.update(frozen_at=timezone.now())
    make_bulk_decision(decision.pk)
    decision.refresh_from_db()
    assert "Un test à blanc utilise cette photographie" in decision.trouble
    with pytest.raises(Frozen):
        accept(proposals, user)


def test_a_list_that_was_thrown_away_is_nobodys(proposals, user, woken):
    decision = accept(proposals, user)
    proposals.delete()
    make_bulk_decision(decision.pk)
    assert not BulkDecision.objects.exists()


def test_one_is_made_at_a_time_and_whoever_is_done_wakes_the_next(proposals, user, woken):
    first = accept(proposals, user)
    other = RiskSnapshotFactory(client=proposals.client)
    CleaningPointFactory.create_batch(3, snapshot=other)
    second = decide_on_all(other, kind=PointKind.CLOSED_COMPANY, by=user)
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        make_bulk_decision(first.pk)
    elsewhere.close()
    first.refresh_from_db()
    assert (first.attempts, first.ended_at) == (0, None), "no thread waits for another, and no try is lost"
    woken.clear()
    make_bulk_decision(first.pk)
    assert woken == [second.pk]
    make_bulk_decision(second.pk)
    assert not BulkDecision.objects.waiting().exists()


class TestUndoing:
    @pytest.fixture
    def entry(self, proposals, user, woken) -> JournalEntry:
        """Nine rows: three points, two lines identified, and one, its point and its candidate joined to a third."""
        make_bulk_decision(accept(proposals, user).pk)
        woken.clear()
        return JournalEntry.objects.get()

    def test_little_is_put_back_at_once(self, snapshot, user, woken):
        CleaningPointFactory.create_batch(2, snapshot=snapshot)
        decide_on_all(snapshot, kind=PointKind.CLOSED_COMPANY, by=user)
        assert take_back([JournalEntry.objects.get()], by=user) is None
        assert snapshot.points.pending().count() == 2
        assert not woken

    def test_much_waits_for_a_worker_who_may_be_called_twice(self, proposals, entry, user, woken):
        decided = lines(proposals)
        decision = take_back([entry], by=user)
        assert (woken, lines(proposals)) == ([decision.pk], decided)
        assert take_back([entry], by=user) == decision, "a second click changes nothing"
        for _ in range(2):
            make_bulk_decision_task(decision.pk)
        decision.refresh_from_db()
        entry.refresh_from_db()
        assert (decision.entry, decision.trouble, entry.undone_by) == (entry, "", user)
        assert proposals.exposures.exclude(id_value="").count() == 1
        assert proposals.points.pending().count() == 3
        with pytest.raises(NotUndoable, match="déjà annulé"):
            take_back([entry], by=user)

    def test_what_was_asked_for_in_time_is_in_time(self, proposals, entry, user, woken, monkeypatch):
        decision = take_back([entry], by=user)
        # The time ran out half an hour before now, and half an hour after it was asked for.
        monkeypatch.setattr("clients.models.journal.UNDO_TIME", timedelta(minutes=-30))
        BulkDecision.objects.filter(pk=decision.pk).update(asked_at=F("asked_at") - timedelta(hours=1))
        assert not JournalEntry.objects.undoable().exists()
        make_bulk_decision(decision.pk)
        entry.refresh_from_db()
        assert entry.undone_by == user

    def test_what_is_asked_too_late_is_refused_at_once(self, entry, user, woken, monkeypatch):
        monkeypatch.setattr("clients.models.journal.UNDO_TIME", timedelta(minutes=-30))
        with pytest.raises(NotUndoable, match="trop tard"):
            take_back([entry], by=user)
        assert not woken

    def test_a_line_changed_since_is_said(self, proposals, entry, user, woken):
        decision = take_back([entry], by=user)
        proposals.exposures.update(id_value="", id_type="", country="BE")
        make_bulk_decision(decision.pk)
        decision.refresh_from_db()
        assert (decision.trouble, decision.entry) == (CHANGED_SINCE, None)

    def test_it_does_not_wait_for_another_decision_to_be_asked_for(self, proposals, entry, user, woken):
        CleaningPointFactory.create_batch(3, snapshot=proposals)
        other = decide_on_all(proposals, kind=PointKind.CLOSED_COMPANY, by=user)
        undoing = take_back([entry], by=user)
        for decision in (other, undoing):
            make_bulk_decision(decision.pk)
        entry.refresh_from_db()
        assert entry.undone_by == user

    def test_what_never_succeeds_is_said(self, entry, user, woken):
        decision = take_back([entry], by=user)
        BulkDecision.objects.update(attempts=3, next_attempt_at=Now())
        sweep_bulk_decisions()
        decision.refresh_from_db()
        assert decision.trouble == NOT_TAKEN_BACK

    def test_the_screens_say_so_until_it_is_done(self, browser, proposals, entry, woken):
        def shown(name, key, **headers) -> str:
            return browser.get(reverse(name, args=[key]), headers=headers).content.decode()

        cleaning = reverse("clients:cleaning_detail", args=[proposals.pk])
        undoing = reverse("clients:journal_undo", args=[entry.pk])
        assert undoing in shown("clients:cleaning_detail", proposals.pk)
        page = browser.post(undoing, {"next": cleaning}, follow=True).content.decode()
        assert "Annulation en cours" in page and undoing not in page and "Annulé\xa0:" not in page
        assert "<div inert>" in shown("clients:grid_detail", proposals.pk)
        assert "Annulation en cours" in shown("clients:journal_list", proposals.client_id)
        make_bulk_decision(*woken)
        answer = browser.get(
            reverse("clients:cleaning_decided", args=woken), headers=FRAGMENT | {"HX-Target": "bulk-decision"}
        )
        assert answer.headers["HX-Refresh"] == "true", "the grid is loaded again"
        grid = shown("clients:grid_detail", proposals.pk)
        assert "Annulé\xa0: 3 lignes identifiées" in grid and "inert" not in grid


class TestScreen:
    def accept(self, browser, snapshot):
        Cleaning.objects.create(firm=snapshot.firm, snapshot=snapshot, status="done")
        address = reverse("clients:cleaning_accept_all", args=[snapshot.pk], query={"sorte": "identifier"})
        return browser.post(address, {"seuil": "90"}, headers=FRAGMENT, follow=True).content.decode()

    def test_says_that_it_is_being_made_and_offers_no_other_decision(self, browser, proposals, woken):
        shown = self.accept(browser, proposals)
        assert "3 propositions sont en cours d’acceptation" in shown
        polled = reverse("clients:cleaning_decided", args=woken, query={"sorte": "identifier"})
        assert f'hx-get="{polled}"' in shown
        assert "Refuser" not in shown and "button primary" not in shown
        assert browser.get(polled, headers=FRAGMENT).status_code == 204

    def test_once_made_the_offer_to_undo_comes(self, browser, proposals, woken):
        self.accept(browser, proposals)
        make_bulk_decision(*woken)
        shown = browser.get(reverse("clients:cleaning_decided", args=woken), headers=FRAGMENT).content.decode()
        assert "<html" not in shown and "sont en cours d’acceptation" not in shown
        assert reverse("clients:journal_undo", args=[JournalEntry.objects.get().pk]) in shown

    def test_or_why_nothing_was_done(self, browser, proposals, woken):
        self.accept(browser, proposals)
        proposals.points.update(state="left")
        make_bulk_decision(*woken)
        shown = browser.get(reverse("clients:cleaning_decided", args=woken), headers=FRAGMENT).content.decode()
        assert "Plus aucune proposition n’atteint ce seuil." in shown
