"""Strict reading, and what each format's codes mean, from bodies written by hand."""

import asyncio
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from quotes.partners.allianz_trade import AllianzTrade
from quotes.partners.atradius import Atradius
from quotes.partners.base import (
    AccountSettings,
    Answer,
    BrokenAnswer,
    BuyerNotIdentified,
    PartnerRefused,
    Question,
    Ticket,
    UnreadableAnswer,
)
from quotes.partners.coface import Coface
from quotes.partners.reading import Document, checked_answer
from quotes.partners.wire import Reply
from quotes.vocabulary import Decision, Reason
from tests.quotes.partners.harness import RIMBAULT


class CannedWire:
    """Gives a body for each end of path; `POST /covers` is refused with the status given."""

    def __init__(self, bodies: dict[str, object], *, order_status: int = 200) -> None:
        self.bodies = bodies
        self.order_status = order_status

    async def call(self, method, path, **rest) -> Reply:
        if method == "POST" and path.endswith("/covers"):
            return Reply(self.order_status, {}, json.dumps(self.bodies["order"]).encode())
        body = next(body for end, body in self.bodies.items() if path.endswith(end))
        return Reply(200, {}, json.dumps(body).encode())


def connected(connector_class, bodies: dict[str, object], **statuses):
    account = AccountSettings("https://partner.example", dict.fromkeys(connector_class.credential_names, "x"))
    return connector_class(account, CannedWire(bodies, **statuses), lambda question, number: None)


def read(connector_class, bodies: dict[str, object], ticket: list[str]) -> Answer | Ticket:
    return asyncio.run(connected(connector_class, bodies).poll(RIMBAULT, json.dumps(ticket)))


def test_amounts_count_cents():
    document = Document({"tiny": Decimal("1E-999999"), "third": Decimal("33.333")}, b"proof")
    assert (document.amount("tiny"), document.amount("third")) == (Decimal("0.00"), Decimal("33.33"))


@pytest.mark.parametrize("number", ["1e99999999999999999999", "9" * 5000])
def test_numbers_that_nobody_can_hold_are_unreadable(number):
    with pytest.raises(UnreadableAnswer):
        Reply(200, {}, f'{{"a": {number}}}'.encode()).json()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("10", id="text"),
        pytest.param(True, id="boolean"),
        pytest.param(None, id="nothing"),
        pytest.param(-1, id="negative"),
        pytest.param(Decimal("1E+99"), id="absurd"),
    ],
)
def test_what_is_not_an_amount(value):
    with pytest.raises(UnreadableAnswer) as caught:
        Document({"a": value}, b"proof").amount("a")
    assert caught.value.raw == b"proof"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(5, id="number"),
        pytest.param("  ", id="blank"),
        pytest.param("a\x00b", id="a character no database takes"),
        pytest.param("\ud800", id="half a character"),
        pytest.param("x" * 2001, id="too long"),
    ],
)
def test_what_is_not_a_text(value):
    with pytest.raises(UnreadableAnswer):
        Document([value], b"").text(0)


def test_paths_that_lead_nowhere():
    document = Document({"a": [{"b": 1}]}, b"")
    assert document.has("a", 0, "b")
    assert not any((document.has("a", 1), document.has("a", "b"), document.has("c", "d"), document.has(0)))
    with pytest.raises(UnreadableAnswer, match="liste attendue"):
        document.items("a", 0)
    with pytest.raises(UnreadableAnswer, match="date attendue"):
        Document({"day": "22/11/2026"}, b"").day_or_none("day")


@pytest.mark.parametrize(
    ("decision", "permanent", "temporary", "until"),
    [
        pytest.param(Decision.GRANTED, 40, 0, None, id="granted less than asked"),
        pytest.param(Decision.PARTIAL, 50, 0, None, id="partial in full"),
        pytest.param(Decision.PARTIAL, 0, 0, None, id="partial of nothing"),
        pytest.param(Decision.CONDITIONAL, 0, 0, None, id="conditions on nothing"),
        pytest.param(Decision.REFUSED, 10, 0, None, id="refused with an amount"),
        pytest.param(Decision.WITHDRAWN, 10, 0, None, id="withdrawn with an amount"),
        pytest.param(Decision.REDUCED, 60, 0, None, id="more than asked"),
        pytest.param(Decision.PARTIAL, 30, 30, date(2027, 1, 1), id="more than asked with the temporary amount"),
        pytest.param(Decision.PARTIAL, 20, 20, None, id="temporary without end"),
    ],
)
def test_an_answer_that_contradicts_itself(decision, permanent, temporary, until):
    with pytest.raises(UnreadableAnswer):
        checked_answer(
            Document({}, b"{}"),
            decision,
            asked=Decimal(50),
            permanent=Decimal(permanent),
            temporary=Decimal(temporary),
            temporary_until=until,
            partner_reference="1",
        )


def atradius_cover(code: str, first: int, second: int = 0, **more) -> dict:
    cover = {
        "coverId": 7,
        "buyerId": 11223344,
        "policyCurrencyCode": "EUR",
        "creditLimitApplicationAmountInPolicyCurrency": 25_000,
        "coverStatus": "DECISION",
        "decisionCode": code,
        "totalDecision": {"decisionAmtInPolicyCurrency": first + second, "decisionConditions": []},
        "firstAmtDecision": {"decisionAmtInPolicyCurrency": first},
    }
    if second:
        cover["secondAmtDecision"] = {
            "decisionAmtInPolicyCurrency": second,
            "decisionExpiryDate": "2027-02-28T23:00:00",
        }
    return cover | more


def read_atradius(cover: dict) -> Answer | Ticket:
    bodies = {"/tokens": {"data": {"access_token": "t", "expires_in": 1800}}, "/covers": {"data": [cover]}}
    return read(Atradius, bodies, ["7", "11223344", "25000"])


@pytest.mark.parametrize(
    ("code", "granted", "decision"),
    [
        pytest.param("DC01", 25_000, Decision.GRANTED, id="DC01"),
        pytest.param("DC02", 25_000, Decision.CONDITIONAL, id="DC02"),
        pytest.param("DC03", 0, Decision.REFUSED, id="DC03"),
        pytest.param("DC04", 10_000, Decision.PARTIAL, id="DC04"),
        pytest.param("DC05", 5_000, Decision.INCREASE_REFUSED, id="DC05"),
        pytest.param("DC06", 10_000, Decision.PARTIAL, id="DC06"),
        pytest.param("DC07", 0, Decision.REFUSED, id="DC07"),
        pytest.param("DC08", 0, Decision.WITHDRAWN, id="DC08"),
        pytest.param("DC09", 8_000, Decision.REDUCED, id="DC09"),
        pytest.param("DC10", 20_000, Decision.CONDITIONAL, id="DC10"),
        pytest.param("DC11", 25_000, Decision.GRANTED, id="DC11 in full"),
        pytest.param("DC11", 20_000, Decision.PARTIAL, id="DC11 in part"),
        pytest.param("DC21", 25_000, Decision.WITHDRAWAL_ANNOUNCED, id="DC21"),
        pytest.param("DC22", 8_000, Decision.REDUCED, id="DC22"),
    ],
)
def test_atradius_decision_codes(code, granted, decision):
    answer = read_atradius(atradius_cover(code, granted))
    assert (answer.decision, answer.permanent) == (decision, granted)
    assert bool(answer.conditions) == (code in ("DC06", "DC07"))  # said to be provisional


def test_atradius_two_amounts():
    answer = read_atradius(atradius_cover("DC04", 10_000, 5_000))
    assert (answer.permanent, answer.temporary, answer.temporary_until) == (10_000, 5_000, date(2027, 2, 28))


def test_atradius_tells_conditions_from_reasons():
    cover = atradius_cover("DC04", 10_000)
    cover["totalDecision"]["decisionConditions"] = [
        {"conditionCategoryDescription": "Losses", "conditionDescription": "Recent losses"},
        {"conditionCategoryDescription": "Security", "conditionDescription": "Parent company guarantee"},
    ]
    answer = read_atradius(cover)
    assert (answer.reasons, answer.conditions) == ((Reason.LOSSES,), ("Parent company guarantee",))


def test_atradius_amounts_that_do_not_add_up():
    cover = atradius_cover("DC04", 10_000, 5_000)
    cover["totalDecision"]["decisionAmtInPolicyCurrency"] = 16_000
    with pytest.raises(UnreadableAnswer, match="ne font pas le total"):
        read_atradius(cover)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({"historicCode": "RCLA"}, PartnerRefused, id="rejected application"),
        pytest.param({"historicCode": "ECLD"}, PartnerRefused, id="expired decision"),
        pytest.param({"historicCode": "ZZZZ"}, UnreadableAnswer, id="unknown history"),
        pytest.param({"coverStatus": "LOST"}, UnreadableAnswer, id="unknown status"),
        pytest.param(
            {"creditLimitApplicationAmountInPolicyCurrency": 30_000}, UnreadableAnswer, id="another amount asked"
        ),
    ],
)
def test_atradius_covers_that_are_not_an_answer(more, expected):
    with pytest.raises(expected):
        read_atradius(atradius_cover("DC01", 25_000, **more))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"historicCode": "MCLD"}, id="a maintained cover lives on"),
        pytest.param({"historicCode": None}, id="no history"),
    ],
)
def test_atradius_covers_that_live_on(more):
    assert read_atradius(atradius_cover("DC01", 25_000, **more)).decision is Decision.GRANTED


def test_an_atradius_cover_that_is_not_listed_yet_is_waited_for():
    assert isinstance(read_atradius(atradius_cover("DC01", 25_000, coverId=8)), Ticket)


def read_coface(code: str, granted: int, motivation_codes: str = "") -> Answer | Ticket:
    notification = {
        "orderId": "5",
        "easyNumber": "00000000000042",
        "decisionCode": code,
        "requestedAmount": {"currency": "EUR", "value": 25_000},
        "grantedAmount": {"currency": "EUR", "value": granted},
        "motivationCodes": motivation_codes,
    }
    bodies = {"/token": {"idToken": "t", "expiresIn": 3600}, "/notifications": {"notifications": [notification]}}
    return read(Coface, bodies, ["5", "00000000000042", "25000"])


@pytest.mark.parametrize(
    ("codes", "reasons"),
    [
        pytest.param("AA14,AA15", (Reason.NO_FINANCIALS, Reason.OLD_FINANCIALS), id="two reasons"),
        pytest.param("AA05, AB09", (Reason.WEAK_FINANCIALS,), id="two codes of one reason"),
        pytest.param("DA08", (Reason.GROUP,), id="revisable with the parent's guarantee"),
        pytest.param("CA07", (Reason.INSOLVENCY,), id="liquidation"),
        pytest.param("XX99", (Reason.OTHER,), id="well-formed but outside the list"),
        pytest.param("", (), id="none given"),
    ],
)
def test_coface_motivation_codes(codes, reasons):
    assert read_coface("PARTLY_AGREED", 10_000, codes).reasons == reasons


def test_a_coface_motivation_that_is_no_code():
    with pytest.raises(UnreadableAnswer, match="code de motif inconnu"):
        read_coface("REFUSED", 0, "because")


@pytest.mark.parametrize(
    ("code", "granted", "decision"),
    [
        pytest.param("AGREED", 25_000, Decision.GRANTED, id="agreed"),
        pytest.param("CONDITIONALLY_AGREED", 25_000, Decision.CONDITIONAL, id="conditionally agreed"),
        pytest.param("REDUCED", 10_000, Decision.REDUCED, id="reduced"),
        pytest.param("CANCELLED", 0, Decision.WITHDRAWN, id="cancelled"),
    ],
)
def test_coface_decision_codes(code, granted, decision):
    assert read_coface(code, granted).decision is decision


def read_allianz(limits: list, job: dict | None = None) -> Answer | Ticket:
    cover = {
        "coverId": "c-1",
        "companyId": "12345678",
        "creditLimitDetails": {"requestedAmount": 25_000, "currencyCode": "EUR"},
        "creditLimitsAggregation": {"creditLimits": limits},
    }
    bodies = {
        "/authorize": {"access_token": "t", "expires_in": 3600},
        "/jobs/j-1": job or {"jobStatusCode": "Processed", "resourceUrl": "https://elsewhere.example/covers/c-1/"},
        "/riskinfo/v3/covers/c-1": cover,
    }
    return read(AllianzTrade, bodies, ["j-1", "12345678", "25000"])


@pytest.mark.parametrize(
    ("status", "granted", "decision"),
    [
        pytest.param("AlreadyAgreed", 25_000, Decision.GRANTED, id="already agreed"),
        pytest.param("AlreadyAgreed", 20_000, Decision.PARTIAL, id="already agreed for less"),
        pytest.param("PartiallyAgreed", 10_000, Decision.PARTIAL, id="partially agreed"),
        pytest.param("Refused", 0, Decision.REFUSED, id="refused"),
    ],
)
def test_allianz_trade_statuses(status, granted, decision):
    answer = read_allianz([{"technicalDecisionStatusCode": status, "amount": granted}])
    assert (answer.decision, answer.permanent) == (decision, granted)


@pytest.mark.parametrize(
    ("limits", "job"),
    [
        pytest.param([], None, id="no limit"),
        pytest.param([{"technicalDecisionStatusCode": "Agreed", "amount": 1}] * 2, None, id="two limits"),
        pytest.param([{"technicalDecisionStatusCode": "Agreed", "amount": 0}], None, id="agreed for nothing"),
        pytest.param([], {"jobStatusCode": "EXPLODED"}, id="unknown job status"),
        pytest.param([], {"jobStatusCode": "PROCESSED"}, id="processed without a cover"),
    ],
)
def test_allianz_trade_answers_that_are_none(limits, job):
    with pytest.raises(UnreadableAnswer):
        read_allianz(limits, job)


ATRADIUS_TOKEN = {"data": {"access_token": "t", "expires_in": 1800}}
ALREADY_EXISTS = {"errors": [{"detail": "Credit limit/credit check already exists for this buyer."}]}


def ask_atradius(order_status: int, order: dict, covers: list, buyers: list, question: Question = RIMBAULT):
    bodies = {
        "/tokens": ATRADIUS_TOKEN,
        "/buyers": {"data": buyers},
        "/covers": {"data": covers},
        "order": order,
    }
    return asyncio.run(connected(Atradius, bodies, order_status=order_status).ask(question))


def test_a_cover_that_somebody_else_asked_is_not_taken_for_ours():
    theirs = atradius_cover("DC01", 25_000, customerRefNumber="another reference")
    with pytest.raises(PartnerRefused, match="already exists for this buyer"):
        ask_atradius(400, ALREADY_EXISTS, [theirs], [{"buyerId": 11223344}])
    ours = atradius_cover("DC01", 25_000, customerRefNumber="ref-1")
    assert ask_atradius(400, ALREADY_EXISTS, [theirs, ours], [{"buyerId": 11223344}]).permanent == 25_000


def test_an_order_refused_inside_a_success():
    order = {"data": [{"coverId": 7, "response": "Action has been refused."}]}
    with pytest.raises(PartnerRefused, match="Action has been refused."):
        ask_atradius(201, order, [], [{"buyerId": 11223344}])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(b'{"errors": [{"detail": "No buyer match found"}]}', BuyerNotIdentified, id="its own words"),
        pytest.param(b"", BuyerNotIdentified, id="no words"),
        pytest.param(b"<!doctype html><h1>Not Found</h1>", BrokenAnswer, id="a page of its gateway"),
    ],
)
def test_a_buyer_that_atradius_does_not_find(body, error):
    class LostWire(CannedWire):
        async def call(self, method, path, **rest) -> Reply:
            return Reply(404, {}, body) if path.endswith("/buyers") else await super().call(method, path, **rest)

    account = AccountSettings("https://partner.example", dict.fromkeys(Atradius.credential_names, "x"))
    connector = Atradius(account, LostWire({"/tokens": ATRADIUS_TOKEN}), lambda question, number: None)
    with pytest.raises(error) as raised:
        asyncio.run(connector.ask(RIMBAULT))
    assert type(raised.value) is error
    assert raised.value.raw == body


@pytest.mark.parametrize(
    ("buyers", "question"),
    [
        pytest.param([], RIMBAULT, id="nobody"),
        pytest.param([{"buyerId": 1}, {"buyerId": 2}], RIMBAULT, id="two companies"),
        pytest.param([{"buyerId": 1}], replace(RIMBAULT, country="ZZ"), id="a country that is none"),
    ],
)
def test_atradius_buyers_that_are_not_one_company(buyers, question):
    with pytest.raises(BuyerNotIdentified):
        ask_atradius(201, {}, [], buyers, question)


def match(company_id: str, siren: str) -> dict:
    return {"company": {"companyId": company_id, "companyIdentifiers": [{"idTypeCode": "SIREN", "idValue": siren}]}}


@pytest.mark.parametrize(
    ("results", "company_id"),
    [
        pytest.param([match("1", "000100123")], "1", id="the one asked for"),
        pytest.param([match("2", "000100131"), match("1", "000100123")], "1", id="among others"),
        pytest.param([match("2", "000100131")], None, id="only a look-alike"),
        pytest.param([match("1", "000100123"), match("2", "000100123")], None, id="two for one identifier"),
    ],
)
def test_allianz_trade_matches_are_checked_against_the_identifier(results, company_id):
    bodies = {
        "/authorize": {"access_token": "t", "expires_in": 3600},
        "/matching": {"results": results},
        "order": "j-1",
    }
    connector = connected(AllianzTrade, bodies, order_status=202)
    if company_id is None:
        with pytest.raises(BuyerNotIdentified):
            asyncio.run(connector.ask(RIMBAULT))
    else:
        assert json.loads(asyncio.run(connector.ask(RIMBAULT)).value) == ["j-1", company_id, "25000"]


def test_allianz_trade_has_other_paths_on_its_test_host():
    paths = []

    class NotingWire(CannedWire):
        async def call(self, method, path, **rest) -> Reply:
            paths.append(path)
            return await super().call(method, path, **rest)

    bodies = {
        "/authorize": {"access_token": "t", "expires_in": 3600},
        "/matching": {"results": [match("1", "000100123")]},
        "order": "j-1",
    }
    account = AccountSettings(
        "https://api-services.uat.1placedessaisons.com", dict.fromkeys(AllianzTrade.credential_names, "x")
    )
    wire = NotingWire(bodies, order_status=202)
    asyncio.run(AllianzTrade(account, wire, lambda question, number: None).ask(RIMBAULT))
    assert paths == [
        "/uatm/v1/idp/oauth2/authorize",
        "/search/uatm-v2/companies/matching",
        "/uatm/riskinfo/v3/covers",
    ]
