from decimal import Decimal

import pytest

from clients.analysis.evolution import Change, Moved, evolution


def moved(change: Change, buyers: int, before: int, after: int) -> Moved:
    return Moved(change, buyers, Decimal(before), Decimal(after))


MOVES = [
    moved(Change.GONE, 1, 200, 0),
    moved(Change.NEW, 2, 0, 300),
    moved(Change.SHRUNK, 1, 400, 350),
    moved(Change.GROWN, 3, 100, 250),
    moved(Change.SAME, 1, 300, 300),
]


def test_the_totals_and_the_way_between_them():
    """1 000 before + 300 + 150 − 50 − 200 = 1 200 after, 20 % more; the highest level on the way is 1 450."""
    found = evolution(MOVES)
    assert (found.before, found.after, found.difference, found.share) == (1000, 1200, 200, Decimal("0.2"))
    assert [(step.label, step.amount, step.kind, step.buyers) for step in found.steps] == [
        ("Avant", 1000, "total", 6),
        ("Nouveaux", 300, "up", 2),
        ("En hausse", 150, "up", 3),
        ("En baisse", -50, "down", 1),
        ("Partis", -200, "down", 1),
        ("Après", 1200, "total", 7),
    ]
    ends = [(step.low * 1450, step.high * 1450) for step in found.steps]
    levels = [(0, 1000), (1000, 1300), (1300, 1450), (1400, 1450), (1200, 1400), (0, 1200)]
    assert [(round(low), round(high)) for low, high in ends] == levels


def test_a_change_that_nobody_had_counts_nothing():
    found = evolution([moved(Change.NEW, 2, 0, 300)])
    assert (found.of(Change.GONE).buyers, found.before, found.share) == (0, 0, None)


def test_two_empty_lists_draw_nothing():
    assert evolution([]).steps == ()


def test_a_change_stands_once():
    with pytest.raises(ValueError, match="deux fois"):
        evolution([moved(Change.NEW, 1, 0, 1), moved(Change.NEW, 1, 0, 2)])
