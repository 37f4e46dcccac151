"""The test à blanc's verbs: launch it, ask again, compare, and take up what was left behind."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import RiskSnapshot
from clients.services.stages import advance_client
from factortaboite.accounts.models import User
from factortaboite.enqueue import enqueue, enqueue_on_commit
from factortaboite.refused import Refused
from quotes.comparison import (
    AskedBuyer,
    Comparison,
    CurrentContract,
    PartnerAnswers,
    letter_of,
    without_names,
)
from quotes.comparison import compare as compare_answers
from quotes.engine import store
from quotes.enums import RETRYABLE_STATES, Channel, IndicationState
from quotes.models import LimitIndication, MarketTest, PartnerAccount, PartnerQuote, Submission
from quotes.services.comparison_inputs import (
    match_limits,
    priced_terms,
    read_answers,
    read_buyers,
    read_current,
    read_past,
)
from quotes.services.comparison_memory import remembered
from quotes.services.formula import starting_terms, tariff_terms
from quotes.services.mandates import engage_lookups, read_standings, stop_after_mandates
from quotes.services.tariffs import tax_rates

logger = logging.getLogger(__name__)


class LaunchRefused(Refused):
    """The test cannot be launched; the message says in French what is missing."""


@transaction.atomic
def launch_market_test(
    *, snapshot: RiskSnapshot, accounts: Iterable[PartnerAccount], launch_key: UUID, by: User
) -> MarketTest:
    """Writes one submission per partner and one question per asked buyer × partner, then wakes the workers.

    The same `launch_key` gives back the test it launched the first time: a double click launches once.
    Freezes the snapshot. Raises LaunchRefused when there is nobody to ask, nobody to ask about, or a real interface
    among `accounts` that may not be asked.
    """
    snapshot = RiskSnapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk)
    if existing := MarketTest.objects.filter(launch_key=launch_key, firm_id=by.firm_id).first():
        return existing
    accounts = [account for account in accounts if account.active]
    exposures = snapshot.exposures.asked()
    asked_count = exposures.count()
    if not accounts:
        raise LaunchRefused("Choisissez au moins un partenaire à interroger.")
    if not asked_count:
        raise LaunchRefused("Aucun acheteur à interroger : donnez un montant à garantir à au moins un acheteur.")
    obstructed = engage_lookups(client=snapshot.client, accounts=accounts, asked_count=asked_count)
    if obstructed:
        raise LaunchRefused(" ".join(f"{standing.account} : {standing.obstacle}" for standing in obstructed))
    market_test = MarketTest.objects.create(
        firm_id=snapshot.firm_id,
        client_id=snapshot.client_id,
        snapshot=snapshot,
        launched_by=by,
        launch_key=launch_key,
    )
    tariff = tariff_terms(snapshot)
    submissions = Submission.objects.bulk_create(
        Submission(
            firm_id=snapshot.firm_id,
            market_test=market_test,
            account=account,
            name=account.name,
            channel=account.channel,
            sandbox=account.sandbox,
            position=position,
            asked_count=asked_count,
        )
        for position, account in enumerate(accounts)
    )
    PartnerQuote.objects.bulk_create(
        PartnerQuote(
            firm_id=snapshot.firm_id,
            submission=submission,
            **starting_terms(submission.account, tariff),
        )
        for submission in submissions
    )
    store.open_questions(exposures, market_test.pk, launch_key)
    for submission in submissions:
        if submission.channel == Channel.API:
            enqueue_on_commit("quotes.tasks.ask_partner_task", submission.account_id)
    RiskSnapshot.objects.filter(pk=snapshot.pk, frozen_at=None).update(frozen_at=Now())
    advance_client(snapshot.client, to=ClientStage.MARKET_TEST, by=by)
    return market_test


@transaction.atomic
def ask_again(*, submission: Submission, by: User, indication: LimitIndication | None = None) -> int:
    """Puts the failed and the silent questions again (or just one of them). Returns how many.

    The reference stays the same, so a partner that did take the question can say so. Raises LaunchRefused when the
    partner may not be asked any longer.
    """
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    again = submission.indications.filter(state__in=RETRYABLE_STATES)
    if submission.channel != Channel.API:
        return 0
    if indication is not None:
        again = again.filter(pk=indication.pk)
    if not again.exists():
        return 0
    if submission.sandbox != submission.account.sandbox:
        raise LaunchRefused(
            f"{submission} a changé entre vrai partenaire et simulateur depuis ce test à blanc : lancez-en un nouveau."
        )
    # Asked again, a question is not paid again, but the mandate may have ended meanwhile.
    (standing,) = read_standings(client=submission.market_test.client, accounts=[submission.account])
    if standing.obstacle:
        raise LaunchRefused(f"{standing.account} : {standing.obstacle}")
    count = again.update(
        state=IndicationState.OPEN,
        attempts=0,
        ticket="",
        message="",
        raw=b"",
        give_up_at=None,
        settled_at=None,
        next_call_at=Now(),
    )
    Submission.objects.filter(pk=submission.pk).update(
        settled_count=Greatest(F("settled_count") - count, 0), ended_at=None
    )
    logger.info("%s asks %s again about %d buyers", by, submission, count)
    enqueue_on_commit("quotes.tasks.ask_partner_task", submission.account_id)
    return count


def sweep_market_tests() -> None:
    """Ends what waited too long, and wakes a worker for every account that has work and no runner."""
    stop_after_mandates()
    store.give_up_on_silence()
    store.forget_numbers()
    for account_id in store.accounts_with_due_questions():
        enqueue("quotes.tasks.ask_partner_task", account_id)


def compare(market_test: MarketTest, *, anonymous: bool = False) -> Comparison:
    """Every partner's answers side by side, as they stand now. A handful of queries, whatever the size.

    `anonymous` names the insurers by letters, in the order they were asked.
    """
    buyers = read_buyers(market_test.snapshot)
    submissions = market_test.submissions.select_related("quote", "account")
    columns = _columns(market_test, submissions, len(buyers))
    return _compare(market_test, buyers, columns, read_current(market_test), anonymous=anonymous)


def compare_lately(market_test: MarketTest, submissions: Sequence[Submission]) -> Comparison:
    """The same, without reading the rows again if nothing in them changed since this process last did.

    `submissions` are all those of the market test, with their quotes and accounts, read before this call. Their
    counters stand for their rows: whoever stores an answer moves `last_answer_at` in the same transaction, and the
    buyers of a launched snapshot are frozen.
    """
    columns = _columns(market_test, submissions, submissions[0].asked_count)
    current, snapshot = read_current(market_test), market_test.snapshot
    answers = [(submission.pk, submission.settled_count, submission.last_answer_at) for submission in submissions]
    key = (answers, columns, current, read_past(snapshot), market_test.tolerance, timezone.localdate())
    return remembered(repr(key), lambda: _compare(market_test, read_buyers(snapshot), columns, current))


def _columns(market_test: MarketTest, submissions: Iterable[Submission], buyers_asked: int) -> list[PartnerAnswers]:
    """The partners' columns before their answers are read."""
    taxes = tax_rates(market_test.firm, on=timezone.localdate())
    return [
        PartnerAnswers(
            code=submission.account.code,
            name=submission.name,
            subtitle=submission.subtitle,
            priced=priced_terms(market_test.snapshot, submission.quote, buyers_asked, taxes),
        )
        for submission in submissions
    ]


def _compare(
    market_test: MarketTest,
    buyers: Sequence[AskedBuyer],
    columns: Sequence[PartnerAnswers],
    current: CurrentContract | None,
    *,
    anonymous: bool = False,
) -> Comparison:
    answers = read_answers(market_test)
    partners = [replace(column, answers=answers.get(column.code, {})) for column in columns]
    return compare_answers(
        buyers,
        without_names(partners) if anonymous else partners,
        on=timezone.localdate(),
        tolerance=market_test.tolerance,
        past=read_past(market_test.snapshot),
        current=match_limits(current, buyers) if current else None,
    )


def names_behind(market_test: MarketTest) -> list[tuple[str, str]]:
    """Whom the letters of an anonymous comparison stand for, as (letter, name)."""
    names = market_test.submissions.values_list("name", flat=True)
    return [(letter_of(position), name) for position, name in enumerate(names)]
