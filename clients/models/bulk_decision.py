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

    def under_way(self):
        """The one that waits or is being made, with what it undoes; None mostly."""
        return self.waiting().select_related("undoes").defer("undoes__changes").order_by("pk").first()


class BulkDecision(TenantModel):
    """What somebody decided of much of a list at once, made by a worker: every clear proposal of similarity `at_least`
    (a share) is accepted, every point of another `kind` settled, or all that a journal's entry `undoes` put back.
    There is one decision at a time for a list; its undoing may wait behind another.

    `entry` says in the journal what was done (or is the one undone), `trouble` (French) why nothing was.
    """

    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.CASCADE, related_name="bulk_decisions")
    kind = models.CharField("sorte", max_length=30, choices=PointKind, blank=True)
    at_least = models.DecimalField("ressemblance", max_digits=4, decimal_places=3, null=True, blank=True)
    undoes = models.ForeignKey(JournalEntry, on_delete=models.CASCADE, null=True, blank=True, related_name="undoings")
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
                fields=["snapshot"], condition=Q(ended_at=None, undoes=None), name="one_bulk_decision_at_a_time"
            ),
            models.UniqueConstraint(fields=["undoes"], condition=Q(ended_at=None), name="undone_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(kind="", undoes__isnull=False) | ~Q(kind="") & Q(undoes=None), name="decides_or_undoes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display() or 'Annulation'} · {self.snapshot}"
