"""Two snapshots of a client side by side, buyer by buyer, matched by the database for any number of them.

A buyer is the same by its identifier; else by its account at the client's, when only one buyer of each list has it;
else by its name without accents, in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.contrib.postgres.aggregates import BoolOr
from django.db import connection, transaction
from django.db.models import Count, Q

from clients.analysis.evolution import Change, Evolution, Moved, evolution
from clients.models import Exposure, RiskSnapshot

SHOWN = 10


class Measure(Enum):
    """What both lists know of their buyers; the value is its column, the label what a heading says, `of` the same
    after an amount."""

    OUTSTANDING = "outstanding", "encours TTC", "d’encours TTC"
    PEAK = "peak", "encours maximum TTC", "d’encours maximum TTC"
    TURNOVER = "turnover", "chiffre d’affaires HT", "de chiffre d’affaires HT"

    label: str
    of: str

    def __new__(cls, value: str, label: str, of: str) -> "Measure":
        member = object.__new__(cls)
        member._value_ = value
        member.label, member.of = label, of
        return member


@dataclass(frozen=True)
class MovedBuyer:
    """One buyer in both lists or in one of them: the exposure of the later list where there is one."""

    name: str
    identifier: str
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Comparison:
    """Two snapshots, older first: the totals of each change and its largest buyers."""

    before: RiskSnapshot
    after: RiskSnapshot
    measure: Measure
    evolution: Evolution
    buyers: dict[Change, Sequence[MovedBuyer]]

    @property
    def largest(self) -> list[tuple[str, MovedBuyer]]:
        """The buyers that added most to what is owed: who grew, and who came."""
        wanted = {Change.GROWN: "La plus forte hausse", Change.NEW: "Le plus gros nouveau"}
        return [(label, self.buyers[change][0]) for change, label in wanted.items() if self.buyers.get(change)]

    @property
    def lists(self) -> list[tuple[Moved, Sequence[MovedBuyer]]]:
        """The changes that somebody had, each with its largest buyers; those that did not change are left out."""
        moves = (move for move in self.evolution.moves if move.buyers and move.change is not Change.SAME)
        return [(move, self.buyers.get(move.change, ())) for move in moves]


# The lists are matched in three passes, each on what the former left over.
_COLUMNS = "id, country, id_type, id_value, account, name, clients_fold(name) AS folded"
_MATCHED = f"""
WITH older AS MATERIALIZED (
    SELECT {_COLUMNS}, {{column}} AS amount FROM {Exposure._meta.db_table} WHERE snapshot_id = %(before)s
), newer AS MATERIALIZED (
    SELECT {_COLUMNS}, {{column}} AS amount FROM {Exposure._meta.db_table} WHERE snapshot_id = %(after)s
), by_identifier AS MATERIALIZED (
    SELECT older.id AS older_id, newer.id AS newer_id FROM older JOIN newer USING (country, id_type, id_value)
    WHERE id_value <> ''
), {{by_account}}, {{by_name}}, pairs AS (
    SELECT * FROM by_identifier UNION ALL SELECT * FROM by_account UNION ALL SELECT * FROM by_name
), matched AS (
    SELECT COALESCE(newer.id, older.id) AS id,
        COALESCE(newer.name, older.name) AS name,
        COALESCE(newer.id_value, older.id_value) AS id_value,
        CASE WHEN older.id IS NOT NULL THEN COALESCE(older.amount, 0) END AS before,
        CASE WHEN newer.id IS NOT NULL THEN COALESCE(newer.amount, 0) END AS after
    FROM (older LEFT JOIN pairs ON pairs.older_id = older.id) FULL JOIN newer ON newer.id = pairs.newer_id
), changes AS (
    SELECT *, CASE
        WHEN before IS NULL THEN %(new)s WHEN after IS NULL THEN %(gone)s WHEN before = after THEN %(same)s
        WHEN after > before THEN %(grown)s ELSE %(shrunk)s END AS change
    FROM matched
), ranked AS (
    SELECT *, ROW_NUMBER() OVER (
            PARTITION BY change ORDER BY ABS(COALESCE(after, 0) - COALESCE(before, 0)) DESC, id
        ) AS rank,
        COUNT(*) OVER (PARTITION BY change) AS buyers,
        SUM(COALESCE(before, 0)) OVER (PARTITION BY change) AS before_total,
        SUM(COALESCE(after, 0)) OVER (PARTITION BY change) AS after_total
    FROM changes
)
SELECT change, buyers, before_total, after_total, before, after, name, id_value
FROM ranked WHERE rank <= %(last)s ORDER BY change, rank
"""


def _pass(name: str, key: str, former: Sequence[str]) -> str:
    """The pairs whose `key` one buyer has among those that the `former` passes left over, in each list."""

    def left_over(side: str) -> str:
        free = " AND ".join(f"NOT EXISTS (SELECT FROM {each} WHERE {each}.{side}_id = {side}.id)" for each in former)
        return (
            f"SELECT MIN(id) AS id, {key} FROM {side} WHERE {key} <> '' AND {free} GROUP BY {key} HAVING COUNT(*) = 1"
        )

    return (
        f"{name} AS MATERIALIZED (SELECT older.id AS older_id, newer.id AS newer_id "
        f"FROM ({left_over('older')}) older JOIN ({left_over('newer')}) newer USING ({key}))"
    )


_BY_ACCOUNT = _pass("by_account", "account", ["by_identifier"])
_BY_NAME = _pass("by_name", "folded", ["by_identifier", "by_account"])


def compare_snapshots(before: RiskSnapshot, after: RiskSnapshot, *, shown: int = SHOWN) -> Comparison | None:
    """What changed from one snapshot to a later one of the same client, with the `shown` largest of each change.

    None when no amount is known in both lists. Two queries, whatever their size.
    """
    measure = _common_measure(before, after)
    if measure is None:
        return None
    names = {change.value: change.value for change in Change}
    sql = _MATCHED.format(column=measure.value, by_account=_BY_ACCOUNT, by_name=_BY_NAME)
    with transaction.atomic(), connection.cursor() as cursor:
        # PostgreSQL takes what two passes left over for a handful of rows, and would read one list for each of them.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(sql, {"before": before.pk, "after": after.pk, "last": shown, **names})
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop = on")
    moves: dict[Change, Moved] = {}
    buyers: dict[Change, list[MovedBuyer]] = {}
    for value, count, before_total, after_total, was, is_now, name, identifier in rows:
        change = Change(value)
        moves[change] = Moved(change, count, before_total, after_total)
        buyers.setdefault(change, []).append(MovedBuyer(name, identifier, was, is_now))
    return Comparison(before, after, measure, evolution(moves.values()), buyers)


def _common_measure(before: RiskSnapshot, after: RiskSnapshot) -> Measure | None:
    """The one that most buyers have in the list where fewer have it, if it is not nought in all of both. A balance
    beside a single name of one list says nothing of what changed."""
    rows = (
        Exposure.objects.filter(snapshot__in=[before, after])
        .order_by()
        .values("snapshot")
        .annotate(
            buyers=Count("pk"),
            **{measure.name: Count(measure.value) for measure in Measure},
            **{f"{measure.name}_weighs": BoolOr(~Q(**{measure.value: 0})) for measure in Measure},
        )
    )
    lists = list(rows)
    if len(lists) < 2:
        return None
    known = {measure: min(Decimal(row[measure.name]) / row["buyers"] for row in lists) for measure in Measure}
    weighing = [each for each in Measure if known[each] and any(row[f"{each.name}_weighs"] for row in lists)]
    return max(weighing, key=known.__getitem__, default=None)


def previous_of(snapshot: RiskSnapshot) -> RiskSnapshot | None:
    """The client's confirmed snapshot before this one."""
    earlier = RiskSnapshot.objects.confirmed().filter(client=snapshot.client_id)
    return earlier.filter(confirmed_at__lt=snapshot.confirmed_at).first()
