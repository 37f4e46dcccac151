"""One table of situations for all the connectors, over HTTP against their twins."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from factortaboite.money import NBSP
from factortaboite.sandbox.faults import DAMAGES, REFUSALS
from quotes.partners.allianz_trade import AllianzTrade
from quotes.partners.atradius import Atradius
from quotes.partners.base import (
    Answer,
    BuyerNotIdentified,
    PartnerRefused,
    PartnerUnavailable,
    Question,
    Ticket,
    UnreadableAnswer,
)
from quotes.partners.coface import Coface
from quotes.vocabulary import Decision, Reason
from tests.quotes.partners.harness import CONNECTORS, RIMBAULT, about, meeting, settle
from tests.quotes.partners.situations import SITUATIONS

every_connector = pytest.mark.parametrize("connector_class", CONNECTORS, ids=lambda connector: connector.code)
# Every situation at each of the calls that a question is made of; a job is Allianz Trade's own.
CASES = [
    pytest.param(connector, step, situation, id=f"{connector.code}-{step}-{situation.kind}")
    for connector in CONNECTORS
    for step in ("token", "company", "order", "job", "answer")
    for situation in SITUATIONS
    if situation.step in (None, step) and (step != "job" or connector is AllianzTrade)
]
HASTE_SECONDS = (0.15, 3.0)  # the second for a machine that was too busy to hear anything within the first


async def answer_of(connector_class, question: Question, **twin_settings) -> Answer | Ticket:
    async with meeting(connector_class, **twin_settings) as met:
        return await settle(met.connector, question)


def error_of(connector_class, expected: type[Exception], *faults: dict, question: Question = RIMBAULT, **settings):
    """The error that these faults lead to."""

    async def scene():
        async with meeting(connector_class, faults=list(faults), **settings) as met:
            with pytest.raises(expected) as caught:
                await settle(met.connector, question)
            return caught.value

    return asyncio.run(scene())


def always(kind: str, step: str | None = None, **more) -> dict:
    return {"identifier": "*", "kind": kind, "step": step, **more}


@every_connector
def test_a_buyer_covered_in_full(connector_class):
    answer = asyncio.run(answer_of(connector_class, RIMBAULT))
    assert (answer.decision, answer.asked, answer.permanent) == (Decision.GRANTED, 25_000, 25_000)
    assert not answer.temporary and not answer.reasons and not answer.conditions
    assert answer.partner_reference
    assert b"25000" in answer.raw


@pytest.mark.parametrize(
    ("connector_class", "siren", "asked", "granted", "reason"),
    [
        pytest.param(AllianzTrade, "000100065", 50_000, 10_000, Reason.WEAK_FINANCIALS, id="allianz_trade"),
        pytest.param(Atradius, "000100081", 40_000, 30_000, Reason.LOSSES, id="atradius"),
        pytest.param(Coface, "000100115", 30_000, 15_000, Reason.WEAK_FINANCIALS, id="coface"),
    ],
)
def test_a_buyer_covered_in_part(connector_class, siren, asked, granted, reason):
    answer = asyncio.run(answer_of(connector_class, about(siren, asked)))
    assert (answer.decision, answer.asked, answer.permanent) == (Decision.PARTIAL, asked, granted)
    assert answer.reasons == (reason,)


@pytest.mark.parametrize(
    ("connector_class", "siren", "asked", "reason"),
    [
        pytest.param(AllianzTrade, "000100016", 300_000, Reason.NO_FINANCIALS, id="allianz_trade"),
        pytest.param(Atradius, "000100131", 20_000, Reason.WEAK_FINANCIALS, id="atradius"),
        pytest.param(Coface, "000100065", 50_000, Reason.NEW_COMPANY, id="coface"),
    ],
)
def test_a_buyer_refused_with_a_reason(connector_class, siren, asked, reason):
    answer = asyncio.run(answer_of(connector_class, about(siren, asked)))
    assert (answer.decision, answer.permanent, answer.temporary) == (Decision.REFUSED, 0, 0)
    assert answer.reasons == (reason,)


@every_connector
def test_the_amount_is_asked_by_the_partners_own_rule(connector_class):
    answer = asyncio.run(answer_of(connector_class, about("000100123", 24_001)))
    asked = 24_001 if connector_class is AllianzTrade else 25_000  # the others count in whole thousands
    assert (answer.asked, answer.permanent) == (asked, asked)


@every_connector
def test_a_foreign_buyer_is_found_by_its_vat_number(connector_class):
    norvik = Question("ref-1", "Norvik Handels GmbH", "DE", "vat", "DE136695976", Decimal(70_000))
    answer = asyncio.run(answer_of(connector_class, norvik))
    assert answer.permanent == {"allianz_trade": 40_000, "atradius": 70_000, "coface": 70_000}[connector_class.code]


@every_connector
def test_an_underwriter_decides_later(connector_class):
    async def scene():
        async with meeting(connector_class, faults=[always("referred")], job_seconds=1000) as met:
            asked = await met.connector.ask(RIMBAULT)
            polled = await met.connector.poll(RIMBAULT, asked.value)
            met.twin_clock_moves_on(1001)
            return polled, await met.connector.poll(RIMBAULT, polled.value)

    waiting, answer = asyncio.run(scene())
    assert isinstance(waiting, Ticket) and waiting.referred
    assert answer.decision is Decision.GRANTED


@every_connector
def test_no_answer_ever_comes(connector_class):
    async def scene():
        async with meeting(connector_class, faults=[always("never")]) as met:
            return await settle(met.connector, RIMBAULT, polls=3)

    assert isinstance(asyncio.run(scene()), Ticket)


@every_connector
def test_a_question_asked_again_orders_once(connector_class):
    async def scene():
        async with meeting(connector_class) as met:
            first = await settle(met.connector, RIMBAULT)
            again = await settle(met.another_connector(), RIMBAULT)
            return first, again, met.twin

    first, again, twin = asyncio.run(scene())
    assert first == again
    assert twin.orders == {"ref-1": 2}
    assert twin.orders_created == 1


@every_connector
@pytest.mark.parametrize("kind", ["drop", "hang", "html"])
def test_an_order_whose_answer_was_lost_is_not_ordered_twice(connector_class, kind):
    async def scene():
        faults = [always(kind, "order", times=1)]
        async with meeting(connector_class, faults=faults, timeout_seconds=1 if kind == "hang" else 20) as met:
            with pytest.raises((PartnerUnavailable, UnreadableAnswer)):
                await met.connector.ask(RIMBAULT)
            return await settle(met.connector, RIMBAULT), met.twin

    answer, twin = asyncio.run(scene())
    assert answer.decision is Decision.GRANTED
    assert (twin.orders["ref-1"], twin.orders_created) == (2, 1)


@every_connector
def test_another_process_goes_on_from_the_ticket(connector_class):
    async def scene():
        async with meeting(connector_class, faults=[always("referred")], job_seconds=1000) as met:
            ticket = await met.connector.ask(RIMBAULT)
            met.twin_clock_moves_on(1001)
            return await met.another_connector().poll(RIMBAULT, ticket.value), met.twin

    answer, twin = asyncio.run(scene())
    assert answer.permanent == 25_000
    assert twin.calls["company"] == 1  # the buyer is not looked up again: that may be charged


@every_connector
def test_a_partner_that_gave_its_buyers_new_numbers_is_asked_for_them_again(connector_class):
    async def scene():
        async with meeting(connector_class) as met:
            first = await settle(met.connector, RIMBAULT)
            met.twin.reset()
            again = await settle(met.another_connector(), met.later(RIMBAULT))
            return first, again, met.twin.calls["company"]

    first, again, look_ups = asyncio.run(scene())
    assert (first.permanent, again.permanent, look_ups) == (25_000, 25_000, 1)


def test_a_look_up_that_may_be_charged_is_shared_and_found_again():
    async def scene():
        async with meeting(Atradius) as met:
            together = [settle(met.connector, replace(RIMBAULT, reference=f"ref-{n}")) for n in range(5)]
            await asyncio.gather(*together)
            await settle(met.another_connector(), met.later(replace(RIMBAULT, reference="ref-later")))
            return met.twin.calls["company"], met.twin.calls["order"]

    assert asyncio.run(scene()) == (1, 6)


def test_a_number_that_the_partner_no_longer_knows_is_forgotten():
    async def scene():
        async with meeting(Atradius) as met:
            await settle(met.connector, RIMBAULT)
            met.twin.reset()
            met.twin.set({"faults": [always("unknown_buyer")]})
            with pytest.raises(BuyerNotIdentified):
                await met.another_connector().ask(met.later(RIMBAULT))
            return met.later(RIMBAULT).number

    assert asyncio.run(scene()) == ""


@every_connector
def test_an_unknown_buyer(connector_class):
    error = error_of(connector_class, BuyerNotIdentified, always("unknown_buyer"))
    assert error.message == f"Acheteur non identifié par {connector_class.label} (SIREN 000100123)."


@every_connector
def test_a_buyer_without_identifier_is_not_asked(connector_class):
    async def scene():
        async with meeting(connector_class) as met:
            with pytest.raises(BuyerNotIdentified, match="ni SIREN ni n° de TVA"):
                await met.connector.ask(Question("ref-1", "Inconnu", "FR", "", "", Decimal(1000)))
            return sum(met.twin.calls.values())

    assert asyncio.run(scene()) == 0


@every_connector
def test_a_refused_token_is_renewed_once(connector_class):
    async def scene():
        async with meeting(connector_class, faults=[always("401", times=1)]) as met:
            return await settle(met.connector, RIMBAULT), met.twin

    answer, twin = asyncio.run(scene())
    assert answer.decision is Decision.GRANTED
    assert (twin.calls["token"], twin.calls["company"]) == (2, 2)


@every_connector
def test_a_token_refused_twice_is_final(connector_class):
    async def scene():
        async with meeting(connector_class, faults=[always("401", "order")]) as met:
            with pytest.raises(PartnerRefused, match="refuse les identifiants d’accès"):
                await met.connector.ask(RIMBAULT)
            return met.twin.calls

    calls = asyncio.run(scene())
    assert (calls["token"], calls["order"]) == (2, 2)


@every_connector
def test_a_token_is_renewed_before_it_ends(connector_class):
    async def scene():
        async with meeting(connector_class, token_seconds=1) as met:
            await settle(met.connector, RIMBAULT)
            await asyncio.sleep(0.95)
            calls = met.twin.calls.copy()
            await met.connector.ask(about("000100164", 10_000, "ref-2"))
            return met.twin.calls - calls

    assert asyncio.run(scene())["token"] == 1


@every_connector
def test_questions_that_start_together_share_one_login(connector_class):
    async def scene():
        async with meeting(connector_class, latency_seconds=0.05) as met:
            await asyncio.gather(*(met.connector.ask(about("000100123", 25_000, f"ref-{n}")) for n in range(10)))
            return met.twin.calls

    calls = asyncio.run(scene())
    assert (calls["token"], calls["order"]) == (1, 10)


@every_connector
def test_calls_refused_together_share_one_renewal(connector_class):
    async def scene():
        async with meeting(connector_class, latency_seconds=[0, 0.1]) as met:
            await met.connector.ask(RIMBAULT)
            met.twin.forget_tokens()
            await asyncio.gather(*(met.connector.ask(about("000100123", 25_000, f"ref-{n}")) for n in range(10)))
            return met.twin.calls

    assert asyncio.run(scene())["token"] == 2


@every_connector
def test_a_refused_login_is_not_hammered(connector_class):
    """Insurers lock an account after a few refused logins."""

    async def scene():
        credentials = dict.fromkeys(connector_class.credential_names, "wrong")
        async with meeting(connector_class, credentials=credentials) as met:
            results = await asyncio.gather(
                *(met.connector.ask(about("000100123", 25_000, f"ref-{n}")) for n in range(10)), return_exceptions=True
            )
            return results, met.twin.calls

    results, calls = asyncio.run(scene())
    assert {type(result) for result in results} == {PartnerRefused}
    assert calls == {"token": 1}


@every_connector
def test_a_missing_credential_is_named(connector_class):
    name = connector_class.credential_names[0]
    error = error_of(connector_class, PartnerRefused, credentials={"other": "x"})
    assert error.message == f"Il manque un identifiant d’accès au compte partenaire{NBSP}: {name}."


@every_connector
@pytest.mark.parametrize("kind", ["429_seconds", "429_date"])
def test_too_many_requests_rest_the_whole_wire(connector_class, kind):
    async def scene():
        async with meeting(connector_class, faults=[always(kind, "order", seconds=60, times=1)]) as met:
            with pytest.raises(PartnerUnavailable) as caught:
                await met.connector.ask(RIMBAULT)
            with pytest.raises(PartnerUnavailable):  # another buyer, not even sent
                await met.connector.ask(about("000100164", 10_000, "ref-2"))
            return caught.value, met.wire.resting_seconds, met.twin.calls

    error, resting_seconds, calls = asyncio.run(scene())
    assert 30 <= error.retry_after_seconds <= 60
    assert 30 < resting_seconds <= 60
    assert (calls["company"], calls["order"]) == (1, 1)


def test_the_table_knows_every_way_of_the_sandbox_to_fail_a_call():
    assert {situation.kind for situation in SITUATIONS if not situation.step} == {*REFUSALS, *DAMAGES}


@pytest.mark.parametrize(("connector_class", "step", "situation"), CASES)
def test_a_partner_that_misbehaves(connector_class, step, situation):
    """At each of its calls. An order is recorded before its answer is lost or damaged."""
    expected, words = situation.error, situation.message
    if (connector_class, step, situation.kind) == (Atradius, "company", "404"):  # its way to say so
        expected, words = BuyerNotIdentified, "Acheteur non identifié par Atradius"
    has_bytes = situation.kind not in ("hang", "drop")
    for seconds in HASTE_SECONDS if situation.kind in ("hang", "slow_drip") else (20,):
        fault = situation.fault() | {"step": step, "seconds": 60}
        error = error_of(connector_class, expected, fault, timeout_seconds=seconds)
        if bool(error.raw) == has_bytes:
            break
    assert type(error) is expected
    assert words in error.message
    assert situation.kept in error.raw
    assert bool(error.raw) == has_bytes


@every_connector
def test_a_policy_that_is_not_ours_is_refused(connector_class):
    names = {"policy_id", "contract_id"} & set(connector_class.credential_names)

    async def scene():
        async with meeting(connector_class) as met:
            wrong = {**met.account.credentials, **dict.fromkeys(names, "999999")}
            account = type(met.account)(met.account.base_url, wrong)
            with pytest.raises(PartnerRefused, match="réponse 403"):
                await met.another_connector(account).ask(RIMBAULT)

    asyncio.run(scene())
