"""The corrections of a risk snapshot until a market test freezes it."""

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from clients.enums import SetAside
from clients.models import Exposure, RiskSnapshot
from clients.services.journal import Changes, write_entry
from factortaboite.accounts.models import User
from factortaboite.money import euros
from factortaboite.typography import typeset


class Frozen(Exception):
    """A market test has used the snapshot; the message is French."""


@transaction.atomic
def change_figures(snapshot: RiskSnapshot, *, figures: Mapping[str, Decimal | None], by: User) -> None:
    """Turnover parts, losses and margin of a snapshot that no market test has used. Raises Frozen otherwise."""
    changes = Changes()
    changes.changing(RiskSnapshot.objects.filter(pk=snapshot.pk))
    if changed := store_figures(snapshot, figures):
        labels = ", ".join(RiskSnapshot._meta.get_field(name).verbose_name for name in changed)
        write_entry(
            typeset(f"Chiffres changés : {labels}."), client=snapshot.client, by=by, snapshot=snapshot, changes=changes
        )


def store_figures(snapshot: RiskSnapshot, figures: Mapping[str, Decimal | None]) -> list[str]:
    """The names of those that changed; the caller tells the journal. Raises Frozen."""
    stored = lock_snapshot(snapshot)
    for name, value in figures.items():
        setattr(snapshot, name, value)
    snapshot.save(update_fields=list(figures))
    return [name for name, value in figures.items() if getattr(stored, name) != value]


@transaction.atomic
def change_exposure(exposure: Exposure, *, requested: Decimal | None, set_aside: str, by: User) -> None:
    """The amount to ask (HT), or why the buyer is not asked (a SetAside value).

    Raises Frozen, and ValidationError (by field) for a buyer nobody can be asked about.
    """
    snapshot = lock_snapshot(exposure.snapshot)
    if not set_aside and not exposure.id_value:
        raise ValidationError({"set_aside": "Sans identifiant, aucun assureur ne répond : cet acheteur reste écarté."})
    changes = Changes()
    changes.changing(Exposure.objects.filter(pk=exposure.pk))
    exposure.requested, exposure.set_aside = requested, set_aside
    exposure.save(update_fields=["requested", "set_aside"])
    decided = SetAside(set_aside).label if set_aside else f"{euros(requested)} à demander, HT"
    write_entry(
        typeset(f"« {exposure} » : {decided}."),
        client=snapshot.client,
        by=by,
        snapshot=snapshot,
        exposure=exposure,
        changes=changes,
    )


def lock_snapshot(snapshot: RiskSnapshot) -> RiskSnapshot:
    """The snapshot, nobody else's until the end of the transaction. Raises Frozen."""
    locked = RiskSnapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk)
    if locked.frozen_at:
        raise Frozen(
            "Un test à blanc utilise cette photographie : importez une nouvelle liste pour changer un montant."
        )
    return locked
