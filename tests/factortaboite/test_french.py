from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from factortaboite.templatetags import french


def plain(text):
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    "printed, expected",
    [
        pytest.param(french.euros(Decimal("16447.20")), "16 447,20 €", id="euros"),
        pytest.param(french.euros("990000.00"), "990 000 €", id="euros-from-frozen-data"),
        pytest.param(french.euros(Decimal("-1200")), "−1 200 €", id="negative"),
        pytest.param(french.euros(None), "", id="no-amount"),
        pytest.param(french.euros_cents(816), "816,00 €", id="with-cents"),
        pytest.param(french.euros_cents(None), "", id="no-amount-with-cents"),
        pytest.param(french.number(10_000), "10 000", id="number"),
        pytest.param(french.percent(Decimal("0.908256")), "90,8 %", id="percent"),
        pytest.param(french.percent("0.85", 0), "85 %", id="whole-percent"),
        pytest.param(french.percent(None), "", id="no-share"),
        pytest.param(french.rate(Decimal("0.0024")), "0,24 %", id="rate"),
        pytest.param(french.rate("0.090"), "9 %", id="rate-without-useless-zeros"),
        pytest.param(french.rate(Decimal("0.00165")), "0,165 %", id="rate-is-never-rounded"),
        pytest.param(french.rate(1), "100 %", id="whole"),
        pytest.param(french.rate(None), "", id="no-rate"),
        pytest.param(french.french_date(date(2026, 11, 22)), "22 novembre 2026", id="date"),
        pytest.param(french.french_date(date(2026, 12, 1)), "1er décembre 2026", id="first-of-the-month"),
        pytest.param(french.french_date(datetime(2026, 7, 13, 22, 30, tzinfo=UTC)), "14 juillet 2026", id="moment"),
        pytest.param(french.french_date(None), "", id="no-date"),
    ],
)
def test_printed_in_french(printed, expected):
    assert plain(printed) == expected


def test_spaces_do_not_break():
    assert french.euros(Decimal(1000)) == "1\u202f000\u00a0€"
    assert french.percent(Decimal("0.5")) == "50,0\u00a0%"
