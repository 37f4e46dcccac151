"""Comparisons lately made in this process, by all that went into them.

Turning the pages of a finished test of 2 000 buyers × 5 partners would otherwise read and rank 10 000 answers each
time. Nothing is ever stale: whoever asks gives a key that changes with every row read.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import NamedTuple

from django.db import connection

from quotes.comparison import Comparison
from quotes.models import MarketTest

KEPT = 8  # a few megabytes each


class States(NamedTuple):
    """Where the questions of a market test stand. `counts` are by submission key and state."""

    counts: tuple[tuple[int, str, int], ...]
    buyers_asked: int
    version: tuple[str, ...]


_kept: OrderedDict[Hashable, Comparison] = OrderedDict()
_lock = Lock()


def remembered(key: Hashable, make: Callable[[], Comparison]) -> Comparison:
    """What `make` gave for the same `key`, or gives now."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = make()
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def read_states(market_test: MarketTest) -> States:
    """Where the questions stand, and a version that changes with any write to any row, whoever wrote it.

    PostgreSQL puts a written row in a new place (`ctid`) under the writer's transaction (`xmin`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.submission_id, i.state, count(*), sum(hashtidextended(i.ctid, i.xmin::text::bigint))::text, "
            "(SELECT count(*) FILTER (WHERE set_aside = '' AND requested > 0) FROM clients_exposure e "
            "  WHERE e.snapshot_id = %(snapshot)s), "
            "(SELECT sum(hashtidextended(e.ctid, e.xmin::text::bigint))::text FROM clients_exposure e "
            "  WHERE e.snapshot_id = %(snapshot)s) "
            "FROM quotes_limitindication i JOIN quotes_submission s ON s.id = i.submission_id "
            "WHERE s.market_test_id = %(market_test)s GROUP BY 1, 2 ORDER BY 1, 2",
            {"market_test": market_test.pk, "snapshot": market_test.snapshot_id},
        )
        rows = cursor.fetchall()
    return States(
        counts=tuple((submission_id, state, count) for submission_id, state, count, *_ in rows),
        buyers_asked=rows[0][4] if rows else 0,
        version=tuple(version for row in rows for version in (row[3], row[5])),
    )
