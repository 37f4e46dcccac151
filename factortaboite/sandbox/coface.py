"""Twin of Coface's contract API, in the form our connector supposes: an order, then a notification of its decision."""

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from factortaboite.sandbox.credentials import CREDENTIALS
from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.twin import Twin
from factortaboite.sandbox.verdicts import Verdict

ACCOUNT = CREDENTIALS["coface"]
MOTIVATION_CODES = {
    "no_financials": "AA14,AA15",
    "old_financials": "AA11",
    "weak_financials": "AA05,AA06",
    "losses": "AB01",
    "late_payments": "BA03",
    "new_company": "EA03",
}


@dataclass
class Order:
    number: int
    identifier: str
    easy_number: str
    reference: str
    asked: int
    verdict: Verdict
    ready_at: float


class CofaceTwin(Twin):
    def __init__(self) -> None:
        super().__init__("coface")

    def reset(self) -> None:
        super().reset()
        self._identifiers: dict[str, str] = {}  # by easy number
        self._orders: dict[str, Order] = {}  # by number
        self._by_reference: dict[str, Order] = {}

    def error(self, status: int, text: str) -> web.Response:
        return web.json_response({"code": f"error_{status}", "message": text}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/authentication/v1/token", self.log_in),
            web.get("/companies/identifier", self.companies),
            web.post("/products/orders", self.order),
            web.get("/notifications", self.notifications),
        ]

    async def log_in(self, request: web.Request) -> web.Response:
        self.reach(request, "token")
        self._check_headers(request)
        body = await request.json()
        if (body.get("username"), body.get("password")) != (ACCOUNT["username"], ACCOUNT["password"]):
            self.reject(401, "Incorrect username or password.")
        return web.json_response(
            {
                "idToken": self.new_token(),
                "accessToken": self.new_token(),
                "refreshToken": "",
                "expiresIn": int(self.token_seconds),
                "tokenType": "Bearer",
            }
        )

    async def companies(self, request: web.Request) -> web.Response:
        identifier = request.query.get("identifierValue", "")
        self.reach(request, "company", identifier)
        self._check(request)
        if not (identifier and request.query.get("countryCode") and request.query.get("identifierType")):
            self.reject(400, "missing_or_invalid_param")
        if self.take_fault("company", identifier, ("unknown_buyer",)):
            return web.json_response({"companies": [], "count": 0})
        # Fourteen digits, like EasyNumbers, and the same in every process.
        easy_number = f"{zlib.crc32(b'coface' + identifier.encode()):014d}"
        self._identifiers[easy_number] = identifier
        return web.json_response({"companies": [{"easyNumber": easy_number}], "count": 1})

    async def order(self, request: web.Request) -> web.Response:
        body = await request.json()
        easy_number, reference = body["easyNumber"], body["customerReference"]
        identifier = self._identifiers.get(easy_number, "")
        self.reach(request, "order", identifier)
        self._check(request)
        self.orders[reference] += 1
        if body["contractId"] != ACCOUNT["contract_id"]:
            self.reject(403, "forbiden")
        if not identifier:
            self.reject(404, "resource_not_found")
        order = self._by_reference.get(reference)
        status = 200 if order else 202
        if order is None:
            order = self._new_order(identifier, easy_number, reference, body["amount"]["value"])
            self._by_reference[reference] = self._orders[str(order.number)] = order
        created = {"orderId": str(order.number), "orderStatus": "IN_PROGRESS", "customerReference": reference}
        return web.json_response(created, status=status)

    def _new_order(self, identifier: str, easy_number: str, reference: str, asked: int) -> Order:
        return Order(
            number=self.new_number(),
            identifier=identifier,
            easy_number=easy_number,
            reference=reference,
            asked=asked,
            verdict=self.decide(identifier, asked),
            ready_at=self.job_time(),
        )

    async def notifications(self, request: web.Request) -> web.Response:
        order = self._orders.get(request.query.get("orderId", ""))
        self.reach(request, "answer", order.identifier if order else "")
        self._check(request)
        if order is None:
            self.reject(404, "resource_not_found")
        waiting = self.now() < order.ready_at
        if order.verdict.silent or (waiting and not order.verdict.referred):
            return web.json_response({"notifications": [], "count": 0})
        lie = self.take_fault("answer", order.identifier, LIES)
        notification = self._notification(order, waiting, lie.kind if lie else "")
        return web.json_response({"notifications": [notification], "count": 1})

    def _notification(self, order: Order, waiting: bool, lie: str) -> dict[str, Any]:
        granted = order.asked + 1000 if lie == "above_asked" else order.verdict.granted
        if lie == "unknown_status":
            code = "PERHAPS"
        elif waiting:
            code, granted = "UNDER_STUDY", 0
        elif granted < order.asked:
            code = "PARTLY_AGREED" if granted else "REFUSED"
        else:
            code = "AGREED"
        decided = code in ("PARTLY_AGREED", "REFUSED")
        return {
            "orderId": str(order.number),
            "customerReference": order.reference,
            "easyNumber": "00000000000000" if lie == "other_buyer" else order.easy_number,
            "productCode": "credit-limit",
            "deliveryDate": date.today().isoformat(),
            "decisionCode": code,
            "requestedAmount": {"currency": "EUR", "value": order.asked},
            "grantedAmount": {"currency": "USD" if lie == "wrong_currency" else "EUR", "value": granted},
            "motivationCodes": MOTIVATION_CODES[order.verdict.motive] if decided and order.verdict.motive else "",
        }

    def _check(self, request: web.Request) -> None:
        self._check_headers(request)
        self.check_token(request.headers.get("Authorization", ""))

    def _check_headers(self, request: web.Request) -> None:
        if request.headers.get("x-api-key") != ACCOUNT["api_key"]:
            self.reject(403, "forbiden")
        if request.headers.get("X-COF-Policy-Number") != ACCOUNT["policy_number"]:
            self.reject(403, "forbiden")
