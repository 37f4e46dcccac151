"""Whom to ask in a snapshot and for how much, all at once: the largest, above the discretionary limit."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum

from clients.enums import SetAside
from clients.models import Exposure, RiskSnapshot
from clients.reports.proposed import proposed
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
    both = snapshot.exposures.order_by().annotate(former=proposed(snapshot.season), current=proposed(season))
    both.filter(requested=F("former")).exclude(requested=F("current")).update(requested=F("current"))


def choose_largest(snapshot: RiskSnapshot, *, top: int | None, limit: Decimal | None) -> None:
    """Sets aside all but the `top` largest buyers (None: all are asked) above `limit` (HT), and takes back those that
    a former choice set aside. Only the lines that change are written."""
    free = snapshot.exposures.filter(_FREE, requested__gt=0).order_by()
    large = free.filter(requested__gt=limit) if limit is not None else free
    kept = large
    if top is not None and (last := _last_of(large, top)):
        amount, line = last
        beyond = Q(requested__lt=amount) | Q(requested=amount, line__gt=line)
        kept = large.exclude(beyond)
        _set_aside(large.filter(beyond), SetAside.NOT_AMONG_LARGEST)
    _set_aside(kept, "")
    if limit is not None:
        _set_aside(free.filter(requested__lte=limit), SetAside.BELOW_DISCRETIONARY_LIMIT)


def _last_of(buyers: QuerySet[Exposure], top: int) -> tuple[Decimal, int] | None:
    """The amount and the line of the smallest of the `top` largest; None when there are no more than these."""
    largest = buyers.order_by("-requested", "line").values_list("requested", "line")[top - 1 : top + 1]
    return largest[0] if len(largest) > 1 else None


def _set_aside(buyers: QuerySet[Exposure], reason: str) -> None:
    # Without a join: right after an import the database does not know yet how long the list is.
    buyers.exclude(set_aside=reason).update(set_aside=reason)


def _sentence(selection: Selection, season: Decimal, limit: Decimal | None) -> str:
    said = [f"Sélection : {selection.asked} acheteur{'s' if selection.asked > 1 else ''} à demander"]
    said.append(f"pour {euros(selection.total)} HT")
    if season != 1:
        said.append(f"coefficient de saison {season.normalize():f}".replace(".", ","))
    if limit is not None:
        said.append(f"limite discrétionnaire {euros(limit)} HT")
    return ", ".join(said) + "."
