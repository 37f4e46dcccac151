"""What insurers answered about each buyer of a list, whatever the market test: the best of it, added up by the
database. The rule is `quotes.services.coverage`'s."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, TextChoices
from django.utils import timezone

from clients.models import Exposure
from quotes.enums import UNDECIDED_STATES, IndicationState
from quotes.models import LimitIndication
from quotes.services.coverage import covered


class BuyerAnswer(TextChoices):
    """The best that any insurer said of a buyer."""

    IN_FULL = "accorde", "Accordé en entier"
    IN_PART = "partiel", "Accordé en partie"
    REFUSED = "refuse", "Refusé"
    AWAITED = "attente", "En attente de réponse"
    NO_ANSWER = "sans-reponse", "Aucun assureur n’a répondu"
    NOT_ASKED = "jamais-demande", "Jamais demandé"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a buyer stands: `amount` is its best cover, HT; of the `asked` partners so many `answers` came."""

    answer: BuyerAnswer
    amount: Decimal
    answers: int
    asked: int


NEVER = Standing(BuyerAnswer.NOT_ASKED, Decimal(0), 0, 0)


def answered(buyers: QuerySet[Exposure], answer: BuyerAnswer) -> QuerySet[Exposure]:
    """The buyers whose best answer is this one."""
    asked = LimitIndication.objects.filter(exposure=OuterRef("pk"))
    said = asked.filter(state=IndicationState.ANSWERED).annotate(covered=covered(timezone.localdate()))
    match answer:
        case BuyerAnswer.NOT_ASKED:
            return buyers.filter(~Exists(asked))
        case BuyerAnswer.IN_FULL:
            return buyers.filter(Exists(said.filter(covered__gte=F("requested"))))
        case BuyerAnswer.IN_PART:
            return buyers.filter(Exists(said.filter(covered__gt=0)), ~Exists(said.filter(covered__gte=F("requested"))))
        case BuyerAnswer.REFUSED:
            return buyers.filter(Exists(said), ~Exists(said.filter(covered__gt=0)))
    awaited = asked.filter(state__in=UNDECIDED_STATES)
    if answer is BuyerAnswer.AWAITED:
        return buyers.filter(~Exists(said), Exists(awaited))
    return buyers.filter(Exists(asked), ~Exists(said), ~Exists(awaited))


def standings_of(buyers: Iterable[Exposure]) -> dict[int, Standing]:
    """By buyer key; nobody was asked about those that are missing. One query."""
    is_answered = Q(state=IndicationState.ANSWERED)
    rows = (
        LimitIndication.objects.filter(exposure__in=[buyer.pk for buyer in buyers])
        .annotate(covered=covered(timezone.localdate()))
        .values("exposure_id")
        .annotate(
            asked=Count("account", distinct=True),
            answers=Count("account", filter=is_answered, distinct=True),
            undecided=Count("pk", filter=Q(state__in=UNDECIDED_STATES)),
            best=Max("covered", filter=is_answered),
            is_full=Max("requested", filter=is_answered & Q(covered__gte=F("requested"))),
        )
    )
    return {row["exposure_id"]: _standing(row) for row in rows}


def _standing(row: dict) -> Standing:
    if row["is_full"] is not None:
        answer = BuyerAnswer.IN_FULL
    elif row["best"]:
        answer = BuyerAnswer.IN_PART
    elif row["answers"]:
        answer = BuyerAnswer.REFUSED
    elif row["undecided"]:
        answer = BuyerAnswer.AWAITED
    else:
        answer = BuyerAnswer.NO_ANSWER
    return Standing(answer, row["best"] or Decimal(0), row["answers"], row["asked"])
