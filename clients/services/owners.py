"""Who of the firm follows a client."""

from django.db import transaction
from django.db.models import QuerySet

from clients.models import Client, JournalEntry
from factortaboite.accounts.models import User


@transaction.atomic
def assign_clients(clients: QuerySet[Client], *, owner: User | None, by: User) -> int:
    """Has `owner` (or nobody) follow the clients; how many were followed by somebody else until now.

    Raises ValueError for an owner of another firm.
    """
    if owner and owner.firm_id != by.firm_id:
        raise ValueError("the owner is of another firm")
    keys = list(clients.values_list("pk", flat=True))
    locked = Client.objects.visible_to(by).filter(pk__in=keys).order_by("pk")
    changed = [
        client
        for client in locked.select_related("owner").select_for_update(of=("self",), no_key=True)
        if client.owner_id != (owner.pk if owner else None)
    ]
    Client.objects.filter(pk__in=[client.pk for client in changed]).update(owner=owner)
    now = f"{owner} suit désormais ce client" if owner else "Personne ne suit plus ce client"
    JournalEntry.objects.bulk_create(
        [
            JournalEntry(
                firm_id=client.firm_id,
                client=client,
                by=by,
                sentence=f"{now}{f', suivi jusqu’ici par {client.owner}' if client.owner else ''}.",
            )
            for client in changed
        ],
        batch_size=1000,
    )
    return len(changed)
