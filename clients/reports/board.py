"""The pipeline as columns of cards, in a handful of queries whatever the number of clients."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page
from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict

from clients.enums import STAGE_TRANSITIONS, STAGES_TO_PLAN, ClientStage
from clients.models import Client, Exposure, RiskSnapshot
from clients.paging import CountedPaginator
from factortaboite.accounts.models import User

CARDS_PER_COLUMN = 8
CARDS_PER_PAGE = 48
MINE, NOBODYS = "moi", "personne"
# What is late or near first, then what nobody has planned, then the latest arrivals.
ORDER = (F("next_action_on").asc(nulls_last=True), "-stage_since", "name", "pk")


@dataclass(frozen=True)
class Filters:
    """What the address chooses: whose clients (MINE, NOBODYS, a user's key, or "" for all), whether only those without
    a next action, and the one stage shown whole ("" for all of them)."""

    owner: str = ""
    unplanned: bool = False
    stage: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> "Filters":
        """From an address that anybody may have typed: what means nothing is left out."""
        owner, stage = params.get("suivi", ""), params.get("etape", "")
        return cls(
            owner=owner if owner in (MINE, NOBODYS) or owner.isascii() and owner.isdecimal() else "",
            unplanned=params.get("action") == "aucune",
            stage=stage if stage in ClientStage else "",
        )

    def clients_of(self, user: User) -> QuerySet[Client]:
        """Of every stage."""
        clients = Client.objects.visible_to(user)
        if self.owner:
            owners = {MINE: user.pk, NOBODYS: None}
            clients = clients.filter(owner=owners.get(self.owner, self.owner))
        return clients.without_action() if self.unplanned else clients


@dataclass(frozen=True)
class Column:
    """One stage: how many clients, how much is to be covered (HT) for them, how many have no next action, and the
    first cards."""

    stage: ClientStage
    count: int = 0
    total: Decimal = Decimal(0)
    unplanned: int = 0
    cards: Sequence[Client] = ()

    @property
    def targets(self) -> str:
        """Where its cards may be dragged to, for the script."""
        return " ".join(sorted(STAGE_TRANSITIONS[self.stage]))

    @property
    def others(self) -> int:
        return self.count - len(self.cards)


@dataclass(frozen=True)
class Board:
    """`page` is the page of the one stage that is shown whole; `open_stage` is what a phone shows, where one column
    fits."""

    columns: tuple[Column, ...]
    filters: Filters
    page: Page | None
    open_stage: ClientStage

    @property
    def count(self) -> int:
        return sum(column.count for column in self.columns)

    @property
    def unplanned(self) -> int:
        return sum(column.unplanned for column in self.columns)


def read_board(user: User, filters: Filters, *, page: str | None = None, first: Client | None = None) -> Board:
    """What the user may see of the pipeline. The card of `first`, which somebody has just moved, comes first wherever
    it stands, and its stage is the open one."""
    clients = filters.clients_of(user)
    counts = {
        row["stage"]: row
        for row in clients.order_by()
        .values("stage")
        .annotate(count=Count("pk"), unplanned=Count("pk", filter=Q(next_action="", stage__in=STAGES_TO_PLAN)))
    }
    cards, shown_page = clients.select_related("owner").order_by(*ORDER), None
    if filters.stage:
        count = counts[filters.stage]["count"] if filters.stage in counts else 0
        shown_page = CountedPaginator(cards.filter(stage=filters.stage), count, CARDS_PER_PAGE).get_page(page)
        shown = list(shown_page)
    else:
        shown = list(cards.filter(pk__in=_first_of_each_stage(clients)))
    if first:
        moved = [card for card in shown if card.pk == first.pk] or list(cards.filter(pk=first.pk))
        shown = moved + [card for card in shown if card.pk != first.pk]
    totals = _weigh(clients, shown)
    columns = tuple(
        Column(
            stage=stage,
            count=counts[stage]["count"],
            total=totals[stage],
            unplanned=counts[stage]["unplanned"],
            cards=[card for card in shown if card.stage == stage],
        )
        if stage in counts
        else Column(stage)
        for stage in ClientStage
    )
    filled = [column.stage for column in columns if column.count]
    open_stage = filters.stage or (first and first.stage) or (filled[0] if filled else ClientStage.PROSPECT)
    return Board(columns, filters, shown_page, ClientStage(open_stage))


def _first_of_each_stage(clients: QuerySet[Client]) -> QuerySet:
    ranked = clients.annotate(rank=Window(RowNumber(), partition_by=F("stage"), order_by=ORDER))
    return ranked.filter(rank__lte=CARDS_PER_COLUMN).values("pk")


def _weigh(clients: QuerySet[Client], cards: Iterable[Client]) -> Mapping[str, Decimal]:
    """Gives each card its `asked_total`, what the client's latest snapshot asks for (HT, None without one), and
    returns the sum of every stage."""
    latest = (
        RiskSnapshot.objects.confirmed()
        .filter(client__in=clients.order_by().values("pk"))
        .order_by("client_id", "-confirmed_at", "-pk")
        .distinct("client_id")
    )
    asked = Exposure.objects.asked().filter(snapshot__in=latest.values("pk")).order_by()
    totals, by_client = defaultdict(Decimal), {}
    for client, stage, total in asked.values_list("snapshot__client", "snapshot__client__stage").annotate(
        Sum("requested")
    ):
        totals[stage] += total
        by_client[client] = total
    for card in cards:
        card.asked_total = by_client.get(card.pk)
    return totals
