"""Atradius' API: find the buyer, apply for a cover, read the decision (OUTSIDE_SYSTEMS.md §1.2).

The calls, fields and decision codes are those of client code in use. Three details are not confirmed by it: the name
of the VAT identifier type, `customerRefNumber` in the covers read back, and the category texts that give a reason.
"""

import asyncio
import base64
import json
import uuid
from datetime import date
from decimal import Decimal
from typing import ClassVar

from factortaboite.money import round_up_to_thousand
from quotes.partners.base import (
    AccountSettings,
    Answer,
    BuyerNotIdentified,
    KeepNumber,
    PartnerRefused,
    Question,
    Ticket,
)
from quotes.partners.reading import Document, checked_answer, identification_scheme, not_identified
from quotes.partners.token import SignedWire, Token, credential
from quotes.partners.wire import Reply, Wire, partner_words
from quotes.vocabulary import Decision, Reason

TOKENS = "/authenticate/v2/tokens"
BUYERS = "/credit-insurance/organisation-management/v1/buyers"
COVERS = "/credit-insurance/cover-management/v1/covers"
IDENTIFIER_TYPES = {"siren": "SN", "vat": "VAT"}
# ISO 3166-1: this API writes countries with three letters.
COUNTRIES = {
    pair[:2]: pair[3:]
    for pair in (
        "AT:AUT BE:BEL BG:BGR CA:CAN CH:CHE CY:CYP CZ:CZE DE:DEU DK:DNK EE:EST ES:ESP FI:FIN FR:FRA GB:GBR "
        "GR:GRC HR:HRV HU:HUN IE:IRL IS:ISL IT:ITA LI:LIE LT:LTU LU:LUX LV:LVA MA:MAR MC:MCO MT:MLT NL:NLD "
        "NO:NOR PL:POL PT:PRT RO:ROU SE:SWE SI:SVN SK:SVK TN:TUN TR:TUR US:USA"
    ).split()
}
BY_AMOUNT = None
DECISIONS = {
    "DC01": Decision.GRANTED,
    "DC02": Decision.CONDITIONAL,
    "DC03": Decision.REFUSED,
    "DC04": Decision.PARTIAL,
    "DC05": Decision.INCREASE_REFUSED,
    "DC06": Decision.PARTIAL,
    "DC07": Decision.REFUSED,
    "DC08": Decision.WITHDRAWN,
    "DC09": Decision.REDUCED,
    "DC10": Decision.CONDITIONAL,  # revised terms
    "DC11": BY_AMOUNT,  # reissue of an unchanged decision, which it does not repeat
    "DC21": Decision.WITHDRAWAL_ANNOUNCED,
    "DC22": Decision.REDUCED,
}
PROVISIONAL = frozenset({"DC06", "DC07"})
ALIVE = frozenset({"", "ACLD", "ICLD", "MCLD"})  # historic codes under which the cover lives on
ENDED = {
    "CCLA": "annulée",
    "RCLA": "rejetée",
    "SCLA": "remplacée",
    "TCLA": "transférée",
    "ARCH": "archivée",
    "CCLD": "annulée",
    "CIND": "annulée",
    "ECLD": "expirée",
    "PCLD": "annulée avec la police",
    "SCLD": "remplacée",
    "TCLD": "transférée",
    "WCLD": "retirée",
}
REASONS = {
    "No financial information": Reason.NO_FINANCIALS,
    "Outdated financial information": Reason.OLD_FINANCIALS,
    "Financial situation": Reason.WEAK_FINANCIALS,
    "Losses": Reason.LOSSES,
    "Payment experience": Reason.LATE_PAYMENTS,
    "Recently established": Reason.NEW_COMPANY,
    "Maximum exposure": Reason.LIMIT_FULL,
}
UNDERWRITER_POLL_SECONDS = 2.0
ALREADY_EXISTS = "already exists"


class Atradius:
    """One account. Amounts are asked in whole thousands, rounded up; a decision may hold two amounts."""

    code: ClassVar[str] = "atradius"
    label: ClassVar[str] = "Atradius"
    credential_names: ClassVar[tuple[str, ...]] = ("client_id", "client_secret", "app_key", "customer_id", "policy_id")
    assumed_format: ClassVar[bool] = False

    def __init__(self, account: AccountSettings, wire: Wire, keep_number: KeepNumber) -> None:
        self._account = account
        self._keep_number = keep_number
        self._numbers: dict[tuple[str, ...], str] = {}
        self._look_ups: dict[tuple[str, ...], asyncio.Lock] = {}
        self._login_wire = wire
        self._wire = SignedWire(wire, self._fetch_token, lambda token: self._headers(f"Bearer {token}"))

    async def ask(self, question: Question) -> Answer | Ticket:
        buyer_id, was_known = await self._buyer_id(question)
        asked = round_up_to_thousand(question.requested)
        reply = await self._apply(question, buyer_id, asked)
        if reply.status == 404 and was_known:
            buyer_id, _ = await self._buyer_id(question, outdated=buyer_id)
            reply = await self._apply(question, buyer_id, asked)
        if reply.status >= 400:
            return await self._read_existing(question, buyer_id, asked, refusal=reply)
        created = Document.of(reply)
        if "refused" in created.text_or_empty("data", 0, "response"):
            raise PartnerRefused(
                f"Atradius refuse la demande : « {created.text('data', 0, 'response')} »", raw=reply.body
            )
        cover_id = created.identifier("data", 0, "coverId")
        ticket = json.dumps([cover_id, buyer_id, str(asked)])
        if reply.status == 202:
            return Ticket(ticket, raw=reply.body, poll_after_seconds=UNDERWRITER_POLL_SECONDS, referred=True)
        return await self.poll(question, ticket)

    async def poll(self, question: Question, ticket: str) -> Answer | Ticket:
        cover_id, buyer_id, asked = json.loads(ticket)
        covers = await self._covers(buyer_id)
        for cover in covers.items("data"):
            if cover.identifier("coverId") == cover_id:
                return self._read(cover, buyer_id, Decimal(asked))
        # Just created and not listed yet: absence is not a decision.
        return Ticket(ticket, raw=covers.raw, poll_after_seconds=UNDERWRITER_POLL_SECONDS)

    async def _apply(self, question: Question, buyer_id: str, asked: Decimal) -> Reply:
        return await self._wire.call(
            "POST",
            COVERS,
            json={
                "customerId": _number(credential(self._account, "customer_id")),
                "policyId": credential(self._account, "policy_id"),
                "buyerId": _number(buyer_id),
                "coverType": "credit-limit",
                "currencyCode": "EUR",
                "creditLimitAmount": int(asked),
                "effectFromDate": date.today().isoformat(),
                "customerRefNumber": question.reference,
            },
            expect=(201, 202, 400, 404, 409, 422),
        )

    async def _read_existing(
        self, question: Question, buyer_id: str, asked: Decimal, *, refusal: Reply
    ) -> Answer | Ticket:
        """The cover that an earlier, interrupted call of ours created; any other refusal of the call is final."""
        words = partner_words(refusal)
        if ALREADY_EXISTS in words:
            for cover in (await self._covers(buyer_id)).items("data"):
                if cover.text_or_empty("customerRefNumber") == question.reference:
                    return self._read(cover, buyer_id, asked)
        raise PartnerRefused(
            f"Atradius refuse l’appel (réponse {refusal.status})" + (f" : « {words} »" if words else "."),
            raw=refusal.body,
        )

    async def _covers(self, buyer_id: str) -> Document:
        return Document.of(
            await self._wire.call(
                "GET",
                COVERS,
                params={
                    "policyId": credential(self._account, "policy_id"),
                    "customerId": credential(self._account, "customer_id"),
                    "buyerId": buyer_id,
                },
            )
        )

    def _read(self, cover: Document, buyer_id: str, asked: Decimal) -> Answer | Ticket:
        cover_id = cover.identifier("coverId")
        cover.require(buyer_id, "buyerId", what="un autre acheteur")
        cover.require("EUR", "policyCurrencyCode", what="une autre devise")
        if cover.amount("creditLimitApplicationAmountInPolicyCurrency") != asked:
            raise cover.unreadable("elle porte sur un autre montant demandé")
        ended = cover.text_or_empty("historicCode")
        if ended in ENDED:
            raise PartnerRefused(f"Demande {ENDED[ended]} chez Atradius ({ended}).", raw=cover.raw)
        status = cover.text("coverStatus")
        if ended not in ALIVE or status not in ("REFERRED", "DECISION"):
            raise cover.unreadable(f"état inconnu ({ended or status})")
        if status == "REFERRED":
            ticket = json.dumps([cover_id, buyer_id, str(asked)])
            return Ticket(ticket, raw=cover.raw, poll_after_seconds=UNDERWRITER_POLL_SECONDS, referred=True)
        return self._read_decision(cover, asked, cover_id)

    def _read_decision(self, cover: Document, asked: Decimal, cover_id: str) -> Answer:
        code = cover.text("decisionCode")
        if code not in DECISIONS:
            raise cover.unreadable(f"décision inconnue ({code})")
        total = cover.amount("totalDecision", "decisionAmtInPolicyCurrency")
        permanent = cover.amount("firstAmtDecision", "decisionAmtInPolicyCurrency")
        temporary = (
            cover.amount("secondAmtDecision", "decisionAmtInPolicyCurrency")
            if cover.has("secondAmtDecision")
            else Decimal(0)
        )
        if permanent + temporary != total:
            raise cover.unreadable("ses deux montants ne font pas le total")
        conditions, reasons = self._read_conditions(cover)
        if code in PROVISIONAL:
            conditions = ("Décision provisoire, à confirmer par Atradius", *conditions)
        return checked_answer(
            cover,
            DECISIONS[code] or (Decision.GRANTED if total == asked else Decision.PARTIAL),
            asked=asked,
            permanent=permanent,
            temporary=temporary,
            temporary_until=cover.day_or_none("secondAmtDecision", "decisionExpiryDate"),
            conditions=conditions,
            reasons=reasons,
            partner_reference=cover_id,
        )

    def _read_conditions(self, cover: Document) -> tuple[tuple[str, ...], tuple[Reason, ...]]:
        """Conditions of the cover, and reasons for what was not granted: this API lists them together."""
        conditions: list[str] = []
        reasons: dict[Reason, None] = {}
        if cover.has("totalDecision", "decisionConditions"):
            for condition in cover.items("totalDecision", "decisionConditions"):
                category = condition.text_or_empty("conditionCategoryDescription")
                if category in REASONS:
                    reasons[REASONS[category]] = None
                else:
                    conditions.append(condition.text("conditionDescription"))
        return tuple(conditions), tuple(reasons)

    async def _buyer_id(self, question: Question, *, outdated: str = "") -> tuple[str, bool]:
        """Atradius' number of the buyer, and whether it was known. A look-up may be charged: those who ask about the
        same buyer at once share one, and those who ask later find it in `question.number`."""
        scheme = identification_scheme(question, IDENTIFIER_TYPES, self.label)
        if question.country not in COUNTRIES:
            raise BuyerNotIdentified(f"Pays non pris en charge chez Atradius : {question.country}.")
        buyer = (question.country, scheme, question.id_value)
        async with self._look_ups.setdefault(buyer, asyncio.Lock()):
            known = self._numbers.setdefault(buyer, question.number)
            if known and known != outdated:
                return known, True
            if known:
                self._numbers[buyer] = ""
                self._keep_number(question, "")
            self._numbers[buyer] = found = await self._look_up(question, scheme)
            self._keep_number(question, found)
            return found, False

    async def _look_up(self, question: Question, scheme: str) -> str:
        reply = await self._wire.call(
            "GET",
            BUYERS,
            params={"country": COUNTRIES[question.country], "uid": question.id_value, "uidType": scheme},
            expect=(200, 404),
        )
        if reply.status == 404 and reply.body:
            reply.json()  # a web page says nothing about the buyer
        buyers = [] if reply.status == 404 else list(Document.of(reply).items("data"))
        if len(buyers) != 1:
            raise not_identified(question, self.label, reply.body)
        return buyers[0].identifier("buyerId")

    def _headers(self, authorization: str) -> dict[str, str]:
        return {
            "Authorization": authorization,
            "Atradius-App-Key": credential(self._account, "app_key"),
            "Atradius-Correlation-Id": str(uuid.uuid4()),
        }

    async def _fetch_token(self) -> Token:
        pair = f"{credential(self._account, 'client_id')}:{credential(self._account, 'client_secret')}"
        headers = self._headers("Basic " + base64.b64encode(pair.encode()).decode())
        headers["Content-Type"] = "application/json"
        token = Document.of(await self._login_wire.call("POST", TOKENS, headers=headers))
        return Token(token.text("data", "access_token"), float(token.amount("data", "expires_in")))


def _number(identifier: str) -> int | str:
    """This API writes its own identifiers as numbers."""
    return int(identifier) if identifier.isascii() and identifier.isdigit() else identifier
