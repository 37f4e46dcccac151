"""From what is published to the alerts of every client concerned: one per fact, and gone when it is taken back."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clients.models import Alert, AlertStatus, CompanyEvent, JournalEntry
from clients.monitoring.kinds import EventKind
from clients.monitoring.severity import Level
from clients.registries import Notice, NoticeKind
from clients.services import alerts
from clients.services.alerts import Raised, handle_alert, mark_seen, raise_alerts, reopen_alert
from clients.services.notices import record_notices
from factortaboite.templatetags.french import french_date
from tests.factories import (
    AlertFactory,
    ClientFactory,
    CompanyEventFactory,
    CompanyFactory,
    ExposureFactory,
    RiskSnapshotFactory,
    UserFactory,
)

JUDGMENT = Notice(
    source="BODACC",
    reference="",
    family="collective",
    kind=NoticeKind.INITIAL,
    published_on=date(2026, 9, 7),
    sirens=(),
    nature="Jugement d'ouverture de liquidation judiciaire",
    stage=EventKind.LIQUIDATION,
    opens_filing=True,
    decided_on=date(2026, 9, 1),
)
LONG_AGO = timezone.now() - timedelta(days=30)
pytestmark = pytest.mark.django_db


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def buyer_of(client, company, **fields):
    """The company as a buyer in the client's newest list."""
    snapshot = RiskSnapshotFactory(client=client)
    return ExposureFactory(snapshot=snapshot, company=company, id_value=company.id_value, **fields)


@pytest.fixture
def company():
    return CompanyFactory()


@pytest.fixture
def client():
    return ClientFactory()


class TestRaising:
    def test_every_client_who_sells_to_it_is_told_once(self, company, client):
        another = ClientFactory(firm=client.firm)
        stranger = ClientFactory()
        for one in (client, another, stranger):
            buyer_of(one, company, name=f"Chez {one}", outstanding=Decimal(40_000))
        ExposureFactory()  # somebody else, nothing published
        event = CompanyEventFactory(company=company)
        assert raise_alerts() == Raised(new=3, cancelled=0)
        assert raise_alerts() == Raised(new=0, cancelled=0)
        assert {alert.client for alert in Alert.objects.all()} == {client, another, stranger}
        alert = Alert.objects.get(client=client)
        assert (alert.firm, alert.event, alert.buyer) == (client.firm, event, f"Chez {client}")
        assert (alert.level, alert.at_risk, alert.status) == (Level.CRITICAL, 40_000, AlertStatus.NEW)
        assert (alert.filing_from, alert.is_own_client) == (event.published_on, False)

    def test_the_client_itself_is_watched(self, client):
        CompanyEventFactory(company=client.company)
        assert raise_alerts().new == 1
        alert = Alert.objects.get()
        assert (alert.is_own_client, alert.buyer, alert.at_risk, alert.file_by) == (True, client.name, 0, None)
        assert alert.todo.startswith("C’est votre client lui-même")

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({"confirmed_at": None}, id="a draft"),
            pytest.param({"confirmed_at": timezone.now() - timedelta(days=400)}, id="an older list"),
        ],
    )
    def test_only_the_latest_confirmed_list_counts(self, company, client, fields):
        ExposureFactory(snapshot=RiskSnapshotFactory(client=client, **fields), company=company)
        RiskSnapshotFactory(client=client)
        CompanyEventFactory(company=company)
        assert raise_alerts().new == 0

    @pytest.mark.parametrize(
        ("fields", "raised"),
        [
            pytest.param({"kind": EventKind.RENAMED}, 0, id="a new name is no alert"),
            pytest.param({"kind": EventKind.CLOSED}, 1, id="the end of its business is one"),
            pytest.param({"published_on": partial(days_ago, 730)}, 1, id="two years ago"),
            pytest.param({"published_on": partial(days_ago, 731)}, 0, id="history"),
            pytest.param({"is_cancellation": True}, 0, id="a cancellation"),
        ],
    )
    def test_what_is_news(self, company, client, fields, raised):
        buyer_of(client, company)
        # The days are counted now: a suite may have begun before midnight.
        fields = {name: value() if callable(value) else value for name, value in fields.items()}
        CompanyEventFactory(company=company, **fields)
        assert raise_alerts().new == raised

    def test_a_judgment_that_is_published_twice_is_one_alert(self, company, client):
        buyer_of(client, company)
        first = CompanyEventFactory(company=company, published_on=days_ago(10), happened_on=days_ago(20))
        CompanyEventFactory(company=company, published_on=days_ago(8), happened_on=days_ago(20))
        assert raise_alerts().new == 1
        assert Alert.objects.get().event == first

    def test_what_an_end_has_overtaken_is_history_when_first_heard(self, company, client):
        buyer_of(client, company)
        CompanyEventFactory(company=company, kind=EventKind.RECEIVERSHIP, published_on=days_ago(300))
        CompanyEventFactory(company=company, kind=EventKind.CLOSED_UNPAID, published_on=days_ago(20))
        raise_alerts()
        assert [alert.event.kind for alert in Alert.objects.all()] == [EventKind.CLOSED_UNPAID]

    @pytest.mark.parametrize(
        ("opened", "raised"), [(100, {"receivership", "continuation_plan"}), (300, {"continuation_plan"})]
    )
    def test_a_plan_overtakes_an_opening_once_nothing_can_be_filed(self, company, client, opened, raised):
        buyer_of(client, company)
        CompanyEventFactory(company=company, kind=EventKind.RECEIVERSHIP, published_on=days_ago(opened))
        CompanyEventFactory(company=company, kind=EventKind.CONTINUATION_PLAN, published_on=days_ago(10))
        raise_alerts()
        assert {alert.event.kind for alert in Alert.objects.all()} == raised

    def test_without_a_balance_the_peak_is_what_may_be_owed_and_a_credit_is_nothing(self, company, client):
        other = CompanyFactory()
        snapshot = RiskSnapshotFactory(client=client)
        ExposureFactory(snapshot=snapshot, company=company, outstanding=None, peak=Decimal(9_000))
        ExposureFactory(snapshot=snapshot, company=other, outstanding=Decimal(-500))
        for one in (company, other):
            CompanyEventFactory(company=one)
        raise_alerts()
        assert [alert.at_risk for alert in Alert.objects.all()] == [9_000, 0]

    def test_amounts_follow_the_newest_list_while_the_alert_is_open(self, company, client):
        buyer_of(client, company, outstanding=Decimal(40_000))
        CompanyEventFactory(company=company)
        raise_alerts()
        newer = buyer_of(client, company, outstanding=Decimal(15_000))
        raise_alerts()
        alert = Alert.objects.get()
        assert (alert.at_risk, alert.exposure) == (15_000, newer)
        RiskSnapshotFactory(client=client)
        raise_alerts()
        alert.refresh_from_db()
        assert (alert.at_risk, alert.exposure, alert.status) == (0, None, AlertStatus.NEW)
        Alert.objects.update(status=AlertStatus.HANDLED, at_risk=15_000)
        raise_alerts()
        alert.refresh_from_db()
        assert alert.at_risk == 15_000

    def test_one_insert_serves_all_firms(self, company, django_assert_num_queries):
        for _ in range(5):
            buyer_of(ClientFactory(), company)
        CompanyEventFactory(company=company)
        # Savepoint, lock, withdrawn, given back, insert, doubts, limits, amounts, release.
        with django_assert_num_queries(9):
            raise_alerts()
        assert Alert.objects.count() == 5


class TestTakenBack:
    def withdraw(self, event, **fields):
        later = CompanyEventFactory(company=event.company, corrects=event.reference, **fields)
        event.withdrawn_by = later
        event.save()
        return later

    @pytest.mark.parametrize("status", [AlertStatus.NEW, AlertStatus.SEEN, AlertStatus.HANDLED])
    def test_a_cancelled_notice_cancels_its_alert_whatever_was_done(self, company, client, status):
        buyer_of(client, company)
        event = CompanyEventFactory(company=company)
        raise_alerts()
        Alert.objects.update(status=status, note="Livraisons arrêtées")
        self.withdraw(event, is_cancellation=True, published_on=date(2026, 11, 1))
        assert raise_alerts() == Raised(new=0, cancelled=1)
        alert = Alert.objects.get()
        assert (alert.status, alert.note) == (AlertStatus.CANCELLED, "Livraisons arrêtées")
        assert alert.cancelled_because == "L’annonce a été annulée le 1er novembre 2026."
        assert alert.cancelled_at
        assert raise_alerts() == Raised(new=0, cancelled=0)

    def test_a_notice_cancelled_before_the_first_night_raises_nothing(self, company, client):
        buyer_of(client, company)
        self.withdraw(CompanyEventFactory(company=company), is_cancellation=True)
        assert raise_alerts() == Raised(new=0, cancelled=0)
        assert not Alert.objects.exists()

    def test_a_rectified_notice_makes_a_new_alert_and_keeps_the_first_clock(self, company, client):
        buyer_of(client, company)
        event = CompanyEventFactory(company=company, published_on=days_ago(30), happened_on=days_ago(40))
        raise_alerts()
        second = self.withdraw(event, published_on=days_ago(20), happened_on=days_ago(40))
        assert raise_alerts() == Raised(new=1, cancelled=1)
        third = self.withdraw(second, published_on=days_ago(5), happened_on=days_ago(41))
        assert raise_alerts() == Raised(new=1, cancelled=1)
        standing = Alert.objects.open().get()
        assert (standing.event, standing.filing_from) == (third, event.published_on)
        assert [alert.status for alert in Alert.objects.order_by("pk")] == ["cancelled", "cancelled", "new"]

    @pytest.mark.parametrize("reads", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
    def test_the_first_publication_starts_the_time_whichever_was_read_first(self, company, client, reads):
        """A newcomer's past is read after the night that brought its latest notice."""
        buyer_of(client, company)
        published = [days_ago(50), days_ago(30), days_ago(2)]
        notices = [
            replace(JUDGMENT, reference="A20260001", sirens=(company.id_value,), published_on=published[0]),
            replace(
                JUDGMENT,
                reference="A20260002",
                sirens=(company.id_value,),
                published_on=published[1],
                kind=NoticeKind.RECTIFICATION,
                corrects="A20260001",
            ),
            replace(JUDGMENT, reference="A20260003", sirens=(company.id_value,), published_on=published[2]),
        ]
        for number in reads:
            record_notices([notices[number]])
            raise_alerts()
        assert Alert.objects.open().get().filing_from == published[0]

    def test_a_cancellation_that_is_cancelled_gives_the_alert_back_as_news(self, company, client):
        buyer_of(client, company)
        event = CompanyEventFactory(company=company)
        raise_alerts()
        Alert.objects.update(status=AlertStatus.HANDLED, note="Créance déclarée", created_at=LONG_AGO)
        self.withdraw(event, is_cancellation=True)
        raise_alerts()
        CompanyEvent.objects.filter(pk=event.pk).update(withdrawn_by=None)
        assert raise_alerts() == Raised(new=1, cancelled=0)
        assert raise_alerts() == Raised(new=0, cancelled=0)
        alert = Alert.objects.get()
        assert (alert.status, alert.cancelled_at, alert.cancelled_because) == (AlertStatus.NEW, None, "")
        assert (alert.note, alert.filing_from) == ("Créance déclarée", event.published_on)
        assert alert.created_at > LONG_AGO

    def test_of_two_that_come_back_on_one_fact_one_is_told(self, company, client):
        buyer_of(client, company)
        AlertFactory(client=client, company=company, event__company=company, fact="x", status=AlertStatus.CANCELLED)
        AlertFactory(client=client, company=company, event__company=company, fact="x", status=AlertStatus.CANCELLED)
        assert raise_alerts().new == 1
        assert Alert.objects.filter(fact="x").open().count() == 1

    def test_a_reversed_judgment_says_so(self, company, client):
        buyer_of(client, company)
        event = CompanyEventFactory(company=company)
        raise_alerts()
        self.withdraw(event, kind=EventKind.REVERSED, published_on=days_ago(1))
        assert raise_alerts() == Raised(new=1, cancelled=1)
        cancelled, news = Alert.objects.order_by("pk")
        assert cancelled.cancelled_because.startswith("Le jugement a été rétracté ou infirmé")
        assert (news.level, news.filing_from) == (Level.INFORMATION, None)


class TestInDoubt:
    """A cancellation that does not say of what: nothing is withdrawn, somebody has to read it."""

    def cancellation(self, company, **fields):
        fields = {"kind": EventKind.PROCEEDING, "published_on": days_ago(2), **fields}
        return CompanyEventFactory(company=company, is_cancellation=True, **fields)

    @pytest.mark.parametrize("status", [AlertStatus.SEEN, AlertStatus.HANDLED])
    def test_the_alert_says_so_and_is_news_again(self, company, client, status):
        buyer_of(client, company)
        CompanyEventFactory(company=company)
        raise_alerts()
        Alert.objects.update(status=status, created_at=LONG_AGO)
        unnamed = self.cancellation(company)
        assert raise_alerts().cancelled == 0
        alert = Alert.objects.get()
        assert (alert.status, alert.doubt) == (AlertStatus.NEW, unnamed)
        assert alert.created_at > LONG_AGO
        published = french_date(unnamed.published_on)
        assert f"Une annulation a été publiée le {published} sans nommer l’annonce visée" in alert.says
        # Once it was read, the same night's reading says nothing new.
        Alert.objects.update(status=AlertStatus.HANDLED)
        raise_alerts()
        assert Alert.objects.get().status == AlertStatus.HANDLED

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({"kind": EventKind.STRUCK_OFF}, id="under another heading"),
            pytest.param({"published_on": days_ago(40)}, id="of before"),
            pytest.param({"court": "Greffe de Lyon"}, id="of another court"),
            pytest.param({"corrects": "A20260001"}, id="that names another"),
        ],
    )
    def test_what_cannot_be_about_it_is_not_told(self, company, client, fields):
        buyer_of(client, company)
        CompanyEventFactory(company=company, court="Greffe de Pau")
        self.cancellation(company, **fields)
        raise_alerts()
        assert Alert.objects.get().doubt is None

    def test_a_cancellation_cancelled_in_its_turn_casts_no_doubt(self, company, client):
        buyer_of(client, company)
        CompanyEventFactory(company=company)
        unnamed = self.cancellation(company)
        raise_alerts()
        unnamed.withdrawn_by = self.cancellation(company, corrects=unnamed.reference)
        unnamed.save()
        assert "annulation" not in Alert.objects.get().says


class TestFiling:
    def test_the_last_day_and_what_is_left_of_it(self):
        alert = AlertFactory(event__published_on=date(2026, 9, 15))
        assert alert.file_by == date(2026, 11, 16)
        assert alert.days_to_file == (date(2026, 11, 16) - timezone.localdate()).days

    def test_a_client_across_the_sea_has_four_months(self):
        alert = AlertFactory(event__published_on=date(2026, 9, 16), client__company__postcode="97400")
        alert.company.postcode = "69007"
        assert alert.file_by == date(2027, 1, 18)

    @pytest.mark.parametrize(
        ("days", "is_late", "may_ask"),
        [
            pytest.param(10, False, False, id="in time"),
            pytest.param(80, True, True, id="too late"),
            pytest.param(300, True, False, id="much too late"),
        ],
    )
    def test_when_it_is_too_late_leave_may_be_asked(self, days, is_late, may_ask):
        alert = AlertFactory(event__published_on=days_ago(days))
        assert (alert.days_to_file < 0) is is_late
        assert bool(alert.relief_by) is may_ask
        assert ("relevé de forclusion" in alert.todo) is may_ask
        assert ("relevé de forclusion jusqu’au" in alert.stakes) is may_ask
        assert ("Créance à déclarer au plus tard le" in alert.stakes) is not is_late

    def test_a_conversion_starts_no_time_of_its_own(self):
        alert = AlertFactory(event__opens_filing=False)
        assert (alert.filing_from, alert.file_by, alert.days_to_file, alert.relief_by) == (None, None, None, None)


class TestHandling:
    def test_from_new_to_handled_and_back(self):
        alert = AlertFactory(buyer="Garonnel")
        user = UserFactory(firm=alert.firm)
        assert mark_seen(Alert.objects.all()) == 1
        assert mark_seen(Alert.objects.all()) == 0
        assert handle_alert(alert, by=user, note="Créance déclarée")
        assert not handle_alert(alert, by=user, note="Deux clics")
        alert.refresh_from_db()
        assert (alert.status, alert.handled_by, alert.note) == (AlertStatus.HANDLED, user, "Créance déclarée")
        assert alert.handled_at
        assert reopen_alert(alert, by=user)
        assert not reopen_alert(alert, by=user)
        alert.refresh_from_db()
        assert alert.status == AlertStatus.SEEN
        assert [entry.sentence.replace("\u00a0", " ") for entry in JournalEntry.objects.order_by("pk")] == [
            "Alerte traitée pour Garonnel (liquidation judiciaire) : Créance déclarée.",
            "Alerte rouverte pour Garonnel (liquidation judiciaire).",
        ]

    def test_a_cancelled_alert_is_nobodys_to_handle(self):
        alert = AlertFactory(status=AlertStatus.CANCELLED)
        user = UserFactory(firm=alert.firm)
        assert not handle_alert(alert, by=user)
        assert not reopen_alert(alert, by=user)
        assert not JournalEntry.objects.exists()


def test_the_database_refuses_a_second_standing_alert_on_a_fact():
    alert = AlertFactory()
    fields = {"client": alert.client, "exposure": alert.exposure, "fact": alert.fact}
    with pytest.raises(IntegrityError, match="one_standing_alert_per_fact"), transaction.atomic():
        AlertFactory(**fields)
    Alert.objects.update(status=AlertStatus.CANCELLED)
    AlertFactory(**fields)


def test_among_many_exposures_those_concerned_are_found_by_index(client, company):
    snapshot = RiskSnapshotFactory(client=client)
    ExposureFactory(snapshot=snapshot, company=company)
    CompanyEventFactory(company=company)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_company (country, id_type, id_value, registered_name, source) "
            "SELECT 'XX', 'other', number::text, '', '' FROM generate_series(1, 20000) number"
        )
        cursor.execute(
            "INSERT INTO clients_exposure (firm_id, snapshot_id, company_id, line, merged_lines, account, name, city, "
            "postcode, country, id_type, id_value, vat_rate, set_aside, note, warnings, ageing) "
            "SELECT %s, %s, id, 10 + id, '{}', '', 'Acheteur', '', '', 'XX', 'other', id_value, 0, '', '', '{}', '{}' "
            "FROM clients_company WHERE country = 'XX'",
            [client.firm_id, snapshot.pk],
        )
        cursor.execute("ANALYZE clients_company, clients_exposure, clients_companyevent")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {alerts._RAISE}", alerts._rules())
        plan = cursor.fetchone()[0]
    text = plan if isinstance(plan, str) else json.dumps(plan)
    scans = [node for node in _nodes(json.loads(text)[0]["Plan"]) if node.get("Relation Name") == "clients_exposure"]
    assert scans and all(node["Node Type"] != "Seq Scan" for node in scans)
    assert raise_alerts().new == 1


def _nodes(plan: dict):
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
