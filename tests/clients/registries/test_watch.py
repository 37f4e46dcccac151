"""The watch over all portfolios, night after night, face to face with the registries' twins."""

import threading
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from clients.models import Alert, AlertStatus, Company, CompanyEvent, CompanyStatus, Duty, RiskSnapshot, WatchState
from clients.services import night, watch
from clients.services.watch import make_due, perform, sweep_watch
from clients.services.watch_report import report_on_watch
from clients.tasks import watch_task
from factortaboite.celery import app, sweep_task
from factortaboite.sandbox.notices import OPENS_LIQUIDATION, OPENS_RECEIVERSHIP
from tests.clients.registries.conftest import fault
from tests.factories import (
    ClientFactory,
    CompanyFactory,
    ExposureFactory,
    RiskSnapshotFactory,
    fictitious_siren,
)

pytestmark = pytest.mark.django_db

BUYER = fictitious_siren(61_000)


def sells_to(siren: str = BUYER, **client) -> RiskSnapshot:
    """A client's latest list, with that buyer on it."""
    snapshot = RiskSnapshotFactory(client=ClientFactory(**client))
    ExposureFactory(snapshot=snapshot, company=CompanyFactory(id_value=siren), id_value=siren)
    return snapshot


def publish(twins, **notice) -> None:
    twins["bodacc"].set({"notices": [{"siren": BUYER, "nature": OPENS_LIQUIDATION, **notice}]})


def work(duty: Duty) -> WatchState:
    """Works at a duty until it is done or has failed, as the sweep has it done."""
    make_due(duty)
    assert perform(duty)
    while (state := WatchState.objects.get(duty=duty)).started_at and not state.failures:
        assert perform(duty)
    return state


def asked(twins) -> int:
    return sum(twins["bodacc"].calls.values())


class TestNight:
    def test_one_query_serves_all_portfolios_of_all_firms(self, twins):
        publish(twins)
        sells_to()
        work(Duty.NOTICES)
        pages, _ = asked(twins), twins["bodacc"].reset()
        publish(twins)
        for _ in range(30):
            sells_to()
        work(Duty.NOTICES)
        assert asked(twins) == pages == 3  # the 260 notices of a week, a hundred at a time
        assert Alert.objects.count() == 31

    def test_a_second_night_raises_nothing_twice(self, twins):
        publish(twins, days_ago=1)
        sells_to()
        for _ in range(2):
            state = work(Duty.NOTICES)
        alert = Alert.objects.get()
        assert (alert.event.kind, alert.event.is_fictitious) == ("liquidation", True)
        assert state.done_at and state.read_until == timezone.localdate()
        assert state.due_at > timezone.now()

    def test_the_next_night_is_tomorrow_at_five_in_paris(self, twins):
        due = timezone.localtime(work(Duty.NOTICES).due_at)
        assert (due.hour, due.minute) == (5, 0)
        assert timedelta(0) < due - timezone.now() <= timedelta(days=1, hours=1)

    @pytest.mark.parametrize("kind", ["annulation", "rectificatif"])
    def test_what_is_taken_back_the_next_night(self, twins, kind):
        publish(twins, days_ago=2, number=7001)
        sells_to()
        work(Duty.NOTICES)
        publish(twins, days_ago=1, kind=kind, number=7002, corrects=7001, corrects_days_ago=2)
        work(Duty.NOTICES)
        work(Duty.NOTICES)
        first, *later = Alert.objects.order_by("pk")
        assert first.status == AlertStatus.CANCELLED
        assert [alert.status for alert in later] == ([] if kind == "annulation" else [AlertStatus.NEW])
        assert all(alert.filing_from == first.filing_from for alert in later)

    @pytest.mark.parametrize("kind", ["annulation", "rectificatif"])
    def test_what_was_taken_back_before_we_knew(self, twins, kind):
        publish(twins, days_ago=2, number=7001)
        publish(twins, days_ago=1, kind=kind, number=7002, corrects=7001, corrects_days_ago=2)
        sells_to()
        work(Duty.NOTICES)
        assert [alert.status for alert in Alert.objects.all()] == ([] if kind == "annulation" else [AlertStatus.NEW])

    def test_two_nights_away_are_caught_up(self, twins):
        sells_to()
        work(Duty.NOTICES)
        # As if the last night that was read were twelve days ago, and a notice had come since.
        long_ago = timezone.localdate() - timedelta(days=12)
        WatchState.objects.update(read_until=long_ago, done_at=timezone.now() - timedelta(days=12))
        publish(twins, days_ago=11)
        twins["bodacc"].set({"faults": [fault("503")]})
        for failures, minutes in ((1, 2), (2, 5)):
            state = work(Duty.NOTICES)
            assert (state.failures, state.read_until) == (failures, long_ago)
            assert state.trouble == "BODACC est indisponible (réponse 503)."
            assert timedelta(0) <= timezone.now() + timedelta(minutes=minutes) - state.due_at < timedelta(seconds=30)
        report = report_on_watch()
        assert not report.is_well
        assert "Le BODACC (simulateur) n’a pas répondu depuis le" in report.sentence
        assert not Alert.objects.exists()
        twins["bodacc"].set({"faults": []})
        twins["bodacc"].reset()
        publish(twins, days_ago=11)
        state = work(Duty.NOTICES)
        assert Alert.objects.get().event.published_on == timezone.localdate() - timedelta(days=11)
        assert (state.failures, state.failing_since, state.trouble) == (0, None, "")
        assert report_on_watch().is_well

    def test_a_night_that_takes_several_goes(self, twins, monkeypatch):
        monkeypatch.setattr(night, "GO_SECONDS", -1.0)
        publish(twins)
        sells_to()
        make_due(Duty.NOTICES)
        goes = 0
        while perform(Duty.NOTICES):
            goes += 1
        assert goes == 8  # one for each day of publication
        assert Alert.objects.count() == 1
        state = WatchState.objects.get(duty=Duty.NOTICES)
        assert (state.read_from, state.read_until, state.started_at) == (None, timezone.localdate(), None)

    def test_what_came_before_a_breakdown_is_an_alert_already(self, twins, monkeypatch):
        publish(twins, days_ago=7)
        sells_to()
        told = night.notices_since

        def cut(day, **patience):
            notices = told(day, **patience)
            yield from (next(notices) for _ in range(90))
            twins["bodacc"].set({"faults": [fault("500")]})
            yield from notices

        monkeypatch.setattr(night, "notices_since", cut)
        state = work(Duty.NOTICES)
        assert state.failures == 1
        assert Alert.objects.count() == 1
        assert state.read_from > timezone.localdate() - timedelta(days=7)

    def test_a_week_that_was_missed_is_caught_up_beyond_a_window(self, twins, monkeypatch):
        monkeypatch.setattr("clients.registries.bodacc.WINDOW", 100)
        sells_to()
        state = work(Duty.NOTICES)
        WatchState.objects.update(read_until=timezone.localdate() - timedelta(days=9))
        publish(twins, days_ago=8)
        state = work(Duty.NOTICES)
        assert (state.failures, state.read_until) == (0, timezone.localdate())
        assert Alert.objects.get().event.published_on == timezone.localdate() - timedelta(days=8)

    def test_a_slow_registry_loses_nobody_the_night(self, twins, monkeypatch):
        """A day of notices may take longer to read than a lease lasts."""
        publish(twins)
        sells_to()
        monkeypatch.setattr(night, "RENEWAL_SECONDS", 0.0)
        make_due(Duty.NOTICES)
        WatchState.objects.update(due_at=timezone.now())
        told, held = night.notices_since, []

        def slow(day, **patience):
            for number, notice in enumerate(told(day, **patience)):
                if number == 50:
                    WatchState.objects.filter(duty=Duty.NOTICES).update(held_until=timezone.now())
                yield notice
                held.append(WatchState.objects.due().filter(duty=Duty.NOTICES).exists())

        monkeypatch.setattr(night, "notices_since", slow)
        assert perform(Duty.NOTICES)
        assert held and not any(held)

    def test_an_error_of_ours_is_told_and_tried_again(self, twins, monkeypatch):
        def stumble(go):
            raise ZeroDivisionError

        monkeypatch.setitem(watch.WORK, Duty.NOTICES, stumble)
        make_due(Duty.NOTICES)
        with pytest.raises(ZeroDivisionError):
            perform(Duty.NOTICES)
        state = WatchState.objects.get(duty=Duty.NOTICES)
        assert (state.failures, state.held_until, state.trouble) == (1, None, watch.INTERRUPTED)


class TestNewcomers:
    def test_what_was_published_before_a_buyer_came_under_watch(self, twins):
        publish(twins, days_ago=45, nature=OPENS_RECEIVERSHIP)
        snapshot = sells_to()
        work(Duty.NOTICES)
        assert not Alert.objects.exists()
        work(Duty.NEWCOMERS)
        assert Alert.objects.get().event.kind == "receivership"
        snapshot.refresh_from_db()
        assert snapshot.watched_at
        assert set(Company.objects.values_list("notices_read_on", flat=True)) == {timezone.localdate()}

    def test_filed_accounts_are_read_by_company_once_a_month(self, twins):
        accounts = {"family": "dpc", "nature": "", "days_ago": 5}
        snapshot = sells_to()
        snapshot.exposures.update(requested=None)
        work(Duty.NEWCOMERS)
        publish(twins, **accounts)
        work(Duty.NOTICES)
        work(Duty.NEWCOMERS)
        assert not CompanyEvent.objects.exists()
        Company.objects.filter(id_value=BUYER).update(notices_read_on=timezone.localdate() - timedelta(days=31))
        work(Duty.NOTICES)
        work(Duty.NEWCOMERS)
        event = CompanyEvent.objects.get()
        assert (event.kind, event.happened_on) == ("accounts", date(2025, 12, 31))
        assert not Alert.objects.exists()
        snapshot.exposures.update(requested=10_000)
        work(Duty.NOTICES)
        work(Duty.NEWCOMERS)
        assert Alert.objects.get().event == event

    def test_companies_are_asked_about_by_the_dozen_and_once(self, twins):
        snapshot = RiskSnapshotFactory()
        for number in range(89):
            siren = fictitious_siren(62_000 + number)
            ExposureFactory(snapshot=snapshot, company=CompanyFactory(id_value=siren), id_value=siren)
        work(Duty.NEWCOMERS)
        assert asked(twins) == 3  # forty at a time: 89 buyers and the client itself
        work(Duty.NEWCOMERS)
        assert asked(twins) == 3

    def test_a_new_list_of_known_buyers_costs_no_call(self, twins):
        publish(twins)
        sells_to()
        work(Duty.NEWCOMERS)
        calls = asked(twins)
        client = Alert.objects.get().client
        newer = RiskSnapshotFactory(client=client)
        ExposureFactory(snapshot=newer, company=Company.objects.get(id_value=BUYER), outstanding=5_000)
        work(Duty.NEWCOMERS)
        assert asked(twins) == calls
        assert Alert.objects.get().at_risk == 5_000

    def test_a_buyer_identified_after_all_is_found_the_next_night(self, twins):
        publish(twins, days_ago=45)
        snapshot = RiskSnapshotFactory()
        line = ExposureFactory(snapshot=snapshot, company=None, id_value="")
        work(Duty.NEWCOMERS)
        line.company = CompanyFactory(id_value=BUYER)
        line.save()
        work(Duty.NOTICES)
        work(Duty.NEWCOMERS)
        assert Alert.objects.get().exposure == line

    def test_drafts_and_foreign_buyers_are_left_alone(self, twins):
        draft = RiskSnapshotFactory(confirmed_at=None, client__company=None, client__siren="")
        ExposureFactory(snapshot=draft, company=CompanyFactory())
        latest = RiskSnapshotFactory(client=draft.client)
        german = CompanyFactory(country="DE", id_type="vat", id_value="DE136695976")
        ExposureFactory(snapshot=latest, company=german, id_type="vat", id_value=german.id_value)
        work(Duty.NEWCOMERS)
        assert asked(twins) == 0

    def test_a_registry_that_is_away_is_asked_again(self, twins):
        publish(twins)
        snapshot = sells_to()
        twins["bodacc"].set({"faults": [fault("503")]})
        assert work(Duty.NEWCOMERS).failures == 1
        snapshot.refresh_from_db()
        assert snapshot.watched_at is None
        twins["bodacc"].set({"faults": []})
        work(Duty.NEWCOMERS)
        assert Alert.objects.count() == 1


class TestCompanies:
    CLOSED = "000200063"  # as its register has it

    @pytest.fixture
    def was_open(self):
        two_months_ago = timezone.localdate() - timedelta(days=60)
        snapshot = sells_to(self.CLOSED)
        Company.objects.filter(id_value=self.CLOSED).update(status=CompanyStatus.ACTIVE, checked_on=two_months_ago)
        return snapshot

    def test_a_buyer_that_has_closed_is_an_alert(self, twins, was_open):
        state = work(Duty.COMPANIES)
        alert = Alert.objects.get()
        assert (alert.event.kind, alert.fact) == ("closed", "closed 2019-06-30")
        assert "A cessé son activité." in alert.says
        assert state.done_at
        work(Duty.COMPANIES)
        assert Alert.objects.count() == 1

    def test_nobody_is_asked_about_companies_of_no_list(self, twins):
        CompanyFactory()
        work(Duty.COMPANIES)
        assert not twins["recherche-entreprises"].calls

    def test_the_rest_waits_for_the_next_night_when_it_takes_too_long(self, twins, was_open, monkeypatch):
        monkeypatch.setattr(night, "GO_SECONDS", -1.0)
        make_due(Duty.COMPANIES)
        assert perform(Duty.COMPANIES)
        state = WatchState.objects.get(duty=Duty.COMPANIES)
        assert state.started_at and state.done_at is None
        WatchState.objects.update(started_at=timezone.now() - timedelta(minutes=61))
        assert perform(Duty.COMPANIES)
        assert not perform(Duty.COMPANIES)
        assert not Alert.objects.exists()

    def test_a_registry_that_is_away_is_told(self, twins, was_open):
        for twin in ("recherche-entreprises", "sirene"):
            twins[twin].set({"faults": [fault("503")]})
        work(Duty.NOTICES)
        assert work(Duty.COMPANIES).failures == 1
        report = report_on_watch()
        assert "Le registre Recherche d’entreprises (simulateur) n’a pas répondu" in report.sentence
        assert not report.is_well


class TestLease:
    def test_what_is_not_due_is_not_worked_at(self, twins):
        work(Duty.NOTICES)
        assert not perform(Duty.NOTICES)

    def test_a_worker_that_died_is_followed_by_another(self, twins):
        make_due(Duty.NOTICES)
        WatchState.objects.update(held_until=timezone.now() + timedelta(seconds=60))
        assert not perform(Duty.NOTICES)
        WatchState.objects.update(held_until=timezone.now() - timedelta(seconds=1))
        assert perform(Duty.NOTICES)

    def test_the_sweep_wakes_a_worker_once_a_minute(self, monkeypatch):
        woken = []
        monkeypatch.setattr(watch, "enqueue", lambda task, duty: woken.append(duty))
        sweep_watch()
        assert sorted(woken) == sorted(Duty)
        sweep_watch()
        assert len(woken) == len(Duty)
        WatchState.objects.update(woken_at=timezone.now() - timedelta(seconds=61))
        WatchState.objects.exclude(duty=Duty.NOTICES).update(due_at=timezone.now() + timedelta(hours=1))
        sweep_watch()
        assert woken[len(Duty) :] == [Duty.NOTICES]

    def test_the_sweep_costs_two_queries_when_nothing_is_due(self, django_assert_num_queries):
        make_due(Duty.NOTICES)
        WatchState.objects.update(due_at=timezone.now() + timedelta(hours=1))
        with django_assert_num_queries(2):
            sweep_watch()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_are_one_night(twins):
    publish(twins)
    sells_to()
    twins["bodacc"].set({"latency_seconds": 0.2})
    make_due(Duty.NOTICES)
    worked = []

    def run():
        worked.append(perform(Duty.NOTICES))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(worked) == [False, True]
    assert Alert.objects.count() == 1
    assert asked(twins) == 3


class TestReport:
    def test_before_the_first_night(self):
        assert report_on_watch().sentence == "La surveillance des acheteurs commence : premier passage en cours."

    def test_newcomers_whose_past_cannot_be_read(self, twins):
        work(Duty.NOTICES)
        sells_to()
        twins["bodacc"].set({"faults": [fault("503")]})
        work(Duty.NEWCOMERS)
        report = report_on_watch()
        assert (report.is_well, report.is_late) == (False, False)
        assert "Ce qui a été publié sur les nouveaux acheteurs n’a pas encore pu être lu" in report.sentence

    def test_after_a_night(self, twins):
        work(Duty.NOTICES)
        report = report_on_watch()
        assert report.is_well
        assert report.sentence.startswith("Surveillance à jour du ")

    def test_a_watch_that_nobody_works_at(self, twins):
        work(Duty.NOTICES)
        WatchState.objects.update(done_at=timezone.now() - timedelta(hours=31))
        report = report_on_watch()
        assert not report.is_well
        assert not report.is_late, "whoever starts again reads first what was missed"
        assert "La surveillance n’a pas tourné depuis le" in report.sentence

    def test_it_is_late_when_a_whole_night_was_missed(self, twins):
        work(Duty.NOTICES)
        twins["bodacc"].set({"faults": [fault("503")]})
        work(Duty.NOTICES)
        assert (report_on_watch().is_well, report_on_watch().is_late) == (False, False)
        WatchState.objects.update(done_at=timezone.now() - timedelta(hours=31))
        assert report_on_watch().is_late


def test_by_hand(twins, monkeypatch, capsys):
    monkeypatch.setattr("clients.management.commands.watch_portfolios.servers_are_running", lambda: True)
    publish(twins)
    sells_to()
    call_command("watch_portfolios")
    said = capsys.readouterr().out
    assert "Nouvelles alertes : 1" in said
    assert "Surveillance à jour du" in said
    twins["bodacc"].set({"faults": [fault("503")]})
    call_command("watch_portfolios")
    said = capsys.readouterr()
    assert "Nouvelles alertes : 0" in said.out
    assert "BODACC est indisponible (réponse 503)." in said.err


def test_the_workers_sweep_looks_at_it_and_a_pool_that_waits_works_at_it(monkeypatch):
    woken = []
    monkeypatch.setattr(watch, "enqueue", lambda task, duty: woken.append((task, duty)))
    sweep_task()
    assert (watch.WATCH_TASK, Duty.NOTICES) in woken
    assert watch_task.name == watch.WATCH_TASK
    assert app.amqp.router.route({}, watch.WATCH_TASK)["queue"].name == "partners"
