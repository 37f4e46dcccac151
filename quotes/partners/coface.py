"""Coface's contract API (CofaServe): identify the company, order a limit, read the notification of the decision.

Forme supposée: only the login, the company look-up and the motivation codes are public (OUTSIDE_SYSTEMS.md §1.3). The
bodies of PRODUCT and NOTIFICATION follow the style of Coface's published business-information API and must be checked
against the contract's own documentation before a real key is used.
"""

import json
import re
from decimal import Decimal
from typing import ClassVar

from factortaboite.money import round_up_to_thousand
from quotes.partners.base import AccountSettings, Answer, KeepNumber, Question, Ticket
from quotes.partners.reading import Document, checked_answer, identification_scheme, not_identified
from quotes.partners.token import SignedWire, Token, credential
from quotes.partners.wire import Wire
from quotes.vocabulary import Decision, Reason

TOKEN = "/authentication/v1/token"
COMPANIES = "/companies/identifier"
ORDERS = "/products/orders"
NOTIFICATIONS = "/notifications"
IDENTIFIER_TYPES = {"siren": "SIREN", "vat": "VAT"}
DECISIONS = {
    "AGREED": Decision.GRANTED,
    "CONDITIONALLY_AGREED": Decision.CONDITIONAL,
    "PARTLY_AGREED": Decision.PARTIAL,
    "REFUSED": Decision.REFUSED,
    "REDUCED": Decision.REDUCED,
    "CANCELLED": Decision.WITHDRAWN,
}
UNDER_STUDY = "UNDER_STUDY"
# Coface's official list of motivation codes for credit opinions, grouped by what a broker can make of them.
REASONS = {
    code: reason
    for reason, codes in {
        Reason.NO_FINANCIALS: "AA14 EA05 EA16",
        Reason.OLD_FINANCIALS: "AA11 AA15 AA16",
        Reason.WEAK_FINANCIALS: "AA03 AA04 AA05 AA06 AA07 AA08 AA10 AA17 AA18 AA19 AA20 AB04 AB05 AB06 AB09 AB11 AB12 "
        "AB13 AB14 AB16 EA17",
        Reason.LOSSES: "AB01 AB03 AB10",
        Reason.LATE_PAYMENTS: "BA01 BA02 BA03 BA06",
        Reason.INSOLVENCY: "CA06 CA07",
        Reason.OUT_OF_BUSINESS: "CA08",
        Reason.NEW_COMPANY: "EA03",
        Reason.SMALL_BUSINESS: "AA13 EA21",
        Reason.SECTOR_OR_COUNTRY: "DB01 DC01 DC02 DC03 DC05 DC06 DC09 DC20 DD01 DD02",
        Reason.GROUP: "DA04 DA05 DA08 DA09 EA07 EA11",
        Reason.NOT_IDENTIFIED: "FA05",
    }.items()
    for code in codes.split()
}
MOTIVATION_CODE = re.compile(r"[A-Z]{2}\d{2}")
UNDERWRITER_POLL_SECONDS = 2.0


class Coface:
    """One account. Amounts are asked in whole thousands, rounded up."""

    code: ClassVar[str] = "coface"
    label: ClassVar[str] = "Coface"
    credential_names: ClassVar[tuple[str, ...]] = ("api_key", "username", "password", "policy_number", "contract_id")
    assumed_format: ClassVar[bool] = True

    def __init__(self, account: AccountSettings, wire: Wire, _keep_number: KeepNumber) -> None:
        self._account = account
        self._login_wire = wire
        self._wire = SignedWire(wire, self._fetch_token, lambda token: {**self._headers(), "Authorization": token})

    async def ask(self, question: Question) -> Ticket:
        easy_number = await self._easy_number(question)
        asked = round_up_to_thousand(question.requested)
        reply = await self._wire.call(
            "POST",
            ORDERS,
            json={
                "contractId": credential(self._account, "contract_id"),
                "productCode": "credit-limit",
                "easyNumber": easy_number,
                "amount": {"currency": "EUR", "value": int(asked)},
                "customerReference": question.reference,
            },
            expect=(200, 201, 202),
        )
        order = Document.of(reply)
        order.require(question.reference, "customerReference", what="une autre demande")
        return Ticket(json.dumps([order.identifier("orderId"), easy_number, str(asked)]), raw=reply.body)

    async def poll(self, question: Question, ticket: str) -> Answer | Ticket:
        order_id, easy_number, asked = json.loads(ticket)
        reply = await self._wire.call("GET", NOTIFICATIONS, params={"orderId": order_id})
        notifications = list(Document.of(reply).items("notifications"))
        if not notifications:
            return Ticket(ticket, raw=reply.body)
        latest = notifications[-1]
        latest.require(order_id, "orderId", what="une autre commande")
        latest.require(easy_number, "easyNumber", what="un autre acheteur")
        code = latest.text("decisionCode")
        if code == UNDER_STUDY:
            return Ticket(ticket, raw=reply.body, poll_after_seconds=UNDERWRITER_POLL_SECONDS, referred=True)
        return self._read(latest, code, order_id, Decimal(asked))

    def _read(self, notification: Document, code: str, order_id: str, asked: Decimal) -> Answer:
        if code not in DECISIONS:
            raise notification.unreadable(f"décision inconnue ({code})")
        notification.require("EUR", "grantedAmount", "currency", what="une autre devise")
        if notification.amount("requestedAmount", "value") != asked:
            raise notification.unreadable("elle porte sur un autre montant demandé")
        return checked_answer(
            notification,
            DECISIONS[code],
            asked=asked,
            permanent=notification.amount("grantedAmount", "value"),
            reasons=_reasons(notification),
            partner_reference=order_id,
        )

    async def _easy_number(self, question: Question) -> str:
        scheme = identification_scheme(question, IDENTIFIER_TYPES, self.label)
        reply = await self._wire.call(
            "GET",
            COMPANIES,
            params={
                "countryCode": question.country,
                "identifierType": scheme,
                "identifierValue": question.id_value,
            },
        )
        companies = list(Document.of(reply).items("companies"))
        if len(companies) != 1:
            raise not_identified(question, self.label, reply.body)
        return companies[0].identifier("easyNumber")

    def _headers(self) -> dict[str, str]:
        return {
            "x-api-key": credential(self._account, "api_key"),
            "X-COF-Policy-Number": credential(self._account, "policy_number"),
        }

    async def _fetch_token(self) -> Token:
        reply = await self._login_wire.call(
            "POST",
            TOKEN,
            headers=self._headers(),
            json={
                "grantType": "password",
                "username": credential(self._account, "username"),
                "password": credential(self._account, "password"),
            },
        )
        token = Document.of(reply)
        return Token(token.text("idToken"), float(token.amount("expiresIn")))


def _reasons(notification: Document) -> tuple[Reason, ...]:
    """Reasons of the motivation codes, once each; a well-formed code outside the list is "other"."""
    codes = [code.strip() for code in notification.text_or_empty("motivationCodes").split(",")]
    for code in filter(None, codes):
        if not MOTIVATION_CODE.fullmatch(code):
            raise notification.unreadable(f"code de motif inconnu ({code})")
    return tuple(dict.fromkeys(REASONS.get(code, Reason.OTHER) for code in filter(None, codes)))
