"""Two snapshots side by side: the same buyer by identifier, else by account, else by name."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.analysis.evolution import Change
from clients.models import RiskSnapshot
from clients.reports.evolution import Measure, compare_snapshots, previous_of
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory
from tests.screens import count_queries, text_of

pytestmark = pytest.mark.django_db
SIREN, OTHER = "000100016", "000100024"


@pytest.fixture
def client_(user):
    return ClientFactory(firm=user.firm, name="Valmorin")


@pytest.fixture
def before(client_) -> RiskSnapshot:
    return RiskSnapshotFactory(client=client_, confirmed_at=timezone.now() - timedelta(days=30))


@pytest.fixture
def after(client_) -> RiskSnapshot:
    return RiskSnapshotFactory(client=client_)


def buyer(snapshot: RiskSnapshot, outstanding: int | None, **fields):
    values = {"id_type": "", "id_value": "", "account": "", "name": "Dupont", "peak": None, "turnover": None}
    values |= {"id_type": "siren"} if fields.get("id_value") else {}
    return ExposureFactory(snapshot=snapshot, outstanding=outstanding, **{**values, **fields})


@pytest.mark.parametrize(
    ("was", "is_now", "change"),
    [
        pytest.param({"id_value": SIREN}, {"id_value": SIREN, "name": "Autre nom"}, Change.GROWN, id="identifier"),
        pytest.param(
            {"id_value": SIREN, "account": "411A", "name": "Dupont"},
            {"id_value": OTHER, "account": "411B", "name": "Durand"},
            None,
            id="another company",
        ),
        pytest.param({"account": "411A"}, {"account": "411A", "name": "Autre nom"}, Change.GROWN, id="account"),
        pytest.param({"account": "411A"}, {"account": "411A", "id_value": SIREN}, Change.GROWN, id="identified since"),
        pytest.param({"name": "Élec Vaucassin"}, {"name": "ELEC VAUCASSIN"}, Change.GROWN, id="name without accents"),
        pytest.param({"account": "411A"}, {"account": "411B"}, Change.GROWN, id="another account, the same name"),
        pytest.param({"name": "Dupont"}, {"name": "Durand"}, None, id="nothing in common"),
    ],
)
def test_who_is_the_same_buyer(before, after, was, is_now, change):
    buyer(before, 100, **was)
    buyer(after, 150, **is_now)
    found = compare_snapshots(before, after).evolution
    expected = [change] if change else [Change.NEW, Change.GONE]
    assert [moved.change for moved in found.moves if moved.buyers] == expected
    assert (found.before, found.after) == (100, 150)


def test_a_key_that_two_buyers_share_matches_nobody(before, after):
    for number in (1, 2):
        buyer(before, 100, account="411DIVERS", name=f"Divers {number}")
    buyer(after, 150, account="411DIVERS", name="Divers 3")
    found = compare_snapshots(before, after).evolution
    assert (found.of(Change.GONE).buyers, found.of(Change.NEW).buyers) == (2, 1)


def test_who_came_left_owes_more_and_less(before, after):
    buyer(before, 200, id_value=SIREN, name="Parti")
    buyer(before, 400, name="Baisse")
    buyer(before, 100, name="Hausse")
    buyer(before, 300, name="Pareil")
    buyer(after, 350, name="Baisse")
    buyer(after, 250, name="Hausse")
    buyer(after, 300, name="Pareil")
    buyer(after, 300, name="Nouveau")
    comparison = compare_snapshots(before, after)
    assert comparison.measure is Measure.OUTSTANDING
    assert [(moved.change, moved.buyers, moved.difference) for moved in comparison.evolution.moves] == [
        (Change.NEW, 1, 300),
        (Change.GROWN, 1, 150),
        (Change.SHRUNK, 1, -50),
        (Change.GONE, 1, -200),
        (Change.SAME, 1, 0),
    ]
    shown = [(moved.change, [one.name for one in buyers]) for moved, buyers in comparison.lists]
    assert shown == [
        (Change.NEW, ["Nouveau"]),
        (Change.GROWN, ["Hausse"]),
        (Change.SHRUNK, ["Baisse"]),
        (Change.GONE, ["Parti"]),
    ]


def test_the_largest_are_shown_and_all_are_counted(before, after):
    buyer(before, 1, name="Ancien")
    for rank in range(1, 6):
        buyer(after, rank * 100, name=f"Nouveau {rank}")
    comparison = compare_snapshots(before, after, shown=2)
    assert [one.name for one in comparison.buyers[Change.NEW]] == ["Nouveau 5", "Nouveau 4"]
    assert (comparison.evolution.of(Change.NEW).buyers, comparison.evolution.of(Change.NEW).after) == (5, 1500)


@pytest.mark.parametrize(
    ("was", "is_now", "measure"),
    [
        pytest.param(
            {"outstanding": 100, "peak": 200}, {"outstanding": 120, "peak": 300}, Measure.OUTSTANDING, id="both"
        ),
        pytest.param({"outstanding": 100, "peak": 200}, {"peak": 300}, Measure.PEAK, id="peaks"),
        pytest.param(
            {"outstanding": 100, "turnover": 900}, {"peak": 300, "turnover": 800}, Measure.TURNOVER, id="sales"
        ),
        pytest.param({"outstanding": 100}, {"peak": 300}, None, id="nothing in common"),
    ],
)
def test_like_is_compared_with_like(before, after, was, is_now, measure):
    nothing = {"outstanding": None, "peak": None, "turnover": None}
    ExposureFactory(snapshot=before, **{**nothing, **was})
    ExposureFactory(snapshot=after, **{**nothing, **is_now})
    comparison = compare_snapshots(before, after)
    assert (comparison.measure if comparison else None) == measure


def test_a_balance_beside_one_name_measures_nothing(before, after):
    for number in range(3):
        buyer(before, 100, name=f"Acheteur {number}", turnover=900)
        buyer(after, 100 if number == 0 else None, name=f"Acheteur {number}", turnover=1000)
    comparison = compare_snapshots(before, after)
    assert (comparison.measure, comparison.evolution.difference) == (Measure.TURNOVER, 300)


def test_noughts_in_both_lists_measure_nothing(before, after):
    for snapshot, peak in ((before, 100), (after, 120)):
        buyer(snapshot, 0, peak=peak)
    assert compare_snapshots(before, after).measure is Measure.PEAK


def test_the_snapshot_before_is_the_client_s_own_and_confirmed(before, after, client_):
    RiskSnapshotFactory(client=client_, confirmed_at=None)
    RiskSnapshotFactory(client__firm=client_.firm, confirmed_at=timezone.now() - timedelta(days=1))
    assert (previous_of(after), previous_of(before)) == (before, None)


def test_the_page_compares_the_last_two_unless_told_otherwise(browser, before, after, client_):
    first = RiskSnapshotFactory(client=client_, confirmed_at=timezone.now() - timedelta(days=90))
    buyer(first, 50, name="Premier")
    buyer(before, 100, name="Hausse")
    buyer(after, 175, name="Hausse")
    address = reverse("clients:snapshot_compare", args=[client_.pk])
    text = text_of(browser.get(address))
    assert "+75 € d’encours TTC" in text
    assert "En hausse 1" in text
    assert "Premier" not in text
    text = text_of(browser.get(address, {"avant": first.pk, "apres": before.pk}))
    assert "+50 € d’encours TTC" in text
    assert "Premier" in text


def test_one_snapshot_is_not_compared(browser, after, client_):
    text = text_of(browser.get(reverse("clients:snapshot_compare", args=[client_.pk])))
    assert "Il faut deux photographies" in text
    assert "Importer une liste" in text


def test_a_snapshot_of_somebody_else_is_not_chosen(browser, before, after, client_):
    buyer(before, 100)
    buyer(after, 100)
    other = RiskSnapshotFactory()
    buyer(other, 999_999, name="Secret")
    text = text_of(browser.get(reverse("clients:snapshot_compare", args=[client_.pk]), {"avant": other.pk}))
    assert "Secret" not in text
    assert "Les mêmes acheteurs, les mêmes montants" in text


def test_as_many_queries_for_thirty_buyers_as_for_one(browser, before, after, client_):
    buyer(before, 100)
    buyer(after, 120)
    address = reverse("clients:snapshot_compare", args=[client_.pk])
    queries = count_queries(browser, address)
    for rank in range(30):
        buyer(before, 100, name=f"Ancien {rank}")
        buyer(after, 100, name=f"Nouveau {rank}")
    assert count_queries(browser, address) == queries


def test_strangers_get_404(stranger_browser, after, client_):
    assert stranger_browser.get(reverse("clients:snapshot_compare", args=[client_.pk])).status_code == 404
    assert stranger_browser.get(reverse("clients:analysis_evolution", args=[after.pk])).status_code == 404


def test_the_fragment_says_how_far_it_moved(browser, before, after):
    buyer(before, 100)
    buyer(after, 120)
    text = text_of(browser.get(reverse("clients:analysis_evolution", args=[after.pk])))
    assert "Encours TTC : +20,0 % depuis le" in text
