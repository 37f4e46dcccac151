from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.portfolio.dates import (
    AmbiguousDate,
    UnreadableDate,
    cut_off_said,
    date_order,
    is_date,
    latest_certain,
    parse_date,
)

CUT_OFF = date(2026, 10, 31)


@pytest.mark.parametrize(
    "cell, expected",
    [
        pytest.param("31/01/2026", date(2026, 1, 31), id="JJ/MM/AAAA"),
        pytest.param("01/02/2026", date(2026, 2, 1), id="the day first, as in France"),
        pytest.param("1/2/2026", date(2026, 2, 1), id="without zeros"),
        pytest.param("31-01-2026", date(2026, 1, 31), id="dashes"),
        pytest.param("31.01.2026", date(2026, 1, 31), id="points"),
        pytest.param("31/01/26", date(2026, 1, 31), id="JJ/MM/AA"),
        pytest.param("05/06/26", date(2026, 6, 5), id="JJ/MM/AA, because 2005 is far from the cut-off"),
        pytest.param("20260131", date(2026, 1, 31), id="AAAAMMJJ"),
        pytest.param("31012026", date(2026, 1, 31), id="JJMMAAAA"),
        pytest.param("2026-01-31", date(2026, 1, 31), id="AAAA-MM-JJ"),
        pytest.param("2026-01-31T08:30:00", date(2026, 1, 31), id="with the time, ISO"),
        pytest.param("31/01/2026 00:00", date(2026, 1, 31), id="with the time"),
        pytest.param("31 janv. 2026", date(2026, 1, 31), id="month in short"),
        pytest.param("1er août 2026", date(2026, 8, 1), id="month in words"),
        pytest.param("31-déc-26", date(2026, 12, 31), id="month between dashes"),
        pytest.param(Decimal(46023), date(2026, 1, 1), id="Excel's number of the day"),
        pytest.param("46023", date(2026, 1, 1), id="Excel's number as text"),
        pytest.param("46023,5", date(2026, 1, 1), id="Excel's number with the hour"),
        pytest.param(Decimal(20260131), date(2026, 1, 31), id="AAAAMMJJ as a number"),
        pytest.param(date(2026, 1, 31), date(2026, 1, 31), id="a date of the spreadsheet"),
        pytest.param("", None, id="empty"),
        pytest.param("NC", None, id="not known"),
        pytest.param("00/00/0000", None, id="zeros, as some packages leave it empty"),
    ],
)
def test_dates_as_files_write_them(cell, expected):
    assert parse_date(cell, near=CUT_OFF) == expected


@pytest.mark.parametrize(
    "cell", ["31/02/2026", "32/01/2026", "20261301", "bientôt", "12", "01/01/0026", Decimal("3.5")]
)
def test_no_date(cell):
    with pytest.raises(UnreadableDate, match="n’est pas une date") as caught:
        parse_date(cell, near=CUT_OFF)
    assert not isinstance(caught.value, AmbiguousDate)


@pytest.mark.parametrize(
    "cell, said",
    [
        pytest.param("01/02/03", "03/02/2001 ou 02/01/2003 ou 01/02/2003", id="three readings"),
        pytest.param("12/11/20", "20/11/2012 ou 12/11/2020 ou 11/12/2020", id="when nothing says near what"),
        pytest.param("25/12/03", "25/12/2003 ou 03/12/2025", id="far from the cut-off with the day first"),
        pytest.param("010203", "03/02/2001 ou 02/01/2003 ou 01/02/2003", id="without separators"),
    ],
)
def test_several_readings_are_asked_about(cell, said):
    with pytest.raises(AmbiguousDate, match=said):
        parse_date(cell)


@pytest.mark.parametrize("order", [None, "dmy"])
@pytest.mark.parametrize("cell", ["01/02/03", "25/12/03"])
def test_a_year_far_from_the_cut_off_is_asked_about(cell, order):
    with pytest.raises(AmbiguousDate):
        parse_date(cell, order=order, near=CUT_OFF)


def test_month_before_day_is_asked_about():
    with pytest.raises(AmbiguousDate, match="le mois et le jour semblent inversés"):
        parse_date("03/25/2026")


def test_somebody_may_choose_the_order():
    assert parse_date("01/02/03", order="ymd") == date(2001, 2, 3)
    assert parse_date("03/25/2026", order="mdy") == date(2026, 3, 25)
    assert parse_date("2026-03-25", order="mdy") == date(2026, 3, 25)
    with pytest.raises(UnreadableDate, match="dans l’ordre du reste de la colonne"):
        parse_date("25/03/2026", order="mdy")


@pytest.mark.parametrize(
    "cells, order",
    [
        pytest.param(["01/02/2026", "25/04/2026"], "dmy", id="a day above 12"),
        pytest.param(["01/02/2026", "03/25/2026"], "mdy", id="a month that cannot be one"),
        pytest.param(["25/02/2026", "03/25/2026"], "mixed", id="both"),
        pytest.param(["20260131", "2026-02-01", ""], None, id="dates that have no order teach none"),
        pytest.param(["01/02/03", "04/05/06"], None, id="two-digit years alone teach nothing"),
        pytest.param(["01/02/03", "31/12/26"], "dmy", id="one of them is near the cut-off one way only"),
        pytest.param(["26/01/31", "26/02/28"], "ymd", id="years first"),
        pytest.param(
            [date(2026, 1, 2), date(2026, 7, 8), "25/12/2026"], "mixed", id="a spreadsheet turned some round"
        ),
        pytest.param([date(2026, 1, 22), "25/12/2026"], "dmy", id="a spreadsheet that turned none round"),
        pytest.param([date(2026, 1, 22), date(2026, 1, 2)], None, id="dates of the spreadsheet"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_a_column_teaches_its_order(cells, order):
    assert date_order(cells, near=CUT_OFF) == order


def test_in_a_mixed_column_only_what_has_one_reading_is_read():
    assert parse_date("25/02/2026", order="mixed") == date(2026, 2, 25)
    assert parse_date("03/25/2026", order="mixed") == date(2026, 3, 25)
    assert parse_date("05/05/2026", order="mixed") == date(2026, 5, 5)
    assert parse_date(date(2026, 1, 22), order="mixed") == date(2026, 1, 22)
    for cell in ("01/02/2026", date(2026, 2, 1)):
        with pytest.raises(AmbiguousDate, match="01/02/2026"):
            parse_date(cell, order="mixed")


@pytest.mark.parametrize(
    "title, expected",
    [
        pytest.param("Balance âgée au 31/10/2026", CUT_OFF, id="au"),
        pytest.param("Arrêtée au 31 octobre 2026", CUT_OFF, id="in words"),
        pytest.param("Grand livre du 01/01/2026 au 31/10/2026", CUT_OFF, id="the end of a period"),
        pytest.param("Édité le 02/11/2026", None, id="the day it was printed"),
        pytest.param("Étoffes du Nord", None, id="no date"),
    ],
)
def test_the_date_in_a_title(title, expected):
    assert cut_off_said(["", title]) == expected


def test_the_latest_date_in_full():
    assert latest_certain(["", "01/02/03", "31/12/2025", date(2026, 1, 5), "bof", "20260104"]) == date(2026, 1, 5)
    assert latest_certain(["01/02/03", "", "12"]) is None


def test_a_bare_number_is_not_taken_for_a_date():
    assert is_date("31/10/2026") and is_date(CUT_OFF)
    assert not any(map(is_date, ("20261031", Decimal(46023), "F123", "", "12/3")))


FORMS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d", "%Y-%m-%d", "%d%m%Y", "%d/%m/%Y 10:30")


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.sampled_from(FORMS))
def test_a_date_is_read_back(day, form):
    assert parse_date(day.strftime(form), near=CUT_OFF) == day


@given(st.dates(date(2017, 1, 1), date(2028, 4, 30)))
def test_two_digit_years_are_read_back_or_asked_about(day):
    try:
        assert parse_date(day.strftime("%d/%m/%y"), near=CUT_OFF) == day
    except AmbiguousDate:
        assert day.day in range(16, 32)  # the year could be the first number
