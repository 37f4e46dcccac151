from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clients.enums import ClientStage
from clients.models.client import Client
from factortaboite.accounts.models import TenantModel


class StageMove(TenantModel):
    """One move of a client: from where, to where, when; by hand, or because the product saw it happen.

    `by` is whoever moved it or made it happen, empty when the client did (an accepted offer).
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="stage_moves")
    from_stage = models.CharField("de", max_length=12, choices=ClientStage)
    to_stage = models.CharField("à", max_length=12, choices=ClientStage)
    automatic = models.BooleanField("d’elle-même", default=False)
    reason = models.CharField("motif", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("le", db_default=Now())

    class Meta:
        verbose_name = "passage d’étape"
        verbose_name_plural = "passages d’étape"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_stage__in=ClientStage.values, to_stage__in=ClientStage.values)
                & ~Q(from_stage=F("to_stage")),
                name="stage_move_between_stages",
            ),
            models.CheckConstraint(condition=Q(automatic=True) | Q(by__isnull=False), name="stage_move_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.get_from_stage_display()} → {self.get_to_stage_display()}"
