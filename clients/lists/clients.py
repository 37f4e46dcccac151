"""The firm's clients as a list."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Case, Count, F, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Concat

from clients.enums import ClientStage
from clients.forms.lists import ClientFilters
from clients.lists.listing import Column, Kind, ListKind
from clients.models import Alert, Client, Exposure, ListName
from clients.models.fields import amount_or_nothing
from clients.search import Folded
from factortaboite.accounts.models import User

LONG_AGO = Value(date.min)
# In the order of the work.
BY_STAGE = Case(
    *(When(stage=stage, then=place) for place, stage in enumerate(ClientStage)), output_field=IntegerField()
)
# Those whom nobody follows come first: they are to be given to somebody.
BY_OWNER = Folded(Concat("owner__first_name", Value(" "), "owner__last_name"))


def _rows(user: User) -> QuerySet[Client]:
    return Client.objects.visible_to(user).with_latest_snapshot().select_related("owner")


def _with_sums(clients: Sequence[Client]) -> None:
    """Adds `asked_count` and `asked_total` (HT) of the latest snapshots and the number of `open_alerts`."""
    asked = Exposure.objects.asked().filter(snapshot__in=[c.snapshot_id for c in clients if c.snapshot_id])
    sums = asked.order_by().values("snapshot").annotate(count=Count("pk"), total=Sum("requested"))
    by_snapshot = {row["snapshot"]: (row["count"], row["total"]) for row in sums}
    alerts = Alert.objects.open().filter(client__in=clients).order_by().values_list("client")
    by_client = dict(alerts.annotate(Count("pk")))
    for client in clients:
        client.open_alerts = by_client.get(client.pk)
        client.asked_count, client.asked_total = by_snapshot.get(client.snapshot_id, (None, None))


CLIENTS = ListKind(
    name=ListName.CLIENTS,
    noun="client",
    url_name="clients:client_list",
    workbook_url_name="clients:client_workbook",
    text_url_name="clients:client_text",
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
        Column("etape", "Étape", lambda client: client.get_stage_display(), order=BY_STAGE),
        Column("alertes", "Alertes à traiter", lambda client: client.open_alerts, Kind.COUNT),
        Column("suivi", "Suivi par", lambda client: str(client.owner or ""), order=BY_OWNER),
        Column("action", "Prochaine action", lambda client: client.next_action, is_shown=False),
        Column("prevue", "Prévue le", lambda client: client.next_action_on, Kind.DATE, is_shown=False),
        Column("contact", "Interlocuteur", lambda client: client.contact_name, is_shown=False),
        Column("mail", "E-mail", lambda client: client.contact_email, is_shown=False),
    ),
    first_order="client",
    filters=ClientFilters,
    rows=_rows,
    complete=_with_sums,
)
