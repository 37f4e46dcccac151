"""The twins' settings, limits and counters, over HTTP and without our connectors."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest

from factortaboite.sandbox.app import Sandbox, serving

# A connection that begins with a bench call takes the fast lane; one that begins with a control stays the framework's.
both_lanes = pytest.mark.parametrize("fast", [True, False], ids=["fast lane", "framework"])


@asynccontextmanager
async def sandbox(*, fast: bool = False):
    connector = aiohttp.TCPConnector(force_close=fast)
    async with serving(Sandbox()) as url, aiohttp.ClientSession(url, connector=connector) as session:
        yield session


async def control(session: aiohttp.ClientSession, **settings) -> dict:
    async with session.post("/control", json=settings) as reply:
        assert reply.status == 200, await reply.text()
        return (await reply.json())["partners"]


async def bench(session: aiohttp.ClientSession, number: int = 1, partner: str = "fast", amount: int = 50_000):
    question = {"reference": f"ref-{number}", "identifier": f"{number:09d}", "amount": amount}
    async with session.post(f"/bench/{partner}/answer", json=question) as reply:
        return reply.status, reply.headers.get("Retry-After"), await reply.json()


@both_lanes
def test_the_bench_answers_once_per_reference(fast):
    async def scene():
        async with sandbox(fast=fast) as session:
            await control(session, partner="bench/fast", latency_seconds=0)
            answers = [await bench(session, number) for number in (1, 2, 2)]
            return answers, (await control(session))["bench/fast"]

    answers, state = asyncio.run(scene())
    assert [status for status, _, _ in answers] == [200, 200, 200]
    assert answers[1] == answers[2]
    for _, _, body in answers:
        assert 0 <= body["granted"] <= 50_000 and body["granted"] % 1000 == 0
    assert state["orders"] == {"ref-1": 1, "ref-2": 2}
    assert (state["calls"], state["orders_created"]) == (3, 2)


@both_lanes
def test_the_latency_is_kept_and_partners_do_not_share_their_settings(fast):
    async def scene():
        async with sandbox(fast=fast) as session:
            await control(session, partner="bench/slow", latency_seconds=[0.2, 0.25])
            state = await control(session, partner="bench/fast", latency_seconds=0)
            clock = asyncio.get_running_loop().time
            start = clock()
            await bench(session, partner="slow")
            return clock() - start, [state[partner]["latency_seconds"] for partner in ("bench/slow", "bench/fast")]

    seconds, latencies = asyncio.run(scene())
    assert seconds >= 0.2
    assert latencies == [[0.2, 0.25], [0, 0]]


@both_lanes
def test_more_calls_at_once_than_allowed_are_turned_away(fast):
    async def scene():
        async with sandbox(fast=fast) as session:
            await control(session, partner="bench/fast", latency_seconds=0.3, concurrent=3)
            answers = await asyncio.gather(*(bench(session, number) for number in range(5)))
            return answers, (await control(session))["bench/fast"]

    answers, state = asyncio.run(scene())
    assert sorted(status for status, _, _ in answers) == [200, 200, 200, 429, 429]
    assert {wish for status, wish, _ in answers if status == 429} == {"1"}
    assert (state["too_many_requests"], state["most_concurrent"]) == (2, 3)
    assert state["orders_created"] == 3


@both_lanes
def test_calls_beyond_the_rate_are_turned_away(fast):
    async def scene():
        async with sandbox(fast=fast) as session:
            await control(session, partner="bench/fast", latency_seconds=0, rate_per_second=4)
            statuses = [(await bench(session, number))[0] for number in range(10)]
            await asyncio.sleep(0.6)
            return statuses, (await bench(session, 11))[0]

    statuses, later = asyncio.run(scene())
    # Four a second: one at once, and one a quarter of a second ahead of the pace.
    assert 2 <= statuses.count(200) < 10
    assert set(statuses) == {200, 429}
    assert later == 200


@both_lanes
def test_a_steady_caller_at_the_rate_is_never_turned_away(fast):
    async def scene():
        async with sandbox(fast=fast) as session:
            await control(session, partner="bench/fast", latency_seconds=0, rate_per_second=50)
            start = asyncio.get_running_loop().time()
            statuses = []
            for number in range(30):
                late = asyncio.get_running_loop().time() - start - number / 50
                start += max(0, late - 0.1)  # nor does it make up for a pause of the machine
                await asyncio.sleep(max(0.015, -late))
                statuses.append((await bench(session, number))[0])
            return statuses

    assert set(asyncio.run(scene())) == {200}


@both_lanes
def test_a_fault_strikes_the_buyer_it_names_as_often_as_it_says(fast):
    async def scene():
        async with sandbox(fast=fast) as session:
            faults = [{"identifier": "000000002", "kind": "500", "times": 2}]
            await control(session, partner="bench/fast", latency_seconds=0, faults=faults)
            return [(await bench(session, number))[0] for number in (1, 2, 2, 2, 1)]

    assert asyncio.run(scene()) == [200, 500, 500, 200, 200]


def test_a_reset_forgets_calls_and_keeps_settings():
    async def scene():
        async with sandbox() as session:
            await control(session, partner="bench/fast", latency_seconds=0, concurrent=7)
            await bench(session)
            return (await control(session, partner="bench/fast", reset=True))["bench/fast"]

    state = asyncio.run(scene())
    assert (state["calls"], state["orders"], state["orders_created"]) == (0, {}, 0)
    assert (state["concurrent"], state["latency_seconds"]) == (7, [0, 0])


def test_every_partner_can_be_set_at_once():
    async def scene():
        async with sandbox() as session:
            return await control(session, partner="*", job_seconds=3)

    state = asyncio.run(scene())
    assert {name: twin["job_seconds"] for name, twin in state.items()} == {
        "allianz-trade": [3, 3],
        "atradius": [3, 3],
        "coface": [3, 3],
        "recherche-entreprises": [3, 3],
        "sirene": [3, 3],
        "bodacc": [3, 3],
        "vies": [3, 3],
    }


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"partner": "nobody"}, id="unknown partner"),
        pytest.param({"partner": "atradius", "speed": 1}, id="unknown setting"),
        pytest.param({"partner": "atradius", "latency_seconds": "fast"}, id="not a number"),
        pytest.param({"partner": "atradius", "faults": [{"identifier": "*", "kind": "418"}]}, id="unknown fault"),
        pytest.param(
            {"partner": "atradius", "faults": [{"identifier": "*", "kind": "500", "step": "x"}]}, id="unknown step"
        ),
        pytest.param({"partner": "atradius", "faults": [{"kind": "500"}]}, id="fault for nobody"),
        pytest.param({"smtp": {"fault": "busy"}}, id="no mailbox here"),
        pytest.param([1], id="not an object"),
    ],
)
def test_settings_that_mean_nothing_change_nothing(settings):
    async def scene():
        async with sandbox() as session:
            before = await control(session)
            async with session.post("/control", json=settings) as reply:
                status = reply.status
            return status, before == await control(session)

    assert asyncio.run(scene()) == (400, True)


def test_the_controls_do_not_listen_to_forms():
    async def scene():
        async with sandbox() as session, session.post("/control", data=b'{"partner": "*"}') as reply:
            return reply.status

    assert asyncio.run(scene()) == 415


def test_the_home_page_names_the_twins():
    async def scene():
        async with sandbox() as session, session.get("/") as reply:
            return await reply.text()

    page = asyncio.run(scene())
    assert all(f"/{name}<" in page for name in ("allianz-trade", "atradius", "coface"))
    assert "fictives" in page


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/allianz-trade/v1/idp/oauth2/authorize", 401, id="allianz_trade login"),
        pytest.param("GET", "/allianz-trade/riskinfo/v3/jobs/job-1", 401, id="allianz_trade job"),
        pytest.param("POST", "/atradius/authenticate/v2/tokens", 401, id="atradius login"),
        pytest.param("GET", "/atradius/credit-insurance/cover-management/v1/covers", 401, id="atradius covers"),
        pytest.param("POST", "/coface/authentication/v1/token", 403, id="coface login"),
        pytest.param("GET", "/coface/notifications", 403, id="coface notifications"),
    ],
)
def test_nothing_is_said_without_credentials(method, path, status):
    async def scene():
        async with sandbox() as session:
            await control(session, partner="*", latency_seconds=0)
            async with session.request(method, path, json={}) as reply:
                return reply.status

    assert asyncio.run(scene()) == status


def bench_call(reference: str, partner: str = "raw") -> bytes:
    body = json.dumps({"reference": reference, "identifier": "000000001", "amount": 50_000}).encode()
    return b"POST /bench/%s/answer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (
        partner.encode(),
        len(body),
        body,
    )


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head.split(b"\r\n")[0], await reader.readexactly(length)


def on_one_connection(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    """Sends the pieces one by one on one connection and reads as many answers as there are calls in them."""

    async def scene():
        async with serving(Sandbox()) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
            count = b"".join(pieces).count(b"HTTP/1.1")
            answers = [await asyncio.wait_for(read_answer(reader), 60) for _ in range(count)]
            writer.close()
            await writer.wait_closed()
            return answers

    return asyncio.run(scene())


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([bench_call("r1"), bench_call("r2")], id="one after the other"),
        pytest.param([bench_call("r1") + bench_call("r2")], id="both at once"),
        pytest.param(
            [bench_call("r1")[:7], bench_call("r1")[7:90], bench_call("r1")[90:], bench_call("r2")], id="bits"
        ),
    ],
)
def test_the_fast_lane_reads_calls_however_they_arrive(pieces):
    answers = on_one_connection(*pieces)
    assert [json.loads(body)["reference"] for _, body in answers] == ["r1", "r2"]


def test_the_fast_lane_hands_over_what_is_not_a_bench_call():
    answers = on_one_connection(
        bench_call("r1"),
        b"GET /control HTTP/1.1\r\nHost: x\r\n\r\n",
        bench_call("r2"),
        b"GET /no HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    assert [status for status, _ in answers[:3]] == [b"HTTP/1.1 200 OK"] * 3
    assert json.loads(answers[1][1])["partners"]["bench/raw"]["orders_created"] == 1
    assert answers[3][0] == b"HTTP/1.1 404 Not Found"
