"""What all the twins have in common: how fast, how strictly and how badly they answer, and what they were asked."""

import asyncio
import math
import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from aiohttp import web

from factortaboite.sandbox.faults import COURSES, DAMAGES, REFUSALS, Fault, damage, retry_after
from factortaboite.sandbox.verdicts import Verdict, verdict

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STEP = web.RequestKey("step", str)
IDENTIFIER = web.RequestKey("identifier", str)
BURST_SECONDS = 0.25  # calls may come this much earlier than the even pace before they are refused


class Rejected(Exception):
    """The twin's answer is this response, at once."""

    def __init__(self, response: web.StreamResponse) -> None:
        self.response = response


class Twin:
    """One simulated partner. A subclass gives its routes and the shape of its error bodies.

    Settings (all seconds): `latency_seconds` of every call and `job_seconds` until a decision, both [least, most];
    `rate_per_second` and `concurrent`, beyond which a call gets a 429, or None; `token_seconds`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.latency_seconds = (0.15, 0.6)
        self.job_seconds = (1.0, 2.0)
        self.token_seconds = 3600.0
        self.rate_per_second: float | None = None
        self.concurrent: int | None = None
        self.faults: list[Fault] = []
        self._in_flight = 0
        self._first_number = time.time_ns() // 1_000_000
        self.reset()

    def reset(self) -> None:
        """Forgets every call, order and token; settings and faults stay."""
        self.calls: Counter[str] = Counter()  # by step
        self.orders: Counter[str] = Counter()  # orders received, by the caller's reference
        self.orders_created = 0
        self.too_many_requests = 0
        self.most_concurrent = self._in_flight
        self._tokens: dict[str, float] = {}
        self._next_due = 0.0

    def error(self, status: int, text: str) -> web.Response:
        return web.json_response({"message": text}, status=status)

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._serve])
        app.add_routes(self.routes())
        return app

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await self.serve(request, handler)
        except Rejected as rejected:
            return rejected.response

    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers one call within the twin's limits, after its latency."""
        if wish := self.turn_away():
            self._too_many(wish)
        self.enter()
        try:
            await asyncio.sleep(random.uniform(*self.latency_seconds))
            response = await handler(request)
            if self.faults and STEP in request:
                fault = self.take_fault(request[STEP], request[IDENTIFIER], DAMAGES)
                if fault and isinstance(response, web.Response):
                    return await damage(fault.kind, request, response)
            return response
        finally:
            self.leave()

    def turn_away(self) -> str:
        """The Retry-After of a call that comes too early or on top of too many, counted as such; else empty."""
        if self.concurrent is not None and self._in_flight >= self.concurrent:
            self.too_many_requests += 1
            return "1"
        if self.rate_per_second:
            now = self.now()
            due = max(self._next_due, now)
            if due - now > BURST_SECONDS:
                self.too_many_requests += 1
                return str(math.ceil(due - now))
            self._next_due = due + 1 / self.rate_per_second
        return ""

    def enter(self) -> None:
        self._in_flight += 1
        self.most_concurrent = max(self.most_concurrent, self._in_flight)

    def leave(self) -> None:
        self._in_flight -= 1

    def reach(self, request: web.Request, step: str, identifier: str = "") -> None:
        """Says which step the call is and whose buyer it is about. Raises Rejected when a fault refuses it."""
        self.calls[step] += 1
        request[STEP], request[IDENTIFIER] = step, identifier
        if not (fault := self.take_fault(step, identifier, REFUSALS)):
            return
        if fault.kind == "redirect":
            raise Rejected(web.Response(status=302, text="moved", headers={"Location": "http://127.0.0.1:1/"}))
        if fault.kind.startswith("429"):
            self.too_many_requests += 1
            self._too_many(retry_after(fault))
        self.reject(int(fault.kind), "Simulated error")

    def take_fault(self, step: str, identifier: str, kinds: tuple[str, ...]) -> Fault | None:
        """The first fault that strikes here, used up by one time."""
        fault = next((fault for fault in self.faults if fault.strikes(step, identifier, kinds)), None)
        if fault and fault.times is not None:
            fault.times -= 1
        return fault

    def decide(self, identifier: str, asked: int) -> Verdict:
        """The verdict on an order, which a fault may refer to an underwriter or keep silent."""
        course = self.take_fault("order", identifier, COURSES)
        answer, forced = verdict(self.name, identifier, asked), course.kind if course else ""
        return replace(
            answer, referred=answer.referred or forced == "referred", silent=answer.silent or forced == "never"
        )

    def reject(self, status: int, text: str) -> NoReturn:
        raise Rejected(self.error(status, text))

    def new_token(self) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self.now() + self.token_seconds
        return token

    def forget_tokens(self) -> None:
        """Every token given so far is refused from now on."""
        self._tokens.clear()

    def check_token(self, token: str) -> None:
        if self._tokens.get(token, 0.0) < self.now():
            self.reject(401, "Invalid or expired token")

    def new_number(self) -> int:
        """Of a new order: never one that an earlier process gave, which a caller may still ask after."""
        self.orders_created += 1
        return self._first_number + self.orders_created

    def job_time(self) -> float:
        """When a job that starts now will be done."""
        return self.now() + random.uniform(*self.job_seconds)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def state(self) -> dict[str, Any]:
        return {
            "latency_seconds": self.latency_seconds,
            "job_seconds": self.job_seconds,
            "token_seconds": self.token_seconds,
            "rate_per_second": self.rate_per_second,
            "concurrent": self.concurrent,
            "faults": [vars(fault) for fault in self.faults],
            "calls": sum(self.calls.values()),
            "calls_by_step": self.calls,
            "orders": self.orders,
            "orders_created": self.orders_created,
            "too_many_requests": self.too_many_requests,
            "most_concurrent": self.most_concurrent,
        }

    def set(self, settings: Mapping[str, Any]) -> None:
        """Applies some of the settings. Raises ValueError, TypeError or KeyError, having changed nothing."""
        changes: dict[str, Any] = {}
        for name, value in settings.items():
            if name in ("latency_seconds", "job_seconds"):
                least, most = value if isinstance(value, (list, tuple)) else (value, value)
                changes[name] = (float(least), float(most))
            elif name in ("rate_per_second", "concurrent"):
                changes[name] = None if value is None else float(value)
            elif name == "token_seconds":
                changes[name] = float(value)
            elif name == "faults":
                changes[name] = [Fault(**fault) for fault in value]
            else:
                raise KeyError(f"unknown setting: {name}")
        for name, value in changes.items():
            setattr(self, name, value)

    def _too_many(self, wish: str) -> NoReturn:
        response = self.error(429, "Too many requests")
        response.headers["Retry-After"] = wish
        raise Rejected(response)
