"""The rows are the truth: who may ask, what is handed out, which answer is kept, what is counted."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from factortaboite.demo.buyers import DEMO_BUYERS
from quotes.engine import lease, store
from quotes.engine.store import Outcome
from quotes.enums import IndicationState
from quotes.models import BuyerNumber, LimitIndication, PartnerAccount, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(market_test) -> PartnerAccount:
    return PartnerAccount.objects.get(code="b")


@pytest.fixture
def runner(account):
    holder = uuid4()
    assert lease.take_lease(account.pk, holder)
    return holder


def answered(pk: int, amount: int = 10_000) -> Outcome:
    return Outcome(
        pk,
        IndicationState.ANSWERED,
        decision="granted",
        asked=Decimal(amount),
        permanent=Decimal(amount),
        conditions=["une réserve"],
        reasons=["other"],
        raw=b"{}",
    )


def test_only_one_runner_holds_an_account(account, runner):
    assert not lease.take_lease(account.pk, uuid4())
    assert lease.renew_lease(account.pk, runner)
    lease.release_lease(account.pk, runner)
    assert lease.take_lease(account.pk, uuid4())
    assert not lease.renew_lease(account.pk, runner)


def test_a_lease_that_ran_out_is_taken_over(account, runner, past):
    PartnerAccount.objects.filter(pk=account.pk).update(lease_until=past)
    assert not lease.renew_lease(account.pk, runner)
    assert store.claim_due(account.pk, runner, 5) == []
    assert lease.take_lease(account.pk, uuid4())


def test_an_inactive_account_gets_no_runner(account):
    PartnerAccount.objects.filter(pk=account.pk).update(active=False)
    assert not lease.take_lease(account.pk, uuid4())


@pytest.mark.parametrize(
    "change", [pytest.param({"active": False}, id="switched off"), pytest.param({"sandbox": False}, id="not opened")]
)
def test_a_run_under_way_stops_when_its_account_may_not_be_asked(account, runner, change):
    assert len(store.claim_due(account.pk, runner, 3)) == 3
    PartnerAccount.objects.filter(pk=account.pk).update(**change)
    assert store.claim_due(account.pk, runner, 3) == []
    assert lease.renew_lease(account.pk, runner)  # so that what is in the air is still heard


def test_largest_amounts_are_asked_first_and_each_once(account, runner):
    first = store.claim_due(account.pk, runner, 3)
    assert [due.question.requested for due in first] == [300_000, 150_000, 100_000]
    assert first[0].question.id_value == DEMO_BUYERS[0].id_value
    rest = store.claim_due(account.pk, runner, 100)
    assert len(rest) == 14
    assert store.claim_due(account.pk, runner, 100) == []


def test_what_a_dead_runner_left_in_the_air_is_asked_again_with_the_same_reference(account, runner, past):
    before = {due.pk: due.question.reference for due in store.claim_due(account.pk, runner, 100)}
    PartnerAccount.objects.filter(pk=account.pk).update(lease_until=past)
    successor = uuid4()
    assert lease.take_lease(account.pk, successor)
    again = store.claim_due(account.pk, successor, 100)
    assert {due.pk: due.question.reference for due in again} == before
    assert {due.attempts for due in again} == {2}


def test_a_ticket_survives_its_runner(account, runner, past):
    (due,) = store.claim_due(account.pk, runner, 1)
    store.store_outcomes([Outcome(due.pk, IndicationState.WAITING, ticket="job-1")])
    (poll,) = store.claim_due(account.pk, runner, 1)
    assert (poll.pk, poll.ticket) == (due.pk, "job-1")
    PartnerAccount.objects.filter(pk=account.pk).update(lease_until=past)
    successor = uuid4()
    assert lease.take_lease(account.pk, successor)
    (taken_up,) = [again for again in store.claim_due(account.pk, successor, 100) if again.pk == due.pk]
    assert taken_up.ticket == "job-1"


def test_a_poll_may_go_on_for_months(account, runner):
    row = LimitIndication.objects.filter(account=account).first()
    LimitIndication.objects.filter(pk=row.pk).update(state="waiting", ticket="job-1", attempts=32_767)
    assert [due.pk for due in store.claim_due(account.pk, runner, 100) if due.ticket] == [row.pk]


def test_the_first_final_answer_is_the_one_kept(account, runner):
    (due,) = store.claim_due(account.pk, runner, 1)
    store.store_outcomes([answered(due.pk, 7_000)])
    store.store_outcomes([answered(due.pk, 9_000), Outcome(due.pk, IndicationState.FAILED, message="trop tard")])
    row = LimitIndication.objects.get(pk=due.pk)
    assert (row.state, row.permanent, row.conditions, row.message) == ("answered", 7_000, ["une réserve"], "")
    assert Submission.objects.get(account=account).settled_count == 1


def test_counters_equal_rows_and_the_last_answer_ends_the_submission(account, runner):
    due = store.claim_due(account.pk, runner, 100)
    store.store_outcomes([answered(question.pk) for question in due[:-1]])
    submission = Submission.objects.get(account=account)
    assert (submission.settled_count, submission.ended_at) == (16, None)
    store.store_outcomes([Outcome(due[-1].pk, IndicationState.FAILED, message="refus d’accès")])
    submission.refresh_from_db()
    assert submission.settled_count == submission.indications.settled().count() == submission.asked_count == 17
    assert submission.ended_at is not None


def test_a_question_is_not_due_before_its_time(account, runner):
    (due,) = store.claim_due(account.pk, runner, 1)
    store.store_outcomes([Outcome(due.pk, IndicationState.OPEN, wait_seconds=60, message="indisponible")])
    assert due.pk not in {question.pk for question in store.claim_due(account.pk, runner, 100)}
    assert 55 < store.seconds_to_next_due(account.pk) <= 60


def numbers_of(account, holder) -> set[str]:
    """What the questions put now bring along, and puts them back."""
    due = store.claim_due(account.pk, holder, 100)
    LimitIndication.objects.filter(account=account).update(state="open")
    return {question.question.number for question in due if question.question.id_value == DEMO_BUYERS[0].id_value}


def test_a_paid_look_up_serves_this_account_for_a_day(account, runner, past):
    buyer = ("FR", "siren", DEMO_BUYERS[0].id_value)
    store.keep_numbers(account.pk, account.base_url, {buyer: "11223344"})
    assert numbers_of(account, runner) == {"11223344"}
    other = PartnerAccount.objects.get(code="a")
    holder = uuid4()
    assert lease.take_lease(other.pk, holder)
    assert numbers_of(other, holder) == {""}

    BuyerNumber.objects.update(found_at=Now() - timedelta(hours=23, minutes=59))
    store.forget_numbers()
    assert numbers_of(account, runner) == {"11223344"}
    BuyerNumber.objects.update(found_at=Now() - timedelta(hours=24, minutes=1))
    assert numbers_of(account, runner) == {""}
    store.forget_numbers()
    assert not BuyerNumber.objects.exists()


def test_a_number_is_replaced_forgotten_and_never_taken_to_another_address(account, runner):
    buyer = ("FR", "siren", DEMO_BUYERS[0].id_value)
    for number in ("1", "2", ""):
        store.keep_numbers(account.pk, account.base_url, {buyer: number})
        assert numbers_of(account, runner) == {number}
    store.keep_numbers(account.pk, account.base_url, {buyer: "3"})
    PartnerAccount.objects.filter(pk=account.pk).update(base_url="https://other.example")
    assert numbers_of(account, runner) == {""}


@pytest.mark.parametrize(
    ("attempts", "ticket", "message", "end"),
    [
        pytest.param(2, "job-1", "", ("silent", ""), id="taken-by-the-partner"),
        pytest.param(2, "", "indisponible", ("failed", "indisponible"), id="never-reached"),
        pytest.param(1, "", "", ("silent", ""), id="asked-and-nothing-heard"),
        pytest.param(0, "", "indisponible", ("failed", "indisponible"), id="never-reached-in-an-outage"),
        pytest.param(0, "", "", ("failed", "Le partenaire n’a pas pu être interrogé."), id="never-asked"),
    ],
)
def test_patience_ends(account, past, attempts, ticket, message, end):
    row = LimitIndication.objects.filter(account=account).first()
    LimitIndication.objects.filter(pk=row.pk).update(
        state="waiting" if ticket else "open", attempts=attempts, ticket=ticket, message=message, give_up_at=past
    )
    store.give_up_on_silence()
    row.refresh_from_db()
    assert (row.state, row.message) == end
    assert row.settled_at is not None
    assert Submission.objects.get(account=account).settled_count == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"consecutive_failures": 5, "rest_reason": "en panne"}, "en panne", id="answers-nobody"),
        pytest.param({"active": False}, "Le partenaire n’a pas pu être interrogé.", id="switched-off"),
        pytest.param({"sandbox": False}, "Le partenaire n’a pas pu être interrogé.", id="no-longer-to-be-asked"),
    ],
)
def test_a_partner_that_nobody_can_ask_does_not_keep_a_market_test_open(account, past, change, message):
    PartnerAccount.objects.filter(pk=account.pk).update(**change)
    store.give_up_on_silence()
    submission = Submission.objects.get(account=account)
    assert submission.settled_count == 0
    assert submission.indications.exclude(give_up_at=None).update(give_up_at=past) == 17  # waited for, from now on
    store.give_up_on_silence()
    submission.refresh_from_db()
    assert submission.settled_count == 17
    assert submission.ended_at is not None
    assert set(submission.indications.values_list("state", "message")) == {("failed", message)}


def test_a_partner_that_is_well_may_take_its_time(account):
    PartnerAccount.objects.filter(pk=account.pk).update(consecutive_failures=4)
    store.give_up_on_silence()
    assert not LimitIndication.objects.filter(account=account).exclude(give_up_at=None).exists()


def test_accounts_without_a_living_runner_are_found(account, runner, past):
    assert account.pk not in store.accounts_with_due_questions()
    PartnerAccount.objects.filter(pk=account.pk).update(lease_until=past)
    assert account.pk in store.accounts_with_due_questions()
    LimitIndication.objects.filter(account=account).update(state="silent")
    assert account.pk not in store.accounts_with_due_questions()
