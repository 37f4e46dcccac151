from datetime import timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from factortaboite.accounts.models import TenantModel, TenantQuerySet

# The screen offers ten seconds; a slow network gets the rest.
UNDO_TIME = timedelta(seconds=15)


class JournalQuerySet(TenantQuerySet):
    def undoable(self, asked_at=None):
        """What can still be taken back, or could at `asked_at` (the database's clock): it says what was before,
        and its time had not run out."""
        return self.filter(changes__isnull=False, undone_at=None, at__gt=(asked_at or Now()) - UNDO_TIME)


class JournalEntry(TenantModel):
    """Something that somebody changed in a client's data, in one French sentence that reads without the rest.

    Written by `clients.services.journal`, never changed (the database refuses it) but to say that it was undone.
    `snapshot` and `exposure` lead to what it is about for as long as that exists. `by` is empty for what the product
    did by itself. `changes` holds the values before and after of what can be undone, as that service stores them, and
    `changed_rows` says of how many rows.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="journal")
    snapshot = models.ForeignKey(
        "clients.RiskSnapshot", on_delete=models.SET_NULL, null=True, blank=True, related_name="journal"
    )
    exposure = models.ForeignKey(
        "clients.Exposure", on_delete=models.SET_NULL, null=True, blank=True, related_name="journal"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    at = models.DateTimeField("le", db_default=Now())
    sentence = models.TextField("ce qui a changé")
    changes = models.JSONField("valeurs", null=True, blank=True, encoder=DjangoJSONEncoder)
    changed_rows = models.PositiveIntegerField("enregistrements changés", default=0)
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="annulé par",
    )

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["client", "-id"], name="journal_of_a_client")]

    def __str__(self) -> str:
        return self.sentence
