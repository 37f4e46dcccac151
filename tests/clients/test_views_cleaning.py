"""The screen « Nettoyage »: what is left, what can be done about it, and what happens next."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.enums import PointKind
from clients.models import Cleaning, JournalEntry
from factortaboite.money import NBSP
from tests.factories import (
    CandidateFactory,
    CleaningPointFactory,
    ClientFactory,
    ExposureFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
)

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def snapshot(user):
    return RiskSnapshotFactory(client=ClientFactory(firm=user.firm))


def checked(snapshot, **fields) -> Cleaning:
    return Cleaning.objects.create(firm=snapshot.firm, snapshot=snapshot, **{"status": "done", **fields})


def address(snapshot, **query) -> str:
    return reverse("clients:cleaning_detail", args=[snapshot.pk], query=query)


def page(browser, snapshot, **query) -> str:
    return browser.get(address(snapshot, **query)).content.decode().replace(NBSP, " ")


def test_before_the_check_one_action(browser, snapshot):
    ExposureFactory(snapshot=snapshot, unidentified=True)
    shown = page(browser, snapshot)
    assert "Vérifier la liste" in shown and "1 question à poser, environ 1 min" in shown
    assert shown.count("button primary") == 1


def test_a_clean_list_leads_on(browser, snapshot):
    checked(snapshot)
    shown = page(browser, snapshot)
    assert "La liste est propre" in shown
    assert reverse("quotes:market_test_create", args=[snapshot.pk]) in shown


def test_a_clean_draft_leads_on_to_its_figures(browser, user):
    file = PortfolioFileFactory(client__firm=user.firm, read=True)
    checked(file.snapshot)
    assert reverse("clients:portfolio_confirm", args=[file.pk]) in page(browser, file.snapshot)


def test_the_preview_and_the_snapshot_lead_here(browser, user, snapshot):
    file = PortfolioFileFactory(client__firm=user.firm, read=True)
    assert address(file.snapshot) in browser.get(reverse("clients:portfolio_file", args=[file.pk])).content.decode()
    assert address(snapshot) in browser.get(reverse("clients:snapshot_detail", args=[snapshot.pk])).content.decode()


def test_kinds_with_their_counts_the_first_one_shown(browser, snapshot):
    CandidateFactory.create_batch(2, point__snapshot=snapshot)
    CleaningPointFactory(snapshot=snapshot, exposure__name="Brisquenot")
    checked(snapshot)
    shown = page(browser, snapshot)
    assert "3 points à régler" in shown
    assert 'Sans identifiant <span class="count">2</span>' in shown
    assert "Brisquenot" not in shown
    assert "Brisquenot" in page(browser, snapshot, sorte="closed_company")


def test_the_largest_balance_comes_first(browser, snapshot):
    for name, amount in (("Petit", 10), ("Gros", 1000)):
        CleaningPointFactory(snapshot=snapshot, exposure__name=name, weight=Decimal(amount))
    checked(snapshot)
    shown = page(browser, snapshot)
    assert shown.index("Gros") < shown.index("Petit")


def test_the_threshold_says_how_many(browser, snapshot):
    CandidateFactory(point__snapshot=snapshot)
    CandidateFactory(point__snapshot=snapshot, point__best_similarity=Decimal("0.86"))
    checked(snapshot)
    assert "Accepter cette proposition" in page(browser, snapshot)
    both = page(browser, snapshot, seuil="85")
    assert "Accepter ces 2 propositions" in both and "La liste se met à jour…" in both


def test_a_company_that_is_in_the_list_already_is_said(browser, snapshot):
    known = ExposureFactory(snapshot=snapshot, line=77)
    CandidateFactory(point__snapshot=snapshot, siren=known.id_value)
    assert "déjà ligne 77" in page(browser, snapshot)


def test_accepting_answers_the_lines_left_and_the_way_back(browser, snapshot):
    candidate = CandidateFactory(point__snapshot=snapshot, point__exposure__name="Garonnel")
    CandidateFactory(point__snapshot=snapshot)
    checked(snapshot)
    url = reverse("clients:candidate_accept", args=[candidate.pk], query={"sorte": "identifier"})
    response = browser.post(url, headers=FRAGMENT, follow=True)
    shown = response.content.decode()
    assert response.redirect_chain[-1][0] == address(snapshot, sorte="identifier")
    assert "<html" not in shown and "1 point à régler" in shown
    entry = JournalEntry.objects.get()
    assert 'id="undo" role="status" hx-swap-oob="innerHTML"' in shown
    assert reverse("clients:journal_undo", args=[entry.pk]) in shown


def test_undoing_brings_the_line_back(browser, snapshot):
    candidate = CandidateFactory(point__snapshot=snapshot)
    checked(snapshot)
    browser.post(reverse("clients:candidate_accept", args=[candidate.pk]))
    here = address(snapshot)
    response = browser.post(
        reverse("clients:journal_undo", args=[JournalEntry.objects.get().pk]), {"next": here}, follow=True
    )
    assert response.redirect_chain == [(here, 302)]
    assert "Annulé :" in response.content.decode().replace(NBSP, " ")
    assert snapshot.points.pending().count() == 1


def test_what_asks_again_by_itself_leaves_the_offer_to_undo_alone(browser, snapshot):
    candidate = CandidateFactory(point__snapshot=snapshot)
    checked(snapshot)
    browser.post(reverse("clients:candidate_accept", args=[candidate.pk]))
    polled = browser.get(address(snapshot), headers={**FRAGMENT, "HX-Trigger": "cleaning"}).content.decode()
    assert 'id="undo"' not in polled


@pytest.mark.parametrize(
    ("kind", "together"),
    [
        (PointKind.CLOSED_COMPANY, "Écarter les 2"),
        (PointKind.UNKNOWN_NUMBER, "Retirer le SIREN des 2"),
    ],
)
def test_a_kind_settled_together(browser, snapshot, kind, together):
    CleaningPointFactory.create_batch(2, snapshot=snapshot, kind=kind)
    checked(snapshot)
    assert together in page(browser, snapshot)
    browser.post(reverse("clients:cleaning_settle_all", args=[snapshot.pk]), {"sorte": kind})
    assert not snapshot.points.pending().filter(kind=kind).exists()


@pytest.mark.parametrize("kind", ["", "identifier", "same_group", "x"])
def test_what_is_not_settled_together(browser, snapshot, kind):
    url = reverse("clients:cleaning_settle_all", args=[snapshot.pk])
    assert browser.post(url, {"sorte": kind}).status_code == 400


@pytest.mark.parametrize("typed", ["123", "abc", "000 200 056"])
def test_a_wrong_number_is_said_beside_it(browser, snapshot, typed):
    point = CandidateFactory(point__snapshot=snapshot).point
    checked(snapshot)
    response = browser.post(
        reverse("clients:point_identify", args=[point.pk]), {"identifier": typed}, headers=FRAGMENT
    )
    shown = response.content.decode()
    assert (response.status_code, response.headers["HX-Push-Url"]) == (422, "false")
    assert f'aria-describedby="error-{point.pk}"' in shown and typed in shown


@pytest.mark.parametrize("typed", ["000 200 055", "73282932000074", "FR44732829320"])
def test_a_right_number_identifies_the_line(browser, snapshot, typed):
    point = CandidateFactory(point__snapshot=snapshot).point
    browser.post(reverse("clients:point_identify", args=[point.pk]), {"identifier": typed})
    assert snapshot.exposures.get().id_type == "siren"


def test_progress_asks_for_itself_until_the_end(browser, snapshot):
    cleaning = checked(snapshot, status="running", total=40, answered=10)
    url = reverse("clients:cleaning_progress", args=[snapshot.pk])
    running = browser.get(url).content.decode()
    assert "10 questions posées aux registres sur 40" in running and "hx-trigger" in running
    Cleaning.objects.filter(pk=cleaning.pk).update(status="done")
    assert "hx-trigger" not in browser.get(url).content.decode()


def test_a_registry_away_says_so_and_can_be_asked_again(browser, snapshot):
    checked(snapshot, status="stopped", trouble="Recherche d’entreprises est indisponible (réponse 500).")
    shown = page(browser, snapshot)
    assert "Recherche d’entreprises est indisponible (réponse 500)." in shown and "Redemander" in shown
    assert "propre" not in shown
    browser.post(reverse("clients:cleaning_start", args=[snapshot.pk]))
    assert Cleaning.objects.get().is_running


def test_a_frozen_snapshot_is_only_looked_at(browser, snapshot):
    CandidateFactory(point__snapshot=snapshot)
    checked(snapshot)
    snapshot.frozen_at = timezone.now()
    snapshot.save()
    shown = page(browser, snapshot)
    assert "Figée par un test à blanc" in shown and "Accepter" not in shown


def test_readers_look_and_decide_nothing(reader_browser, snapshot):
    CandidateFactory(point__snapshot=snapshot)
    checked(snapshot)
    assert "Accepter" not in page(reader_browser, snapshot)


def test_a_decision_too_late_is_said(browser, snapshot):
    candidate = CandidateFactory(point__snapshot=snapshot)
    url = reverse("clients:candidate_accept", args=[candidate.pk])
    browser.post(url)
    response = browser.post(url, headers=FRAGMENT, follow=True)
    assert "déjà réglé" in response.content.decode()


@pytest.mark.parametrize("kind", ["identifier", "closed_company", "duplicate"])
def test_the_screen_costs_the_same_for_one_point_and_thirty(browser, snapshot, kind):
    def add(count: int) -> None:
        for _ in range(count):
            if kind == "identifier":
                point = CandidateFactory(point__snapshot=snapshot).point
                CandidateFactory(point=point)
            else:
                other = ExposureFactory(snapshot=snapshot) if kind == "duplicate" else None
                CleaningPointFactory(snapshot=snapshot, kind=kind, other=other)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(address(snapshot))
        return len(captured)

    checked(snapshot)
    add(1)
    once = queries()
    add(29)
    assert queries() == once
