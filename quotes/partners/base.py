"""The contract of a partner connector: what it is asked, what it answers, how it fails.

A connector is one module that speaks one partner's format. It knows no model and no database: it receives frozen
questions and gives frozen answers, each with the bytes that prove it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Protocol

from factortaboite.money import NBSP
from quotes.vocabulary import Decision, Reason

if TYPE_CHECKING:
    from quotes.partners.wire import Wire


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """A broker firm's access to one partner, as its connector and its wire need it."""

    base_url: str
    credentials: Mapping[str, str] = field(default_factory=dict)
    max_concurrent: int = 10
    calls_per_second: float | None = None
    timeout_seconds: float = 20
    is_our_twin: bool = False  # our own sandbox: the only partner that may stand at a private address


@dataclass(frozen=True, slots=True)
class Question:
    """One buyer, one amount. `reference` is ours and stays the same however often the question is repeated."""

    reference: str
    name: str
    country: str  # ISO 3166-1 alpha-2
    id_type: str  # "siren", "vat", or another national scheme; "" when the buyer has none
    id_value: str
    requested: Decimal  # euros HT
    number: str = ""  # the partner's own of this buyer, when a look-up found it in the last day


# Tells the engine what a look-up that may be charged has found; "" for a number that the partner no longer knows.
KeepNumber = Callable[[Question, str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A partner's final word on one question. Amounts in euros HT."""

    decision: Decision
    asked: Decimal  # what was really asked, after the partner's own rounding rule
    permanent: Decimal
    raw: bytes  # the body that proves it, as received
    temporary: Decimal = Decimal(0)
    temporary_until: date | None = None
    conditions: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    partner_reference: str = ""
    preliminary: bool = True


@dataclass(frozen=True, slots=True)
class Ticket:
    """The partner took the question and will answer later: poll with this after `poll_after_seconds`."""

    value: str
    raw: bytes
    poll_after_seconds: float = 0.5
    referred: bool = False  # with an underwriter, not just in a queue


# A space before « : ; ? ! % », inside guillemets or before a unit is a no-break space.
_FRENCH_SPACE = re.compile(r"(?<=«) | (?=[»:;?!%])|(?<=\d) (?=(?:s|Mo)\b)")


class PartnerError(Exception):
    """`message` is French and shown to the broker; `raw` is what was received, if anything was."""

    retry_after_seconds: float | None = None  # the partner's own wish, when it gave one

    def __init__(self, message: str, *, raw: bytes = b"") -> None:
        self.message = _FRENCH_SPACE.sub(NBSP, message)
        super().__init__(self.message)
        self.raw = raw


class PartnerRefused(PartnerError):
    """Final: the partner said no to the call itself (not to the buyer)."""


class BuyerNotIdentified(PartnerRefused):
    """Final: the partner does not know the buyer under the identifier given."""


class PartnerUnavailable(PartnerError):
    """Temporary: worth trying again later."""

    def __init__(self, message: str, *, raw: bytes = b"", retry_after_seconds: float | None = None) -> None:
        super().__init__(message, raw=raw)
        self.retry_after_seconds = retry_after_seconds


class UnreadableAnswer(PartnerError):
    """Final: the partner answered something that its format does not allow. Kept as received, never guessed."""


class BrokenAnswer(UnreadableAnswer):
    """Not even data, so that whoever is asked about next would fare no better."""


class Connector(Protocol):
    """What every partner module offers. One instance serves one runner: it may keep a token between calls."""

    code: ClassVar[str]  # "allianz_trade"
    label: ClassVar[str]  # "Allianz Trade"
    credential_names: ClassVar[tuple[str, ...]]
    assumed_format: ClassVar[bool]  # part of the format is not public: the settings screen says « forme supposée »

    def __init__(self, account: AccountSettings, wire: "Wire", keep_number: KeepNumber) -> None: ...

    async def ask(self, question: Question) -> Answer | Ticket: ...

    async def poll(self, question: Question, ticket: str) -> Answer | Ticket: ...
