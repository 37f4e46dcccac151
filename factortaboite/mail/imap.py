"""A mailbox over IMAP: what came since last time, and a flag on what was dealt with. Nothing is ever deleted."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from threading import Timer
from urllib.parse import SplitResult, unquote, urlsplit

SILENCE_SECONDS = 20  # without a byte
MAILBOX_ERRORS = (imaplib.IMAP4.error, OSError)
# strftime would write them in the server's language.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Watched:
    """A silence has its own limit; a server that drips a byte now and then meets this one, from its greeting on."""

    def __init__(self, *arguments, longest_seconds: float, **named) -> None:
        self.watchdog = Timer(longest_seconds, self._hang_up)
        self.watchdog.daemon = True
        self.watchdog.start()
        super().__init__(*arguments, timeout=SILENCE_SECONDS, **named)

    def _hang_up(self) -> None:
        with suppress(OSError, AttributeError):  # not connected yet, or no longer
            self.sock.shutdown(socket.SHUT_RDWR)

    def shutdown(self) -> None:
        self.watchdog.cancel()
        super().shutdown()


class _PlainClient(_Watched, imaplib.IMAP4):
    pass


class _SecureClient(_Watched, imaplib.IMAP4_SSL):
    pass


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One folder, open. `uid_validity` changes when its messages were numbered anew."""

    client: imaplib.IMAP4
    uid_validity: int

    def uids(self, *, after: int, since: date) -> list[int]:
        """Of the messages numbered above `after` that came on `since` or later, in the order they came."""
        day = f"{since.day:02d}-{MONTHS[since.month - 1]}-{since.year}"
        found = self._ask("SEARCH", f"UID {after + 1}:*", f"SINCE {day}")
        numbers = {int(word) for line in found if line for word in line.split()}
        return sorted(number for number in numbers if number > after)  # « n:* » always gives the last one

    def headers(self, uid: int, name: str, *, limit: int) -> bytes:
        """One header of a message, `limit` bytes at most."""
        return self._fetch(uid, f"HEADER.FIELDS ({name})", limit)

    def content(self, uid: int, *, limit: int) -> bytes:
        """The first `limit` bytes of a message, which stays unread."""
        return self._fetch(uid, "", limit)

    def mark_read(self, uid: int) -> None:
        self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def _fetch(self, uid: int, section: str, limit: int) -> bytes:
        for part in self._ask("FETCH", str(uid), f"(BODY.PEEK[{section}]<0.{limit}>)"):
            if isinstance(part, tuple):
                return part[1][:limit]
        return b""  # deleted meanwhile

    def _ask(self, command: str, *arguments: str) -> list:
        status, data = self.client.uid(command, *arguments)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command}: {data}")
        return data


@contextmanager
def open_mailbox(url: str, *, longest_seconds: float) -> Iterator[Mailbox]:
    """The folder that imaps://user:password@host/folder names; imap:// speaks without TLS.

    Whatever the server does, the conversation ends after `longest_seconds`: then, and whenever something goes wrong,
    one of MAILBOX_ERRORS is raised.
    """
    parts = urlsplit(url)
    client = _connect(parts, longest_seconds)
    try:
        client.login(unquote(parts.username or ""), unquote(parts.password or ""))
        status, data = client.select(_quoted(unquote(parts.path.strip("/")) or "INBOX"))
        if status != "OK":
            raise imaplib.IMAP4.error(f"SELECT: {data}")
        (validity,) = client.response("UIDVALIDITY")[1]
        yield Mailbox(client, int(validity or 0))
        client.logout()
    finally:
        with suppress(OSError):
            client.shutdown()


def mailbox_name(url: str) -> str:
    """Which mailbox `url` names, without its password: to tell it from another, and to write in logs."""
    parts = urlsplit(url)
    return f"{parts.username}@{parts.hostname}/{parts.path.strip('/') or 'INBOX'}"


def _connect(parts: SplitResult, longest_seconds: float) -> imaplib.IMAP4:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "imaps":
        context = ssl.create_default_context()
        return _SecureClient(
            host, port or imaplib.IMAP4_SSL_PORT, ssl_context=context, longest_seconds=longest_seconds
        )
    return _PlainClient(host, port or imaplib.IMAP4_PORT, longest_seconds=longest_seconds)


def _quoted(name: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'
