from datetime import date

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from clients.enums import COVERED_STAGES, STAGES_TO_PLAN, ClientStage
from clients.models.company import Company
from clients.models.snapshot import Exposure, RiskSnapshot
from clients.pipeline import CoverClock, cover_clock
from clients.search import Folded, matching
from factortaboite.accounts.models import TenantModel, TenantQuerySet, User


class ClientQuerySet(TenantQuerySet):
    def search(self, text: str):
        """By name without accents, or by the beginning of the SIREN."""
        return self.filter(matching(text, name="name", number="siren"))

    def without_action(self):
        """Those with whom something has to happen next, and nobody has said what."""
        return self.filter(next_action="", stage__in=STAGES_TO_PLAN)

    def with_action_due(self, on: date):
        """Those whose next action is due by then, longest first."""
        return self.filter(next_action_on__lte=on).order_by("next_action_on", "name", "pk")

    def with_latest_snapshot(self):
        """Adds the latest snapshot's `snapshot_id`, `taken_on` and `frozen_at`; and, to filter and sort by alone,
        its `asked_total` (HT)."""
        latest = RiskSnapshot.objects.confirmed().filter(client=OuterRef("pk"))
        asked = Exposure.objects.asked().filter(snapshot=OuterRef("snapshot_id")).order_by().values("snapshot")
        return self.annotate(
            snapshot_id=Subquery(latest.values("pk")[:1]),
            taken_on=Subquery(latest.values("taken_on")[:1]),
            frozen_at=Subquery(latest.values("frozen_at")[:1]),
        ).alias(asked_total=Subquery(asked.annotate(total=Sum("requested")).values("total")))


class Client(TenantModel):
    """A company in a firm's book.

    `effective_on` is the date of effect of its first contract: from then on it is covered.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField("nom", max_length=200)
    # Empty only for a list that arrived before its owner was identified.
    siren = models.CharField("SIREN", max_length=9, blank=True)
    contact_name = models.CharField("interlocuteur", max_length=120, blank=True)
    contact_email = models.EmailField("e-mail de l’interlocuteur", blank=True)
    address = models.TextField("adresse", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, verbose_name="suivi par"
    )
    created_at = models.DateTimeField("créé", auto_now_add=True)
    first_contact_on = models.DateField(
        "premier contact", default=timezone.localdate, help_text="Le compteur des 10 jours part de là."
    )
    stage = models.CharField("étape", max_length=12, choices=ClientStage, default=ClientStage.PROSPECT, editable=False)
    stage_since = models.DateField("à cette étape depuis", default=timezone.localdate, editable=False)
    effective_on = models.DateField("date d’effet du contrat", null=True, blank=True, editable=False)
    lost_reason = models.CharField("perdu parce que", max_length=200, blank=True, editable=False)
    next_action = models.CharField("prochaine action", max_length=200, blank=True)
    next_action_on = models.DateField("prévue le", null=True, blank=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = "client"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "siren"],
                condition=~models.Q(siren=""),
                name="client_once_per_firm",
                violation_error_message="Ce client est déjà dans votre portefeuille.",
            ),
            models.CheckConstraint(condition=models.Q(stage__in=ClientStage.values), name="client_stage_known"),
            models.CheckConstraint(
                condition=models.Q(stage=ClientStage.LOST) & ~models.Q(lost_reason="")
                | ~models.Q(stage=ClientStage.LOST) & models.Q(lost_reason=""),
                name="client_lost_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(stage__in=COVERED_STAGES) | models.Q(effective_on__isnull=False),
                name="client_covered_from_a_date",
            ),
            models.CheckConstraint(
                condition=models.Q(next_action="", next_action_on=None)
                | ~models.Q(next_action="") & models.Q(next_action_on__isnull=False),
                name="client_action_on_a_date",
            ),
        ]
        indexes = [
            models.Index("firm", Folded("name"), "id", name="client_by_name"),
            GinIndex(OpClass(Folded("name"), "gin_trgm_ops"), name="client_name_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name

    def told(self, *, otherwise: User) -> User:
        """Who hears of what the client does: whoever follows it and still works here, else `otherwise`."""
        return self.owner if self.owner and self.owner.is_active else otherwise

    @property
    def needs_action(self) -> bool:
        """Whether something has to happen next, and nobody has said what."""
        return not self.next_action and self.stage in STAGES_TO_PLAN

    @property
    def action_days_late(self) -> int:
        """Since the day the next action was planned for: 0 on the day itself, negative before."""
        return (timezone.localdate() - self.next_action_on).days

    @property
    def cover_clock(self) -> CoverClock:
        """How far the ten days are gone."""
        return cover_clock(
            self.first_contact_on,
            today=timezone.localdate(),
            covered_on=self.effective_on,
            lost_on=self.stage_since if self.stage == ClientStage.LOST else None,
        )
