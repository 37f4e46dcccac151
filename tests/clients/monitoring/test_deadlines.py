"""Until when a creditor files what it is owed: dates worked out by hand on a calendar."""

from datetime import date

import pytest

from clients.monitoring.deadlines import filing_deadline, is_working_day, next_working_day, relief_deadline


@pytest.mark.parametrize(
    ("published_on", "last_day"),
    [
        pytest.param(date(2026, 9, 16), date(2026, 11, 16), id="date to date, a Monday"),
        pytest.param(date(2026, 9, 15), date(2026, 11, 16), id="Sunday 15 November, put off to Monday"),
        pytest.param(date(2026, 9, 14), date(2026, 11, 16), id="Saturday 14 November, put off to Monday"),
        pytest.param(date(2026, 9, 11), date(2026, 11, 12), id="Armistice Day, a Wednesday"),
        pytest.param(date(2026, 3, 14), date(2026, 5, 15), id="Ascension, Thursday 14 May"),
        pytest.param(date(2026, 2, 6), date(2026, 4, 7), id="Easter Monday 6 April"),
        pytest.param(date(2026, 3, 25), date(2026, 5, 26), id="Whit Monday 25 May"),
        pytest.param(date(2025, 12, 31), date(2026, 3, 2), id="28 February is a Saturday"),
        pytest.param(date(2025, 12, 29), date(2026, 3, 2), id="no 29 February in 2026"),
        pytest.param(date(2027, 12, 31), date(2028, 2, 29), id="leap year, a Tuesday"),
        pytest.param(date(2026, 7, 31), date(2026, 9, 30), id="31 July to 30 September"),
        pytest.param(date(2026, 10, 25), date(2026, 12, 28), id="Christmas, a Friday, then the weekend"),
        pytest.param(date(2026, 11, 1), date(2027, 1, 4), id="New Year's Day, a Friday, then the weekend"),
    ],
)
def test_two_months_from_the_publication(published_on, last_day):
    assert filing_deadline(published_on) == last_day


@pytest.mark.parametrize(
    ("creditor", "debtor", "last_day"),
    [
        pytest.param("75011", "69007", date(2026, 11, 16), id="both on the mainland"),
        pytest.param("97400", "69007", date(2027, 1, 18), id="a creditor of La Réunion, 16 January is a Saturday"),
        pytest.param("75011", "97110", date(2027, 1, 18), id="a court of Guadeloupe"),
        pytest.param("97110", "97100", date(2026, 11, 16), id="the same island"),
        pytest.param("97110", "97200", date(2027, 1, 18), id="two islands"),
        pytest.param("98800", "13001", date(2027, 1, 18), id="New Caledonia"),
        pytest.param("20000", "06000", date(2026, 11, 16), id="Corsica is the mainland"),
        pytest.param("97400", "", date(2026, 11, 16), id="unknown debtor"),
        pytest.param("", "97110", date(2026, 11, 16), id="unknown creditor"),
    ],
)
def test_four_months_across_the_sea_and_only_when_that_is_known(creditor, debtor, last_day):
    published_on = date(2026, 9, 16)
    assert filing_deadline(published_on, creditor_postcode=creditor, debtor_postcode=debtor) == last_day


def test_leave_to_file_late_is_asked_within_six_months():
    assert relief_deadline(date(2026, 9, 16)) == date(2027, 3, 16)
    assert relief_deadline(date(2026, 8, 31)) == date(2027, 3, 1)  # 28 February 2027 is a Sunday


@pytest.mark.parametrize(
    "holiday",
    [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 8),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2028, 8, 15),
        date(2027, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
        date(2025, 4, 21),
        date(2027, 3, 29),
        date(2038, 4, 26),
    ],
)
def test_public_holidays(holiday):
    assert holiday.weekday() < 5
    assert not is_working_day(holiday)
    assert next_working_day(holiday) > holiday


def test_the_other_days_are_worked():
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(365)]
    # 261 weekdays in 2026, less 9 holidays that fall on one: 15 August and 1 November are on a weekend.
    assert sum(map(is_working_day, days)) == 252
