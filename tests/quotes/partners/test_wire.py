"""The wire against servers written for one test each, over HTTP."""

import asyncio
import json
import re
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from factortaboite.money import NBSP
from quotes.partners.base import AccountSettings, BrokenAnswer, PartnerRefused, PartnerUnavailable
from quotes.partners.wire import Deadline, Reply, Wire, open_session, partner_words, retry_after_seconds


@asynccontextmanager
async def served(handler, *, ssl_context=None):
    """The address of a server whose every path is `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
        scheme = "https" if ssl_context else "http"
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def wired(url: str, **settings):
    account = AccountSettings(base_url=url, **{"timeout_seconds": 20, "is_our_twin": True, **settings})
    async with open_session(account) as session:
        yield Wire(session, account)


def call_once(handler, **settings) -> Reply:
    async def scene():
        async with served(handler) as url, wired(url, **settings) as wire:
            return await wire.call("GET", "/")

    return asyncio.run(scene())


async def ok(request):
    return web.json_response({"amount": 1})


def test_no_more_calls_at_once_than_allowed():
    at_once, most = 0, 0

    async def slow(request):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        return web.json_response({})

    async def scene():
        async with served(slow) as url, aiohttp.ClientSession() as session:  # a session without a limit of its own
            wire = Wire(session, AccountSettings(url, max_concurrent=3))
            await asyncio.gather(*(wire.call("GET", "/") for _ in range(15)))

    asyncio.run(scene())
    assert most == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_typed_address_reaches_nothing_that_only_we_reach(host):
    calls = []

    async def inside(request):
        calls.append(request.path)
        return web.json_response({})

    async def scene():
        async with served(inside) as url, wired(url.replace("127.0.0.1", host), is_our_twin=False) as wire:
            with pytest.raises(PartnerUnavailable, match="La connexion avec le partenaire a échoué"):
                await wire.call("GET", "/")

    asyncio.run(scene())
    assert calls == []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer: nothing is waited for, and how busy the machine is does not show."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self.now = max(self.now, self._scheduled[0].when())
        super()._run_once()


def test_calls_are_evenly_spaced_at_the_given_pace(monkeypatch):
    departures = []

    async def note(*call):
        departures.append(asyncio.get_running_loop().time())
        return Reply(200, {}, b"{}")

    async def scene():
        wire = Wire(None, AccountSettings("http://partner.example", max_concurrent=10, calls_per_second=25))
        monkeypatch.setattr(wire, "_send", note)
        await asyncio.gather(*(wire.call("GET", "/") for _ in range(21)))
        await asyncio.sleep(0.3)  # the time not used is not saved up for a burst
        await asyncio.gather(*(wire.call("GET", "/") for _ in range(5)))

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(scene())
    assert departures[20] - departures[0] == pytest.approx(20 * 0.04)
    # A timer may ring 10 ms late without the following one being put off.
    assert 4 * 0.04 - 0.01 <= departures[25] - departures[21] <= 4 * 0.04
    assert max(sum(start <= t < start + 0.4 for t in departures) for start in departures) <= 11


def test_a_429_rests_every_call_until_the_partner_wants_them():
    arrivals = []

    async def once_too_many(request):
        arrivals.append(asyncio.get_running_loop().time())
        if len(arrivals) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.json_response({})

    async def scene():
        async with served(once_too_many) as url, wired(url) as wire:
            with pytest.raises(PartnerUnavailable) as caught:
                await wire.call("GET", "/")
            assert caught.value.retry_after_seconds == 1
            await asyncio.gather(*(wire.call("GET", "/") for _ in range(3)))

    asyncio.run(scene())
    assert len(arrivals) == 4
    assert arrivals[1] - arrivals[0] > 0.98


def test_a_rest_longer_than_the_deadline_sends_nothing():
    calls = 0

    async def closed(request):
        nonlocal calls
        calls += 1
        return web.Response(status=503, headers={"Retry-After": "120"})

    async def scene():
        async with served(closed) as url, wired(url) as wire:
            errors = []
            for _ in range(3):
                with pytest.raises(PartnerUnavailable) as caught:
                    await wire.call("GET", "/")
                errors.append(caught.value)
            return errors

    first, second, third = asyncio.run(scene())
    assert calls == 1
    assert first.message == "Le service du partenaire est indisponible (réponse 503)."
    assert re.fullmatch(f"Le partenaire a demandé une pause de 1[012]\\d{NBSP}s.", second.message)
    assert 100 < third.retry_after_seconds <= 120


def test_a_breakdown_without_wish_does_not_rest_the_wire():
    async def broken(request):
        return web.Response(status=500, text="oops")

    async def scene():
        async with served(broken) as url, wired(url) as wire:
            with pytest.raises(PartnerUnavailable) as caught:
                await wire.call("GET", "/")
            return caught.value, wire.resting_seconds

    error, resting_seconds = asyncio.run(scene())
    assert (error.raw, error.retry_after_seconds, resting_seconds) == (b"oops", None, 0)


NOON = format_datetime(datetime(2026, 11, 22, 12, tzinfo=UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"Retry-After": "7"}, 7, id="seconds"),
        pytest.param({"Retry-After": " 0 "}, 0, id="zero"),
        pytest.param({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT", "Date": NOON}, 30, id="date"),
        pytest.param({"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT", "Date": NOON}, 0, id="past date"),
        pytest.param({"Retry-After": "999999999"}, 86_400, id="at most a day"),
        pytest.param({"Retry-After": "soon"}, None, id="unreadable"),
        pytest.param({"Retry-After": "-5"}, None, id="negative"),
        pytest.param({"Retry-After": "²"}, None, id="not a digit we know"),
        pytest.param({"Retry-After": "Sun, 22 Nov 2026 12:00:30", "Date": NOON}, None, id="date without zone"),
    ],
)
def test_retry_after_has_two_forms(headers, seconds):
    assert retry_after_seconds(headers) == seconds


def test_retry_after_falls_back_on_our_clock():
    wish = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 60 < retry_after_seconds({"Retry-After": wish}) <= 90


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(408, PartnerUnavailable, id="408"),
        pytest.param(425, PartnerUnavailable, id="425"),
        pytest.param(500, PartnerUnavailable, id="500"),
        pytest.param(504, PartnerUnavailable, id="504"),
        pytest.param(400, PartnerRefused, id="400"),
        pytest.param(401, PartnerRefused, id="401"),
        pytest.param(410, PartnerRefused, id="410"),
        pytest.param(204, BrokenAnswer, id="204"),
        pytest.param(307, BrokenAnswer, id="307"),
    ],
)
def test_every_status_has_one_meaning(status, expected):
    async def answer(request):
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    with pytest.raises(expected) as caught:
        call_once(answer)
    assert type(caught.value) is expected
    assert f"réponse {status}" in caught.value.message


def test_redirections_are_not_followed_and_cookies_not_kept():
    paths, cookies = [], []

    async def redirect(request):
        paths.append(request.path)
        cookies.append(request.headers.get("Cookie"))
        response = web.Response(status=302, text="moved", headers={"Location": "/secret"})
        response.set_cookie("session", "1")
        return response

    async def scene():
        async with served(redirect) as url, wired(url) as wire:
            for _ in range(2):
                with pytest.raises(BrokenAnswer) as caught:
                    await wire.call("GET", "/one")
                assert caught.value.raw == b"moved"

    asyncio.run(scene())
    assert (paths, cookies) == (["/one", "/one"], [None, None])


def test_the_environments_proxy_is_not_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert call_once(ok).status == 200


def test_a_body_over_the_cap_is_cut_and_not_read_further():
    sent = 0

    async def endless(request):
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 50_000_000:
            await response.write(b"x" * 100_000)
            sent += 100_000
        return response

    with pytest.raises(BrokenAnswer, match="dépasse 2") as caught:
        call_once(endless).json()
    assert len(caught.value.raw) == 64_000
    assert sent < 20_000_000


def test_a_breakdown_with_a_huge_page_is_still_a_breakdown():
    async def broken(request):
        return web.Response(status=503, body=b"<html>" + b"x" * 3_000_000)

    with pytest.raises(PartnerUnavailable, match="réponse 503") as caught:
        call_once(broken)
    assert len(caught.value.raw) == 64_000


def test_a_body_cut_by_the_network_is_temporary():
    async def cut(request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"a": 1')
        request.transport.close()
        return response

    with pytest.raises(PartnerUnavailable, match="La connexion avec le partenaire a échoué.") as caught:
        call_once(cut)
    assert caught.value.raw == b'{"a": 1'


def test_nobody_listens():
    async def scene():
        async with served(ok) as url:
            pass
        async with wired(url) as wire:
            await wire.call("GET", "/")

    with pytest.raises(PartnerUnavailable, match="La connexion avec le partenaire a échoué."):
        asyncio.run(scene())


def test_an_address_that_is_none():
    async def scene():
        async with wired("not an address") as wire:
            await wire.call("GET", "/")

    with pytest.raises(PartnerRefused, match="L’adresse du partenaire n’est pas valable."):
        asyncio.run(scene())


def test_something_that_does_not_speak_http():
    async def scene():
        async def noise(reader, writer):
            writer.write(b"\x00\x01\x02 220 hello\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(noise, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with wired(f"http://127.0.0.1:{port}") as wire:
                await wire.call("GET", "/")

    with pytest.raises(BrokenAnswer):
        asyncio.run(scene())


def test_the_deadline_covers_the_whole_body():
    async def drip(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    for seconds in (0.8, 8):  # the second for a machine that was too busy to hear anything within the first
        with pytest.raises(PartnerUnavailable, match=f"n’a pas répondu en {seconds}".replace(".", ",")) as caught:
            call_once(drip, timeout_seconds=seconds)
        if caught.value.raw:
            break
    assert caught.value.raw.strip(b" ") == b"" != caught.value.raw


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    ).sign(key, hashes.SHA256())
    pem = tmp_path / "self-signed.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    async def scene():
        async with served(ok, ssl_context=context) as url, wired(url) as wire:
            await wire.call("GET", "/")

    with pytest.raises(PartnerUnavailable, match="Le certificat du partenaire n’est pas valable."):
        asyncio.run(scene())


def test_numbers_are_read_as_decimals():
    assert Reply(200, {}, b'{"a": 0.1, "b": 3}').json() == {"a": Decimal("0.1"), "b": 3}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html></html>", id="html"),
        pytest.param(b"\n <!doctype html>", id="html after spaces"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": ', id="cut"),
        pytest.param(b'"\xff\xfe"', id="not text"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"9" * 10_000, id="too long a number"),
    ],
)
def test_what_is_not_json_is_unreadable_and_kept(body):
    with pytest.raises(BrokenAnswer) as caught:
        Reply(200, {}, body).json()
    assert caught.value.raw == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"errors": [{"detail": "No buyer match found"}]}, "No buyer match found", id="list of errors"),
        pytest.param({"errorCode": "E1", "errorMessage": "Unknown"}, "Unknown", id="errorMessage"),
        pytest.param({"code": "wrong_product"}, "wrong_product", id="code alone"),
        pytest.param({"message": "two\n lines\x00"}, "two lines", id="one line, printable"),
        pytest.param({"message": "x" * 1000}, "x" * 300, id="cut"),
        pytest.param({"message": {"nested": 1}}, "", id="not a text"),
        pytest.param({"errors": []}, "", id="no error"),
        pytest.param(["a"], "", id="a list"),
        pytest.param("text", "", id="a string"),
    ],
)
def test_the_partners_own_words(body, words):
    assert partner_words(Reply(400, {}, json.dumps(body).encode())) == words


@pytest.mark.parametrize(
    ("calls", "deadline"),
    [
        pytest.param([0.1] * 19, 20, id="too-few-to-tell"),
        pytest.param([0.1] * 20, 2, id="never-under-two-seconds"),
        pytest.param([1.5] * 20, 4.5, id="three-times-the-slow-ones"),
        pytest.param([9.0] * 20, 20, id="never-over-the-account-s-own"),
        pytest.param([0.1] * 39 + [3.0], 9, id="one-slow-call-in-forty"),
    ],
)
def test_the_deadline_follows_the_partner(calls, deadline):
    learned = Deadline(20)
    for seconds in calls:
        learned.learn(seconds)
    assert learned.seconds == pytest.approx(deadline)


def test_a_partner_that_slows_down_is_waited_for_again():
    learned = Deadline(20)
    for _ in range(20):
        learned.learn(0.5)
    for _ in range(100):  # each call is cut at the deadline of the day
        learned.learn(2 * learned.seconds)
    assert learned.seconds == 20
