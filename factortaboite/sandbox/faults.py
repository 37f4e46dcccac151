"""How a twin misbehaves on demand: from a test, or by hand while the product runs.

    curl URL/control --json '{"partner": "coface", "faults": [{"identifier": "*", "kind": "503"}]}'

URL is the sandbox's, SANDBOX_URL in `var/stack.json`. An empty list of faults heals.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

# The twin turns the call down before doing anything.
REFUSALS = ("401", "403", "404", "408", "409", "422", "425", "429_seconds", "429_date", "500", "503", "redirect")
# The twin does what it was asked, then the answer is lost or damaged: the caller cannot tell whether it was done.
DAMAGES = ("hang", "drop", "slow_drip", "html", "broken_json", "truncated", "huge")
# The answer is well-formed and wrong.
LIES = ("unknown_status", "wrong_currency", "other_buyer", "above_asked", "wrong_shape", "member_state_away")
# The buyer is unknown, the underwriter is asked first, or no answer ever comes.
COURSES = ("unknown_buyer", "referred", "never")
KINDS = frozenset((*REFUSALS, *DAMAGES, *LIES, *COURSES))
STEPS = frozenset({"token", "company", "order", "job", "answer", "search", "notices", "vat"})

HUGE_BYTES = 50_000_000
HUGE_CHUNK = b"x" * 250_000
DRIP_SECONDS = 0.2
HANG_SECONDS = 120.0


@dataclass
class Fault:
    """`identifier` is a buyer's, or "*". Without `step` it strikes at any call but the login; without `times`, always.

    `seconds` is the Retry-After of the two 429.
    """

    identifier: str
    kind: str
    times: int | None = None
    step: str | None = None
    seconds: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault: {self.kind}")
        if self.step is not None and self.step not in STEPS:
            raise ValueError(f"unknown step: {self.step}")

    def strikes(self, step: str, identifier: str, kinds: tuple[str, ...]) -> bool:
        return (
            self.kind in kinds
            and self.times != 0
            and self.identifier in ("*", identifier)
            and (step == self.step if self.step else step != "token")
        )


def retry_after(fault: Fault) -> str:
    if fault.kind == "429_seconds":
        return str(fault.seconds)
    return format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)


async def damage(kind: str, request: web.Request, response: web.Response) -> web.StreamResponse:
    """The response as it arrives, if it does."""
    body = bytes(response.body)  # type: ignore[arg-type]
    if kind == "html":
        return web.Response(text="<!doctype html><title>Service Unavailable</title>", content_type="text/html")
    if kind == "broken_json":
        return web.Response(body=b"{'data': [," + body, content_type="application/json", status=response.status)
    if kind == "truncated":
        return web.Response(body=body[: len(body) // 2], content_type="application/json", status=response.status)
    if kind == "huge":
        return await _pour(request, response.status)
    if kind == "slow_drip":
        return await _drip(request, response.status, body)
    if kind == "hang":
        await _wait_for_hang_up(request)
    if request.transport is not None:
        request.transport.abort()
    return response


async def _pour(request: web.Request, status: int) -> web.StreamResponse:
    """Never in memory at once: many calls may be answered like this."""
    pouring = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
    await pouring.prepare(request)
    await pouring.write(b'{"padding": "')
    for _ in range(HUGE_BYTES // len(HUGE_CHUNK)):
        await pouring.write(HUGE_CHUNK)
    await pouring.write_eof(b'"}')
    return pouring


async def _drip(request: web.Request, status: int, body: bytes) -> web.StreamResponse:
    dripping = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
    await dripping.prepare(request)
    for index in range(len(body)):
        await dripping.write(body[index : index + 1])
        await asyncio.sleep(DRIP_SECONDS)
    await dripping.write_eof()
    return dripping


async def _wait_for_hang_up(request: web.Request) -> None:
    for _ in range(int(HANG_SECONDS / 0.2)):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.2)
