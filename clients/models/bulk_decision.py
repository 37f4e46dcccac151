from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clients.enums import PointKind
from clients.models.journal import JournalEntry
from clients.models.snapshot import RiskSnapshot
from factortaboite.accounts.models import TenantModel, TenantQuerySet

MAX_ATTEMPTS = 3


class BulkDecisionQuerySet(TenantQuerySet):
    def waiting(self):
        """Not made yet, or being made."""
        return self.filter(ended_at=None)


class BulkDecision(TenantModel):
    """What somebody decided of many points of a list at once, made by a worker: every clear proposal of similarity
    `at_least` (a share) is accepted, or every point of another `kind` settled. There is one at a time for a list.

    `entry` says in the journal what was done, `trouble` (French) why nothing was.
    """

    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.CASCADE, related_name="bulk_decisions")
    kind = models.CharField("sorte", max_length=30, choices=PointKind)
    at_least = models.DecimalField("ressemblance", max_digits=4, decimal_places=3, null=True, blank=True)
    count = models.PositiveIntegerField("points")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("demandé", db_default=Now())
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    # When the sweep looks after it, should nobody have made it by then.
    next_attempt_at = models.DateTimeField("prochain essai", db_default=Now())
    ended_at = models.DateTimeField("terminé", null=True, blank=True)
    entry = models.ForeignKey(JournalEntry, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    trouble = models.TextField("ce qui l’a empêché", blank=True)

    objects = BulkDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = "décision sur beaucoup de points"
        verbose_name_plural = "décisions sur beaucoup de points"
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot"], condition=Q(ended_at=None), name="one_bulk_decision_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.snapshot}"
