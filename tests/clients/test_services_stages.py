from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.enums import STAGE_TRANSITIONS, ClientStage
from clients.models import Client, StageMove
from clients.services.stages import MoveRefused, advance_client, move_client, next_stages
from tests.factories import ClientFactory, UserFactory

pytestmark = pytest.mark.django_db

# From each line to each column, in the order of the work: + moves, r asks for a reason, d for the date of effect,
# b for both, - is refused, . is where the client stands.
BY_HAND = """
prospect    . + + + + d - r
snapshot    r . + + + d - r
market_test r r . + + d - r
offer       r r r . + d - r
placement   r r r r . d - r
contract    - - - - r . + r
renewal     - - - - - + . r
lost        r r r r r b - .
"""
# Whether a fact that belongs to the column moves a client on by itself.
BY_ITSELF = """
prospect    . + + + +
snapshot    . . + + +
market_test . . . + +
offer       . . . . +
placement   . . . . .
contract    . . . . .
renewal     . . . . .
lost        . . . . .
"""


def pairs(table: str) -> list:
    lines = [line.split() for line in table.strip().splitlines()]
    return [
        pytest.param(ClientStage(origin), target, cell, id=f"{origin} to {target}")
        for origin, *cells in lines
        for target, cell in zip(ClientStage, cells, strict=False)
    ]


def standing(stage: ClientStage, **fields) -> Client:
    """A client at a stage, with what the stage needs."""
    if stage in (ClientStage.CONTRACT, ClientStage.RENEWAL):
        fields.setdefault("effective_on", date(2026, 1, 1))
    if stage == ClientStage.LOST:
        fields.setdefault("lost_reason", "Trop cher")
    return ClientFactory(stage=stage, **fields)


@pytest.mark.parametrize(("origin", "target", "cell"), pairs(BY_HAND))
def test_every_move_by_hand(origin, target, cell):
    client = standing(origin)
    by = UserFactory(firm=client.firm)
    reason, effective_on = ("Erreur" if cell in "rb" else ""), (date(2026, 12, 1) if cell in "db" else None)
    assert (target in STAGE_TRANSITIONS[origin]) is (target in next_stages(client)) is (cell in "+rdb")
    if cell == "-":
        with pytest.raises(MoveRefused, match=f"« {target.label} » n’est pas possible".replace(" ", r"\s")):
            move_client(client, to=target, by=by, reason="Erreur", effective_on=date(2026, 12, 1))
    if cell in "rb":
        with pytest.raises(ValidationError, match="pourquoi"):
            move_client(client, to=target, by=by, effective_on=effective_on)
    if cell in "db":
        with pytest.raises(ValidationError, match="date d’effet"):
            move_client(client, to=target, by=by, reason=reason)
    assert not StageMove.objects.exists()
    if cell == "-":
        return
    move_client(client, to=target, by=by, reason=reason, effective_on=effective_on)
    stored = Client.objects.get(pk=client.pk)
    assert stored.stage == client.stage == target
    moves = StageMove.objects.values_list("from_stage", "to_stage", "by", "automatic", "reason")
    assert list(moves) == ([] if cell == "." else [(origin, target, by.pk, False, reason)])


@pytest.mark.parametrize(("origin", "target", "cell"), pairs(BY_ITSELF))
def test_every_move_that_a_fact_makes(origin, target, cell):
    client = standing(origin)
    advance_client(client, to=target, by=None)
    assert Client.objects.get(pk=client.pk).stage == (target if cell == "+" else origin)
    assert StageMove.objects.filter(automatic=True, by=None).count() == (cell == "+")


class TestWhatAMoveKeeps:
    def test_a_lost_client_keeps_its_reason_until_it_comes_back(self):
        client = standing(ClientStage.OFFER)
        by = UserFactory(firm=client.firm)
        move_client(client, to=ClientStage.LOST, by=by, reason="Trop cher")
        assert (client.lost_reason, client.stage_since) == ("Trop cher", timezone.localdate())
        again = timezone.localdate() - timedelta(days=1)
        move_client(client, to=ClientStage.PROSPECT, by=by, reason="Il rappelle", first_contact_on=again)
        assert (client.lost_reason, client.first_contact_on) == ("", again)

    def test_the_first_contact_stays_for_a_client_that_was_not_lost(self):
        client = standing(ClientStage.PROSPECT, first_contact_on=date(2026, 11, 1))
        move_client(
            client, to=ClientStage.SNAPSHOT, by=UserFactory(firm=client.firm), first_contact_on=date(2026, 11, 20)
        )
        assert client.first_contact_on == date(2026, 11, 1)

    @pytest.mark.parametrize(
        ("origin", "target", "effective_on"),
        [
            pytest.param("placement", "contract", date(2026, 12, 1), id="signed"),
            pytest.param("contract", "renewal", date(2026, 1, 1), id="up for renewal"),
            pytest.param("renewal", "contract", date(2026, 1, 1), id="renewed: covered since the first contract"),
            pytest.param("contract", "lost", date(2026, 1, 1), id="cancelled: it was covered"),
            pytest.param("contract", "placement", None, id="not signed after all"),
            pytest.param("lost", "offer", None, id="lost, on offer again"),
        ],
    )
    def test_the_date_of_effect(self, origin, target, effective_on):
        client = standing(ClientStage(origin), effective_on=date(2026, 1, 1) if origin != "placement" else None)
        by = UserFactory(firm=client.firm)
        move_client(client, to=ClientStage(target), by=by, reason="Motif", effective_on=date(2026, 12, 1))
        assert client.effective_on == effective_on

    def test_a_double_click_moves_once(self):
        client = standing(ClientStage.PROSPECT)
        by, same = UserFactory(firm=client.firm), Client.objects.get(pk=client.pk)
        move_client(client, to=ClientStage.OFFER, by=by)
        move_client(same, to=ClientStage.OFFER, by=by)
        assert (StageMove.objects.count(), same.stage) == (1, ClientStage.OFFER)

    def test_a_card_that_somebody_else_has_moved_is_judged_where_it_stands(self):
        client = standing(ClientStage.PLACEMENT)
        by, stale = UserFactory(firm=client.firm), Client.objects.get(pk=client.pk)
        move_client(client, to=ClientStage.CONTRACT, by=by, effective_on=date(2026, 12, 1))
        with pytest.raises(MoveRefused):
            move_client(stale, to=ClientStage.OFFER, by=by, reason="Erreur")


@pytest.mark.parametrize(
    ("origin", "target", "given", "sentence"),
    [
        pytest.param("prospect", "offer", {}, "Passé de « prospect » à « offre ».", id="on"),
        pytest.param(
            "offer", "prospect", {"reason": "Erreur"}, "Passé de « offre » à « prospect » : Erreur", id="back"
        ),
        pytest.param(
            "placement",
            "contract",
            {"effective_on": date(2026, 12, 1)},
            "Passé de « placement » à « contrat », avec effet au 1er décembre 2026.",
            id="signed",
        ),
    ],
)
def test_the_journal_tells_a_move_in_one_sentence(origin, target, given, sentence):
    client = standing(ClientStage(origin))
    by = UserFactory(firm=client.firm)
    move_client(client, to=ClientStage(target), by=by, **given)
    (entry,) = client.journal.all()
    assert (entry.sentence.replace("\u00a0", " "), entry.by) == (sentence, by)


def test_the_journal_says_which_fact_moved_a_client():
    client = standing(ClientStage.OFFER)
    advance_client(client, to=ClientStage.PLACEMENT, by=None)
    (entry,) = client.journal.all()
    assert "il a accepté l’offre" in entry.sentence
    assert entry.by is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"stage": "signed"}, id="no such stage"),
        pytest.param({"stage": "lost"}, id="lost for no reason"),
        pytest.param({"lost_reason": "Trop cher"}, id="a reason without being lost"),
        pytest.param({"stage": "contract"}, id="covered since no day"),
        pytest.param({"next_action": "Relancer"}, id="an action on no day"),
        pytest.param({"next_action_on": date(2026, 12, 1)}, id="a day without an action"),
    ],
)
def test_the_database_refuses_what_means_nothing(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        ClientFactory(**fields)


def test_the_database_refuses_a_move_by_nobody_and_one_to_where_the_client_is():
    client = ClientFactory()
    for fields in ({"from_stage": "prospect", "to_stage": "offer"}, {"from_stage": "offer", "to_stage": "offer"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StageMove.objects.create(
                firm=client.firm, client=client, automatic=fields["from_stage"] == "offer", **fields
            )
