from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from clients.models.loss_statement import LossStatement
from clients.models.snapshot import RiskSnapshot
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.links.models import PersonalLink, PersonalLinkQuerySet
from factortaboite.mail.models import MailStatus

# One link takes this much, then says so: whoever has it may be anybody.
MOST_FILES = 10
MOST_ANSWERS = 20
MID_ANSWER = timedelta(days=1)


class RequestItem(models.TextChoices):
    """What a client can be asked for through its link."""

    BUYERS = "buyers", "La liste de vos acheteurs"
    TURNOVER = "turnover", "Votre chiffre d’affaires"
    LOSSES = "losses", "Vos impayés de trois ans"
    MARGIN = "margin", "Votre taux de marge"
    STATEMENT = "statement", "La signature de votre déclaration de sinistralité"


class ClientRequestQuerySet(PersonalLinkQuerySet):
    def open(self):
        """What each client was asked for last, and may still answer; with its client."""
        later = ClientRequest.objects.filter(client=OuterRef("client"), pk__gt=OuterRef("pk"))
        return self.usable().filter(~Exists(later)).select_related("client")


class ClientRequest(PersonalLink):
    """*Demande au client*: what a client was asked for, and its way to give it.

    `replaced_by` is the later request to the same person that asks for all that was left to give here: this link then
    leads nowhere, unless that later message cannot be delivered.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="requests")
    items = ArrayField(models.CharField(max_length=10, choices=RequestItem), verbose_name="demandé")
    statement = models.ForeignKey(LossStatement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("envoyée", auto_now_add=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="remplacée par"
    )

    objects = ClientRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande au client"
        verbose_name_plural = "demandes aux clients"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.client} → {self.sent_to}"

    @property
    def is_replaced(self) -> bool:
        later = self.replaced_by
        return later is not None and (later.mail is None or later.mail.status != MailStatus.FAILED)

    @property
    def is_usable(self) -> bool:
        return super().is_usable and not self.is_replaced

    @property
    def takes_answers(self) -> bool:
        """A page that was open when another message replaced it may be sent for a day: what was typed is not lost."""
        if self.is_replaced:
            return super().is_usable and self.replaced_by.created_at > timezone.now() - MID_ANSWER
        return self.is_usable

    @property
    def asked(self) -> list[RequestItem]:
        return [RequestItem(item) for item in self.items]


class AnswerState(models.TextChoices):
    PROPOSED = "proposed", "à reprendre"
    ACCEPTED = "accepted", "repris"
    SET_ASIDE = "set_aside", "écarté"


class ClientAnswerQuerySet(TenantQuerySet):
    def proposed(self):
        """Those that nobody of the firm has looked at."""
        return self.filter(state=AnswerState.PROPOSED)

    def with_snapshot(self):
        """Adds the `snapshot_id` and `frozen_at` of the client's latest snapshot, which would take the figures."""
        latest = RiskSnapshot.objects.confirmed().filter(client=OuterRef("request__client"))
        return self.annotate(
            snapshot_id=Subquery(latest.values("pk")[:1]), frozen_at=Subquery(latest.values("frozen_at")[:1])
        )


class ClientAnswer(TenantModel):
    """The figures that a client typed: a proposal, until somebody of the firm takes them over.

    `figures` are fields of RiskSnapshot with their values as texts, null where the client left one empty.
    """

    request = models.ForeignKey(ClientRequest, on_delete=models.CASCADE, related_name="answers")
    figures = models.JSONField("chiffres")
    state = models.CharField("état", max_length=10, choices=AnswerState, default=AnswerState.PROPOSED, editable=False)
    given_at = models.DateTimeField("reçus", auto_now_add=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField("traités", null=True, blank=True)

    objects = ClientAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "réponse du client"
        verbose_name_plural = "réponses des clients"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.request} · {self.given_at:%d/%m/%Y}"

    @property
    def waits_because(self) -> str:
        """Why the figures cannot be taken over now, in French; empty when they can. Of `with_snapshot()` rows only."""
        if self.frozen_at:
            return "la photographie est figée par un test à blanc, ils seront repris avec la prochaine liste"
        return "" if self.snapshot_id else "ils seront repris avec sa première liste"
