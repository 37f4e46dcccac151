"""The connector of the bench twin: one call per question, so that a measure counts the engine and not a format."""

from decimal import Decimal
from typing import ClassVar

from quotes.partners.base import AccountSettings, Answer, KeepNumber, Question, UnreadableAnswer
from quotes.partners.reading import Document, checked_answer
from quotes.partners.wire import Wire
from quotes.vocabulary import Decision


class BenchPartner:
    code: ClassVar[str] = "bench"
    label: ClassVar[str] = "Banc d’essai"
    credential_names: ClassVar[tuple[str, ...]] = ()
    assumed_format: ClassVar[bool] = False

    def __init__(self, account: AccountSettings, wire: Wire, _keep_number: KeepNumber) -> None:
        self._wire = wire

    async def ask(self, question: Question) -> Answer:
        reply = await self._wire.call(
            "POST",
            "/answer",
            json={
                "reference": question.reference,
                "identifier": question.id_value,
                "amount": int(question.requested),
            },
        )
        answer = Document.of(reply)
        answer.require(question.reference, "reference", what="une autre demande")
        asked, granted = Decimal(int(question.requested)), answer.amount("granted")
        decision = Decision.GRANTED if granted == asked else Decision.PARTIAL if granted else Decision.REFUSED
        return checked_answer(answer, decision, asked=asked, permanent=granted, partner_reference=question.reference)

    async def poll(self, question: Question, ticket: str) -> Answer:
        raise UnreadableAnswer("Le banc d’essai répond toujours du premier coup.")
