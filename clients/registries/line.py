"""The only way out to a registry: its turn, its deadline, and one meaning for every way a call can fail.

Nothing is tried again here: a task that can wait asks again later, and a page shows the sentence.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from django.conf import settings

from clients.monitoring.kinds import SIMULATED
from clients.registries.base import RegistryError, RegistryRefused, RegistryUnavailable, UnreadableRegistry
from clients.registries.pace import Pace, Resting
from factortaboite.outgoing import (
    NotJson,
    TooLarge,
    open_session,
    printable_words,
    read_body,
    read_json,
    retry_after_seconds,
)

Answered = tuple[int, Mapping[str, str], bytes]  # status, headers, body

TEMPORARY_STATUSES = frozenset({408, 425, 429})
SHORTEST_CALL_SECONDS = 2.0
REST_WITHOUT_WISH_SECONDS = 1.0  # after a 429 that does not say how long


@dataclass(frozen=True, slots=True)
class Line:
    """The line to one registry. `code` is its name in the settings, `label` how French sentences call it."""

    code: str
    label: str
    pace: Pace

    @property
    def base_url(self) -> str:
        """The registry's address, or our twin's where none is given."""
        return settings.REGISTRY_URLS[self.code] or f"{settings.SANDBOX_URL}/{self.code.replace('_', '-')}"

    @property
    def is_our_twin(self) -> bool:
        return self.base_url.startswith(f"{settings.SANDBOX_URL}/")

    @property
    def source(self) -> str:
        """What a fact from here is stored under: what our twin says is no registry's word."""
        return f"{self.label} {SIMULATED}" if self.is_our_twin else self.label

    def unreadable(self, what: str) -> UnreadableRegistry:
        """The error to raise; `what` ends the French sentence."""
        return UnreadableRegistry(f"{self.label} a donné une réponse illisible : {what}.")

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        may_be_absent: bool = False,
        patience_seconds: float,
    ) -> Any:
        """The JSON that stands at `path`; with `may_be_absent`, None on a 404, which other registries never mean.

        Waits at most `patience_seconds` for its turn, then as long again for the answer, but within two seconds and
        REGISTRY_TIMEOUT_SECONDS.
        Raises RegistryUnavailable (rest, no connection, no answer in time, 408, 425, 429, 5xx), RegistryRefused (any
        other 4xx) and UnreadableRegistry (redirection, too large a body, not JSON).
        """
        try:
            self.pace.wait_for_turn(patience_seconds)
        except Resting as rest:
            raise RegistryUnavailable(
                f"{self.label} est trop sollicité : nouvel essai possible dans {max(1, round(rest.seconds))} s.",
                retry_after_seconds=rest.seconds,
            ) from rest
        try:
            seconds = min(settings.REGISTRY_TIMEOUT_SECONDS, max(SHORTEST_CALL_SECONDS, patience_seconds))
            status, answered_headers, body = _run(self._send(path, params, headers, seconds))
            if status == 404 and may_be_absent:
                answer = None
            elif status == 200:
                answer = self._read(body)
            else:
                raise self._failure(status, answered_headers, body)
        except RegistryUnavailable as error:
            self._note(error)
            raise
        except RegistryError:
            self.pace.succeeded()  # it lives, whatever it says
            raise
        self.pace.succeeded()
        return answer

    async def _send(
        self, path: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None, seconds: float
    ) -> Answered:
        try:
            async with (
                asyncio.timeout(seconds),
                open_session(limit=1, public_only=not self.is_our_twin) as session,
                session.get(self.base_url + path, params=params, headers=headers, allow_redirects=False) as response,
            ):
                return response.status, response.headers, await read_body(response)
        except TooLarge as error:
            raise self.unreadable("elle dépasse 2 Mo") from error
        except TimeoutError as error:
            waited = f"{seconds:g}".replace(".", ",")
            raise RegistryUnavailable(f"{self.label} n’a pas répondu en {waited} s.") from error
        except aiohttp.ClientSSLError as error:
            raise RegistryUnavailable(f"Le certificat du service {self.label} n’est pas valable.") from error
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise RegistryUnavailable(f"La connexion avec le service {self.label} a échoué.") from error
        except aiohttp.InvalidURL as error:
            raise RegistryRefused(f"L’adresse du service {self.label} n’est pas valable.") from error
        except aiohttp.ClientError as error:
            raise self.unreadable("ce n’est pas du HTTP") from error

    def _read(self, body: bytes) -> Any:
        try:
            return read_json(body)
        except NotJson as error:
            raise self.unreadable("une page web" if error.is_page else "ce n’est pas du JSON") from error

    def _failure(self, status: int, headers: Mapping[str, str], body: bytes) -> RegistryError:
        if status in TEMPORARY_STATUSES or status >= 500:
            message = (
                f"{self.label} demande de ralentir (réponse 429)."
                if status == 429
                else f"{self.label} est indisponible (réponse {status})."
            )
            wish = retry_after_seconds(headers)
            if status == 429 and wish is None:
                wish = REST_WITHOUT_WISH_SECONDS
            return RegistryUnavailable(message, retry_after_seconds=wish)
        if status in (401, 403):
            return RegistryRefused(f"{self.label} refuse la clé d’accès (réponse {status}).")
        if status >= 400:
            words = _words(body)
            return RegistryRefused(
                f"{self.label} refuse la recherche (réponse {status})" + (f" : « {words} »" if words else ".")
            )
        if status >= 300:
            return self.unreadable(f"elle renvoie vers une autre adresse (réponse {status}), qui n’est pas suivie")
        return self.unreadable(f"réponse {status} inattendue")

    def _note(self, error: RegistryUnavailable) -> None:
        """A registry that says when to come back is left alone until then, by everybody."""
        if error.retry_after_seconds is None:
            self.pace.failed()
        else:
            self.pace.rest(error.retry_after_seconds)


def _run(coroutine: Coroutine[Any, Any, Answered]) -> Answered:
    """Runs one call in a loop of its own, and leaves behind a name look-up that hangs: `asyncio.run` would wait."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()


def _words(body: bytes) -> str:
    """What the registry says in an error body, from the places where these four put it."""
    try:
        error = read_json(body)
    except NotJson:
        return ""
    if isinstance(error, dict) and isinstance(error.get("header"), dict):  # Sirene
        error = error["header"]
    if not isinstance(error, dict):
        return ""
    places = (error.get(key) for key in ("erreur", "message", "error_code"))
    return printable_words(next((text for text in places if isinstance(text, str) and text.strip()), ""))
