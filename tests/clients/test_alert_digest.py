"""The morning mail: once, to whom it concerns, and only when there is something new."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import Alert, AlertDigest, AlertStatus, Duty, WatchState
from clients.monitoring.kinds import EventKind
from clients.services.alert_digest import send_digests
from clients.services.alerts import alerts_settled_at
from clients.services.night import Go
from factortaboite.mail.models import OutgoingMail
from factortaboite.templatetags.ui import grouped
from tests.factories import AlertFactory, ClientFactory, UserFactory

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
LONG_AGO = datetime(2026, 1, 5, tzinfo=PARIS)
THURSDAY = datetime(2026, 11, 19, 7, 0, tzinfo=PARIS)


def morning(now: datetime = THURSDAY, *, night_was_read: bool = True) -> datetime:
    """The digest of a morning whose night was read two hours before; when it is due again."""
    done_at = now - timedelta(hours=2) if night_was_read else now - timedelta(days=1)
    state, _ = WatchState.objects.update_or_create(duty=Duty.NOTICES, defaults={"done_at": done_at})
    return send_digests(Go(state, now))


def mails() -> list[str]:
    return list(OutgoingMail.objects.order_by("to").values_list("to", flat=True))


@pytest.fixture
def broker():
    return UserFactory(email="broker@cabinet.example", first_name="Bastien")


@pytest.fixture
def client(broker):
    return ClientFactory(firm=broker.firm, owner=broker, name="Valmorin")


def test_the_largest_amount_comes_first(broker, client):
    AlertFactory(client=client, buyer="Petit", at_risk=1_000)
    gros = AlertFactory(client=client, buyer="Gros", at_risk=90_000)
    AlertFactory(client=client, buyer="Comptes", at_risk=95_000, event__kind=EventKind.ACCOUNTS)
    AlertFactory(client=client, buyer="Vendeur", at_risk=20_000, event__kind=EventKind.SALE)
    due = morning()
    mail = OutgoingMail.objects.get()
    text = mail.body.replace("\u00a0", " ").replace("\u202f", " ")
    assert mail.to == broker.email
    assert mail.subject.replace("\u00a0", " ").replace("\u202f", " ") == (
        "4 nouvelles alertes sur vos acheteurs, 111 000 € en jeu"
    )
    assert text.startswith("Bonjour Bastien,")
    assert text.index("Gros") < text.index("Vendeur") < text.index("Petit") < text.index("Comptes")
    number = grouped(gros.company.id_value).replace("\u00a0", " ").replace("\u202f", " ")
    assert f"Gros ({number}), acheteur de Valmorin : 90 000 € TTC en jeu" in text
    assert "Dernier jour pour déclarer la créance : " in text
    assert "/alertes/" in text and "/compte/preferences/" in text
    assert "\n\n\n" not in mail.body
    assert due == THURSDAY + timedelta(days=1)


def test_what_a_buyer_owes_is_at_risk_once(broker, client):
    first = AlertFactory(client=client, at_risk=50_000)
    same = {"client": client, "exposure": first.exposure, "company": first.company, "event__company": first.company}
    AlertFactory(**same, at_risk=50_000, event__kind=EventKind.TRANSFER_PLAN)
    AlertFactory(client=client, at_risk=7_000, event__kind=EventKind.ACCOUNTS)
    morning()
    mail = OutgoingMail.objects.get()
    assert (
        mail.subject.replace("\u00a0", " ")
        .replace("\u202f", " ")
        .endswith("3 nouvelles alertes sur vos acheteurs, 50 000 € en jeu")
    )
    assert "7" + "\u202f" + "000" not in mail.body


def test_once_a_morning_and_only_what_is_new(broker, client):
    AlertFactory(client=client, buyer="Hier")
    morning()
    morning()
    morning(THURSDAY + timedelta(days=1))
    assert len(mails()) == 1
    AlertFactory(client=client, buyer="Aujourd’hui")
    morning(THURSDAY + timedelta(days=4))
    assert len(mails()) == 2
    body = OutgoingMail.objects.latest("pk").body
    assert "Aujourd’hui" in body and "Hier" not in body
    assert AlertDigest.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": AlertStatus.SEEN}, id="seen"),
        pytest.param({"status": AlertStatus.HANDLED}, id="handled"),
        pytest.param({"event__kind": EventKind.ACCOUNTS}, id="mere information"),
    ],
)
def test_nothing_new_is_no_mail(broker, client, fields):
    AlertFactory(client=client, **fields)
    morning()
    assert mails() == []
    assert not AlertDigest.objects.exists()


def test_a_cancelled_alert_that_was_told_is_told_again(broker, client):
    alert = AlertFactory(client=client, buyer="Garonnel")
    morning()
    because = "L’annonce a été annulée le 19 novembre 2026."
    Alert.objects.filter(pk=alert.pk).update(
        status=AlertStatus.CANCELLED, cancelled_at=alerts_settled_at(), cancelled_because=because
    )
    # Raised and cancelled between two mails: nobody ever heard of it.
    AlertFactory(client=client, buyer="Inconnu", status=AlertStatus.CANCELLED, cancelled_at=alerts_settled_at())
    morning(THURSDAY + timedelta(days=1))
    mail = OutgoingMail.objects.latest("pk")
    assert mail.subject == "Une alerte est annulée"
    assert "Garonnel" in mail.body and because in mail.body
    assert "Inconnu" not in mail.body


def test_a_lost_client_is_nobodys_worry(broker, client):
    client.stage, client.lost_reason = ClientStage.LOST, "parti à la concurrence"
    client.save()
    AlertFactory(client=client)
    AlertFactory(client=client, status=AlertStatus.CANCELLED, cancelled_at=alerts_settled_at(), created_at=LONG_AGO)
    morning()
    assert mails() == []


def test_who_gets_it(client):
    firm = client.firm
    UserFactory(firm=firm, direction=True, email="direction@cabinet.example")
    UserFactory(firm=firm, direction=True, email="no-mail@cabinet.example", wants_alert_mail=False)
    UserFactory(firm=firm, direction=True, email="gone@cabinet.example", is_active=False)
    UserFactory(firm=firm, email="colleague@cabinet.example")
    UserFactory(direction=True, email="stranger@autre.example")
    AlertFactory(client=client)
    AlertFactory(client=ClientFactory(firm=firm, owner=None))
    morning()
    assert mails() == ["broker@cabinet.example", "direction@cabinet.example"]
    bodies = dict(OutgoingMail.objects.values_list("to", "subject"))
    assert bodies["broker@cabinet.example"].startswith("1 nouvelle alerte")
    assert bodies["direction@cabinet.example"].startswith("2 nouvelles alertes")


@pytest.mark.parametrize(
    ("now", "following"),
    [
        pytest.param(datetime(2026, 11, 21, 8, tzinfo=PARIS), datetime(2026, 11, 23, 7, tzinfo=PARIS), id="Saturday"),
        pytest.param(datetime(2026, 11, 11, 8, tzinfo=PARIS), datetime(2026, 11, 12, 7, tzinfo=PARIS), id="holiday"),
        pytest.param(datetime(2026, 11, 19, 6, tzinfo=PARIS), datetime(2026, 11, 19, 7, tzinfo=PARIS), id="too early"),
    ],
)
def test_nobody_is_mailed_before_seven_or_on_a_day_off(client, now, following):
    AlertFactory(client=client)
    assert morning(now) == following
    assert mails() == []


def test_it_waits_for_the_night_until_noon_and_then_says_what_is_missing(client):
    AlertFactory(client=client)
    assert morning(night_was_read=False) == THURSDAY + timedelta(minutes=10)
    assert mails() == []
    WatchState.objects.update(failures=9, failing_since=timezone.now(), trouble="BODACC est indisponible.")
    noon = THURSDAY.replace(hour=12)
    assert morning(noon, night_was_read=False) == datetime(2026, 11, 20, 7, tzinfo=PARIS)
    assert "n’a pas répondu depuis le" in OutgoingMail.objects.get().body


@pytest.mark.parametrize(("hours", "is_told"), [(20, False), (31, True)])
def test_a_watch_that_missed_a_night_is_told_even_without_news(broker, client, hours, is_told):
    noon = THURSDAY.replace(hour=12)
    done_at = noon - timedelta(hours=hours)
    state = WatchState.objects.create(duty=Duty.NOTICES, done_at=done_at, failures=3, failing_since=done_at)
    for now in (noon, noon + timedelta(minutes=10)):
        send_digests(Go(state, now))
    assert mails() == [broker.email] * is_told
    if is_told:
        mail = OutgoingMail.objects.get()
        assert mail.subject == "La surveillance de vos acheteurs est interrompue"
        assert "n’a pas répondu depuis le" in mail.body and "Des alertes peuvent manquer." in mail.body
        assert "\n\n\n" not in mail.body


def test_the_client_itself_is_no_buyer_of_itself(broker, client):
    alert = AlertFactory(client=client, company=client.company, event__company=client.company, buyer="Valmorin")
    morning()
    Alert.objects.filter(pk=alert.pk).update(status=AlertStatus.CANCELLED, cancelled_at=alerts_settled_at())
    morning(THURSDAY + timedelta(days=1))
    for mail in OutgoingMail.objects.all():
        assert ", votre client" in mail.body
        assert "acheteur de" not in mail.body


def test_what_a_twin_said_is_marked_as_fictitious(client):
    AlertFactory(client=client, event__source="BODACC (simulateur)")
    morning()
    assert "Données fictives" in OutgoingMail.objects.get().body
