"""The runner against the twins, over real HTTP: what was asked is what was answered, once."""

import asyncio
import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from factortaboite.demo.buyers import DEMO_BUYERS
from quotes.engine import lease, runner, store
from quotes.engine.runner import run_account
from quotes.enums import IndicationState
from quotes.models import LimitIndication, PartnerAccount, Submission
from quotes.partners.base import PartnerUnavailable
from quotes.services.market_tests import ask_again, compare, launch_market_test
from tests.quotes.partners.situations import SITUATIONS
from tests.stack import Sandbox, open_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = {"latency_seconds": 0.01, "job_seconds": 0.05}


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory) -> Iterator[Sandbox]:
    with open_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox, settings) -> Sandbox:
    """One process for all these tests, as new for each."""
    shared_sandbox.control(partner="*", reset=True, faults=[], **QUICK)
    settings.SANDBOX_URL = shared_sandbox.url
    return shared_sandbox


@pytest.fixture(autouse=True)
def quick_runs(sandbox, firm, monkeypatch):
    PartnerAccount.objects.update(calls_per_second=None, patience_seconds=120)
    monkeypatch.setattr(runner, "LINGER_SECONDS", 0.2)


def run_to_the_end(account: PartnerAccount, *, silent: int = 0) -> None:
    """What the sweep does, without its clock: runners follow one another until all is answered but `silent` questions,
    whose patience then ends."""
    rows = LimitIndication.objects.filter(account=account)
    while rows.undecided().count() > silent and store.seconds_to_next_due(account.pk) is not None:
        run_account(account.pk)
    rows.undecided().update(give_up_at=Now())
    store.give_up_on_silence()


def silent_buyers(account: PartnerAccount) -> int:
    return sum(buyer.answers[account.code.upper()] is None for buyer in DEMO_BUYERS if buyer.asked)


@pytest.mark.parametrize("code", ["a", "b", "c"])
def test_every_demo_answer_arrives_as_the_story_says(market_test, code):
    account = PartnerAccount.objects.get(code=code)
    run_to_the_end(account, silent=silent_buyers(account))
    rows = LimitIndication.objects.filter(account=account).select_related("exposure")
    answers = {row.exposure.name: row.permanent for row in rows}
    assert answers == {buyer.name: buyer.answers[code.upper()] for buyer in DEMO_BUYERS if buyer.asked}
    assert all(row.raw for row in rows)
    submission = Submission.objects.get(account=account)
    assert submission.settled_count == submission.asked_count == 17
    assert submission.ended_at is not None


def test_the_first_answer_does_not_wait_for_the_others(many_buyers, insurers, broker, sandbox, monkeypatch):
    (account,) = (insurer for insurer in insurers if insurer.code == "b")
    launch_market_test(snapshot=many_buyers(4), accounts=[account], launch_key=uuid4(), by=broker)
    sandbox.control(partner="*", latency_seconds=0.1)
    PartnerAccount.objects.update(max_concurrent=1)
    batches = []
    write = store.store_outcomes
    monkeypatch.setattr(store, "store_outcomes", lambda outcomes: (batches.append(len(outcomes)), write(outcomes)))
    run_account(account.pk)
    assert batches[0] == 1
    assert len(batches) > 1


def test_a_second_runner_does_nothing(market_test, sandbox):
    account = PartnerAccount.objects.get(code="b")
    assert lease.take_lease(account.pk, uuid4())
    assert not run_account(account.pk)
    assert not sandbox.counters()["partners"]["atradius"]["orders"]


def test_an_unavailable_partner_is_tried_again(market_test, sandbox):
    account = PartnerAccount.objects.get(code="b")
    identifier = DEMO_BUYERS[0].id_value
    sandbox.control(partner="atradius", faults=[{"identifier": identifier, "kind": "503", "times": 2}])
    run_to_the_end(account)
    row = LimitIndication.objects.get(account=account, exposure__id_value=identifier)
    assert (row.state, row.permanent) == ("answered", 300_000)
    assert row.attempts >= 3


def test_a_question_outlives_failures_that_come_one_by_one(market_test, sandbox, monkeypatch):
    """As many as open the breaker, the last of them while it was still closed."""
    monkeypatch.setattr(runner, "RETRY_SECONDS", 0.001)
    account = PartnerAccount.objects.get(code="b")
    identifier = DEMO_BUYERS[0].id_value
    sandbox.control(partner="atradius", faults=[{"identifier": identifier, "kind": "503", "times": 5}])
    run_to_the_end(account)
    assert LimitIndication.objects.get(account=account, exposure__id_value=identifier).state == "answered"


def test_a_look_up_that_may_be_charged_is_paid_once_whoever_asks_again(many_buyers, insurers, broker, sandbox):
    (account,) = (insurer for insurer in insurers if insurer.code == "b")
    launch_market_test(snapshot=many_buyers(3), accounts=[account], launch_key=uuid4(), by=broker)
    PartnerAccount.objects.filter(pk=account.pk).update(max_concurrent=1)
    sandbox.control(
        partner="atradius", faults=[{"identifier": "*", "kind": "429_seconds", "step": "order", "times": 2}]
    )
    run_to_the_end(account)  # with the pauses that the partner asks for, by several runners
    assert sandbox.counters()["partners"]["atradius"]["calls_by_step"]["company"] == 3
    launch_market_test(snapshot=many_buyers(3), accounts=[account], launch_key=uuid4(), by=broker)
    run_to_the_end(account)  # on another list of the day
    assert sandbox.counters()["partners"]["atradius"]["calls_by_step"]["company"] == 3


def test_a_question_that_fails_for_ever_while_others_are_answered_ends_in_words(market_test, sandbox, monkeypatch):
    monkeypatch.setattr(runner, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(runner, "MAX_ATTEMPTS", 3)
    account = PartnerAccount.objects.get(code="b")
    identifier = DEMO_BUYERS[0].id_value
    sandbox.control(partner="atradius", faults=[{"identifier": identifier, "kind": "500", "times": None}])
    run_to_the_end(account)
    row = LimitIndication.objects.get(account=account, exposure__id_value=identifier)
    assert (row.state, row.attempts) == ("failed", 3)
    assert "500" in row.message and bytes(row.raw)
    assert LimitIndication.objects.filter(account=account, state="answered").count() == 16


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "503"}, id="answers nobody"),
        pytest.param({"kind": "429_seconds", "seconds": 30}, id="asks for a pause"),
    ],
)
def test_an_outage_uses_up_no_attempt(market_test, sandbox, fault):
    account = PartnerAccount.objects.get(code="b")
    PartnerAccount.objects.filter(pk=account.pk).update(consecutive_failures=5)  # one probe at a time
    LimitIndication.objects.filter(account=account).update(attempts=runner.MAX_ATTEMPTS - 1)
    sandbox.control(partner="atradius", faults=[{"identifier": "*", "times": None, **fault}])
    run_account(account.pk)
    assert sandbox.counters()["partners"]["atradius"]["calls_by_step"]["company"]
    left = LimitIndication.objects.filter(account=account).values_list("state", "attempts").distinct()
    assert list(left) == [("open", runner.MAX_ATTEMPTS - 1)]


def test_a_pause_of_no_time_at_all_is_an_outage(market_test, sandbox):
    account = PartnerAccount.objects.get(code="b")
    fault = {"identifier": "*", "kind": "429_seconds", "times": None, "seconds": 0}
    sandbox.control(partner="atradius", faults=[fault])
    run_account(account.pk)
    account.refresh_from_db()
    assert account.consecutive_failures >= 5
    assert account.rest_until is not None


def test_questions_that_cannot_be_put_say_nothing_of_the_partner(many_buyers, insurers, broker, sandbox):
    """Buyers without an identifier are refused here: as answers, they would close a breaker that has opened."""
    (account,) = (insurer for insurer in insurers if insurer.code == "b")
    PartnerAccount.objects.filter(pk=account.pk).update(consecutive_failures=5)
    snapshot = many_buyers(5)
    snapshot.exposures.update(id_type="", id_value="")
    launch_market_test(snapshot=snapshot, accounts=[account], launch_key=uuid4(), by=broker)
    run_account(account.pk)
    account.refresh_from_db()
    assert account.consecutive_failures == 5
    assert LimitIndication.objects.filter(account=account, state="failed").count() == 5
    assert not sandbox.counters()["partners"]["atradius"]["calls"]


def test_a_refused_call_ends_in_words_and_can_be_asked_again(market_test, sandbox, broker):
    account = PartnerAccount.objects.get(code="b")
    identifier = DEMO_BUYERS[0].id_value
    sandbox.control(partner="atradius", faults=[{"identifier": identifier, "kind": "403", "times": None}])
    run_to_the_end(account)
    row = LimitIndication.objects.get(account=account, exposure__id_value=identifier)
    assert row.state == "failed"
    assert "403" in row.message
    submission = Submission.objects.get(account=account)
    assert (submission.settled_count, submission.ended_at is None) == (17, False)

    sandbox.control(partner="atradius", faults=[])
    assert ask_again(submission=submission, by=broker) == 1
    submission.refresh_from_db()
    assert (submission.settled_count, submission.ended_at) == (16, None)
    run_to_the_end(account)
    row.refresh_from_db()
    assert (row.state, row.permanent, row.message) == ("answered", 300_000, "")


@pytest.mark.parametrize("code", ["a", "b", "c"])
def test_what_may_be_tried_again_is_and_nothing_else(code, many_buyers, insurers, broker, sandbox):
    """One buyer for each situation, which strikes once: whoever is asked again gets an answer."""
    (account,) = (insurer for insurer in insurers if insurer.code == code)
    PartnerAccount.objects.filter(pk=account.pk).update(timeout_seconds=3)
    strikes = {f"{line:09d}": situation for line, situation in enumerate(SITUATIONS, start=1)}
    faults = [
        # A token is renewed once within the call.
        situation.fault(identifier, times=2 if situation.kind == "401" else 1) | {"step": situation.step or "order"}
        for identifier, situation in strikes.items()
    ]
    sandbox.control(partner=account.connector.replace("_", "-"), faults=faults)
    launch_market_test(snapshot=many_buyers(len(strikes)), accounts=[account], launch_key=uuid4(), by=broker)
    run_to_the_end(account)

    faults_left = sandbox.counters()["partners"][account.connector.replace("_", "-")]["faults"]
    assert {fault["times"] for fault in faults_left} == {0}  # each has struck
    for row in LimitIndication.objects.filter(account=account).select_related("exposure"):
        situation = strikes[row.exposure.id_value]
        if situation.error is PartnerUnavailable:
            assert (row.state, row.message) == ("answered", ""), situation
        else:
            assert row.state == "failed", situation
            assert situation.message in row.message
            assert row.raw and situation.kept in bytes(row.raw)


def test_the_comparison_tells_the_demo_story(market_test):
    for account in PartnerAccount.objects.filter(code__in="abc"):
        run_to_the_end(account, silent=silent_buyers(account))
    comparison = compare(market_test)
    assert [(partner.code, str(partner.covered_low), str(partner.yearly_cost)) for partner in comparison.partners] == [
        ("b", "990000.00", "16447.20"),
        ("c", "795000.00", "14493.30"),
        ("a", "550000.00", "11888.10"),
    ]
    assert comparison.recommended == "b"


def test_counting_queries_does_not_depend_on_buyers(many_buyers, insurers, broker, django_assert_num_queries):
    for count in (2, 60):
        market_test = launch_market_test(snapshot=many_buyers(count), accounts=insurers, launch_key=uuid4(), by=broker)
        with django_assert_num_queries(7):
            compare(market_test)


def test_a_partner_that_is_down_is_left_alone_after_five_failures(market_test, sandbox):
    """Nobody is failed for it: the questions wait, and the account rests for whoever runs it next."""
    account = PartnerAccount.objects.get(code="b")
    sandbox.control(partner="atradius", faults=[{"identifier": "*", "kind": "503", "times": None}])
    run_account(account.pk)
    account.refresh_from_db()
    assert account.consecutive_failures >= 5
    assert account.rest_until is not None
    assert "503" in account.rest_reason
    assert account.pk not in store.accounts_with_due_questions()
    calls = sandbox.counters()["partners"]["atradius"]["calls"]
    assert calls <= 5 + account.max_concurrent * 1.5 + 2  # what was in the air, and a probe or two
    assert not LimitIndication.objects.filter(account=account, state="failed").exists()

    sandbox.control(partner="atradius", faults=[])
    PartnerAccount.objects.filter(pk=account.pk).update(rest_until=None)
    run_to_the_end(account)
    account.refresh_from_db()
    assert (account.consecutive_failures, account.rest_until, account.rest_reason) == (0, None, "")
    assert LimitIndication.objects.filter(account=account, state="answered").count() == 17


def test_a_maintenance_page_costs_a_few_questions_and_not_all(many_buyers, insurers, broker, sandbox):
    (account,) = (insurer for insurer in insurers if insurer.code == "b")
    PartnerAccount.objects.filter(pk=account.pk).update(max_concurrent=4)
    sandbox.control(partner="atradius", faults=[{"identifier": "*", "kind": "html", "times": None}])
    launch_market_test(snapshot=many_buyers(40), accounts=[account], launch_key=uuid4(), by=broker)
    run_account(account.pk)
    account.refresh_from_db()
    assert account.rest_until is not None
    assert "page web" in account.rest_reason
    failed = LimitIndication.objects.filter(account=account, state="failed").count()
    assert 5 <= failed <= 5 + 6 + 2  # with what was in the air, and a probe or two
    sandbox.control(partner="atradius", faults=[])
    PartnerAccount.objects.filter(pk=account.pk).update(rest_until=None)
    run_to_the_end(account)
    assert LimitIndication.objects.filter(account=account, state="answered").count() == 40 - failed


@pytest.mark.parametrize("form", ["429_seconds", "429_date"])
def test_a_pause_that_a_partner_asks_for_rests_the_whole_account(market_test, sandbox, form):
    account = PartnerAccount.objects.get(code="b")
    fault = {"identifier": DEMO_BUYERS[0].id_value, "kind": form, "times": 1, "seconds": 30}
    sandbox.control(partner="atradius", faults=[fault])
    run_account(account.pk)
    account.refresh_from_db()
    assert "429" in account.rest_reason or "pause" in account.rest_reason
    assert lease.rest_seconds(account.pk) > 20
    waiting = LimitIndication.objects.filter(account=account).exclude(state="answered")
    assert waiting.exists()
    assert set(waiting.values_list("state", flat=True)) <= {"open", "waiting"}


def test_what_was_heard_last_is_stored_though_the_runner_leaves(market_test, monkeypatch):
    """Its flusher is cancelled while the batch still waits for the writer, which another statement keeps busy."""
    stored, is_free = [], threading.Event()
    monkeypatch.setattr(store, "store_outcomes", stored.extend)
    outcome = store.Outcome(1, IndicationState.OPEN)

    account = PartnerAccount.objects.get(code="b")

    async def leave():
        leaving = runner._Runner(account, uuid4())
        leaving.outcomes.append(outcome)
        loop = asyncio.get_running_loop()
        busy = loop.run_in_executor(leaving.writer, is_free.wait)
        flushing = asyncio.create_task(leaving._flush())
        await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        is_free.set()
        await busy
        await loop.run_in_executor(leaving.writer, int)
        leaving.writer.shutdown()

    asyncio.run(leave())
    assert stored == [outcome]
