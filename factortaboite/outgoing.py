"""Calls to systems that are not ours, whose answers are not to be trusted: what every line out has in common.

No cookies, no proxy from the environment, verified certificates, public addresses only, bodies up to a cap, strict
JSON. Redirections are each caller's to refuse, deadlines each caller's to set.
"""

import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.connector import AddrInfoType

BODY_CAP = 2_000_000  # bytes
PROOF_CAP = 64_000  # bytes kept of a body that is not whole: every buyer may get one
LONGEST_REST_SECONDS = 86_400.0
WORDS_CAP = 300  # characters of another system's own words in a message


class TooLarge(Exception):
    """The body is over the cap; `start` is how it begins."""

    def __init__(self, start: bytes) -> None:
        super().__init__(f"body over {BODY_CAP} bytes")
        self.start = start


class NotJson(ValueError):
    """The body is not JSON; `is_page` when it is a web page instead."""

    def __init__(self, *, is_page: bool) -> None:
        super().__init__("a web page" if is_page else "not JSON")
        self.is_page = is_page


def open_session(*, limit: int, public_only: bool) -> aiohttp.ClientSession:
    """An HTTP session with at most `limit` connections, to be opened inside the running loop and closed by the caller.

    With `public_only`, whoever chose the address cannot reach through us what only our servers reach.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit, socket_factory=_public_socket if public_only else None),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        # The deadline is the caller's own. Uncompressed, a body cannot be larger than what was received.
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Factortaboite"},
    )


def _public_socket(found: AddrInfoType) -> socket.socket:
    """The socket for an address as it was resolved, so that no name can hide where it leads. Raises OSError."""
    family, kind, protocol, _, place = found
    if not ip_address(str(place[0]).partition("%")[0]).is_global:
        raise OSError(f"{place[0]} is not a public address")
    return socket.socket(family, kind, protocol)


async def read_body(response: aiohttp.ClientResponse, received: bytearray | None = None) -> bytes:
    """The whole body. Raises TooLarge when it is over the cap, having read no further.

    Whatever else interrupts it, `received` holds what had come.
    """
    received = bytearray() if received is None else received
    while chunk := await response.content.readany():
        received += chunk
        if len(received) > BODY_CAP:
            response.close()
            raise TooLarge(bytes(received[:PROOF_CAP]))
    return bytes(received)


def read_json(body: bytes) -> Any:
    """The body as JSON, decimals as Decimal. Raises NotJson."""
    if body.lstrip()[:1] == b"<":
        raise NotJson(is_page=True)
    try:
        return _DECODER.decode(body.decode().removeprefix("\ufeff"))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotJson(is_page=False) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The Retry-After header in seconds, from either of its forms (RFC 9110 §10.2.3); None without a readable one.

    A date is measured from the other system's own Date header when it sent one, so that our clock may be wrong.
    """
    wish = headers.get("Retry-After", "").strip()
    if wish.isascii() and wish.isdigit():
        seconds = float(wish)
    else:
        try:
            end = parsedate_to_datetime(wish)
            start = parsedate_to_datetime(headers["Date"]) if "Date" in headers else datetime.now(UTC)
            seconds = (end - start).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_REST_SECONDS)


def printable_words(text: str) -> str:
    """Another system's own words, on one line and short enough for a message."""
    return "".join(filter(str.isprintable, " ".join(text.split())))[:WORDS_CAP]
