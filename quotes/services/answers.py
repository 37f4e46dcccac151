"""Partners that are asked by mail: the request that leaves, the answers that come back in any shape, the terms."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.template.loader import render_to_string

from factortaboite.accounts.models import User
from factortaboite.mail.models import OutgoingMail
from factortaboite.mail.services import queue_mail
from factortaboite.refused import Refused
from factortaboite.typography import typeset
from factortaboite.workbooks import MIME
from quotes.enums import Channel, IndicationState
from quotes.models import LimitIndication, PartnerQuote, Submission
from quotes.partners.base import Answer, Question
from quotes.partners.spreadsheet import write_request

ANSWER_FIELDS = (
    "state",
    "asked",
    "decision",
    "permanent",
    "temporary",
    "temporary_until",
    "preliminary",
    "conditions",
    "reasons",
    "partner_reference",
    "message",
    "raw",
    "settled_at",
    "typed_by",
)


class AnswersRefused(Refused):
    """The answers cannot be stored; the message says in French why."""


@transaction.atomic
def record_answers(*, submission: Submission, answers: Mapping[int, Answer | None], by: User) -> int:
    """Stores what a partner without an interface answered, by LimitIndication key. Returns how many.

    None says that no reply will come. A later call corrects an earlier one: the counters follow the rows, under the
    submission's lock. Raises AnswersRefused for a partner asked by machine, or a question that was not put to it.
    """
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if submission.channel == Channel.API:
        raise AnswersRefused("Ce partenaire répond par son interface : ses réponses ne se saisissent pas.")
    rows = list(submission.indications.filter(pk__in=answers).select_for_update(of=("self",)))
    if len(rows) != len(answers):
        raise AnswersRefused("Une de ces réponses ne porte sur aucun des acheteurs demandés à ce partenaire.")
    for row in rows:
        _settle(row, answers[row.pk], by)
    LimitIndication.objects.bulk_update(rows, ANSWER_FIELDS, batch_size=500)
    settled = submission.indications.settled().count()
    Submission.objects.filter(pk=submission.pk).update(
        settled_count=settled,
        first_answer_at=Coalesce("first_answer_at", Now()),
        last_answer_at=Now(),
        ended_at=Coalesce("ended_at", Now()) if settled == submission.asked_count else None,
    )
    return len(rows)


def _settle(row: LimitIndication, answer: Answer | None, by: User) -> None:
    given = answer is not None
    row.state = IndicationState.ANSWERED if given else IndicationState.SILENT
    row.asked = answer.asked if given else row.requested
    row.decision = answer.decision.value if given else ""
    row.permanent = answer.permanent if given else None
    row.temporary = answer.temporary if given else Decimal(0)
    row.temporary_until = answer.temporary_until if given else None
    row.preliminary = answer.preliminary if given else True
    row.conditions = list(answer.conditions) if given else []
    row.reasons = [reason.value for reason in answer.reasons] if given else []
    row.partner_reference = answer.partner_reference[:80] if given else ""
    row.message = ""
    row.raw = answer.raw if given else b""
    row.settled_at = Now()
    row.typed_by = by


@transaction.atomic
def record_terms(*, quote: PartnerQuote, by: User, is_estimate: bool = False) -> None:
    """Keeps the terms a partner quoted for this client, unless somebody says that they still are our estimate."""
    quote.is_estimate = is_estimate
    quote.changed_by = by
    quote.save()


def questions_of(submission: Submission) -> list[Question]:
    """What the partner is asked, largest amounts first."""
    rows = submission.indications.select_related("exposure").defer("raw").order_by("-requested", "exposure__line")
    return [
        Question(
            reference=row.reference,
            name=row.exposure.name,
            country=row.exposure.country,
            id_type=row.exposure.id_type,
            id_value=row.exposure.id_value,
            requested=row.requested,
        )
        for row in rows
    ]


def request_file(submission: Submission) -> tuple[str, bytes]:
    """The name and the bytes of the spreadsheet that asks this partner."""
    market_test = submission.market_test
    content = write_request(
        questions_of(submission),
        broker=market_test.firm.name,
        client=market_test.client.name,
        sandbox=submission.sandbox,
    )
    return f"demande-{submission.pk}.xlsx", content


@transaction.atomic
def send_request(*, submission: Submission, by: User) -> OutgoingMail:
    """Puts the request in the outbox, for the underwriter.

    Raises AnswersRefused when the partner has no address, or while an earlier request is still leaving: a double
    click sends once.
    """
    if not submission.account.contact_email:
        raise AnswersRefused("Donnez d’abord l’e-mail du souscripteur, sur la fiche du partenaire.")
    locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if locked.request_mail and locked.request_mail.is_under_way:
        raise AnswersRefused("La demande est déjà en route.")
    client = submission.market_test.client
    name, content = request_file(submission)
    context = {"submission": submission, "client": client, "author": by}
    mail = queue_mail(
        firm=submission.firm,
        to=submission.account.contact_email,
        reply_to=by.email,
        subject=f"Demande d’indications de garantie · {client}"[:200],
        body=typeset(render_to_string("emails/underwriter_request.txt", context).strip()) + "\n",
        attachment=content,
        attachment_name=name,
        attachment_type=MIME,
    )
    Submission.objects.filter(pk=submission.pk).update(request_mail=mail)
    return mail
