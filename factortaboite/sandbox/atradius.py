"""Twin of Atradius' API: a cover is decided at once (201) or referred to an underwriter (202), then read by GET.

One thing is milder than the original: only a repeated reference is told that a cover "already exists for this buyer",
so that several clients, or a demo played again, may ask about the same buyer under the twin's one policy.
"""

import base64
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from factortaboite.sandbox.credentials import CREDENTIALS
from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.twin import Twin
from factortaboite.sandbox.verdicts import Verdict

ACCOUNT = CREDENTIALS["atradius"]
REASONS = {
    "no_financials": "No financial information",
    "old_financials": "Outdated financial information",
    "weak_financials": "Financial situation",
    "losses": "Losses",
    "late_payments": "Payment experience",
    "new_company": "Recently established",
}
TEMPORARY_DAYS = 90


@dataclass
class Cover:
    number: int
    identifier: str
    buyer_id: int
    reference: str
    asked: int
    verdict: Verdict
    ready_at: float


class AtradiusTwin(Twin):
    def __init__(self) -> None:
        super().__init__("atradius")

    def reset(self) -> None:
        super().reset()
        self._identifiers: dict[int, str] = {}  # by buyer id
        self._covers: dict[int, list[Cover]] = {}  # by buyer id

    def error(self, status: int, text: str) -> web.Response:
        return web.json_response({"errors": [{"detail": text, "source": {"parameter": ""}}]}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/authenticate/v2/tokens", self.authenticate),
            web.get("/credit-insurance/organisation-management/v1/buyers", self.buyers),
            web.post("/credit-insurance/cover-management/v1/covers", self.apply),
            web.get("/credit-insurance/cover-management/v1/covers", self.covers),
        ]

    async def authenticate(self, request: web.Request) -> web.Response:
        self.reach(request, "token")
        self._check_application(request)
        pair = f"{ACCOUNT['client_id']}:{ACCOUNT['client_secret']}"
        if request.headers.get("Authorization") != "Basic " + base64.b64encode(pair.encode()).decode():
            self.reject(401, "Invalid client credentials")
        token = {"access_token": self.new_token(), "token_type": "Bearer", "expires_in": int(self.token_seconds)}
        return web.json_response({"data": token})

    async def buyers(self, request: web.Request) -> web.Response:
        uid = request.query.get("uid", "")
        self.reach(request, "company", uid)
        self._check(request)
        if not (uid and request.query.get("uidType") in ("SN", "VAT") and len(request.query.get("country", "")) == 3):
            self.reject(400, "Invalid search")
        if self.take_fault("company", uid, ("unknown_buyer",)):
            self.reject(404, "No buyer match found")
        # Eight digits, and the same in every process.
        buyer_id = 10_000_000 + zlib.crc32(b"atradius" + uid.encode()) % 90_000_000
        self._identifiers[buyer_id] = uid
        identifiers = [{"uid": uid, "uidType": request.query["uidType"], "uidTypeDescription": ""}]
        return web.json_response({"data": [{"buyerId": buyer_id, "uniqueIdentifiers": identifiers}]})

    async def apply(self, request: web.Request) -> web.Response:
        body = await request.json()
        buyer_id, reference, asked = body["buyerId"], body.get("customerRefNumber", ""), body["creditLimitAmount"]
        identifier = self._identifiers.get(buyer_id, "")
        self.reach(request, "order", identifier)
        self._check(request)
        self.orders[reference] += 1
        self._check_policy(str(body["customerId"]), body["policyId"])
        if not identifier:
            self.reject(404, "No buyer match found")
        if asked <= 0 or asked % 1000:
            self.reject(400, "Must be positive number greater than zero and a multiple of 1000.")
        covers = self._covers.setdefault(buyer_id, [])
        if any(cover.reference == reference for cover in covers):
            self.reject(400, "Credit limit/credit check already exists for this buyer.")
        answer = self.decide(identifier, asked)
        referred = answer.silent or answer.referred
        cover = Cover(
            number=self.new_number(),
            identifier=identifier,
            buyer_id=buyer_id,
            reference=reference,
            asked=asked,
            verdict=answer,
            ready_at=self.job_time() if referred else 0.0,
        )
        covers.append(cover)
        created = {"coverId": cover.number, "response": "Action successful"}
        return web.json_response({"data": [created]}, status=202 if referred else 201)

    async def covers(self, request: web.Request) -> web.Response:
        buyer_id = int(request.query.get("buyerId", 0))
        identifier = self._identifiers.get(buyer_id, "")
        self.reach(request, "answer", identifier)
        self._check(request)
        self._check_policy(request.query.get("customerId", ""), request.query.get("policyId", ""))
        lie = self.take_fault("answer", identifier, LIES)
        covers = self._covers.get(buyer_id, ())
        return web.json_response({"data": [self._cover(cover, lie.kind if lie else "") for cover in covers]})

    def _cover(self, cover: Cover, lie: str) -> dict[str, Any]:
        answer = cover.verdict
        described: dict[str, Any] = {
            "coverId": cover.number,
            "policyId": ACCOUNT["policy_id"],
            "buyerId": 1 if lie == "other_buyer" else cover.buyer_id,
            "customerRefNumber": cover.reference,
            "coverType": "credit-limit",
            "policyCurrencyCode": "USD" if lie == "wrong_currency" else "EUR",
            "creditLimitApplicationAmountInPolicyCurrency": cover.asked,
            "applicationDate": date.today().isoformat(),
            "historicCode": "",
        }
        if answer.silent or self.now() < cover.ready_at:
            return {**described, "coverStatus": "REFERRED"}
        granted = cover.asked + 1000 if lie == "above_asked" else answer.granted
        if granted < cover.asked:
            code = "DC04" if granted else "DC03"
        else:
            code = "DC02" if answer.conditional else "DC01"
        conditions = []
        if answer.motive:
            conditions.append(_condition("R01", REASONS[answer.motive], REASONS[answer.motive]))
        if answer.conditional:
            conditions.append(_condition("C01", "Condition", "Domiciliation des paiements demandée"))
        described |= {
            "coverStatus": "DECISION",
            "decisionCode": "DC99" if lie == "unknown_status" else code,
            "decisionDate": date.today().isoformat(),
            "totalDecision": {"decisionAmtInPolicyCurrency": granted, "decisionConditions": conditions},
            "firstAmtDecision": {"decisionAmtInPolicyCurrency": granted - answer.temporary},
        }
        if answer.temporary:
            until = date.today() + timedelta(days=TEMPORARY_DAYS)
            described["secondAmtDecision"] = {
                "decisionAmtInPolicyCurrency": answer.temporary,
                "decisionExpiryDate": f"{until.isoformat()}T00:00:00",
            }
        return described

    def _check(self, request: web.Request) -> None:
        self._check_application(request)
        self.check_token(request.headers.get("Authorization", "").removeprefix("Bearer "))

    def _check_application(self, request: web.Request) -> None:
        if request.headers.get("Atradius-App-Key") != ACCOUNT["app_key"]:
            self.reject(401, "Unknown application key")
        if not request.headers.get("Atradius-Correlation-Id"):
            self.reject(400, "Atradius-Correlation-Id is required")

    def _check_policy(self, customer_id: str, policy_id: str) -> None:
        if (customer_id, policy_id) != (ACCOUNT["customer_id"], ACCOUNT["policy_id"]):
            self.reject(403, "Policy not allowed for this customer")


def _condition(code: str, category: str, text: str) -> dict[str, str]:
    return {"conditionCode": code, "conditionCategoryDescription": category, "conditionDescription": text}
