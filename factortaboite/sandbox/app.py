"""The outside world in one web application: the twins, their controls and the prospect's mailbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from weakref import WeakSet

from aiohttp import web

from factortaboite.sandbox.allianz_trade import AllianzTradeTwin
from factortaboite.sandbox.atradius import AtradiusTwin
from factortaboite.sandbox.bench import BenchTwin, FastLane
from factortaboite.sandbox.bodacc import BodaccTwin
from factortaboite.sandbox.coface import CofaceTwin
from factortaboite.sandbox.mailbox import Mailbox
from factortaboite.sandbox.recherche_entreprises import RechercheEntreprisesTwin
from factortaboite.sandbox.sirene import SireneTwin
from factortaboite.sandbox.twin import Rejected, Twin
from factortaboite.sandbox.vies import ViesTwin

BENCH_PREFIX = "bench/"


class Sandbox:
    """All the twins of one process, by the name `/control` uses: "atradius", "bench/fast"."""

    def __init__(self, mailbox: Mailbox | None = None) -> None:
        self.twins: dict[str, Twin] = {twin.name: twin for twin in (*_insurers(), *_registries())}
        self.mailbox = mailbox

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self.home),
                web.get("/control", self.read_control),
                web.post("/control", self.write_control),
                web.post("/bench/{partner}/answer", self.bench),
            ]
        )
        if self.mailbox:
            app.add_routes(self.mailbox.routes())
        for twin in self.twins.values():
            app.add_subapp(f"/{twin.name}", twin.app())
        return app

    async def home(self, request: web.Request) -> web.Response:
        items = [f"<li><code>/{escape(name)}</code></li>" for name in self.twins]
        links = ['<a href="/control">Réglages et compteurs</a>']
        if self.mailbox:
            links.append('<a href="/mailbox">Messagerie du prospect</a>')
        return web.Response(
            text=(
                '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Bac à sable</title>'
                "<h1>Bac à sable</h1><p>Simulateurs : toutes les données sont fictives.</p>"
                f"<ul>{''.join(items)}</ul><p>{' · '.join(links)}</p></html>"
            ),
            content_type="text/html",
        )

    async def bench(self, request: web.Request) -> web.StreamResponse:
        twin = self.bench_twin(request.match_info["partner"])
        try:
            return await twin.serve(request, twin.answer)
        except Rejected as rejected:
            return rejected.response

    async def read_control(self, request: web.Request) -> web.Response:
        state: dict[str, object] = {"partners": {name: twin.state() for name, twin in self.twins.items()}}
        if self.mailbox:
            state["smtp"] = self.mailbox.state()
        return web.json_response(state)

    async def write_control(self, request: web.Request) -> web.Response:
        """`{"partner": name or "*", settings…, "reset": true}` and `{"smtp": {"fault": kind, "times": n}}`."""
        if request.content_type != "application/json":  # a web page elsewhere cannot send this type unasked
            raise web.HTTPUnsupportedMediaType
        try:
            self._apply(await request.json())
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return web.json_response({"message": str(error)}, status=400)
        return await self.read_control(request)

    def _apply(self, settings: dict[str, Any]) -> None:
        settings = dict(settings)
        smtp, name, reset = settings.pop("smtp", None), settings.pop("partner", None), settings.pop("reset", False)
        if smtp is not None:
            if self.mailbox is None:
                raise ValueError("no mailbox here")
            self.mailbox.set_fault(**smtp)
        if name is None:
            return
        for twin in list(self.twins.values()) if name == "*" else [self._twin(name)]:
            twin.set(settings)
            if reset:
                twin.reset()

    def _twin(self, name: str) -> Twin:
        if name.startswith(BENCH_PREFIX):
            return self.bench_twin(name.removeprefix(BENCH_PREFIX))
        if name not in self.twins:
            raise KeyError(f"unknown partner: {name}")
        return self.twins[name]

    def bench_twin(self, partner: str) -> BenchTwin:
        """The bench twin of this name, made when it is first spoken of."""
        name = BENCH_PREFIX + partner
        twin = self.twins.get(name)
        if not isinstance(twin, BenchTwin):
            twin = self.twins[name] = BenchTwin(name)
        return twin


def _insurers() -> tuple[Twin, ...]:
    return AllianzTradeTwin(), AtradiusTwin(), CofaceTwin()


def _registries() -> tuple[Twin, ...]:
    return RechercheEntreprisesTwin(), SireneTwin(), BodaccTwin(), ViesTwin()


@asynccontextmanager
async def serving(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The sandbox over real HTTP for as long as the context lasts; gives its address."""
    runner = web.AppRunner(sandbox.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    framework = runner.server
    lanes: WeakSet[FastLane] = WeakSet()

    def lane() -> FastLane:
        new = FastLane(sandbox.bench_twin, framework)
        lanes.add(new)
        return new

    server = await asyncio.get_running_loop().create_server(lane, host, port, reuse_address=True)
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for open_lane in lanes:
            open_lane.close()
        await runner.cleanup()
