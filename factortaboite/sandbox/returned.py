"""Mails that come back: the reports that other mail servers would write, and the mailbox where the sender reads them.

Whatever goes to @rebond.example comes back, for the reason its local part names; the mailbox speaks as much of
IMAP4rev1 as reading takes, and lets anybody in.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from email import message_from_bytes
from email.utils import formatdate, make_msgid
from pathlib import Path

BOUNCING_DOMAIN = "rebond.example"
# What the report says by the local part of the address: action, status, and the words of the recipient's server.
REASONS = {
    "plein": ("failed", "5.2.2", "552 5.2.2 Mailbox full"),
    "filtre": ("failed", "5.7.1", "550 5.7.1 Message rejected as spam"),
    "lourd": ("failed", "5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
    "retard": ("delayed", "4.4.1", "Connection timed out"),
}
UNKNOWN = ("failed", "5.1.1", "550 5.1.1 User unknown")
COMMAND = re.compile(rb"(?P<tag>\S+) (?P<name>(?:UID )?\w+) ?(?P<rest>.*)", re.IGNORECASE)
PIECE = re.compile(rb"(?P<uid>\d+) \(?BODY\.PEEK\[(?P<section>[^\]]*)\]<0\.(?P<size>\d+)>\)?", re.IGNORECASE)
SEARCH = re.compile(rb"UID (?P<first>\d+):\* SINCE (?P<day>\S+)", re.IGNORECASE)


def comes_back(address: str) -> bool:
    return address.lower().endswith(f"@{BOUNCING_DOMAIN}")


def write_report(content: bytes, *, sender: str, recipient: str) -> bytes:
    """The report on the mail `content` to the address `recipient`, for the envelope's `sender` (RFC 3462, 3464)."""
    action, status, words = REASONS.get(recipient.partition("@")[0].lower(), UNKNOWN)
    subject = "Delayed Mail" if action == "delayed" else "Undelivered Mail Returned to Sender"
    headers = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("ascii", "replace")
    report = f"""\
From: Mail Delivery System <mailer-daemon@{BOUNCING_DOMAIN}>
To: {sender}
Date: {formatdate(localtime=True)}
Message-ID: {make_msgid(domain=BOUNCING_DOMAIN)}
Subject: {subject}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_rebond"

--=_rebond
Content-Type: text/plain; charset=us-ascii

The mail system at {BOUNCING_DOMAIN} could not deliver your message to <{recipient}>: {words}

--=_rebond
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{BOUNCING_DOMAIN}

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--=_rebond
Content-Type: text/rfc822-headers

Return-Path: <{sender}>
{headers}

--=_rebond--
"""
    return report.encode("ascii", "replace")


class ReturnedMail:
    """The reports, each a file named by its number; which ones were read is forgotten with the process."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.read: set[int] = set()

    def uids(self) -> list[int]:
        return sorted(int(path.stem) for path in self.directory.glob("*.eml"))

    def keep(self, content: bytes) -> None:
        number = max(self.uids(), default=0) + 1
        self.path(number).write_bytes(content)

    def path(self, uid: int) -> Path:
        return self.directory / f"{uid}.eml"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One IMAP conversation."""
        writer.write(b"* OK bac a sable\r\n")
        try:
            while line := await reader.readline():
                command = COMMAND.match(line.strip())
                if not command:
                    writer.write(b"* BAD ?\r\n")
                    continue
                name = command["name"].upper().decode()
                writer.write(self._answer(name, command["rest"]))
                writer.write(command["tag"] + b" OK done\r\n")
                await writer.drain()
                if name == "LOGOUT":
                    break
        except (ConnectionError, KeyError, ValueError):
            pass
        finally:
            writer.close()

    def _answer(self, name: str, rest: bytes) -> bytes:
        """The untagged lines. Raises KeyError for a command that nobody here needs, ValueError for a wrong one."""
        answers = {
            "CAPABILITY": lambda: b"* CAPABILITY IMAP4rev1\r\n",
            "LOGIN": lambda: b"",
            "SELECT": lambda: b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] numbers last\r\n" % len(self.uids()),
            "LOGOUT": lambda: b"* BYE\r\n",
            "UID SEARCH": lambda: self._search(rest),
            "UID FETCH": lambda: self._fetch(rest),
            "UID STORE": lambda: self._store(rest),
        }
        return answers[name]()

    def _search(self, rest: bytes) -> bytes:
        asked = _matched(SEARCH, rest)
        day = datetime.strptime(asked["day"].decode(), "%d-%b-%Y").date()
        uids = self.uids()
        # As RFC 3501 has it, « n:* » takes in the last message, whatever its number.
        first = min(int(asked["first"]), uids[-1]) if uids else 0
        recent = [uid for uid in uids if uid >= first and date.fromtimestamp(self.path(uid).stat().st_mtime) >= day]
        return b"* SEARCH" + b"".join(b" %d" % uid for uid in recent) + b"\r\n"

    def _fetch(self, rest: bytes) -> bytes:
        asked = _matched(PIECE, rest)
        uid, section = int(asked["uid"]), asked["section"]
        if uid not in self.uids():
            return b""
        content = self.path(uid).read_bytes()
        if section.upper().startswith(b"HEADER.FIELDS"):
            name = section.partition(b"(")[2].rstrip(b")").decode()
            content = f"{name}: {message_from_bytes(content).get(name, '')}\r\n\r\n".encode()
        piece = content[: int(asked["size"])]
        return b"* 1 FETCH (UID %d BODY[%s]<0> {%d}\r\n%s)\r\n" % (uid, section, len(piece), piece)

    def _store(self, rest: bytes) -> bytes:
        uid, _, flags = rest.partition(b" ")
        if b"\\Seen" in flags:
            self.read.add(int(uid))
        return b""


def _matched(pattern: re.Pattern[bytes], text: bytes) -> re.Match[bytes]:
    if found := pattern.fullmatch(text):
        return found
    raise ValueError(text)


@asynccontextmanager
async def returning(mail: ReturnedMail, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """The mailbox's IMAP server for as long as the context lasts; gives its port."""
    server = await asyncio.start_server(mail.converse, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
