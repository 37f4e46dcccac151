"""The firm's clients as a list."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Count, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from clients.forms.lists import ClientFilters
from clients.lists.listing import Column, Kind, ListKind
from clients.models import Client, Exposure, ListName
from clients.models.fields import amount_or_nothing
from clients.search import Folded
from factortaboite.accounts.models import User

LONG_AGO = Value(date.min)


def _rows(user: User) -> QuerySet[Client]:
    return Client.objects.visible_to(user).with_latest_snapshot().select_related("owner")


def _with_amounts(clients: Sequence[Client]) -> None:
    """Adds `asked_count` and `asked_total` (HT) of the latest snapshots, in one query."""
    asked = Exposure.objects.asked().filter(snapshot__in=[c.snapshot_id for c in clients if c.snapshot_id])
    sums = asked.order_by().values("snapshot").annotate(count=Count("pk"), total=Sum("requested"))
    by_snapshot = {row["snapshot"]: (row["count"], row["total"]) for row in sums}
    for client in clients:
        client.asked_count, client.asked_total = by_snapshot.get(client.snapshot_id, (None, None))


CLIENTS = ListKind(
    name=ListName.CLIENTS,
    url_name="clients:client_list",
    subject=Column("client", "Client", lambda client: client.name, order=Folded("name")),
    identity=(Column("siren", "SIREN", lambda client: client.siren),),
    columns=(
        Column(
            "photographie",
            "Photographie",
            lambda client: client.taken_on,
            Kind.DATE,
            order=Coalesce(F("taken_on"), LONG_AGO),
        ),
        Column("acheteurs", "Acheteurs demandés", lambda client: client.asked_count, Kind.COUNT),
        Column(
            "demande",
            "Montant demandé HT",
            lambda client: client.asked_total,
            Kind.EUROS,
            order=amount_or_nothing("asked_total"),
        ),
        Column("suivi", "Suivi par", lambda client: str(client.owner or "")),
        Column("contact", "Interlocuteur", lambda client: client.contact_name, is_shown=False),
        Column("mail", "E-mail", lambda client: client.contact_email, is_shown=False),
    ),
    first_order="client",
    filters=ClientFilters,
    rows=_rows,
    complete=_with_amounts,
)
