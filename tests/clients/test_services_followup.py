from datetime import date

import pytest

from clients.models import Client
from clients.services.followup import complete_action, plan_action
from tests.factories import ClientFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)


@pytest.fixture
def client():
    return ClientFactory()


@pytest.fixture
def user(client):
    return UserFactory(firm=client.firm)


def sentences(client: Client) -> list[str]:
    return [entry.sentence.replace("\u00a0", " ") for entry in client.journal.order_by("pk")]


def test_an_action_is_planned_once_and_replaced(client, user):
    plan_action(client, action="Relancer", on=DAY, by=user)
    plan_action(client, action="Relancer", on=DAY, by=user)
    plan_action(client, action="Appeler", on=DAY, by=user)
    assert sentences(client) == [
        "Prochaine action, le 1er décembre 2026 : Relancer",
        "Prochaine action, le 1er décembre 2026 : Appeler",
    ]
    stored = Client.objects.get(pk=client.pk)
    assert (stored.next_action, stored.next_action_on) == ("Appeler", DAY)


def test_done_once(client, user):
    plan_action(client, action="Relancer", on=DAY, by=user)
    assert complete_action(client, action="Relancer", by=user)
    assert not complete_action(client, action="Relancer", by=user)
    assert sentences(client)[1:] == ["Fait : Relancer"]
    stored = Client.objects.get(pk=client.pk)
    assert (stored.next_action, stored.next_action_on) == ("", None)


def test_what_somebody_else_has_planned_meanwhile_is_not_done(client, user):
    plan_action(client, action="Appeler", on=DAY, by=user)
    stale = Client.objects.get(pk=client.pk)
    plan_action(client, action="Envoyer l’offre", on=DAY, by=user)
    assert not complete_action(stale, action="Appeler", by=user)
    assert Client.objects.get(pk=client.pk).next_action == stale.next_action == "Envoyer l’offre"
