"""What moves from state to state along a table, keeping the trace of every move."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now

from factortaboite.accounts.models import TenantModel
from factortaboite.refused import Refused


class MovingModel(TenantModel):
    """Has a `status`, and its moves as rows under `events`."""

    TRANSITIONS: ClassVar[Mapping[str, Collection[str]]]

    class Meta:
        abstract = True

    @property
    def state(self) -> str:
        """Where it stands now: a key of TRANSITIONS."""
        return self.status

    def refusal(self, status: str) -> Refused:
        """Why it cannot move to `status` from where it stands."""
        raise NotImplementedError

    @transaction.atomic
    def move_to(self, status: str, *, by=None, detail: str = "", **changes) -> None:
        """Changes the status, with the fields that go with it, and keeps the trace.

        `by` is a user, or None for the prospect and the workers.
        Raises the model's own Refused for a move that TRANSITIONS does not list, as the database knows it now.
        """
        rows = type(self)._default_manager
        current = rows.select_for_update(of=("self",)).get(pk=self.pk)
        if status not in self.TRANSITIONS[current.state]:
            raise current.refusal(status)
        current.events.create(
            firm_id=current.firm_id, from_status=current.state, to_status=status, by=by, detail=detail
        )
        rows.filter(pk=self.pk).update(status=status, **changes)
        for name, value in ({"status": status} | changes).items():
            setattr(self, name, value)


class MoveModel(TenantModel):
    """One move of a MovingModel: who, when, and why; each says from where and to where in its own words."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    detail = models.TextField("détail", blank=True)
    at = models.DateTimeField("le", db_default=Now())

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_from_status_display()} → {self.get_to_status_display()}"
