"""The corrections of a risk snapshot until a market test freezes it."""

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from clients.models import Exposure, RiskSnapshot


class Frozen(Exception):
    """A market test has used the snapshot; the message is French."""


@transaction.atomic
def change_figures(snapshot: RiskSnapshot, *, figures: Mapping[str, Decimal | None]) -> None:
    """Turnover parts, losses and margin of a snapshot that no market test has used. Raises Frozen otherwise."""
    lock_snapshot(snapshot)
    for name, value in figures.items():
        setattr(snapshot, name, value)
    snapshot.save(update_fields=list(figures))


@transaction.atomic
def change_exposure(exposure: Exposure, *, requested: Decimal | None, set_aside: str) -> None:
    """The amount to ask (HT), or why the buyer is not asked (a SetAside value).

    Raises Frozen, and ValidationError (by field) for a buyer nobody can be asked about.
    """
    lock_snapshot(exposure.snapshot)
    if not set_aside and not exposure.id_value:
        raise ValidationError({"set_aside": "Sans identifiant, aucun assureur ne répond : cet acheteur reste écarté."})
    exposure.requested, exposure.set_aside = requested, set_aside
    exposure.save(update_fields=["requested", "set_aside"])


def lock_snapshot(snapshot: RiskSnapshot) -> RiskSnapshot:
    """The snapshot, nobody else's until the end of the transaction. Raises Frozen."""
    locked = RiskSnapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk)
    if locked.frozen_at:
        raise Frozen(
            "Un test à blanc utilise cette photographie : importez une nouvelle liste pour changer un montant."
        )
    return locked
