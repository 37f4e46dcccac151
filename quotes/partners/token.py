"""Calls that carry an access token: got once, renewed before it ends, and once more when the partner refuses it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from quotes.partners.base import AccountSettings, PartnerError, PartnerRefused
from quotes.partners.wire import Reply, Wire

EARLY_SECONDS = 30.0  # a token is renewed this long before its end, or at 90 % of a short life
REFUSED_LOGIN_SECONDS = 60.0  # insurers lock an account after a few refused logins (Coface: five)
FAILED_LOGIN_SECONDS = 1.0  # callers that waited for the same login share its failure


class Token(NamedTuple):
    value: str
    lifetime_seconds: float


def credential(account: AccountSettings, name: str) -> str:
    """One of the account's credentials. Raises PartnerRefused when the account does not hold it."""
    value = account.credentials.get(name, "").strip()
    if not value:
        raise PartnerRefused(f"Il manque un identifiant d’accès au compte partenaire : {name}.")
    return value


class SignedWire:
    """A wire whose calls are signed with a token. `fetch` logs in; `sign` makes a call's headers from the token."""

    def __init__(
        self, wire: Wire, fetch: Callable[[], Awaitable[Token]], sign: Callable[[str], Mapping[str, str]]
    ) -> None:
        self._wire = wire
        self._fetch = fetch
        self._sign = sign
        self._login = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._failure: PartnerError | None = None
        self._failed_until = 0.0

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Reply:
        """`Wire.call` with the token. A 401 renews it and repeats the call once; a second one is PartnerRefused."""
        token = await self._current_token()
        reply = await self._wire.call(
            method, path, headers=self._sign(token), json=json, params=params, expect=(*expect, 401)
        )
        if reply.status != 401:
            return reply
        if self._token == token:  # else another call has renewed it already
            self._token = ""
        token = await self._current_token()
        return await self._wire.call(method, path, headers=self._sign(token), json=json, params=params, expect=expect)

    async def _current_token(self) -> str:
        clock = asyncio.get_running_loop().time
        async with self._login:
            if self._token and clock() < self._renew_at:
                return self._token
            if self._failure and clock() < self._failed_until:
                raise self._failure
            try:
                token = await self._fetch()
            except PartnerError as error:
                refused = isinstance(error, PartnerRefused)
                self._failure = error
                self._failed_until = clock() + (REFUSED_LOGIN_SECONDS if refused else FAILED_LOGIN_SECONDS)
                raise
            self._token, self._failure = token.value, None
            self._renew_at = clock() + max(token.lifetime_seconds - EARLY_SECONDS, token.lifetime_seconds * 0.9)
            return self._token
