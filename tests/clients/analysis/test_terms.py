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
        pytest.param("77.11A", 30, id="car hire"),
        pytest.param("01.13Z", 30, id="vegetables grown"),
        pytest.param("01.24Z", 30, id="orchards"),
        pytest.param("10.20Z", 30, id="fish prepared"),
        pytest.param("10.85Z", 30, id="cooked dishes"),
        pytest.param("46.23Z", 20, id="live cattle"),
        pytest.param("10.11Z", 20, id="slaughterhouse"),
        pytest.param("10.12Z", 30, id="poultry"),
        pytest.param("10.51A", 30, id="milk"),
        pytest.param("10.51C", 60, id="cheese keeps"),
        pytest.param("46.33Z", 30, id="dairy wholesale"),
        pytest.param("46.38A", 30, id="fish wholesale"),
        pytest.param("46.38B", 60, id="other food wholesale"),
        pytest.param("11.01Z", 45, id="spirits: 30 days from the month's end"),
        pytest.param("46.34Z", 45, id="drinks wholesale"),
        pytest.param("11.02B", 60, id="wine has the common one"),
        pytest.param("28.30Z", 125, id="farm machinery: 110 days and the month's end"),
        pytest.param("46.61Z", 125, id="its wholesale"),
        pytest.param("15.12Z", 69, id="leather goods: 54 days and the month's end"),
        pytest.param("15.20Z", 69, id="shoes"),
        pytest.param("14.11Z", 60, id="leather clothes are not named"),
        pytest.param("26.52Z", 74, id="watches"),
        pytest.param("32.12Z", 74, id="jewellery"),
        pytest.param("46.48Z", 74, id="their wholesale"),
        pytest.param("32.30Z", 90, id="snow sports goods"),
        pytest.param("32.40Z", 75, id="toys, the shorter of both"),
    ],
)
def test_the_ceiling_of_a_seller(naf, days):
    assert ceiling_on(DAY, naf).days == days


def test_a_ceiling_ends_with_its_law():
    ended = Ceiling(30, "30 jours", "L. 441-11 II", ("4941",), until=date(2026, 12, 31))
    assert ended.applies_on(date(2026, 12, 31))
    assert not ended.applies_on(date(2027, 1, 1))
    assert ended.applies_on(date(2019, 4, 26))
    assert not ended.applies_on(date(2019, 4, 25))


def test_a_sectors_ceiling_does_not_reach_back_before_its_law():
    assert ceiling_on(date(2019, 4, 26), "49.41A").days == 30
    assert ceiling_on(date(2019, 4, 25), "49.41A") is COMMON


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
        pytest.param("", 1, id="60 days are within the common ceiling, 61 are not"),
        pytest.param("49.41A", 6, id="and beyond a haulier's, 30 days not"),
        pytest.param("46.32A", 8, id="a butcher's is 20 days: only cash is within"),
        pytest.param("32.12Z", 0, id="a jeweller's is longer"),
    ],
)
def test_the_seller_s_sector_decides(naf, beyond):
    terms = weigh_terms(
        granted((0, 1, 50), (30, 2, 100), (45, 1, 200), (60, 4, 500), (61, 1, 50)), ceiling_on(DAY, naf)
    )
    assert terms.beyond == beyond
    assert terms.known == 9


def test_without_turnover_there_is_no_average_and_without_terms_nothing():
    assert weigh_terms(granted((90, 1, 0)), COMMON).average is None
    nothing = weigh_terms([], COMMON, unknown=3)
    assert (nothing.known, nothing.longest, nothing.beyond, nothing.unknown) == (0, None, 0, 3)
