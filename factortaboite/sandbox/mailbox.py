"""The demo prospect's mailbox: an SMTP server that takes any mail, and pages to read it.

What goes to an address that bounces is taken, too, as a relay would, and comes back to its sender as a report.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from time import strftime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from factortaboite.sandbox.returned import ReturnedMail, comes_back, write_report

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

FAULTS = {
    "refuse_recipient": "550 5.1.1 Unknown recipient",
    "refuse_message": "554 5.7.1 Message refused",
    "busy": "451 4.3.2 Try again later",
    "hang_after_data": "250 OK",  # said so late that the sender has given up, though the message is here
}
HANG_SECONDS = 120.0
LINK = re.compile(r"https?://[^\s<>\"']+")
# A message is somebody else's text: nothing in it may run, load or be framed.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Mailbox:
    """Keeps each message as an .eml file in `directory`, newest last by name."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.returned = ReturnedMail(directory / "returned")
        self.received: Counter[str] = Counter()  # by Message-ID
        self.fault = ""
        self.fault_times: int | None = None
        self._number = len(self.names())

    def set_fault(self, fault: str, times: int | None = None) -> None:
        """How the next mails fail; an empty string ends it. Raises ValueError."""
        if fault and fault not in FAULTS:
            raise ValueError(f"unknown fault: {fault}")
        self.fault, self.fault_times = fault, times

    def state(self) -> dict[str, Any]:
        return {"fault": self.fault, "messages": sum(self.received.values()), "by_message_id": self.received} | {
            "returned": len(self.returned.uids()),
            "returned_and_read": sorted(self.returned.read),
        }

    def names(self) -> list[str]:
        """Newest first."""
        return sorted((path.name for path in self.directory.glob("*.eml")), reverse=True)

    def keep(self, content: bytes) -> None:
        self.received[str(message_from_bytes(content)["Message-ID"] or "")] += 1
        self._number += 1
        path = self.directory / f"{strftime('%Y%m%d-%H%M%S')}-{self._number:06d}.eml"
        # Whole or not at all: the directory is looked into while mails come.
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.rename(path)

    # --- SMTP, by the names aiosmtpd calls ---

    async def handle_RCPT(
        self, server: "SMTP", session: "Session", envelope: "Envelope", address: str, options: list[str]
    ) -> str:
        if self._takes_fault("refuse_recipient"):
            return FAULTS["refuse_recipient"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        for fault in ("refuse_message", "busy"):
            if self._takes_fault(fault):
                return FAULTS[fault]
        content = envelope.original_content or b""
        for address in filter(comes_back, envelope.rcpt_tos):
            self.returned.keep(write_report(content, sender=envelope.mail_from or "", recipient=address))
        if not all(map(comes_back, envelope.rcpt_tos)):
            self.keep(content)
        if self._takes_fault("hang_after_data"):
            await asyncio.sleep(HANG_SECONDS)
        return "250 OK"

    def _takes_fault(self, fault: str) -> bool:
        if self.fault != fault or self.fault_times == 0:
            return False
        if self.fault_times is not None:
            self.fault_times -= 1
        return True

    # --- pages ---

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/mailbox", self.list_page),
            web.get("/mailbox/{name}", self.message_page),
            web.get("/mailbox/{name}/{attachment}", self.attachment),
        ]

    async def list_page(self, request: web.Request) -> web.Response:
        rows = []
        for name in self.names():
            message = self._message(name)
            rows.append(
                f'<li><a href="/mailbox/{quote(name)}">{_header(message, "Subject") or "(sans objet)"}</a>'
                f" — à {_header(message, 'To')}</li>"
            )
        return _page("Messagerie du prospect", f"<ul>{''.join(rows)}</ul>" if rows else "<p>Aucun message.</p>")

    async def message_page(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        message = self._message(name)
        body = message.get_body(("plain", "html"))
        attachments = [
            f'<li><a href="/mailbox/{quote(name)}/{index}">{escape(part.get_filename("pièce jointe"))}</a></li>'
            for index, part in enumerate(message.iter_attachments())
        ]
        return _page(
            _header(message, "Subject") or "(sans objet)",
            f"<p>De : {_header(message, 'From')}<br>À : {_header(message, 'To')}</p>"
            f"<pre>{_linked(body.get_content() if body else '')}</pre>"
            + (f"<h2>Pièces jointes</h2><ul>{''.join(attachments)}</ul>" if attachments else "")
            + '<p><a href="/mailbox">Tous les messages</a></p>',
        )

    async def attachment(self, request: web.Request) -> web.Response:
        parts = list(self._message(request.match_info["name"]).iter_attachments())
        index = request.match_info["attachment"]
        if not index.isdecimal() or int(index) >= len(parts):
            raise web.HTTPNotFound
        part = parts[int(index)]
        content = part.get_payload(decode=True) or b""
        file_name = quote(part.get_filename("piece-jointe"))
        return web.Response(
            body=content,
            content_type="application/octet-stream",
            headers={**PAGE_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{file_name}"},
        )

    def _message(self, name: str) -> EmailMessage:
        if name not in self.names():  # and so never outside the directory
            raise web.HTTPNotFound
        return message_from_bytes((self.directory / name).read_bytes(), policy=policy.default)


def _header(message: EmailMessage, name: str) -> str:
    return escape(str(message.get(name, "")))


def _linked(text: str) -> str:
    """The text escaped, its addresses clickable."""
    pieces, end = [], 0
    for link in LINK.finditer(text):
        url = escape(link[0].rstrip(".,;)"))
        pieces += [escape(text[end : link.start()]), f'<a href="{url}" rel="noreferrer">{url}</a>']
        end = link.start() + len(link[0].rstrip(".,;)"))
    return "".join(pieces) + escape(text[end:])


def _page(title: str, body: str) -> web.Response:
    return web.Response(
        text=(
            f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>'
        ),
        content_type="text/html",
        headers=PAGE_HEADERS,
    )


@asynccontextmanager
async def receiving(mailbox: Mailbox, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """The mailbox's SMTP server for as long as the context lasts; gives its port."""
    from aiosmtpd.smtp import SMTP  # a fifth of the start-up time, for those who want it

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, enable_SMTPUTF8=True, ident="bac-a-sable"), host, port
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
