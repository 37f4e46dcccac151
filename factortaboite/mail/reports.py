"""Reading a non-delivery report (RFC 3464): which mail it is about, whether it came back for good, and why in French.

A report is anybody's text: whoever knows our address can write one. It only names a mail by its mark, which only those
know who got that mail, and whatever cannot be read is not a report.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, HeaderParser
from email.utils import parseaddr

from factortaboite.money import NBSP

MARK_HEADER = "X-Factortaboite-Mail"
MARK_DATE = "%Y%m%d%H%M%S%f"  # in UTC
MARK = re.compile(r"(?<!\d)(\d{1,18})\.(\d{20})(?!\d)")
# Where the mark of a mail comes back: in the address the report was sent to, whatever was written around it on the
# way, and in the headers of the mail that is handed back.
ENVELOPE_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
RETURNED_HEADERS = (MARK_HEADER, "Message-ID", "Return-Path")
LONGEST_HEADER = 2_000  # characters; decoding takes the square of it
LONGEST_DIAGNOSTIC = 300

# By the subject and detail of an enhanced status code: RFC 3463 and IANA's registry of them. Postfix calls a domain
# that does not exist 4.4, and 4.1 or 4.7 a server that stayed silent until it gave up.
CHECK = "vérifiez-la, puis renvoyez le courrier."
NO_ADDRESS = f"L’adresse du destinataire n’existe pas{NBSP}: {CHECK}"
NO_DOMAIN = f"Le domaine de l’adresse (ce qui suit l’arobase) ne reçoit pas de courrier{NBSP}: {CHECK}"
CLOSED = f"La boîte du destinataire est fermée{NBSP}: demandez-lui une autre adresse."
TOO_LARGE = f"Le courrier est trop volumineux pour la boîte du destinataire{NBSP}: joignez celui-ci autrement."
UNREACHABLE = f"Le serveur du destinataire est resté injoignable{NBSP}: vérifiez l’adresse ou renvoyez plus tard."
REASONS = {
    "1.0": NO_ADDRESS,
    "1.1": NO_ADDRESS,
    "1.2": NO_DOMAIN,
    "1.3": NO_ADDRESS,
    "1.6": CLOSED,
    "1.10": NO_DOMAIN,
    "2.1": CLOSED,
    "2.2": f"La boîte du destinataire est pleine{NBSP}: joignez-le autrement, puis renvoyez le courrier.",
    "2.3": TOO_LARGE,
    "3.4": TOO_LARGE,
    "4.1": UNREACHABLE,
    "4.3": NO_DOMAIN,
    "4.4": NO_DOMAIN,
    "4.7": UNREACHABLE,
}
REFUSED = "Le serveur du destinataire refuse ce courrier (filtre ou règle de sécurité)."  # 7.x
NOT_DELIVERED = "Le serveur du destinataire n’a pas pu le remettre."


@dataclass(frozen=True, slots=True)
class Recipient:
    """What became of the mail for one address. `diagnostic` is what that server said, in its own words."""

    address: str
    failed: bool  # for good; otherwise it is only late
    status: str  # "5.1.1", or nothing
    diagnostic: str

    @property
    def sentence(self) -> str:
        """In French, with what to do about it."""
        said = f" Réponse de son serveur{NBSP}: «{NBSP}{self.diagnostic}{NBSP}»." if self.diagnostic else ""
        if not self.failed:
            return f"Le serveur du destinataire fait attendre ce courrier, qui est présenté de nouveau.{said}"
        _, _, kind = self.status.partition(".")
        reason = REFUSED if kind.startswith("7.") else REASONS.get(kind, NOT_DELIVERED)
        return f"Ce courrier est revenu. {reason}{said}"


@dataclass(frozen=True, slots=True)
class Report:
    """`marks` are the mails that it may be about: number and moment of creation, the surest first."""

    marks: tuple[tuple[int, datetime], ...]
    recipients: tuple[Recipient, ...]

    def about(self, address: str) -> Recipient:
        """What it says of `address`; a mail that was forwarded comes back from another, the worst of which counts."""
        same = [recipient for recipient in self.recipients if recipient.address.lower() == address.lower()]
        return max(same or self.recipients, key=lambda recipient: recipient.failed)


def is_report(headers: bytes) -> bool:
    """Whether the headers of a message announce a report, of this kind or another."""
    return BytesHeaderParser().parsebytes(headers).get_content_type() == "multipart/report"


def read_report(content: bytes) -> Report | None:
    """None for anything but a report that names a mail and says that it failed or waits. Its end may be missing."""
    try:
        return _read(message_from_bytes(content))
    # Parts or comments nested without end, and what else hostile bytes bring out of the parser.
    except (RecursionError, MessageError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _read(message: Message) -> Report | None:
    parts = message.get_payload()
    if message.get_content_type() != "multipart/report" or not isinstance(parts, list):
        return None
    recipients = [recipient for part in parts for recipient in _recipients(part)]
    texts = [_text(message, name) for name in ENVELOPE_HEADERS]
    texts += [_text(returned, name) for part in parts for returned in _returned(part) for name in RETURNED_HEADERS]
    marks = dict.fromkeys(mark for text in texts for mark in _marks(text))
    return Report(tuple(marks), tuple(recipients)) if marks and recipients else None


def _recipients(part: Message) -> Iterator[Recipient]:
    blocks = part.get_payload()
    if part.get_content_type() != "message/delivery-status" or not isinstance(blocks, list):
        return
    for block in blocks:
        action = _text(block, "Action").lower()
        status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", _text(block, "Status"))
        if action in ("failed", "delayed"):
            yield Recipient(
                _address(_text(block, "Original-Recipient") or _text(block, "Final-Recipient")),
                action == "failed",
                status[0] if status else "",
                _diagnostic(_text(block, "Diagnostic-Code")),
            )


def _returned(part: Message) -> Iterator[Message]:
    """The headers of the mail that is handed back, whole or not."""
    payload = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
        yield from payload
    elif part.get_content_type() == "text/rfc822-headers" and isinstance(payload, str):
        yield HeaderParser().parsestr(payload)


def _text(message: Message, name: str) -> str:
    """A header on one line; nothing that a screen or a database would stumble over."""
    raw = str(message.get(name, ""))[:LONGEST_HEADER]
    with suppress(MessageError, ValueError, LookupError):
        raw = str(make_header(decode_header(raw)))
    return " ".join("".join(letter if letter.isprintable() else " " for letter in raw).split())


def _address(recipient: str) -> str:
    """« rfc822; <helene@valmorin.example> »."""
    return parseaddr(recipient.rpartition(";")[2].strip())[1]


def _diagnostic(text: str) -> str:
    """« smtp; 550 5.1.1 User unknown », without its type."""
    words = re.sub(r"^[\w-]+\s*;\s*", "", text)
    return words if len(words) <= LONGEST_DIAGNOSTIC else words[:LONGEST_DIAGNOSTIC].rstrip() + "…"


def _marks(text: str) -> Iterator[tuple[int, datetime]]:
    for number, created in MARK.findall(text):
        try:
            yield int(number), datetime.strptime(created, MARK_DATE).replace(tzinfo=UTC)
        except ValueError:
            continue
