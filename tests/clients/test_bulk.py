"""One decision on many buyers: what changes, what may not, what the journal says, and the way back."""

from decimal import Decimal

import pytest
from django.utils import timezone

from clients.enums import SetAside
from clients.models import Exposure, JournalEntry
from clients.services import bulk
from clients.services.bulk import BulkOutcome, ask_about_buyers, set_amount_of_buyers, set_buyers_aside
from clients.services.journal import undo
from tests.factories import ExposureFactory, RiskSnapshotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot(user):
    return RiskSnapshotFactory(client__firm=user.firm)


def buyers(snapshot):
    return Exposure.objects.filter(firm=snapshot.firm)


def reload(*rows):
    return [Exposure.objects.get(pk=row.pk) for row in rows]


def test_sets_aside_what_is_not_frozen(user, snapshot):
    asked, aside = ExposureFactory(snapshot=snapshot), ExposureFactory(snapshot=snapshot, set_aside="broker_choice")
    frozen = ExposureFactory(snapshot__client__firm=user.firm, snapshot__frozen_at=timezone.now())
    draft = ExposureFactory(snapshot__client__firm=user.firm, snapshot__confirmed_at=None)
    outcome = set_buyers_aside(buyers(snapshot), reason=SetAside.BROKER_CHOICE, by=user)
    assert outcome == BulkOutcome(changed=1, frozen=2)
    assert [row.set_aside for row in reload(asked, aside, frozen, draft)] == ["broker_choice", "broker_choice", "", ""]
    assert reload(asked)[0].requested == 60_000, "the amount is remembered"


@pytest.mark.parametrize(
    ("buyer", "requested", "set_aside", "outcome"),
    [
        pytest.param({"set_aside": "broker_choice"}, 60_000, "", BulkOutcome(1), id="with its amount"),
        pytest.param(
            {"set_aside": "not_among_largest", "requested": None}, 60_000, "", BulkOutcome(1), id="72 000 € TTC"
        ),
        pytest.param(
            {"set_aside": "no_amount", "requested": None, "outstanding": None, "turnover": None},
            None, "no_amount", BulkOutcome(0, without_amount=1), id="nothing says how much",
        ),
        pytest.param(
            {"set_aside": "no_identifier", "id_value": ""},
            60_000, "no_identifier", BulkOutcome(0, nameless=1), id="without a number",
        ),
        pytest.param(
            {"set_aside": "public_body"}, 60_000, "public_body", BulkOutcome(0, uninsurable=1), id="a public body"
        ),
        pytest.param({}, 60_000, "", BulkOutcome(0), id="asked already"),
    ],
)  # fmt: skip
def test_asks_again(user, snapshot, buyer, requested, set_aside, outcome):
    row = ExposureFactory(snapshot=snapshot, **buyer)
    assert ask_about_buyers(buyers(snapshot), by=user) == outcome
    (row,) = reload(row)
    assert (row.requested, row.set_aside) == (requested, set_aside)


def test_sets_the_amount(user, snapshot):
    asked = ExposureFactory(snapshot=snapshot)
    same = ExposureFactory(snapshot=snapshot, requested=25_000)
    wanting = ExposureFactory(snapshot=snapshot, requested=None, set_aside=SetAside.NO_AMOUNT)
    aside = ExposureFactory(snapshot=snapshot, public_body=True)
    assert set_amount_of_buyers(buyers(snapshot), amount=Decimal(25_000), by=user) == BulkOutcome(3)
    rows = reload(asked, same, wanting, aside)
    assert [row.requested for row in rows] == [25_000] * 4
    assert [row.set_aside for row in rows] == ["", "", "", "public_body"]


def test_the_journal_of_each_client_says_it_and_takes_it_back(user, snapshot):
    one = ExposureFactory(snapshot=snapshot, name="Garonnel")
    other = ExposureFactory(snapshot__client__firm=user.firm, name="Vaucassin")
    set_buyers_aside(buyers(snapshot), reason=SetAside.BROKER_CHOICE, by=user)
    entry = JournalEntry.objects.get(client=snapshot.client)
    assert entry.sentence == "Écartés ensemble (écarté par le courtier) : Garonnel."
    assert (entry.by, entry.snapshot) == (user, snapshot)
    undo(entry, by=user)
    assert [row.set_aside for row in reload(one, other)] == ["", "broker_choice"]


def test_a_long_list_is_named_by_its_first_and_not_kept_for_undoing(user, snapshot, monkeypatch):
    monkeypatch.setattr(bulk, "UNDOABLE", 6)
    for number in range(7):
        ExposureFactory(snapshot=snapshot, name=f"Acheteur {number}")
    set_amount_of_buyers(buyers(snapshot).order_by("name"), amount=Decimal(25_000), by=user)
    entry = JournalEntry.objects.get()
    assert entry.sentence.startswith("25\u202f000\u00a0€ à demander sur Acheteur ")
    assert entry.sentence.endswith(" et 2 autres acheteurs.")
    assert entry.changes is None


def test_says_in_french_what_stays():
    outcome = BulkOutcome(changed=3, frozen=2, nameless=1)
    assert outcome.refusals == [
        "Sans effet sur 2 acheteurs : une photographie figée par un test à blanc ne change plus.",
        "Sans effet sur 1 acheteur : sans identifiant, aucun assureur ne répondrait.",
    ]
