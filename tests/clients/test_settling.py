"""The broker's decisions on a list: what becomes of its lines, what the journal says, and the way back."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.enums import PointKind, PortfolioFileStatus
from clients.models import Candidate, Cleaning, CleaningPoint, Company, Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.identifiers import Identifier
from clients.services import Frozen, NotEditable, settling
from clients.services.findings import find_duplicates, find_points
from clients.services.journal import undo
from factortaboite.money import NBSP
from tests.factories import (
    CandidateFactory,
    CleaningPointFactory,
    ClientFactory,
    CompanyFactory,
    ExposureFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
    fictitious_siren,
)

pytestmark = pytest.mark.django_db

GARONNEL = "000200055"


@pytest.fixture
def snapshot(user):
    return RiskSnapshotFactory(client=ClientFactory(firm=user.firm))


def proposed(snapshot, name="Garonnel", siren=GARONNEL, similarity="1", is_clear=True, **line) -> Candidate:
    line = {f"exposure__{field}": value for field, value in line.items()}
    similarity = Decimal(similarity)
    point = CleaningPointFactory(
        unidentified=True,
        snapshot=snapshot,
        exposure__name=name,
        best_similarity=similarity,
        is_clear=is_clear,
        **line,
    )
    return CandidateFactory(point=point, siren=siren, name=name.upper(), similarity=similarity)


def everything(snapshot) -> dict[str, list]:
    """All that a decision may change, as it is stored."""
    return {
        "lines": list(snapshot.exposures.order_by("pk").values()),
        "points": list(snapshot.points.order_by("pk").values()),
        "candidates": list(Candidate.objects.filter(point__snapshot=snapshot).order_by("pk").values()),
    }


def said(entry: JournalEntry) -> str:
    return entry.sentence.replace(NBSP, " ")


def test_an_accepted_proposal_names_the_line_and_asks_it_again(snapshot, user):
    candidate = proposed(snapshot, line=12)
    entry = settling.accept_candidate(candidate, by=user)
    line = Exposure.objects.get(pk=candidate.point.exposure_id)
    assert (line.country, line.id_type, line.id_value, line.company.id_value) == ("FR", "siren", GARONNEL, GARONNEL)
    assert (line.set_aside, line.requested) == ("", 60_000)
    assert said(entry) == (
        "« Garonnel » (ligne 12) identifié : 000 200 055, GARONNEL (proposition à 100 %, Recherche d’entreprises)."
    )
    assert (entry.by, entry.snapshot, entry.exposure, entry.client) == (user, snapshot, line, snapshot.client)
    assert not snapshot.points.pending().exists()


@pytest.mark.parametrize(
    ("line", "set_aside"),
    [
        pytest.param({"requested": None, "outstanding": None, "turnover": None}, "no_amount", id="no-amount"),
        pytest.param({"outstanding": Decimal(-5)}, "credit_balance", id="in-credit"),
        pytest.param({"set_aside": "broker_choice"}, "broker_choice", id="set-aside-by-the-broker"),
    ],
)
def test_other_reasons_not_to_ask_stay(snapshot, user, line, set_aside):
    candidate = proposed(snapshot, **line)
    settling.accept_candidate(candidate, by=user)
    assert Exposure.objects.get(pk=candidate.point.exposure_id).set_aside == set_aside


def test_a_line_of_a_company_that_is_in_the_list_joins_it(snapshot, user):
    known = ExposureFactory(
        snapshot=snapshot,
        line=3,
        company=CompanyFactory(id_value=GARONNEL),
        id_value=GARONNEL,
        name="GARONNEL",
        outstanding=Decimal(60_000),
        turnover=None,
        terms_days=None,
        requested=Decimal(50_000),
        merged_lines=[4],
    )
    candidate = proposed(snapshot, line=9, outstanding=Decimal(72_000), turnover=None, requested=Decimal(60_000))
    before = everything(snapshot)
    entry = settling.accept_candidate(candidate, by=user)
    line = snapshot.exposures.get()
    # 132 000 TTC are 110 000 HT.
    assert (line.pk, line.outstanding, line.requested) == (known.pk, 132_000, 110_000)
    assert (line.line, line.merged_lines, line.set_aside) == (3, [4, 9], "")
    assert said(entry).endswith(". Réuni à « GARONNEL » (ligne 3), la même société.")
    undo(entry, by=user)
    assert everything(snapshot) == before


def test_an_amount_that_somebody_typed_is_added_not_computed(snapshot, user):
    keep = ExposureFactory(snapshot=snapshot, identified=True, outstanding=Decimal(60_000), turnover=None)
    keep.requested = Decimal(80_000)
    keep.save()
    candidate = proposed(
        snapshot, siren=keep.id_value, outstanding=Decimal(12_000), turnover=None, requested=Decimal(10_000)
    )
    settling.accept_candidate(candidate, by=user)
    assert snapshot.exposures.get().requested == 90_000


def test_all_above_a_threshold_at_once(snapshot, user):
    sure = proposed(snapshot, siren=fictitious_siren(1), similarity="0.95", line=1)
    just = proposed(snapshot, siren=fictitious_siren(2), similarity="0.9", line=2)
    proposed(snapshot, siren=fictitious_siren(3), similarity="0.899", line=3)
    proposed(snapshot, siren=fictitious_siren(4), similarity="1", is_clear=False, line=4)
    before = everything(snapshot)
    entry = settling.accept_all(snapshot, at_least=Decimal("0.9"), by=user)
    assert set(snapshot.exposures.exclude(id_value="").values_list("line", "id_value")) == {
        (1, sure.siren),
        (2, just.siren),
    }
    assert said(entry) == "2 lignes identifiées d’un coup, propositions à 90 % et plus."
    undo(entry, by=user)
    assert everything(snapshot) == before


def test_two_lines_of_one_company_accepted_together_become_one(snapshot, user):
    proposed(snapshot, line=1, outstanding=Decimal(12_000), turnover=None, requested=Decimal(10_000))
    proposed(snapshot, line=2, outstanding=Decimal(24_000), turnover=None, requested=Decimal(20_000))
    before = everything(snapshot)
    entry = settling.accept_all(snapshot, at_least=Decimal("0.9"), by=user)
    line = snapshot.exposures.get()
    assert (line.line, line.merged_lines, line.outstanding, line.requested) == (2, [1], 36_000, 30_000)
    assert said(entry) == (
        "2 lignes identifiées d’un coup, propositions à 90 % et plus ; 1 ligne réunie à une autre de la même société."
    )
    undo(entry, by=user)
    assert everything(snapshot) == before


def test_refused_proposals_are_not_accepted_with_the_others(snapshot, user):
    candidate = proposed(snapshot)
    other = CandidateFactory(point=candidate.point, similarity=Decimal("0.6"))
    entry = settling.refuse_candidate(candidate, by=user)
    candidate.point.refresh_from_db()
    assert (candidate.point.best_similarity, candidate.point.is_clear) == (Decimal("0.6"), True)
    assert said(entry).endswith("n’est pas GARONNEL (000 200 055) : proposition refusée.")
    with pytest.raises(settling.Gone):
        settling.accept_all(snapshot, at_least=Decimal("0.9"), by=user)
    settling.accept_all(snapshot, at_least=Decimal("0.5"), by=user)
    assert snapshot.exposures.get().id_value == other.siren


def test_refusing_can_be_undone(snapshot, user):
    candidate = proposed(snapshot)
    before = everything(snapshot)
    undo(settling.refuse_candidate(candidate, by=user), by=user)
    assert everything(snapshot) == before


def test_none_of_them_leaves_the_line_set_aside(snapshot, user):
    candidate = proposed(snapshot, line=7)
    entry = settling.leave(candidate.point, by=user)
    assert not snapshot.points.pending().exists()
    assert snapshot.exposures.get().set_aside == "no_identifier"
    assert said(entry) == "« Garonnel » (ligne 7) : aucune société retenue, l’acheteur reste écarté."
    undo(entry, by=user)
    assert snapshot.points.pending().count() == 1


def test_a_typed_number_identifies_a_line(snapshot, user):
    point = proposed(snapshot).point
    settling.identify_point(point, Identifier("vat", "DE136695976", "DE"), by=user)
    line = snapshot.exposures.get()
    assert (line.country, line.id_type, line.company.id_value) == ("DE", "vat", "DE136695976")


def test_a_number_that_nobody_can_check_names_no_company_of_all_firms(snapshot, user):
    point = proposed(snapshot).point
    settling.identify_point(point, Identifier("other", "X12", "US"), by=user)
    line = snapshot.exposures.get()
    assert (line.id_value, line.country, line.company, line.set_aside) == ("X12", "US", None, "")
    assert not Company.objects.filter(id_value="X12").exists()


@pytest.mark.parametrize("kind", settling.SET_ASIDE_KINDS)
def test_what_was_found_sets_the_buyer_aside(snapshot, user, kind):
    point = CleaningPointFactory(snapshot=snapshot, kind=kind, exposure__line=5, exposure__name="Brisquenot")
    before = everything(snapshot)
    entry = settling.settle(point, by=user)
    assert snapshot.exposures.get().set_aside == kind
    assert not snapshot.points.pending().exists()
    assert said(entry) == "« Brisquenot » (ligne 5) écarté. Entreprise fermée."
    undo(entry, by=user)
    assert everything(snapshot) == before


def test_a_whole_kind_at_once(snapshot, user):
    CleaningPointFactory.create_batch(3, snapshot=snapshot)
    other = CleaningPointFactory(snapshot=snapshot, kind=PointKind.PUBLIC_BODY)
    before = everything(snapshot)
    entry = settling.settle_all(snapshot, kind=PointKind.CLOSED_COMPANY, by=user)
    assert snapshot.exposures.filter(set_aside="closed_company").count() == 3
    assert list(snapshot.points.pending()) == [other]
    assert said(entry) == "3 lignes écartées d’un coup : entreprise fermée."
    undo(entry, by=user)
    assert everything(snapshot) == before


def test_a_number_that_is_nobodys_goes_and_the_line_is_searched_by_its_name(snapshot, user):
    company = CompanyFactory(
        id_value="732829320", status="unknown", source="Registre", checked_on=timezone.localdate()
    )
    ExposureFactory(snapshot=snapshot, company=company, id_value="732829320", name="Garonnel", line=4)
    find_points(snapshot)
    point = snapshot.points.pending().get()
    assert point.kind == PointKind.UNKNOWN_NUMBER
    entry = settling.settle(point, by=user)
    line = snapshot.exposures.get()
    assert (line.company, line.id_type, line.id_value, line.set_aside) == (None, "", "", "no_identifier")
    assert snapshot.points.pending().get().kind == PointKind.IDENTIFIER
    assert said(entry) == "« Garonnel » (ligne 4) : SIREN 732 829 320 retiré, inconnu du registre."
    undo(entry, by=user)
    assert snapshot.points.pending().get() == point


def test_duplicates_become_one_line(snapshot, user):
    ExposureFactory(snapshot=snapshot, name="Garonnel", line=3, unidentified=True, ageing=[Decimal(1), Decimal(2)])
    ExposureFactory(
        snapshot=snapshot,
        name="SARL GARONNEL",
        line=8,
        identified=True,
        ageing=[Decimal(10), Decimal(20)],
        turnover=None,
    )
    find_duplicates(snapshot)
    point = snapshot.points.pending().get()
    before = everything(snapshot)
    entry = settling.settle(point, by=user)
    line = snapshot.exposures.get()
    assert (line.name, line.line, line.merged_lines, line.ageing) == ("SARL GARONNEL", 8, [3], [11, 22])
    assert (line.outstanding, line.turnover, line.set_aside) == (144_000, 300_000, "")
    assert said(entry) == "« SARL GARONNEL » (ligne 8) et « Garonnel » (ligne 3) réunis en une ligne."
    undo(entry, by=user)
    assert everything(snapshot) == before


def test_all_duplicates_at_once(snapshot, user):
    for number, name in enumerate(["Garonnel", "SARL Garonnel", "Garonnel SAS", "Talliers", "TALLIERS"], 1):
        ExposureFactory(
            snapshot=snapshot, name=name, line=number, unidentified=True, outstanding=Decimal(100 - number)
        )
    find_points(snapshot)
    find_duplicates(snapshot)
    before = everything(snapshot)
    entry = settling.settle_all(snapshot, kind=PointKind.DUPLICATE, by=user)
    assert sorted(snapshot.exposures.values_list("line", "merged_lines")) == [(1, [2, 3]), (4, [5])]
    assert said(entry) == "3 lignes réunies à une autre, d’un coup."
    undo(entry, by=user)
    assert everything(snapshot) == before


LINES = {
    "A": {"outstanding": Decimal(60_000), "turnover": None, "requested": Decimal(50_000), "note": "Vu en mai"},
    "B": {"outstanding": None, "peak": Decimal("30.50"), "requested": Decimal(7_000), "city": "Nantes"},
    "C": {"outstanding": Decimal("12.10"), "merged_lines": [40], "id_value": GARONNEL, "id_type": "siren"},
    "D": {"outstanding": Decimal(-5), "account": "C4", "warnings": ["Doute"], "terms_days": 90},
    "E": {"turnover": Decimal(900), "set_aside": "broker_choice", "ageing": [Decimal(1), Decimal("2.50")]},
    "F": {"ageing": [Decimal(10), Decimal(20)], "requested": None, "postcode": "44000"},
}


def list_of_lines(user) -> RiskSnapshot:
    """One line for each of LINES, none of them known."""
    snapshot = RiskSnapshotFactory(client=ClientFactory(firm=user.firm))
    for number, (name, fields) in enumerate(LINES.items(), 1):
        unknown = "id_value" not in fields
        company = (
            None if unknown else Company.objects.get_or_create(country="FR", id_type="siren", id_value=GARONNEL)[0]
        )
        fields = {"name": name, "line": number, "company": company, **fields}
        ExposureFactory(snapshot=snapshot, **({"unidentified": True} if unknown else {}), **fields)
    return snapshot


def outcome(snapshot) -> list[list]:
    """What became of a list, without the keys of its rows."""
    keys = ("id", "snapshot_id", "firm_id")
    lines = [{name: value for name, value in row.items() if name not in keys} for row in snapshot.exposures.values()]
    points = snapshot.points.values_list("exposure__line", "other__line", "kind", "state", "company")
    return [sorted(lines, key=lambda line: line["line"]), sorted(points, key=str)]


@pytest.mark.parametrize(
    ("pairs", "joined"),
    [
        pytest.param(["AB", "CD", "EF"], 3, id="apart"),
        pytest.param(["AB", "AC", "AD", "EF"], 4, id="several-join-one"),
        pytest.param(["BC", "AB"], 2, id="chain-from-its-end"),
        pytest.param(["AB", "BC", "EF"], 2, id="chain-from-its-beginning"),
        pytest.param(["EF", "DE", "CD", "BC", "AB"], 5, id="all-six-in-a-chain"),
        pytest.param(["AB", "BA"], 1, id="both-ways"),
        pytest.param(["AC", "BC"], 1, id="one-line-in-two-pairs"),
    ],
)
def test_pairs_united_together_are_what_they_are_one_by_one(user, pairs, joined):
    one_by_one, together = list_of_lines(user), list_of_lines(user)
    for snapshot in (one_by_one, together):
        find_points(snapshot)
        lines = {line.name: line for line in snapshot.exposures.all()}
        for weight, (keep, other) in zip(range(9, 0, -1), pairs, strict=False):
            CleaningPointFactory(
                snapshot=snapshot,
                kind=PointKind.DUPLICATE,
                exposure=lines[keep],
                other=lines[other],
                company=None,
                weight=weight,
            )
    for point in one_by_one.points.filter(kind=PointKind.DUPLICATE).order_by("-weight"):
        with suppress(settling.Gone):  # its line has just joined another
            settling.settle(point, by=user)
    before = everything(together)
    entry = settling.settle_all(together, kind=PointKind.DUPLICATE, by=user)
    assert outcome(together) == outcome(one_by_one)
    assert together.exposures.count() == len(LINES) - joined
    assert said(entry).startswith(f"{joined} ligne")
    undo(entry, by=user)
    assert everything(together) == before


def test_proposals_accepted_together_are_what_they_are_one_by_one(user):
    one_by_one, together = list_of_lines(user), list_of_lines(user)
    # A and D are one company, F is that of C, and E is not asked about.
    sirens = {"A": fictitious_siren(1), "B": fictitious_siren(2), "D": fictitious_siren(1), "F": GARONNEL}
    for snapshot in (one_by_one, together):
        find_points(snapshot)
        for weight, point in enumerate(snapshot.points.order_by("exposure__line")):
            CandidateFactory(point=point, siren=sirens[point.exposure.name])
            point.best_similarity, point.is_clear, point.weight = Decimal("0.95"), True, Decimal(weight)
            point.save()
    for candidate in Candidate.objects.filter(point__snapshot=one_by_one).order_by("-point__weight"):
        settling.accept_candidate(candidate, by=user)
    before = everything(together)
    entry = settling.accept_all(together, at_least=Decimal("0.9"), by=user)
    assert outcome(together) == outcome(one_by_one)
    assert together.exposures.count() == 4
    undo(entry, by=user)
    assert everything(together) == before


def test_a_pair_that_was_left_is_not_found_again(snapshot, user):
    ExposureFactory(snapshot=snapshot, name="Garonnel", unidentified=True)
    ExposureFactory(snapshot=snapshot, name="SARL Garonnel", unidentified=True)
    find_duplicates(snapshot)
    settling.leave(snapshot.points.pending().get(), by=user)
    find_duplicates(snapshot)
    assert not snapshot.points.pending().filter(kind=PointKind.DUPLICATE).exists()


def test_companies_of_one_group_are_never_united_all_at_once(snapshot, user):
    with pytest.raises(ValueError, match="one by one"):
        settling.settle_all(snapshot, kind=PointKind.SAME_GROUP, by=user)


def test_what_a_colleague_settled_meanwhile_is_said(snapshot, user):
    candidate = proposed(snapshot)
    settling.accept_candidate(candidate, by=user)
    with pytest.raises(settling.Gone, match="déjà réglé"):
        settling.accept_candidate(candidate, by=user)
    assert JournalEntry.objects.count() == 1


def test_what_was_corrected_by_hand_is_settled(snapshot, user):
    point = CleaningPointFactory(snapshot=snapshot)
    Exposure.objects.filter(pk=point.exposure_id).update(company=CompanyFactory())
    with pytest.raises(settling.Gone):
        settling.settle(point, by=user)


DECISIONS = [
    pytest.param(lambda s, by: settling.accept_candidate(Candidate.objects.get(), by=by), id="accept"),
    pytest.param(lambda s, by: settling.refuse_candidate(Candidate.objects.get(), by=by), id="refuse"),
    pytest.param(lambda s, by: settling.accept_all(s, at_least=Decimal(0), by=by), id="accept-all"),
    pytest.param(lambda s, by: settling.leave(CleaningPoint.objects.first(), by=by), id="leave"),
    pytest.param(lambda s, by: settling.settle_all(s, kind=PointKind.CLOSED_COMPANY, by=by), id="settle-all"),
    pytest.param(lambda s, by: settling.settle(CleaningPoint.objects.get(kind="closed_company"), by=by), id="settle"),
    pytest.param(
        lambda s, by: settling.identify_point(
            CleaningPoint.objects.get(kind="identifier"), Identifier("siren", GARONNEL), by=by
        ),
        id="identify",
    ),
]


@pytest.mark.parametrize("decide", DECISIONS)
def test_a_frozen_snapshot_takes_no_decision(snapshot, user, decide):
    proposed(snapshot)
    CleaningPointFactory(snapshot=snapshot)
    snapshot.frozen_at = timezone.now()
    snapshot.save()
    before = everything(snapshot)
    with pytest.raises(Frozen), transaction.atomic():
        decide(snapshot, user)
    assert everything(snapshot) == before
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("decide", DECISIONS)
def test_every_decision_writes_one_entry_that_says_who(snapshot, user, decide):
    proposed(snapshot)
    CleaningPointFactory(snapshot=snapshot)
    entry = decide(snapshot, user)
    assert list(JournalEntry.objects.all()) == [entry]
    assert (entry.client, entry.snapshot, entry.by) == (snapshot.client, snapshot, user)
    assert entry.sentence.endswith(".")


def test_a_draft_takes_decisions_but_while_it_is_read_again(user):
    file = PortfolioFileFactory(client__firm=user.firm, read=True)
    draft = file.snapshot
    point = CleaningPointFactory(snapshot=draft, exposure__line=900)
    undo(settling.settle(point, by=user), by=user)
    file.status = PortfolioFileStatus.PENDING
    file.save()
    with pytest.raises(NotEditable, match="en cours de lecture"):
        settling.settle(point, by=user)


def test_lines_identified_have_their_companies_asked_about(snapshot, user):
    candidate = proposed(snapshot)
    cleaning = Cleaning.objects.create(firm=user.firm, snapshot=snapshot, status="done")
    settling.accept_candidate(candidate, by=user)
    cleaning.refresh_from_db()
    assert cleaning.is_running


def test_what_is_known_of_the_company_shows_at_once(snapshot, user):
    CompanyFactory(id_value=GARONNEL, status="closed", source="Registre", checked_on=timezone.localdate())
    settling.accept_candidate(proposed(snapshot), by=user)
    assert snapshot.points.pending().get().kind == PointKind.CLOSED_COMPANY


def test_accepting_costs_the_same_for_two_lines_and_thirty(snapshot, user):
    def queries_for(lines: int) -> int:
        for number in range(lines):
            proposed(snapshot, name=f"Garonnel {number}", siren=fictitious_siren(lines * 100 + number))
        with CaptureQueriesContext(connection) as queries:
            settling.accept_all(snapshot, at_least=Decimal("0.9"), by=user)
        return len(queries)

    assert queries_for(2) == queries_for(30)


@pytest.mark.parametrize("kind", settling.SETTLED_TOGETHER)
def test_settling_costs_the_same_for_two_points_and_thirty(snapshot, user, kind):
    def queries_for(count: int) -> int:
        points = CleaningPointFactory.create_batch(count, snapshot=snapshot, kind=kind)
        if kind == PointKind.DUPLICATE:
            for point in points:
                point.company, point.other = None, ExposureFactory(snapshot=snapshot, unidentified=True)
                point.save()
        with CaptureQueriesContext(connection) as queries:
            settling.settle_all(snapshot, kind=kind, by=user)
        return len(queries)

    assert queries_for(2) == queries_for(30)
