"""One decision on many buyers of many clients at once. What may not be changed stays as it is, and is counted."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from clients.enums import UNINSURABLE, SetAside
from clients.models import Exposure, JournalEntry, RiskSnapshot
from clients.services.drafts import proposed_amount
from clients.services.journal import Changes, write_entry
from factortaboite.accounts.models import User
from factortaboite.money import euros

UNDOABLE = 500  # buyers: the journal keeps the values of each
NAMED = 5  # buyers in the journal's sentence


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """How many buyers were changed, and how many were left as they are for each reason; and what the journal of each
    client says of it."""

    changed: int
    frozen: int = 0
    nameless: int = 0
    uninsurable: int = 0
    without_amount: int = 0
    entries: tuple[JournalEntry, ...] = field(default=(), compare=False)

    @property
    def refusals(self) -> list[str]:
        """In French, one for each reason."""
        told = (
            (self.frozen, "une photographie figée par un test à blanc ne change plus"),
            (self.nameless, "sans identifiant, aucun assureur ne répondrait"),
            (self.uninsurable, "un acheteur hors de l’assiette assurable se reprend un par un"),
            (self.without_amount, "aucun chiffre ne dit quel montant demander"),
        )
        return [f"Sans effet sur {count} acheteur{'s' if count > 1 else ''} : {why}." for count, why in told if count]


@transaction.atomic
def set_buyers_aside(buyers: QuerySet[Exposure], *, reason: SetAside, by: User) -> BulkOutcome:
    """Nobody asks about them any more."""
    changeable, frozen = _lock(buyers)
    chosen = list(changeable.exclude(set_aside=reason))
    for buyer in chosen:
        buyer.set_aside = reason
    entries = _write(chosen, lambda names: f"Écartés ensemble ({SetAside(reason).label}) : {names}.", by=by)
    return BulkOutcome(len(chosen), frozen, entries=entries)


@transaction.atomic
def ask_about_buyers(buyers: QuerySet[Exposure], *, by: User) -> BulkOutcome:
    """Asks about buyers that were set aside, for the amount known or else for what their own figures say."""
    changeable, frozen = _lock(buyers)
    chosen, nameless, uninsurable, without_amount = [], 0, 0, 0
    for buyer in changeable.set_aside():
        if buyer.set_aside in UNINSURABLE:
            uninsurable += 1
        elif not buyer.id_value:
            nameless += 1
        elif (amount := buyer.requested or proposed_amount(buyer)) is None:
            without_amount += 1
        else:
            buyer.requested, buyer.set_aside = amount, ""
            chosen.append(buyer)
    entries = _write(chosen, lambda names: f"Demandés de nouveau : {names}.", by=by)
    return BulkOutcome(len(chosen), frozen, nameless, uninsurable, without_amount, entries)


@transaction.atomic
def set_amount_of_buyers(buyers: QuerySet[Exposure], *, amount: Decimal, by: User) -> BulkOutcome:
    """The amount to ask on each of them, HT. Whoever was set aside for want of an amount is asked."""
    changeable, frozen = _lock(buyers)
    chosen = list(changeable.filter(~Q(requested=amount) | Q(requested=None)))
    for buyer in chosen:
        buyer.requested = amount
        if buyer.set_aside == SetAside.NO_AMOUNT and buyer.id_value:
            buyer.set_aside = ""
    entries = _write(chosen, lambda names: f"{euros(amount)} à demander sur {names}.", by=by)
    return BulkOutcome(len(chosen), frozen, entries=entries)


def _lock(buyers: QuerySet[Exposure]) -> tuple[QuerySet[Exposure], int]:
    """Those that may be changed, nobody else's until the end, and how many stand in a frozen snapshot."""
    keys = dict(buyers.order_by().values_list("pk", "snapshot_id"))
    snapshots = RiskSnapshot.objects.confirmed().filter(pk__in=set(keys.values())).order_by("pk")
    frozen_at = dict(snapshots.select_for_update(of=("self",)).values_list("pk", "frozen_at"))
    is_open = {pk for pk, frozen in frozen_at.items() if frozen is None}
    changeable = [pk for pk, snapshot in keys.items() if snapshot in is_open]
    return Exposure.objects.filter(pk__in=changeable), len(keys) - len(changeable)


def _write(chosen: list[Exposure], sentence: Callable[[str], str], *, by: User) -> tuple[JournalEntry, ...]:
    """Stores amounts and decisions, and says so in the journal of each client."""
    by_snapshot: dict[int, list[Exposure]] = defaultdict(list)
    for buyer in chosen:
        by_snapshot[buyer.snapshot_id].append(buyer)
    remembered: dict[int, Changes] = {}
    if len(chosen) <= UNDOABLE:
        for key, group in by_snapshot.items():
            remembered[key] = Changes()
            remembered[key].changing(Exposure.objects.filter(pk__in=[buyer.pk for buyer in group]))
    Exposure.objects.bulk_update(chosen, ["requested", "set_aside"], batch_size=1000)
    return tuple(
        write_entry(
            sentence(_names(by_snapshot[snapshot.pk])),
            client=snapshot.client,
            snapshot=snapshot,
            changes=remembered.get(snapshot.pk),
            by=by,
        )
        for snapshot in RiskSnapshot.objects.filter(pk__in=by_snapshot).select_related("client").order_by("pk")
    )


def _names(buyers: Iterable[Exposure]) -> str:
    """« Garonnel, Vaucassin et 7 autres acheteurs »."""
    names = [buyer.name for buyer in buyers]
    rest = len(names) - NAMED
    if rest > 0:
        return f"{', '.join(names[:NAMED])} et {rest} autre{'s' if rest > 1 else ''} acheteur{'s' if rest > 1 else ''}"
    return ", ".join(names)
