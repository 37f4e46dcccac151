import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Company, Exposure, RiskSnapshot
from clients.portfolio.block import read_block
from clients.portfolio.grid import COLUMNS
from clients.services import Frozen
from clients.services.grid import add_line, edit_line, start_list
from clients.services.grid_paste import ChangedMeanwhile, apply_paste, plan_paste
from clients.services.journal import NotUndoable, undo
from tests.clients.test_services_grid import cells, sentences
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory, UserFactory, fictitious_siren

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def snapshot(user) -> RiskSnapshot:
    return RiskSnapshotFactory(client__firm=user.firm)


@pytest.fixture
def buyers(snapshot) -> list[Exposure]:
    """Three lines, each with 72 000 TTC (60 000 HT) and asked for that."""
    return [
        ExposureFactory(snapshot=snapshot, name=name, turnover=None, line=line, id_value=fictitious_siren(line))
        for line, name in enumerate(("Garonnel", "Ferroval", "Rheinwerk"), start=1)
    ]


def paste(snapshot, text, start, by, column="name", corrections=None):
    block = read_block(text, column=column)
    seal = plan_paste(snapshot, block, start=start, corrections=corrections).seal
    plan, _ = apply_paste(snapshot, block, start=start, seal=seal, by=by, corrections=corrections)
    return plan


def stored(snapshot) -> list[tuple]:
    return list(snapshot.exposures.order_by("line").values_list("name", "outstanding", "requested", "set_aside"))


class TestPlan:
    def test_counts_cells_lines_and_errors(self, snapshot, buyers):
        block = read_block("80 000\t\n1.234\t60\n36 000\t", column="outstanding")
        plan = plan_paste(snapshot, block, start=buyers[1].pk)
        # 80 000 TTC is 67 000 HT: two cells; the second line's peak moves nothing, its balance is wrong.
        assert [(line.name, len(line.changed), list(line.errors)) for line in plan.lines] == [
            ("Ferroval", 2, []),
            ("Rheinwerk", 1, ["outstanding"]),
            ("", 3, ["name"]),
        ]
        assert (plan.changed_cells, plan.errors, len(plan.added)) == (3, 2, 0)
        assert Exposure.objects.get(pk=buyers[1].pk).outstanding == 72_000

    def test_emptied_cells_are_counted(self, snapshot, buyers):
        plan = plan_paste(snapshot, read_block("\nx", column="note"), start=buyers[0].pk)
        assert plan.emptied_cells == 0
        plan = plan_paste(snapshot, read_block("\t12\n1\t12", column="outstanding"), start=buyers[0].pk)
        assert plan.emptied_cells == 1

    def test_takes_as_many_queries_for_a_long_block(self, snapshot, buyers, django_assert_num_queries):
        ExposureFactory.create_batch(40, snapshot=snapshot)
        for lines in (2, 60):
            text = "\n".join(f"{fictitious_siren(500 + n)}\t1 000" for n in range(lines))
            with django_assert_num_queries(3):
                plan_paste(snapshot, read_block(text, column="identifier"), start=buyers[0].pk)


class TestApplying:
    def test_writes_lines_that_are_there_and_adds_the_rest(self, snapshot, buyers, user):
        text = f"Rheinwerk AG\tDE\tDE136695976\t36 000\nOrvaine\t\t{fictitious_siren(9)}\t12 000\nSans numéro\t\t\t5"
        plan = paste(snapshot, text, buyers[2].pk, user)
        assert stored(snapshot)[2:] == [
            ("Rheinwerk AG", 36_000, 36_000, ""),
            ("Orvaine", 12_000, 10_000, ""),
            ("Sans numéro", 5, 1_000, "no_identifier"),
        ]
        assert [line.exposure.line for line in plan.added] == [4, 5]
        companies = snapshot.exposures.order_by("line").values_list("company__id_value", flat=True)
        assert list(companies)[2:] == ["DE136695976", fictitious_siren(9), None]
        assert sentences(snapshot) == [
            "Bloc collé dans la grille : 5 cases de Rheinwerk AG ont changé ; Orvaine et Sans numéro ajoutés.",
        ]

    def test_leaves_wrong_cells_as_they_were(self, snapshot, buyers, user):
        plan = paste(snapshot, "80 000\n1.234", buyers[0].pk, user, column="outstanding")
        assert [row[1] for row in stored(snapshot)] == [80_000, 72_000, 72_000]
        assert plan.errors == 1

    def test_takes_corrections(self, snapshot, buyers, user):
        plan = paste(snapshot, "80 000\nabc", buyers[0].pk, user, "outstanding", {(2, "outstanding"): "90 000"})
        assert [row[1] for row in stored(snapshot)] == [80_000, 90_000, 72_000]
        assert plan.errors == 0

    def test_a_new_line_may_be_corrected_where_the_block_has_no_column(self, snapshot, buyers, user):
        paste(snapshot, "12 000", None, user, "outstanding", {(1, "name"): "Orvaine"})
        assert stored(snapshot)[3] == ("Orvaine", 12_000, 10_000, "no_identifier")

    def test_makes_a_typed_list_count(self, user):
        snapshot = start_list(ClientFactory(firm=user.firm))
        paste(snapshot, f"Orvaine\t\t{fictitious_siren(9)}\t12 000", None, user)
        assert snapshot.client.snapshots.confirmed().get().exposures.get().requested == 10_000

    def test_can_be_taken_back(self, snapshot, buyers, user):
        before = stored(snapshot)
        paste(snapshot, "80 000\n90 000", buyers[0].pk, user, column="outstanding")
        undo(snapshot.client.journal.get(), by=user)
        assert stored(snapshot) == before

    def test_so_can_its_new_lines_even_one_that_took_the_number_of_another(self, snapshot, buyers, user):
        before = list(snapshot.exposures.order_by("line").values())
        moved, number = fictitious_siren(9), buyers[2].id_value
        paste(snapshot, f"Rheinwerk\t\t{moved}\nOrvaine\t\t{number}\t12 000", buyers[2].pk, user)
        assert snapshot.exposures.get(id_value=number).name == "Orvaine"
        undo(snapshot.client.journal.get(), by=user)
        assert list(snapshot.exposures.order_by("line").values()) == before

    def test_a_new_line_that_somebody_changed_since_stays(self, snapshot, buyers, user):
        paste(snapshot, "80 000", buyers[0].pk, user, column="outstanding")
        paste(snapshot, "Orvaine", None, user)
        snapshot.exposures.filter(name="Orvaine").update(outstanding=5)
        with pytest.raises(NotUndoable):
            undo(snapshot.client.journal.first(), by=user)
        assert stored(snapshot)[3][:2] == ("Orvaine", 5)

    def test_an_empty_decision_is_no_decision_on_a_line_that_cannot_be_asked(self, snapshot, buyers, user):
        buyers[0].id_type = buyers[0].id_value = ""
        buyers[0].set_aside = "no_identifier"
        buyers[0].save()
        plan = paste(snapshot, "\tvu\nécarté\tvu", buyers[0].pk, user, column="set_aside")
        assert plan.errors == 0
        assert [row[3] for row in stored(snapshot)] == ["no_identifier", "broker_choice", ""]

    def test_a_frozen_snapshot_stays(self, snapshot, buyers, user):
        RiskSnapshot.objects.update(frozen_at=timezone.now())
        with pytest.raises(Frozen):
            paste(snapshot, "80 000", buyers[0].pk, user, column="outstanding")

    def test_a_pasted_line_is_stored_like_a_typed_one(self, snapshot, user):
        texts = {"name": "L’Élec « d’Oc »", "outstanding": "-1 000,05", "terms_days": "45", "note": "a\\b"}
        paste(snapshot, "\t".join(texts.get(column, "") for column in COLUMNS), None, user)
        add_line(snapshot, texts=texts, by=user)
        pasted, typed = snapshot.exposures.order_by("line").values()
        assert pasted | {"id": typed["id"], "line": 2} == typed

    def test_in_as_many_statements_for_five_hundred_lines(self, snapshot, user):
        def statements(first: int, lines: int) -> int:
            text = "\n".join(f"Acheteur {n}\t\t{fictitious_siren(first + n)}\t12 000" for n in range(lines))
            with CaptureQueriesContext(connection) as queries:
                paste(snapshot, text, None, user)
            return len(queries)

        assert statements(1_000, 2) == statements(2_000, 500)
        assert Company.objects.count() >= 502


class TestDoubles:
    def test_a_new_line_that_repeats_a_buyer_is_not_added(self, snapshot, buyers, user):
        plan = paste(snapshot, f"Garonnel\t\t{buyers[0].id_value}\t12 000", None, user)
        assert "C’est l’identifiant de Garonnel, ligne 1" in plan.wrong[0].errors["identifier"]
        assert len(stored(snapshot)) == 3

    def test_within_the_block_the_first_keeps_it(self, snapshot, buyers, user):
        number = fictitious_siren(9)
        plan = paste(snapshot, f"A\t\t{number}\nB\t\t{number}", None, user)
        assert [line.is_refused for line in plan.lines] == [False, True]
        assert "la ligne 1 du bloc" in plan.wrong[0].errors["identifier"]

    def test_a_line_that_is_there_keeps_its_own(self, snapshot, buyers, user):
        plan = paste(snapshot, f"{buyers[2].id_value}\t80 000", buyers[0].pk, user, column="identifier")
        assert "Rheinwerk, ligne 3" in plan.wrong[0].errors["identifier"]
        assert cells(buyers[0])["identifier"] == buyers[0].id_value
        assert stored(snapshot)[0][1] == 80_000

    def test_two_lines_may_exchange_theirs(self, snapshot, buyers, user):
        first, second = buyers[0].id_value, buyers[1].id_value
        plan = paste(snapshot, f"{second}\n{first}", buyers[0].pk, user, column="identifier")
        assert plan.errors == 0
        assert (cells(buyers[0])["identifier"], cells(buyers[1])["identifier"]) == (second, first)

    def test_and_get_them_back(self, snapshot, buyers, user):
        """All three go round, so that no order of the lines would do."""
        before = list(snapshot.exposures.order_by("line").values())
        first, second, third = (buyer.id_value for buyer in buyers)
        paste(snapshot, f"{second}\n{third}\n{first}", buyers[0].pk, user, column="identifier")
        undo(snapshot.client.journal.get(), by=user)
        assert list(snapshot.exposures.order_by("line").values()) == before

    def test_unless_another_line_took_one_meanwhile(self, snapshot, buyers, user):
        first, second = buyers[0].id_value, buyers[1].id_value
        paste(snapshot, f"{fictitious_siren(8)}\n{first}", buyers[0].pk, user, column="identifier")
        entry = snapshot.client.journal.get()
        buyers[2].id_value = second
        buyers[2].save()
        with pytest.raises(NotUndoable):
            undo(entry, by=user)
        assert cells(buyers[0])["identifier"] == fictitious_siren(8)

    def test_who_is_refused_keeps_what_another_was_given(self, snapshot, buyers, user):
        """The second takes the first's number, but the first may not have the third's, and keeps its own."""
        plan = paste(snapshot, f"{buyers[2].id_value}\n{buyers[0].id_value}", buyers[0].pk, user, column="identifier")
        assert [line.name for line in plan.wrong] == ["Garonnel", "Ferroval"]
        assert [cells(buyer)["identifier"] for buyer in buyers] == [buyer.id_value for buyer in buyers]


class TestTwoPeople:
    def test_a_cell_changed_under_the_block_has_it_shown_again(self, snapshot, buyers, user):
        block = read_block("80 000", column="outstanding")
        seal = plan_paste(snapshot, block, start=buyers[0].pk).seal
        edit_line(buyers[0], texts={"outstanding": "75 000"}, before=cells(buyers[0]), by=user)
        with pytest.raises(ChangedMeanwhile):
            apply_paste(snapshot, block, start=buyers[0].pk, seal=seal, by=user)
        assert stored(snapshot)[0][1] == 75_000

    def test_so_has_a_line_added_below_its_end(self, snapshot, buyers, user):
        block = read_block("A\nB", column="name")
        seal = plan_paste(snapshot, block, start=buyers[2].pk).seal
        ExposureFactory(snapshot=snapshot, line=4)
        with pytest.raises(ChangedMeanwhile):
            apply_paste(snapshot, block, start=buyers[2].pk, seal=seal, by=user)

    def test_and_a_line_that_is_gone(self, snapshot, buyers, user):
        block = read_block("80 000", column="outstanding")
        seal = plan_paste(snapshot, block, start=buyers[0].pk).seal
        Exposure.objects.filter(pk=buyers[0].pk).delete()
        with pytest.raises(ChangedMeanwhile):
            apply_paste(snapshot, block, start=buyers[0].pk, seal=seal, by=user)
