"""The only way out to a partner: concurrency, pace, deadline, and one meaning for every way a call can fail.

Nothing is tried again here, because retries belong to the engine. (Below us, aiohttp sends a GET again when a
connection it had kept turns out to be closed already.)
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from factortaboite import outgoing
from factortaboite.outgoing import (
    PROOF_CAP,
    NotJson,
    TooLarge,
    printable_words,
    read_body,
    read_json,
    retry_after_seconds,
)
from quotes.partners.base import AccountSettings, BrokenAnswer, PartnerRefused, PartnerUnavailable

DEADLINE_SAMPLES = 200
DEADLINE_REVIEW = 20  # calls between two looks at the deadline
SHORTEST_DEADLINE_SECONDS = 2.0
LATENESS_SECONDS = 0.01  # how late a timer may ring without the pace being lost
REST_WITHOUT_WISH_SECONDS = 1.0  # after a 429 that does not say how long
TEMPORARY_STATUSES = frozenset({408, 425, 429})


def open_session(account: AccountSettings) -> aiohttp.ClientSession:
    """The HTTP session of one account, opened inside the running loop and closed by the caller.

    Whoever types a partner's address may not reach through us what only our servers reach: but for our own twin, only
    public addresses are connected to.
    """
    return outgoing.open_session(limit=account.max_concurrent, public_only=not account.is_our_twin)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Of a body over the cap only the beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool = True

    def json(self) -> Any:
        """The body as JSON, decimals as Decimal. Raises BrokenAnswer."""
        if not self.is_whole:
            raise BrokenAnswer("La réponse du partenaire dépasse 2 Mo.", raw=self.body)
        try:
            return read_json(self.body)
        except NotJson as error:
            message = (
                "Le partenaire a répondu une page web au lieu de données."
                if error.is_page
                else "La réponse du partenaire n’est pas lisible."
            )
            raise BrokenAnswer(message, raw=self.body) from error


class Deadline:
    """How long a call may take: three times what all but one call in a hundred took lately, within the account's own.

    A hung call then costs seconds instead of the account's whole deadline.
    """

    def __init__(self, longest: float) -> None:
        self.longest = self.seconds = longest
        self._lately: deque[float] = deque(maxlen=DEADLINE_SAMPLES)
        self._learned = 0

    def learn(self, seconds: float) -> None:
        self._lately.append(seconds)
        self._learned += 1
        if self._learned % DEADLINE_REVIEW == 0 and len(self._lately) >= DEADLINE_REVIEW:
            slow = sorted(self._lately)[int(len(self._lately) * 0.99)]
            self.seconds = min(self.longest, max(SHORTEST_DEADLINE_SECONDS, 3 * slow))


class Wire:
    """One account's line to its partner. One instance serves one runner: the limits hold inside one process."""

    def __init__(self, session: aiohttp.ClientSession, account: AccountSettings) -> None:
        self._session = session
        self._base_url = account.base_url.rstrip("/")
        self._deadline = Deadline(account.timeout_seconds)
        self._slots = asyncio.Semaphore(account.max_concurrent)
        self._turn = asyncio.Lock()
        self._interval = 1 / account.calls_per_second if account.calls_per_second else 0.0
        self._next_turn = 0.0
        self._rest_until = 0.0

    @property
    def resting_seconds(self) -> float:
        """How long the partner still wants to be left alone; 0 when it may be called."""
        return max(0.0, self._rest_until - asyncio.get_running_loop().time())

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        params: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Reply:
        """Send one call and return its reply when the status is one of `expect`.

        A connector that has its own reading of a 4xx puts it in `expect`. A call made while the wire rests waits for
        the end of the rest, or is not sent at all when the rest is longer than the deadline.

        Raises PartnerUnavailable (no connection, no answer in time, 408, 425, 429, 5xx), PartnerRefused (any other
        4xx, with the partner's words) and BrokenAnswer (redirection, other success), each with what was received.
        """
        async with self._slots:
            await self._wait_for_turn()
            reply = await self._send(method, path, headers, json, params)
        if reply.status in expect:
            return reply
        raise self._failure(reply)

    async def _wait_for_turn(self) -> None:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            while (delay := max(self._next_turn, self._rest_until) - clock()) > 0:
                if self.resting_seconds > self._deadline.longest:
                    raise PartnerUnavailable(
                        f"Le partenaire a demandé une pause de {self.resting_seconds:.0f} s.",
                        retry_after_seconds=self.resting_seconds,
                    )
                await asyncio.sleep(delay)
            # The next turn is counted from this one's due time, or small delays of the loop would slow the pace down.
            self._next_turn = max(self._next_turn, clock() - LATENESS_SECONDS) + self._interval

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None, json: object, params: Mapping[str, str] | None
    ) -> Reply:
        deadline, started, received = self._deadline.seconds, time.monotonic(), bytearray()
        try:
            async with (
                asyncio.timeout(deadline),
                self._session.request(
                    method,
                    self._base_url + path,
                    headers=headers,
                    json=json,
                    params=params,
                    allow_redirects=False,
                ) as response,
            ):
                try:
                    reply = Reply(response.status, response.headers, await read_body(response, received))
                except TooLarge as error:
                    reply = Reply(response.status, response.headers, error.start, is_whole=False)
            self._deadline.learn(time.monotonic() - started)
            return reply
        except TimeoutError as error:
            self._deadline.learn(2 * deadline)  # else a partner that slows down would never be waited for again
            seconds = f"{deadline:.3g}".replace(".", ",")
            proof = bytes(received[:PROOF_CAP])
            raise PartnerUnavailable(f"Le partenaire n’a pas répondu en {seconds} s.", raw=proof) from error
        except aiohttp.ClientSSLError as error:
            raise PartnerUnavailable("Le certificat du partenaire n’est pas valable.") from error
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            proof = bytes(received[:PROOF_CAP])
            raise PartnerUnavailable("La connexion avec le partenaire a échoué.", raw=proof) from error
        except aiohttp.InvalidURL as error:
            raise PartnerRefused("L’adresse du partenaire n’est pas valable.") from error
        except aiohttp.ClientError as error:
            raise BrokenAnswer("La réponse du partenaire n’est pas lisible.") from error

    def _failure(self, reply: Reply) -> Exception:
        status = reply.status
        if status in TEMPORARY_STATUSES or status >= 500:
            wish = retry_after_seconds(reply.headers)
            if status == 429 or wish is not None:
                self._rest(REST_WITHOUT_WISH_SECONDS if wish is None else wish)
            if status == 429:
                message = "Le partenaire demande de ralentir (réponse 429)."
            elif status >= 500:
                message = f"Le service du partenaire est indisponible (réponse {status})."
            else:
                message = f"Le partenaire demande de répéter l’appel (réponse {status})."
            return PartnerUnavailable(message, raw=reply.body, retry_after_seconds=wish)
        if status == 401:
            return PartnerRefused("Le partenaire refuse les identifiants d’accès (réponse 401).", raw=reply.body)
        if status >= 400:
            words = partner_words(reply)
            return PartnerRefused(
                f"Le partenaire refuse l’appel (réponse {status})" + (f" : « {words} »" if words else "."),
                raw=reply.body,
            )
        if status >= 300:
            message = f"Le partenaire renvoie vers une autre adresse (réponse {status}), qui n’est pas suivie."
            return BrokenAnswer(message, raw=reply.body)
        if reply.body:
            try:
                reply.json()
            except BrokenAnswer as error:  # a web page, say
                return error
        return BrokenAnswer(f"Le partenaire a répondu de façon inattendue (réponse {status}).", raw=reply.body)

    def _rest(self, seconds: float) -> None:
        self._rest_until = max(self._rest_until, asyncio.get_running_loop().time() + seconds)


def partner_words(reply: Reply) -> str:
    """What the partner says in an error body, from the places where APIs put it; empty when it says nothing."""
    try:
        error = reply.json()
    except BrokenAnswer:
        return ""
    if isinstance(error, dict) and isinstance(error.get("errors"), list) and error["errors"]:
        error = error["errors"][0]
    if not isinstance(error, dict):
        return ""
    places = (error.get(key) for key in ("detail", "message", "errorMessage", "error_description", "error", "code"))
    words = next((text for text in places if isinstance(text, str) and text.strip()), "")
    return printable_words(words)
