"""Reading a partner's JSON strictly: what its format does not allow is an UnreadableAnswer that keeps the body."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from factortaboite.money import round_euros
from quotes.partners.base import Answer, BuyerNotIdentified, Question, UnreadableAnswer
from quotes.partners.wire import Reply
from quotes.vocabulary import Decision, Reason

LARGEST_AMOUNT = Decimal(10) ** 12  # euros; keeps arithmetic on absurd numbers out
TEXT_CAP = 2000  # characters of one member
MESSAGE_CAP = 300
NOTHING_GRANTED = frozenset({Decision.REFUSED, Decision.WITHDRAWN})
IDENTIFIER_LABELS = {"siren": "SIREN", "vat": "n° de TVA"}


class Document:
    """A JSON value with the body it came from. Readers take the path to a member and check what stands there."""

    def __init__(self, value: object, raw: bytes) -> None:
        self._value = value
        self.raw = raw

    @classmethod
    def of(cls, reply: Reply) -> "Document":
        return cls(reply.json(), reply.body)

    def unreadable(self, what: str) -> UnreadableAnswer:
        """The error to raise; `what` ends the French sentence."""
        return UnreadableAnswer(f"Réponse illisible : {what[:MESSAGE_CAP]}.", raw=self.raw)

    def items(self, *path: str | int) -> "Iterator[Document]":
        items = self._at(path)
        if not isinstance(items, list):
            raise self.unreadable(f"liste attendue ({_name(path)})")
        return (Document(item, self.raw) for item in items)

    def text(self, *path: str | int) -> str:
        """A text on one line, of characters that a database can hold."""
        value = self._at(path)
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if not 0 < len(text) <= TEXT_CAP or not text.isprintable():
            raise self.unreadable(f"texte attendu ({_name(path)})")
        return text

    def text_or_empty(self, *path: str | int) -> str:
        return "" if self._at(path) in (None, "") else self.text(*path)

    def identifier(self, *path: str | int) -> str:
        """An identifier, which partners write as a string or as a whole number."""
        value = self._at(path)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(*path)

    def amount(self, *path: str | int) -> Decimal:
        """An amount in euros, zero or more."""
        value = self._at(path)
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value <= LARGEST_AMOUNT:
            raise self.unreadable(f"montant attendu ({_name(path)})")
        # To the cent: a database column cannot hold the millionth decimal of an endless number.
        return round_euros(Decimal(value))

    def day_or_none(self, *path: str | int) -> date | None:
        """A date; of a timestamp only the first ten characters count (partners' time zones differ)."""
        text = self.text_or_empty(*path)
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError as error:
            raise self.unreadable(f"date attendue ({_name(path)})") from error

    def has(self, *path: str | int) -> bool:
        return self._at(path) is not None

    def require(self, expected: str, *path: str | int, what: str) -> None:
        """The member must be `expected`: an answer about something else is not an answer to our question."""
        if self.identifier(*path) != expected:
            raise self.unreadable(f"elle porte sur {what}")

    def _at(self, path: tuple[str | int, ...]) -> object:
        value = self._value
        for key in path:
            if isinstance(value, dict) and isinstance(key, str):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value


def _name(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path)) or "racine"


def checked_answer(
    document: Document,
    decision: Decision,
    *,
    asked: Decimal,
    permanent: Decimal,
    temporary: Decimal = Decimal(0),
    temporary_until: date | None = None,
    conditions: tuple[str, ...] = (),
    reasons: tuple[Reason, ...] = (),
    partner_reference: str,
) -> Answer:
    """The answer, if its amounts agree with its decision and with what was asked; else UnreadableAnswer."""
    granted = permanent + temporary
    if granted > asked:
        raise document.unreadable("elle accorde plus que demandé")
    contradictory = (
        (decision is Decision.GRANTED and granted != asked)
        or (decision is Decision.CONDITIONAL and not granted)
        or (decision is Decision.PARTIAL and not 0 < granted < asked)
        or (decision in NOTHING_GRANTED and granted)
    )
    if contradictory:
        raise document.unreadable(f"« {decision.label} » ne va pas avec le montant accordé")
    if temporary and temporary_until is None:
        raise document.unreadable("un montant temporaire n’a pas d’échéance")
    return Answer(
        decision=decision,
        asked=asked,
        permanent=permanent,
        raw=document.raw,
        temporary=temporary,
        temporary_until=temporary_until if temporary else None,
        conditions=conditions,
        reasons=reasons,
        partner_reference=partner_reference,
    )


def identification_scheme(question: Question, schemes: dict[str, str], partner: str) -> str:
    """The partner's name for the buyer's kind of identifier. Raises BuyerNotIdentified when it has none."""
    if question.id_type in schemes and question.id_value:
        return schemes[question.id_type]
    raise BuyerNotIdentified(f"Acheteur non identifié par {partner} : ni SIREN ni n° de TVA.")


def not_identified(question: Question, partner: str, raw: bytes) -> BuyerNotIdentified:
    scheme = IDENTIFIER_LABELS.get(question.id_type, question.id_type)
    return BuyerNotIdentified(f"Acheteur non identifié par {partner} ({scheme} {question.id_value}).", raw=raw)
