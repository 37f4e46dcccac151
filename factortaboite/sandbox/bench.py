"""A partner for measures: one call, one answer, its own limits under each name, and as little CPU as possible.

The twin shares the machine with what is being measured. Its plain case is therefore served without a web framework, in
about a fifth of the CPU: `FastLane` reads the bytes of the call itself, and hands its connection over to the framework
as soon as anything else is asked.
"""

import asyncio
import json
import random
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from factortaboite.sandbox.twin import Twin

PREFIX = b"POST /bench/"
REASONS = {200: b"OK", 429: b"Too Many Requests"}


class BenchTwin(Twin):
    """`POST /answer {reference, identifier, amount}` gives `{reference, granted}`; a fixed latency of 0.2 s."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.latency_seconds = (0.2, 0.2)

    async def answer(self, request: web.Request) -> web.Response:
        question = await request.json()
        self.reach(request, "order", question["identifier"])
        return web.json_response(self.order(question))

    def order(self, question: dict[str, Any]) -> dict[str, Any]:
        """Whole thousands up to the amount, the same for the same buyer."""
        reference = question["reference"]
        self.orders[reference] += 1
        self.orders_created += self.orders[reference] == 1
        share = zlib.crc32(question["identifier"].encode()) % 11
        return {"reference": reference, "granted": question["amount"] * share // 10_000 * 1000}


class FastLane(asyncio.Protocol):
    """One connection: bench calls while they come one after the other and without faults, else the framework's."""

    def __init__(self, find_twin: Callable[[str], BenchTwin], framework: Callable[[], asyncio.Protocol]) -> None:
        self._find_twin = find_twin
        self._framework = framework
        self._received = b""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def close(self) -> None:
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._busy:  # the next call waits for this one's answer
            return
        if not self._received.startswith(PREFIX[: len(self._received)]):
            return self._hand_over()
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.split(b"\r\n")
        lengths = [line[15:] for line in lines if line[:15].lower() == b"content-length:"]
        path = lines[0].split(b" ")[1].split(b"/")
        if len(lengths) != 1 or len(path) != 4 or path[3] != b"answer":
            return self._hand_over()
        length = int(lengths[0])
        if len(body) < length:
            return
        twin = self._find_twin(path[2].decode())
        if twin.faults:
            return self._hand_over()
        self._received = body[length:]
        self._begin(twin, body[:length])

    def _begin(self, twin: BenchTwin, body: bytes) -> None:
        if wish := twin.turn_away():
            return self._send(429, b'{"message": "Too many requests"}', b"Retry-After: " + wish.encode() + b"\r\n")
        self._busy = True
        twin.enter()
        asyncio.get_running_loop().call_later(random.uniform(*twin.latency_seconds), self._end, twin, body)

    def _end(self, twin: BenchTwin, body: bytes) -> None:
        twin.calls["order"] += 1
        answer = json.dumps(twin.order(json.loads(body))).encode()
        twin.leave()
        self._busy = False
        self._send(200, answer)
        if self._received:
            self.data_received(b"")

    def _send(self, status: int, body: bytes, more_headers: bytes = b"") -> None:
        if self.transport.is_closing():
            return
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
            % (status, REASONS[status], len(body), more_headers, body)
        )

    def _hand_over(self) -> None:
        framework = self._framework()
        self.transport.set_protocol(framework)
        framework.connection_made(self.transport)
        framework.data_received(self._received)
