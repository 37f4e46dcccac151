"""The registries face to face with their twins, over real HTTP, with no wait that a test did not ask for."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import redis

from clients.registries import bodacc, recherche_entreprises, sirene, vies
from clients.registries import line as line_module
from factortaboite.sandbox.app import Sandbox, serving
from factortaboite.sandbox.twin import Twin

LINES = (recherche_entreprises.LINE, sirene.LINE, bodacc.LINE, vies.LINE)


@pytest.fixture(scope="session")
def outside() -> Iterator[tuple[str, Sandbox]]:
    """The sandbox in a thread of its own: its address, and its twins."""
    sandbox, loop, stop, ready = Sandbox(), asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    addresses = []

    async def serve():
        async with serving(sandbox) as url:
            addresses.append(url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield addresses[0], sandbox
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def twins(outside, settings, monkeypatch) -> Iterator[dict[str, Twin]]:
    """The registries' twins by their names, quick and without limits, and nobody resting."""
    url, sandbox = outside
    settings.SANDBOX_URL = url
    # Only what a test breaks takes this long, however busy the machine is.
    settings.REGISTRY_TIMEOUT_SECONDS = 60.0
    monkeypatch.setattr(line_module, "SHORTEST_CALL_SECONDS", 60.0)
    shared = redis.Redis.from_url(settings.REDIS_URL)
    for line in LINES:
        for name, value in {"_interval": 0.001, "_next_turn": 0.0, "_rest_until": 0.0}.items():
            monkeypatch.setattr(line.pace, name, value)
        twin = sandbox.twins[line.code.replace("_", "-")]
        twin.set({"latency_seconds": 0, "rate_per_second": None, "faults": []})
        twin.reset()
    for key in shared.scan_iter("registries:*"):
        shared.delete(key)
    yield sandbox.twins
    for key in shared.scan_iter("registries:*"):
        shared.delete(key)


def fault(kind: str, **more) -> dict:
    return {"identifier": "*", "kind": kind, **more}
