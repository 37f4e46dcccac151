"""The runner against the twins, over real HTTP: what was asked is what was answered, once."""

from uuid import uuid4

import pytest

from factortaboite.demo.buyers import DEMO_BUYERS
from quotes.engine import runner, store
from quotes.engine.runner import run_account
from quotes.models import LimitIndication, PartnerAccount, Submission
from quotes.partners.base import PartnerUnavailable
from quotes.services.market_tests import ask_again, compare, launch_market_test
from tests.quotes.partners.situations import SITUATIONS

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = {"latency_seconds": 0.01, "job_seconds": 0.05}


@pytest.fixture(autouse=True)
def quick_twins(sandbox, firm, monkeypatch):
    sandbox.control(partner="*", **QUICK)
    PartnerAccount.objects.update(calls_per_second=None, patience_seconds=5)
    monkeypatch.setattr(runner, "LINGER_SECONDS", 0.2)


def run_to_the_end(account: PartnerAccount) -> None:
    """What the sweep does, without its clock: runners follow one another until nothing more is worth waiting for."""
    while store.seconds_to_next_due(account.pk) is not None:
        run_account(account.pk)


@pytest.mark.parametrize("code", ["a", "b", "c"])
def test_every_demo_answer_arrives_as_the_story_says(market_test, code):
    account = PartnerAccount.objects.get(code=code)
    run_to_the_end(account)
    store.give_up_on_silence()
    rows = LimitIndication.objects.filter(account=account).select_related("exposure")
    answers = {row.exposure.name: row.permanent for row in rows}
    assert answers == {buyer.name: buyer.answers[code.upper()] for buyer in DEMO_BUYERS if buyer.asked}
    assert all(row.raw for row in rows)
    submission = Submission.objects.get(account=account)
    assert submission.settled_count == submission.asked_count == 17
    assert submission.ended_at is not None


def test_the_first_answer_does_not_wait_for_the_others(market_test, sandbox, monkeypatch):
    sandbox.control(partner="*", latency_seconds=0.1)
    PartnerAccount.objects.update(max_concurrent=1)
    batches = []
    write = store.store_outcomes
    monkeypatch.setattr(store, "store_outcomes", lambda outcomes: (batches.append(len(outcomes)), write(outcomes)))
    run_account(PartnerAccount.objects.get(code="b").pk)
    assert batches[0] == 1
    assert len(batches) > 1


def test_a_second_runner_does_nothing(market_test, sandbox):
    account = PartnerAccount.objects.get(code="b")
    assert store.take_lease(account.pk, uuid4())
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
    PartnerAccount.objects.filter(pk=account.pk).update(timeout_seconds=1, patience_seconds=60)
    strikes = {f"{line:09d}": situation for line, situation in enumerate(SITUATIONS, start=1)}
    faults = [
        # A token is renewed once within the call.
        situation.fault(identifier, times=2 if situation.kind == "401" else 1) | {"step": situation.step or "order"}
        for identifier, situation in strikes.items()
    ]
    sandbox.control(partner=account.connector.replace("_", "-"), faults=faults)
    launch_market_test(snapshot=many_buyers(len(strikes)), accounts=[account], launch_key=uuid4(), by=broker)
    run_to_the_end(account)

    for row in LimitIndication.objects.filter(account=account).select_related("exposure"):
        situation = strikes[row.exposure.id_value]
        if situation.error is PartnerUnavailable:
            assert (row.state, row.message) == ("answered", ""), situation
            assert row.attempts > 1
        else:
            assert row.state == "failed", situation
            assert situation.message in row.message
            assert row.raw and situation.kept in bytes(row.raw)


def test_the_comparison_tells_the_demo_story(market_test):
    for account in PartnerAccount.objects.filter(code__in="abc"):
        run_to_the_end(account)
    store.give_up_on_silence()
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
    PartnerAccount.objects.filter(pk=account.pk).update(rest_until=None, patience_seconds=60)
    LimitIndication.objects.filter(account=account).update(give_up_at=None)
    run_to_the_end(account)
    account.refresh_from_db()
    assert (account.consecutive_failures, account.rest_until, account.rest_reason) == (0, None, "")
    assert LimitIndication.objects.filter(account=account, state="answered").count() == 17


def test_a_maintenance_page_costs_a_few_questions_and_not_all(many_buyers, insurers, broker, sandbox):
    (account,) = (insurer for insurer in insurers if insurer.code == "b")
    PartnerAccount.objects.filter(pk=account.pk).update(max_concurrent=4, patience_seconds=60)
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
    assert store.rest_seconds(account.pk) > 20
    waiting = LimitIndication.objects.filter(account=account).exclude(state="answered")
    assert waiting.exists()
    assert set(waiting.values_list("state", flat=True)) <= {"open", "waiting"}
