"""Allianz Trade's Cover V3 API: identify the company, ask a cover, follow the job, read the cover.

Known from the vendor's pages and from client code in use: the token exchange, the four paths and their test variants,
the bodies of matching and of the cover request, the job, and `creditLimitsAggregation` (OUTSIDE_SYSTEMS.md §1.1).
Forme supposée: `companyIdentifiers` in a match and their type codes, `customerReference`, the cover's fields other
than its credit limits, every decision code except AlreadyAgreed, and the reasons.
"""

import json
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar
from urllib.parse import quote, urlsplit

from quotes.partners.base import AccountSettings, Answer, KeepNumber, Question, Ticket
from quotes.partners.reading import Document, checked_answer, identification_scheme, not_identified
from quotes.partners.token import SignedWire, Token, credential
from quotes.partners.wire import Wire
from quotes.vocabulary import Decision, Reason

PATHS = {"token": "/v1/idp/oauth2/authorize", "search": "/search/v2", "risk": "/riskinfo/v3"}
TEST_PATHS = {"token": "/uatm/v1/idp/oauth2/authorize", "search": "/search/uatm-v2", "risk": "/uatm/riskinfo/v3"}
TEST_HOST = "api-services.uat.1placedessaisons.com"
IDENTIFIER_CODES = {"siren": "SIREN", "vat": "VAT"}
AGREED = frozenset({"AGREED", "ALREADYAGREED", "PARTIALLYAGREED"})
REFUSED = "REFUSED"
WITH_UNDERWRITER = "PENDING"
REASONS = {
    "NO_FINANCIALS": Reason.NO_FINANCIALS,
    "OLD_FINANCIALS": Reason.OLD_FINANCIALS,
    "WEAK_FINANCIALS": Reason.WEAK_FINANCIALS,
    "LOSSES": Reason.LOSSES,
    "LATE_PAYMENTS": Reason.LATE_PAYMENTS,
    "NEW_COMPANY": Reason.NEW_COMPANY,
    "CAPACITY": Reason.LIMIT_FULL,
}
UNDERWRITER_POLL_SECONDS = 2.0


class AllianzTrade:
    """One account. Amounts are asked in whole euros, rounded up."""

    code: ClassVar[str] = "allianz_trade"
    label: ClassVar[str] = "Allianz Trade"
    credential_names: ClassVar[tuple[str, ...]] = ("api_key", "business_unit_code", "policy_id")
    assumed_format: ClassVar[bool] = True

    def __init__(self, account: AccountSettings, wire: Wire, _keep_number: KeepNumber) -> None:
        self._account = account
        self._login_wire = wire
        self._paths = TEST_PATHS if urlsplit(account.base_url).hostname == TEST_HOST else PATHS
        self._wire = SignedWire(wire, self._fetch_token, lambda token: {"Authorization": f"Bearer {token}"})

    async def ask(self, question: Question) -> Ticket:
        company_id = await self._company_id(question)
        asked = question.requested.to_integral_value(ROUND_CEILING)
        reply = await self._wire.call(
            "POST",
            self._paths["risk"] + "/covers",
            json={
                "requestTypeCode": "Primary",
                "policy": self._policy(),
                "companyId": company_id,
                "isRequestUrgent": False,
                "creditLimitDetails": {"requestedAmount": int(asked), "currencyCode": "EUR"},
                "customerReference": question.reference,
            },
            expect=(200, 201, 202),
        )
        job_id = Document.of(reply).identifier()
        return Ticket(json.dumps([job_id, company_id, str(asked)]), raw=reply.body)

    async def poll(self, question: Question, ticket: str) -> Answer | Ticket:
        job_id, company_id, asked = json.loads(ticket)
        reply = await self._wire.call("GET", f"{self._paths['risk']}/jobs/{quote(job_id, safe='')}")
        job = Document.of(reply)
        status = job.text("jobStatusCode").upper()
        if status == "PENDING":
            return Ticket(ticket, raw=reply.body)
        if status != "PROCESSED":
            raise job.unreadable(f"état de traitement inconnu ({status})")
        # The address of the cover may be absolute: only its last part is used, so that no answer sends us elsewhere.
        cover_id = urlsplit(job.text("resourceUrl")).path.rstrip("/").rpartition("/")[2]
        reply = await self._wire.call("GET", f"{self._paths['risk']}/covers/{cover_id}")
        return self._read(Document.of(reply), ticket, company_id, Decimal(asked))

    def _read(self, cover: Document, ticket: str, company_id: str, asked: Decimal) -> Answer | Ticket:
        cover.require(company_id, "companyId", what="un autre acheteur")
        cover.require("EUR", "creditLimitDetails", "currencyCode", what="une autre devise")
        if cover.amount("creditLimitDetails", "requestedAmount") != asked:
            raise cover.unreadable("elle porte sur un autre montant demandé")
        limits = list(cover.items("creditLimitsAggregation", "creditLimits"))
        if len(limits) != 1:
            raise cover.unreadable("une seule limite attendue")
        status = limits[0].text("technicalDecisionStatusCode").upper()
        if status == WITH_UNDERWRITER:
            return Ticket(ticket, raw=cover.raw, poll_after_seconds=UNDERWRITER_POLL_SECONDS, referred=True)
        granted = limits[0].amount("amount")
        if status == REFUSED:
            decision = Decision.REFUSED
        elif status in AGREED:
            decision = Decision.PARTIAL if granted < asked else Decision.GRANTED
        else:
            raise cover.unreadable(f"décision inconnue ({status})")
        reasons = cover.items("decisionReasons") if cover.has("decisionReasons") else ()
        return checked_answer(
            cover,
            decision,
            asked=asked,
            permanent=granted,
            reasons=tuple(dict.fromkeys(REASONS.get(reason.text("code"), Reason.OTHER) for reason in reasons)),
            partner_reference=cover.identifier("coverId"),
        )

    async def _company_id(self, question: Question) -> str:
        """The insurer's number of the buyer. A match without the identifier we gave would be a guess: left out."""
        scheme = identification_scheme(question, IDENTIFIER_CODES, self.label)
        reply = await self._wire.call(
            "POST",
            self._paths["search"] + "/companies/matching",
            json={
                "requestedSize": 2,
                "companyName": question.name,
                "countryCode": question.country,
                "companyIdentifiers": [{"idTypeCode": scheme, "idValue": question.id_value}],
                "companyIdentifierTypeCode": "EH",
                "minimumScore": 0,
            },
        )
        document = Document.of(reply)
        companies = [
            result.identifier("company", "companyId")
            for result in document.items("results")
            if any(
                identifier.text("idTypeCode") == scheme and identifier.text("idValue") == question.id_value
                for identifier in result.items("company", "companyIdentifiers")
            )
        ]
        if len(companies) != 1:
            raise not_identified(question, self.label, reply.body)
        return companies[0]

    def _policy(self) -> dict[str, str]:
        return {
            "businessUnitCode": credential(self._account, "business_unit_code"),
            "policyId": credential(self._account, "policy_id"),
        }

    async def _fetch_token(self) -> Token:
        key = credential(self._account, "api_key")
        token = Document.of(await self._login_wire.call("POST", self._paths["token"], json={"apiKey": key}))
        return Token(token.text("access_token"), float(token.amount("expires_in")))
