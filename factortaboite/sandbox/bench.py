"""A partner for measures: one call, one answer, as little CPU as possible, its own limits under each name."""

import zlib

from aiohttp import web

from factortaboite.sandbox.twin import Twin


class BenchTwin(Twin):
    """`POST /answer {reference, identifier, amount}` gives `{reference, granted}`; a fixed latency of 0.2 s."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.latency_seconds = (0.2, 0.2)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.reach(request, "order", body["identifier"])
        reference = body["reference"]
        self.orders[reference] += 1
        self.orders_created += self.orders[reference] == 1
        # Whole thousands, the same for the same buyer, up to the amount.
        share = zlib.crc32(body["identifier"].encode()) % 11
        return web.json_response({"reference": reference, "granted": body["amount"] * share // 10_000 * 1000})
