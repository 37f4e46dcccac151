from decimal import Decimal

import pytest

from clients.analysis.ageing import aged_balance


def decimals(*amounts: int) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def test_what_is_overdue_and_for_how_long():
    """800 not due, 120 for a month, 50 for two, 20 for three, 10 beyond: 200 of 1 000 overdue, 30 for over 60 days."""
    aged = aged_balance([0, 1, 31, 61, 91], decimals(800, 120, 50, 20, 10))
    assert (aged.total, aged.overdue, aged.overdue_share, aged.late) == (1000, 200, Decimal("0.2"), 30)
    assert [(each.label, each.share) for each in aged.slices] == [
        ("Non échu", Decimal("0.8")),
        ("Échu de 1 à 30 jours", Decimal("0.12")),
        ("Échu de 31 à 60 jours", Decimal("0.05")),
        ("Échu de 61 à 90 jours", Decimal("0.02")),
        ("Échu depuis plus de 90 jours", Decimal("0.01")),
    ]


@pytest.mark.parametrize(
    ("first_days", "amounts", "balance", "expected"),
    [
        pytest.param([0, 1], [75, 25], None, "0.25", id="due or not"),
        pytest.param([1, 31], [10, 15], 100, "0.25", id="what is not due is the rest of the balance"),
        pytest.param([31, 0, 1], [5, 80, 15], None, "0.2", id="columns in any order"),
        pytest.param([0, 1], [110, -10], None, "-0.1", id="credit notes are overdue too"),
        pytest.param([1, 31], [10, 15], None, None, id="what is not due is not known"),
        pytest.param([0, 1], [0, 0], None, None, id="nothing is owed"),
        pytest.param([0, 1], [10, -20], None, None, id="the buyers are owed"),
        pytest.param([], [], None, None, id="no ageing at all"),
    ],
)
def test_the_share_that_is_overdue(first_days, amounts, balance, expected):
    aged = aged_balance(first_days, decimals(*amounts), None if balance is None else Decimal(balance))
    assert (aged.overdue_share if aged else None) == (expected and Decimal(expected))


def test_the_sixtieth_day_is_not_late_yet():
    """Columns whose bounds touch: « 30 à 60 j », then « 60 à 90 j », which holds the sixtieth day too."""
    aged = aged_balance([0, 30, 31, 60, 61], decimals(500, 200, 150, 100, 50))
    assert [each.tone for each in aged.slices] == ["due", "soon", "late", "late", "bad"]
    assert aged.late == 50


def test_columns_that_do_not_tell_how_late():
    assert not aged_balance([0, 1], decimals(75, 25)).tells_late
    assert [each.label for each in aged_balance([0, 1], decimals(75, 25)).slices] == ["Non échu", "Échu"]


def test_the_bar_leaves_no_room_to_credit_notes():
    aged = aged_balance([0, 1, 31, 61], decimals(60, 30, -10, 10))
    assert aged.bars == (
        ("due", "0.00", "60.00"),
        ("soon", "60.00", "30.00"),
        ("late", "90.00", "0.00"),
        ("bad", "90.00", "10.00"),
    )


def test_paper_pools_the_oldest_ages():
    aged = aged_balance([0, 1, 31, 61, 91, 121], decimals(500, 100, 100, 100, 100, 100))
    pooled = aged.pooled(4)
    assert [(each.label, each.amount, each.share) for each in pooled.slices] == [
        ("Non échu", 500, Decimal("0.5")),
        ("Échu de 1 à 30 jours", 100, Decimal("0.1")),
        ("Échu de 31 à 60 jours", 100, Decimal("0.1")),
        ("Échu depuis plus de 60 jours", 300, Decimal("0.3")),
    ]
    assert (pooled.total, pooled.overdue) == (1000, 500)
    assert aged.pooled(6) is aged
