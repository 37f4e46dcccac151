"""Twin of Allianz Trade's Cover V3 API: every cover is a job, read once processed."""

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from factortaboite.sandbox.credentials import CREDENTIALS
from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.twin import Twin
from factortaboite.sandbox.verdicts import Verdict

ACCOUNT = CREDENTIALS["allianz_trade"]
REASONS = {
    "no_financials": ("NO_FINANCIALS", "No recent accounts available"),
    "old_financials": ("OLD_FINANCIALS", "Accounts too old"),
    "weak_financials": ("WEAK_FINANCIALS", "Weak financial structure"),
    "losses": ("LOSSES", "Operating losses"),
    "late_payments": ("LATE_PAYMENTS", "Payment delays reported"),
    "new_company": ("NEW_COMPANY", "Recently created company"),
}


@dataclass
class Job:
    number: int
    identifier: str
    company_id: str
    asked: int
    verdict: Verdict
    ready_at: float


class AllianzTradeTwin(Twin):
    def __init__(self) -> None:
        super().__init__("allianz-trade")

    def reset(self) -> None:
        super().reset()
        self._identifiers: dict[str, str] = {}  # by company id
        self._jobs: dict[str, Job] = {}  # by number
        self._by_reference: dict[str, Job] = {}

    def error(self, status: int, text: str) -> web.Response:
        return web.json_response({"errorCode": f"E{status}", "errorMessage": text}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/idp/oauth2/authorize", self.authorize),
            web.post("/search/v2/companies/matching", self.match),
            web.post("/riskinfo/v3/covers", self.ask),
            web.get("/riskinfo/v3/jobs/{job}", self.job),
            web.get("/riskinfo/v3/covers/{cover}", self.cover),
        ]

    async def authorize(self, request: web.Request) -> web.Response:
        self.reach(request, "token")
        if (await request.json()).get("apiKey") != ACCOUNT["api_key"]:
            self.reject(401, "Invalid API key")
        return web.json_response(
            {"access_token": self.new_token(), "token_type": "Bearer", "expires_in": int(self.token_seconds)}
        )

    async def match(self, request: web.Request) -> web.Response:
        body = await request.json()
        identifier = body["companyIdentifiers"][0]
        self.reach(request, "company", identifier["idValue"])
        self._check(request)
        if self.take_fault("company", identifier["idValue"], ("unknown_buyer",)):
            return web.json_response({"results": []})
        # Eight digits, like the insurer's own company numbers, and the same in every process.
        company_id = str(10_000_000 + zlib.crc32(identifier["idValue"].encode()) % 90_000_000)
        self._identifiers[company_id] = identifier["idValue"]
        company = {
            "companyId": company_id,
            "legalData": {"companyName": body["companyName"]},
            "address": {"countryCode": body["countryCode"]},
            "companyIdentifiers": [identifier],
        }
        return web.json_response({"results": [{"company": company}]})

    async def ask(self, request: web.Request) -> web.Response:
        body = await request.json()
        identifier = self._identifiers.get(body["companyId"], "")
        reference = body.get("customerReference", "")
        self.reach(request, "order", identifier)
        self._check(request)
        self.orders[reference] += 1
        if not identifier:
            self.reject(404, "Unknown company")
        policy = body["policy"]
        if (policy["businessUnitCode"], policy["policyId"]) != (ACCOUNT["business_unit_code"], ACCOUNT["policy_id"]):
            self.reject(403, "Policy not allowed for this user")
        job = self._by_reference.get(reference)
        if job is None:
            job = self._new_job(identifier, body["companyId"], body["creditLimitDetails"]["requestedAmount"])
            if reference:
                self._by_reference[reference] = job
        return web.json_response(f"job-{job.number}", status=202)

    def _new_job(self, identifier: str, company_id: str, asked: int) -> Job:
        job = Job(
            number=self.new_number(),
            identifier=identifier,
            company_id=company_id,
            asked=asked,
            verdict=self.decide(identifier, asked),
            ready_at=self.job_time(),
        )
        self._jobs[str(job.number)] = job
        return job

    async def job(self, request: web.Request) -> web.Response:
        job = self._find(request, "job", request.match_info["job"].removeprefix("job-"))
        # An underwriter's work begins when the job is done; until then the cover reads "Pending".
        if job.verdict.silent or (not job.verdict.referred and self.now() < job.ready_at):
            return web.json_response({"jobId": f"job-{job.number}", "jobStatusCode": "PENDING"})
        url = f"https://api.allianz-trade.com/riskinfo/v3/covers/{job.number}"
        return web.json_response({"jobId": f"job-{job.number}", "jobStatusCode": "PROCESSED", "resourceUrl": url})

    async def cover(self, request: web.Request) -> web.Response:
        job = self._find(request, "answer", request.match_info["cover"])
        lie = self.take_fault("answer", job.identifier, LIES)
        return web.json_response(self._cover(job, lie.kind if lie else ""))

    def _cover(self, job: Job, lie: str) -> dict[str, Any]:
        granted = job.asked + 1000 if lie == "above_asked" else job.verdict.granted
        if lie == "unknown_status":
            status = "Suspended?"
        elif self.now() < job.ready_at:
            status, granted = "Pending", 0
        elif granted:
            status = "Agreed" if granted >= job.asked else "PartiallyAgreed"
        else:
            status = "Refused"
        cover: dict[str, Any] = {
            "coverId": job.number,
            "companyId": "99999999" if lie == "other_buyer" else job.company_id,
            "policy": {"businessUnitCode": ACCOUNT["business_unit_code"], "policyId": ACCOUNT["policy_id"]},
            "creditLimitDetails": {
                "requestedAmount": job.asked,
                "currencyCode": "USD" if lie == "wrong_currency" else "EUR",
            },
            "creditLimitsAggregation": {
                "creditLimits": [
                    {
                        "technicalDecisionStatusCode": status,
                        "amount": granted,
                        "startDate": date.today().isoformat(),
                    }
                ]
            },
        }
        if job.verdict.motive and status in ("PartiallyAgreed", "Refused"):
            code, label = REASONS[job.verdict.motive]
            cover["decisionReasons"] = [{"code": code, "label": label}]
        return cover

    def _find(self, request: web.Request, step: str, number: str) -> Job:
        job = self._jobs.get(number)
        self.reach(request, step, job.identifier if job else "")
        self._check(request)
        if job is None:
            self.reject(404, "Resource not found")
        return job

    def _check(self, request: web.Request) -> None:
        self.check_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
