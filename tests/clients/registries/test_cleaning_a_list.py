"""A list checked against the registries' twins over HTTP: what is proposed and found, and what is said of failures."""

from decimal import Decimal

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from clients.enums import CleaningStatus, PointKind
from clients.models import Cleaning, CompanyEvent
from clients.registries import recherche_entreprises, sirene
from clients.services import Frozen, cleaning
from clients.services.cleaning import go_on_cleaning, questions_to_ask, start_cleaning, sweep_cleanings
from clients.services.companies import look_up
from clients.tasks import clean_list_task
from tests.clients.registries.conftest import fault
from tests.factories import ClientFactory, CompanyFactory, ExposureFactory, RiskSnapshotFactory

pytestmark = pytest.mark.django_db

BOTH = ("recherche-entreprises", "sirene")
TOULOUSE, BORDEAUX = "000200055", "000200048"


@pytest.fixture(autouse=True)
def no_search_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def enqueued(monkeypatch) -> list[int]:
    """The checks somebody woke a worker for."""
    checks: list[int] = []
    for name in ("enqueue", "enqueue_on_commit"):
        monkeypatch.setattr(cleaning, name, lambda task, pk: checks.append(pk))
    return checks


def rested() -> None:
    """As if the rest that the registries were given were over."""
    shared = redis.Redis.from_url(settings.REDIS_URL)
    for key in shared.scan_iter("registries:*"):
        shared.delete(key)
    for line in (recherche_entreprises.LINE, sirene.LINE):
        line.pace._rest_until = 0.0


@pytest.fixture
def snapshot(user):
    company = CompanyFactory(id_value="000100982")
    return RiskSnapshotFactory(client=ClientFactory(firm=user.firm, company=company, name="Valmorin Négoce"))


def unidentified(snapshot, name: str, postcode: str = "", **line):
    return ExposureFactory(snapshot=snapshot, unidentified=True, name=name, postcode=postcode, **line)


def identified(snapshot, siren: str, **line):
    return ExposureFactory(snapshot=snapshot, company=CompanyFactory(id_value=siren), id_value=siren, **line)


def check(snapshot) -> Cleaning:
    """From the start to the end, as workers do it."""
    check = start_cleaning(snapshot)
    for _ in range(5):
        clean_list_task(check.pk)
        check.refresh_from_db()
        if not check.is_running:
            break
    return check


def found(snapshot) -> dict[str, str]:
    """What is to be settled, by the line's name."""
    return {point.exposure.name: point.kind for point in snapshot.points.pending().select_related("exposure")}


def proposals(snapshot) -> list[tuple[str, Decimal]]:
    candidates = snapshot.points.get(kind=PointKind.IDENTIFIER).candidates.all()
    return [(candidate.siren, candidate.similarity) for candidate in candidates]


def test_a_line_without_identifier_gets_the_company_of_its_name_and_place(twins, snapshot, enqueued):
    unidentified(snapshot, "Sté GARONNEL", "31000")
    ended = check(snapshot)
    candidate = snapshot.points.get().candidates.get()
    assert (candidate.siren, candidate.name, candidate.city, candidate.similarity) == (
        TOULOUSE,
        "GARONNEL",
        "TOULOUSE",
        1,
    )
    assert (candidate.source, candidate.found_on) == ("Recherche d’entreprises (simulateur)", timezone.localdate())
    assert (ended.status, ended.answered, ended.total) == (CleaningStatus.DONE, 1, 1)
    assert snapshot.points.proposed(Decimal("0.9")).count() == 1
    assert sum(twins["recherche-entreprises"].calls.values()) == 1


def test_of_homonyms_only_a_person_chooses(twins, snapshot, enqueued):
    unidentified(snapshot, "Garonnel")
    check(snapshot)
    assert {siren for siren, similarity in proposals(snapshot) if similarity == Decimal("0.92")} >= {
        TOULOUSE,
        BORDEAUX,
    }
    assert not snapshot.points.proposed(Decimal(0)).exists()


def test_nobody_at_that_postcode_is_looked_for_everywhere(twins, snapshot, enqueued):
    unidentified(snapshot, "Ferroval Recyclage", "75001")
    check(snapshot)
    assert proposals(snapshot)[0] == ("000200097", Decimal("0.8"))
    assert sum(twins["recherche-entreprises"].calls.values()) == 2


def test_a_closed_company_is_proposed_but_never_among_many(twins, snapshot, enqueued):
    unidentified(snapshot, "Compagnie Ostrevan Anciens", "76600")
    line = unidentified(snapshot, "Transports Quevelin", "76600")
    check(snapshot)
    point = line.points.get()
    closed = point.candidates.get(siren="000200063")
    assert (closed.is_closed, closed.similarity, closed.doubt) == (True, Decimal("0.9"), "fermée")
    assert not point.is_clear or point.best_similarity > closed.similarity


def test_a_company_known_already_is_proposed_without_asking(twins, snapshot, enqueued, settings):
    look_up(TOULOUSE)
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    unidentified(snapshot, "GARONEL", "31000")
    assert check(snapshot).answered == 1
    assert proposals(snapshot) == [(TOULOUSE, Decimal("0.7"))]


@pytest.mark.parametrize(
    ("country", "postcode", "says"), [("MC", "", "Monaco"), ("FR", "98000", "Monaco"), ("DE", "", "Acheteur étranger")]
)
def test_whom_no_french_register_knows_is_not_searched(twins, snapshot, enqueued, country, postcode, says):
    unidentified(snapshot, "Garonnel", postcode, country=country)
    assert check(snapshot).total == 0
    assert snapshot.points.pending().get().reason.startswith(says)
    assert not twins["recherche-entreprises"].calls


def test_the_companies_of_identified_lines_are_looked_up(twins, snapshot, enqueued):
    identified(snapshot, "000200071", name="fermée")
    identified(snapshot, "000200139", name="hôpital")
    identified(snapshot, "000200147", name="régie")
    identified(snapshot, "000200113", name="personne")
    identified(snapshot, "000200121", name="personne cachée")
    identified(snapshot, "000100982", name="le client")
    identified(snapshot, "732829320", name="de personne")
    identified(snapshot, "356000000", name="La Poste")
    identified(snapshot, TOULOUSE, name="Garonnel")
    assert questions_to_ask(snapshot) == 9
    assert check(snapshot).answered == 9
    assert found(snapshot) == {
        "fermée": PointKind.CLOSED_COMPANY,
        "hôpital": PointKind.PUBLIC_BODY,
        "régie": PointKind.PUBLIC_BODY,
        "personne": PointKind.PRIVATE_PERSON,
        "personne cachée": PointKind.PRIVATE_PERSON,
        "le client": PointKind.RELATED_COMPANY,
        "de personne": PointKind.UNKNOWN_NUMBER,
    }
    assert not snapshot.exposures.set_aside().exists(), "nothing changes by itself"


def test_a_procedure_that_is_open_and_one_that_ended(twins, snapshot, enqueued):
    for name, siren, stages in (
        ("ouverte", TOULOUSE, ["receivership", "liquidation"]),
        ("terminée", BORDEAUX, ["receivership", "continuation_plan"]),
    ):
        line = identified(snapshot, siren, name=name)
        for number, stage in enumerate(stages):
            CompanyEvent.objects.create(
                company=line.company,
                kind=stage,
                source="BODACC",
                reference=f"A{number}",
                published_on=f"2026-0{number + 1}-15",
            )
    check(snapshot)
    assert found(snapshot) == {"ouverte": PointKind.COLLECTIVE_PROCEDURE}
    assert "liquidation judiciaire, annonce du 15/02/2026, BODACC" in snapshot.points.get().reason


def test_buyers_already_set_aside_are_not_asked_about(twins, snapshot, enqueued):
    identified(snapshot, "000200139", name="hôpital", set_aside="public_body")
    assert (check(snapshot).total, found(snapshot)) == (0, {})


def test_the_largest_are_asked_about_first(twins, snapshot, enqueued, monkeypatch):
    asked = []
    monkeypatch.setattr(cleaning, "ask_registry", lambda point, **patience: asked.append(point.exposure.name) or "ko")
    for name, outstanding in (("petit", 10), ("gros", 1000), ("moyen", 100)):
        unidentified(snapshot, name, outstanding=Decimal(outstanding))
    check(snapshot)
    assert asked == ["gros", "moyen", "petit"]


@pytest.mark.parametrize("kind", ["500", "html", "wrong_shape", "429_seconds", "hang"])
def test_a_registry_down_slow_or_lying_says_so_and_can_be_asked_again(twins, snapshot, enqueued, settings, kind):
    settings.REGISTRY_TIMEOUT_SECONDS = 0.2
    for number in range(4):
        unidentified(snapshot, f"Garonnel {number}", "31000")
    for twin in BOTH:
        twins[twin].set({"faults": [fault(kind)]})
    stopped = check(snapshot)
    assert (stopped.status, stopped.answered, stopped.total) == (CleaningStatus.STOPPED, 3, 4)
    assert stopped.trouble.startswith("Recherche d’entreprises ")
    assert snapshot.points.pending().exclude(trouble="").count() == 3
    for twin in BOTH:
        twins[twin].set({"faults": []})
    rested()
    settings.REGISTRY_TIMEOUT_SECONDS = 60
    ended = check(snapshot)
    assert (ended.status, ended.trouble, ended.answered) == (CleaningStatus.DONE, "", 4)
    assert not snapshot.points.pending().exclude(trouble="").exists()


def test_one_answer_that_fails_does_not_stop_the_others(twins, snapshot, enqueued):
    unidentified(snapshot, "Ferroval Recyclage", "44800", outstanding=Decimal(9000))
    unidentified(snapshot, "Garonnel", "31000", outstanding=Decimal(10))
    for twin in BOTH:
        twins[twin].set({"faults": [fault("500", times=1)]})
    ended = check(snapshot)
    assert (ended.status, ended.answered) == (CleaningStatus.DONE, 2)
    first, second = snapshot.points.order_by("-weight")
    assert (first.trouble != "", second.candidates.count()) == (True, 1)


def test_one_company_that_cannot_be_read_does_not_interrupt_the_check(twins, snapshot, enqueued):
    for number, siren in enumerate(("000200071", "000200139", TOULOUSE)):
        identified(snapshot, siren, name=siren, outstanding=Decimal(1000 - number))
    for twin in BOTH:
        twins[twin].set({"faults": [fault("broken_json") | {"identifier": "000200071"}]})
    ended = check(snapshot)
    assert (ended.status, ended.trouble, ended.answered) == (CleaningStatus.DONE, "", 3)
    assert twins["recherche-entreprises"].calls["company"] == 3
    assert found(snapshot) == {"000200139": PointKind.PUBLIC_BODY}


def test_a_long_list_makes_way_slice_by_slice(twins, snapshot, enqueued, monkeypatch):
    monkeypatch.setattr(cleaning, "SLICE_SECONDS", 0)
    for number in range(3):
        unidentified(snapshot, f"Garonnel {number}", "31000")
    begun = start_cleaning(snapshot)
    slices = 0
    while begun.is_running:
        go_on_cleaning(begun.pk)
        begun.refresh_from_db()
        slices += 1
    assert slices > 3
    assert enqueued == [begun.pk] * slices
    assert not snapshot.points.filter(asked_at=None).exists()


def test_a_list_is_worked_on_by_one_worker_and_two_lists_at_a_time(twins, user, enqueued, monkeypatch):
    first, second, third = (
        Cleaning.objects.create(firm=user.firm, snapshot=RiskSnapshotFactory(client__firm=user.firm)) for _ in range(3)
    )
    asked = []
    monkeypatch.setattr(cleaning, "_work", lambda held: asked.append(held.pk))
    for each in (first, first, second, third):
        go_on_cleaning(each.pk)
    assert asked == [first.pk, second.pk]


def test_the_sweep_wakes_what_was_left_behind_once(user, enqueued):
    left = Cleaning.objects.create(
        firm=user.firm,
        snapshot=RiskSnapshotFactory(client__firm=user.firm),
        woken_at=timezone.now() - cleaning.WAKE_PAUSE * 2,
    )
    Cleaning.objects.create(firm=user.firm, snapshot=RiskSnapshotFactory(), status="done")
    Cleaning.objects.create(firm=user.firm, snapshot=RiskSnapshotFactory(), status="stopped")
    sweep_cleanings()
    sweep_cleanings()
    assert enqueued == [left.pk]


def test_starting_twice_goes_on(twins, snapshot, enqueued):
    first = start_cleaning(snapshot)
    Cleaning.objects.filter(pk=first.pk).update(answered=5)
    assert start_cleaning(snapshot).answered == 5
    assert enqueued == [first.pk]


@pytest.mark.django_db(transaction=True)
def test_a_list_read_again_meanwhile_ends_the_check(twins, snapshot, enqueued, monkeypatch):
    unidentified(snapshot, "Garonnel", "31000")

    def read_again(point, **patience):
        snapshot.delete()
        point.save(update_fields=["trouble"])

    monkeypatch.setattr(cleaning, "compare_with_known", read_again)
    begun = start_cleaning(snapshot)
    go_on_cleaning(begun.pk)
    assert not Cleaning.objects.exists()


def test_a_frozen_snapshot_is_not_checked(twins, snapshot, enqueued):
    unidentified(snapshot, "Garonnel", "31000")
    begun = start_cleaning(snapshot)
    snapshot.frozen_at = timezone.now()
    snapshot.save()
    go_on_cleaning(begun.pk)
    begun.refresh_from_db()
    assert (begun.status, twins["recherche-entreprises"].calls) == (CleaningStatus.DONE, {})
    with pytest.raises(Frozen):
        start_cleaning(snapshot)
