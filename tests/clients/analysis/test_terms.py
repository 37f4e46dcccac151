from datetime import date
from decimal import Decimal

import pytest

from clients.analysis.terms import COMMON, SECTORS, Ceiling, Granted, ceiling_on, weigh_terms

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("naf", "days"),
    [
        pytest.param("", 60, id="activity not known"),
        pytest.param("46.73A", 60, id="building materials wholesale"),
        pytest.param("49.41A", 30, id="road haulage"),
        pytest.param("4941B", 30, id="without its point"),
        pytest.param("77.12Z", 30, id="lorry hire"),
        pytest.param("52.29B", 30, id="freight forwarding"),
        pytest.param("52.24A", 60, id="cargo handling is none of them"),
        pytest.param("46.32A", 20, id="fresh meat"),
        pytest.param("46.32B", 30, id="frozen and prepared meat"),
        pytest.param("46.31Z", 30, id="fruit and vegetables"),
        pytest.param("28.30Z", 125, id="farm machinery"),
        pytest.param("15.20Z", 69, id="shoes"),
        pytest.param("32.12Z", 74, id="jewellery"),
    ],
)
def test_the_ceiling_of_a_seller(naf, days):
    assert ceiling_on(DAY, naf).days == days


def test_a_ceiling_ends_with_its_law():
    ended = Ceiling(30, "30 jours", "L. 441-11 II", ("4941",), until=date(2026, 12, 31))
    assert ended.applies_on(date(2026, 12, 31))
    assert not ended.applies_on(date(2027, 1, 1))
    assert not ended.applies_on(date(2019, 4, 25))


def test_only_some_sectors_leave_nothing_to_check():
    assert [sector.days for sector in SECTORS if not sector.depends] == [30]


def granted(*lines: tuple[int, int, int]) -> list[Granted]:
    return [Granted(days, buyers, Decimal(turnover)) for days, buyers, turnover in lines]


def test_terms_against_the_common_ceiling():
    """(30 × 100 + 45 × 200 + 60 × 500 + 90 × 200) ÷ 1 000 = 60 days on average; 200 of the sales at 90 days."""
    terms = weigh_terms(granted((30, 2, 100), (45, 1, 200), (60, 4, 500), (90, 3, 200)), COMMON, unknown=5)
    assert [(band.label, band.buyers, band.turnover) for band in terms.bands] == [
        ("Jusqu’à 30 jours", 2, 100),
        ("31 à 45 jours", 1, 200),
        ("46 à 60 jours", 4, 500),
        ("Plus de 60 jours", 3, 200),
    ]
    assert (terms.average, terms.longest, terms.known, terms.unknown) == (60, 90, 10, 5)
    assert (terms.beyond, terms.beyond_turnover) == (3, 200)


@pytest.mark.parametrize(
    ("naf", "beyond"),
    [
        pytest.param("", 0, id="60 days are within the common ceiling"),
        pytest.param("49.41A", 5, id="and beyond a haulier's, 30 days not"),
        pytest.param("32.12Z", 0, id="a jeweller's is longer"),
    ],
)
def test_the_seller_s_sector_decides(naf, beyond):
    terms = weigh_terms(granted((0, 1, 50), (30, 2, 100), (45, 1, 200), (60, 4, 500)), ceiling_on(DAY, naf))
    assert terms.beyond == beyond
    assert terms.known == 8


def test_without_turnover_there_is_no_average_and_without_terms_nothing():
    assert weigh_terms(granted((90, 1, 0)), COMMON).average is None
    nothing = weigh_terms([], COMMON, unknown=3)
    assert (nothing.known, nothing.longest, nothing.beyond, nothing.unknown) == (0, None, 0, 3)
