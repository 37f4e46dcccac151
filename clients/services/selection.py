"""Whom to ask in a snapshot and for how much, all at once: the largest, above the discretionary limit."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When, Window
from django.db.models.fields import CharField
from django.db.models.functions import RowNumber

from clients.enums import SetAside
from clients.models import Exposure, RiskSnapshot
from clients.reports.proposed import with_proposal
from clients.services.journal import write_entry
from clients.services.snapshots import lock_snapshot
from factortaboite.accounts.models import User
from factortaboite.money import euros

# The reasons that a selection gives and takes back; every other one says something of the buyer itself.
CHOSEN = (SetAside.NOT_AMONG_LARGEST, SetAside.BELOW_DISCRETIONARY_LIMIT)
_FREE = Q(set_aside__in=["", *CHOSEN])


@dataclass(frozen=True)
class Selection:
    """Who is asked in a snapshot: how many buyers and how much HT, how many are set aside for each reason, and the
    `top` that was kept (None: all)."""

    asked: int
    total: Decimal
    set_aside: dict[str, int]
    top: int | None

    @property
    def set_aside_count(self) -> int:
        return sum(self.set_aside.values())


def selection_of(snapshot: RiskSnapshot) -> Selection:
    """One query, whatever the size."""
    rows = (
        snapshot.exposures.order_by()
        .values("set_aside")
        .annotate(buyers=Count("pk"), amount=Sum("requested", default=Decimal(0)))
    )
    found = {row["set_aside"]: (row["buyers"], row["amount"]) for row in rows}
    asked, total = found.pop("", (0, Decimal(0)))
    reasons = {reason: buyers for reason, (buyers, _) in found.items()}
    return Selection(
        asked=asked,
        total=total,
        set_aside={reason.value: reasons[reason] for reason in SetAside if reason in reasons},
        top=asked if SetAside.NOT_AMONG_LARGEST in reasons else None,
    )


@transaction.atomic
def select_buyers(
    snapshot: RiskSnapshot, *, top: int | None, season: Decimal, discretionary_limit: Decimal | None, by: User
) -> Selection:
    """Asks the `top` largest buyers only, or all of them (None), whose need is above `discretionary_limit` (HT).

    Amounts that are the proposal follow `season`; those that somebody wrote stay, and so do buyers set aside for a
    reason of their own. Only the lines that change are written. Raises Frozen once a market test uses the snapshot.
    """
    locked = lock_snapshot(snapshot)
    before = selection_of(locked)
    _follow_season(locked, season)
    choose_largest(locked, top=top, limit=discretionary_limit)
    snapshot.season, snapshot.discretionary_limit = season, discretionary_limit
    RiskSnapshot.objects.filter(pk=locked.pk).update(season=season, discretionary_limit=discretionary_limit)
    after = selection_of(locked)
    rules = (locked.season, locked.discretionary_limit) != (season, discretionary_limit)
    if rules or after != before:
        write_entry(_sentence(after, season, discretionary_limit), client=locked.client, snapshot=locked, by=by)
    return after


def _follow_season(snapshot: RiskSnapshot, season: Decimal) -> None:
    if season == snapshot.season:
        return
    former = with_proposal(snapshot.exposures.order_by(), snapshot.season).filter(requested=F("proposed"))
    current = with_proposal(Exposure.objects.filter(pk__in=former.values("pk")).order_by(), season)
    _write(current.exclude(proposed=F("requested")).values("pk", value=F("proposed")), "requested")


def choose_largest(snapshot: RiskSnapshot, *, top: int | None, limit: Decimal | None) -> None:
    """Sets aside all but the `top` largest buyers (None: all are asked) above `limit` (HT), and takes back those that
    a former choice set aside. Only the lines that change are written."""
    free = snapshot.exposures.filter(_FREE, requested__gt=0).order_by()
    small = Q(requested__lte=limit) if limit is not None else Q(pk__in=[])
    ranked = free.annotate(
        is_small=Case(When(small, then=Value(1)), default=Value(0)),
        rank=Window(RowNumber(), partition_by="is_small", order_by=[F("requested").desc(), F("line").asc()]),
    )
    reasons = [When(is_small=1, then=Value(SetAside.BELOW_DISCRETIONARY_LIMIT))]
    if top is not None:
        reasons.append(When(rank__gt=top, then=Value(SetAside.NOT_AMONG_LARGEST)))
    chosen = ranked.annotate(value=Case(*reasons, default=Value(""), output_field=CharField()))
    _write(chosen.values("pk", "value"), "set_aside")


def _write(rows: QuerySet, column: str) -> None:
    """Stores each row's `value` in a column of its exposure, where it says something else."""
    sql, params = rows.query.sql_with_params()
    table = Exposure._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = chosen.value FROM ({sql}) AS chosen(pk, value) "
            f"WHERE {table}.id = chosen.pk AND {table}.{column} IS DISTINCT FROM chosen.value",
            params,
        )


def _sentence(selection: Selection, season: Decimal, limit: Decimal | None) -> str:
    said = [f"Sélection : {selection.asked} acheteur{'s' if selection.asked > 1 else ''} à demander"]
    said.append(f"pour {euros(selection.total)} HT")
    if season != 1:
        said.append(f"coefficient de saison {season.normalize():f}".replace(".", ","))
    if limit is not None:
        said.append(f"limite discrétionnaire {euros(limit)} HT")
    return ", ".join(said) + "."
