"""The journal: complete, never changed, and the way back while there is time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from clients.models import Exposure, JournalEntry
from clients.services.grid import add_line, remove_buyer
from clients.services.journal import Changes, NotUndoable, undo, write_entry
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot(user):
    return RiskSnapshotFactory(client=ClientFactory(firm=user.firm))


@pytest.fixture
def exposure(snapshot):
    return ExposureFactory(
        snapshot=snapshot, ageing=[Decimal("1.50"), Decimal(2)], warnings=["Doute"], merged_lines=[7, 9]
    )


def set_aside(exposure: Exposure, by) -> JournalEntry:
    """As a service does it."""
    rows = Exposure.objects.filter(pk=exposure.pk)
    changes = Changes()
    changes.changing(rows)
    rows.update(set_aside="public_body", requested=None, merged_lines=[7])
    return write_entry(
        f"{exposure.name} écarté : acheteur public.",
        client=exposure.snapshot.client,
        snapshot=exposure.snapshot,
        exposure=exposure,
        by=by,
        changes=changes,
    )


def later(entry: JournalEntry, seconds: int) -> JournalEntry:
    """The same, written so long ago."""
    return JournalEntry.objects.create(
        at=timezone.now() - timedelta(seconds=seconds),
        **{name: getattr(entry, name) for name in ("firm", "client", "snapshot", "sentence", "by", "changes")},
    )


def columns(exposure: Exposure) -> dict:
    return Exposure.objects.filter(pk=exposure.pk).values().get()


def test_an_entry_keeps_what_was_and_what_became_of_it(exposure, user):
    entry = set_aside(exposure, user)
    assert entry.changes == {
        "values": {
            "clients.Exposure": {
                str(exposure.pk): {
                    "set_aside": ["", "public_body"],
                    "requested": ["60000.00", None],
                    "merged_lines": [[7, 9], [7]],
                }
            }
        },
        "removed": {},
        "added": {},
    }
    assert (entry.client, entry.firm_id, entry.by) == (exposure.snapshot.client, user.firm_id, user)


def test_undoing_puts_every_value_back_and_is_written_down(exposure, user):
    before = columns(exposure)
    entry = undo(set_aside(exposure, user), by=user)
    assert columns(exposure) == before
    assert (entry.undone_by, entry.undone_at >= entry.at) == (user, True)


def test_what_was_removed_comes_back_the_same(snapshot, exposure, user):
    before = columns(exposure)
    changes = Changes()
    removed = Exposure.objects.filter(pk=exposure.pk)
    changes.removing(removed)
    removed.delete()
    entry = write_entry("Ligne retirée.", client=snapshot.client, snapshot=snapshot, by=user, changes=changes)
    undo(entry, by=user)
    assert columns(exposure) == before


@pytest.mark.parametrize(("seconds", "possible"), [(0, True), (13, True), (16, False), (3600, False)])
def test_the_time_for_it_is_the_servers(exposure, user, seconds, possible):
    entry = later(set_aside(exposure, user), seconds)
    if possible:
        undo(entry, by=user)
    else:
        with pytest.raises(NotUndoable, match="trop tard"):
            undo(entry, by=user)
    assert bool(columns(exposure)["set_aside"]) is not possible


def test_nothing_is_undone_twice(exposure, user):
    entry = set_aside(exposure, user)
    undo(entry, by=user)
    with pytest.raises(NotUndoable, match="déjà annulé"):
        undo(entry, by=user)


def test_what_says_nothing_of_before_cannot_be_undone(snapshot, user):
    entry = write_entry("Liste confirmée.", client=snapshot.client, by=user)
    with pytest.raises(NotUndoable):
        undo(entry, by=user)


@pytest.mark.parametrize("since", [{"set_aside": "private_person"}, {"requested": Decimal(5)}])
def test_a_line_changed_since_is_left_alone(exposure, user, since):
    entry = set_aside(exposure, user)
    Exposure.objects.filter(pk=exposure.pk).update(**since)
    now = columns(exposure)
    with pytest.raises(NotUndoable, match="changées depuis"), transaction.atomic():
        undo(entry, by=user)
    assert columns(exposure) == now


def test_other_columns_may_change_meanwhile(exposure, user):
    entry = set_aside(exposure, user)
    Exposure.objects.filter(pk=exposure.pk).update(note="Vu au téléphone")
    undo(entry, by=user)
    assert (columns(exposure)["set_aside"], columns(exposure)["note"]) == ("", "Vu au téléphone")


def test_a_line_gone_since_is_said(exposure, user):
    entry = set_aside(exposure, user)
    exposure.delete()
    with pytest.raises(NotUndoable, match="changées depuis"):
        undo(entry, by=user)


def test_who_was_typed_again_meanwhile_is_left_alone(snapshot, exposure, user):
    removed = remove_buyer(exposure, by=user)
    again = add_line(snapshot, texts={"name": "Garonnel", "identifier": exposure.id_value}, by=user).exposure
    with pytest.raises(NotUndoable, match="changées depuis"):
        undo(removed, by=user)
    assert list(snapshot.exposures.all()) == [again]


def test_a_frozen_snapshot_stays_as_it_is(exposure, user):
    entry = set_aside(exposure, user)
    exposure.snapshot.frozen_at = timezone.now()
    exposure.snapshot.save()
    with pytest.raises(NotUndoable, match="test à blanc"):
        undo(entry, by=user)


@pytest.mark.parametrize("field", ["sentence", "changes", "by_id", "at"])
def test_the_database_refuses_to_change_an_entry(exposure, user, field):
    entry = set_aside(exposure, user)
    value = {"sentence": "Autre chose", "changes": {}, "by_id": None, "at": timezone.now()}[field]
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        JournalEntry.objects.filter(pk=entry.pk).update(**{field: value})


def test_an_entry_outlives_what_it_is_about(snapshot, exposure, user):
    entry = set_aside(exposure, user)
    snapshot.delete()
    entry.refresh_from_db()
    assert (entry.snapshot, entry.exposure) == (None, None)
    assert entry.sentence == f"{exposure.name} écarté : acheteur public."


def test_the_page_shows_who_did_what_latest_first(browser, snapshot, user):
    write_entry("Première chose.", client=snapshot.client, by=user)
    write_entry("Deuxième chose.", client=snapshot.client, by=None)
    page = browser.get(reverse("clients:journal_list", args=[snapshot.client_id])).content.decode()
    assert page.index("Deuxième chose.") < page.index("Première chose.")
    assert "Camille Durand" in page and "automatique" in page


def test_an_empty_journal_leads_back(browser, snapshot):
    page = browser.get(reverse("clients:journal_list", args=[snapshot.client_id])).content.decode()
    assert "Rien n’a encore été changé" in page


def test_the_page_costs_the_same_for_one_entry_and_thirty(
    browser, snapshot, user, exposure, django_assert_num_queries
):
    url = reverse("clients:journal_list", args=[snapshot.client_id])
    set_aside(exposure, user)
    with django_assert_num_queries(6):
        browser.get(url)
    for _ in range(29):
        undo(set_aside(exposure, user), by=user)
    with django_assert_num_queries(6):
        browser.get(url)


def test_undoing_goes_back_to_the_page_that_offered_it(browser, exposure, user):
    entry = set_aside(exposure, user)
    here = reverse("clients:snapshot_detail", args=[exposure.snapshot_id])
    response = browser.post(reverse("clients:journal_undo", args=[entry.pk]), {"next": here})
    assert (response.status_code, response.url) == (302, here)
    assert not columns(exposure)["set_aside"]


def test_the_page_to_go_back_to_is_never_the_name_of_a_view(browser, exposure, user):
    entry = set_aside(exposure, user)
    response = browser.post(reverse("clients:journal_undo", args=[entry.pk]), {"next": "nowhere"})
    assert (response.status_code, response.url) == (302, "nowhere")


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.example/", "//ailleurs.example", ""])
def test_undoing_never_leads_elsewhere(browser, exposure, user, elsewhere):
    entry = later(set_aside(exposure, user), 60)
    response = browser.post(reverse("clients:journal_undo", args=[entry.pk]), {"next": elsewhere}, follow=True)
    assert response.redirect_chain == [(reverse("clients:journal_list", args=[entry.client_id]), 302)]
    assert "trop tard" in response.content.decode()
