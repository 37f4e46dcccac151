from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Count, OuterRef, Subquery, Sum

from clients.models.company import Company
from clients.models.snapshot import Exposure, RiskSnapshot
from clients.search import Folded, matching
from factortaboite.accounts.models import TenantModel, TenantQuerySet


class ClientQuerySet(TenantQuerySet):
    def search(self, text: str):
        """By name without accents, or by the beginning of the SIREN."""
        return self.filter(matching(text, name="name", number="siren"))

    def with_latest_snapshot(self):
        """Adds the latest snapshot's `snapshot_id`, `taken_on`, and its `asked_count` and `asked_total` (HT)."""
        latest = RiskSnapshot.objects.confirmed().filter(client=OuterRef("pk"))
        asked = Exposure.objects.asked().filter(snapshot=OuterRef("snapshot_id")).order_by().values("snapshot")
        return self.annotate(
            snapshot_id=Subquery(latest.values("pk")[:1]), taken_on=Subquery(latest.values("taken_on")[:1])
        ).annotate(
            asked_count=Subquery(asked.annotate(count=Count("pk")).values("count")),
            asked_total=Subquery(asked.annotate(total=Sum("requested")).values("total")),
        )


class Client(TenantModel):
    """A company in a firm's book."""

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
        ]
        indexes = [
            models.Index("firm", Folded("name"), "id", name="client_by_name"),
            GinIndex(OpClass(Folded("name"), "gin_trgm_ops"), name="client_name_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name
