from decimal import Decimal

import pytest

from clients.portfolio.reader import Row
from clients.portfolio.selection import NOT_ASKED, amount_needed, reason_not_to_ask, vat_rate_by_country

VAT = Decimal("0.20")
BUYER = Row(line=1, name="Dupont", id_type="siren", id_value="552008443")


def euros(text):
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    "balance, peak, turnover, days, expected",
    [
        pytest.param("36000", None, None, None, "30000", id="balance-ttc-to-ht"),
        pytest.param("36000", "72000", None, None, "60000", id="peak-above-balance"),
        pytest.param("96000", "72000", None, None, "80000", id="balance-above-peak"),
        # 900 000 HT × 60 ÷ 360 = 150 000 HT, which is 180 000 TTC: above a balance of 170 000 TTC
        pytest.param("170000", None, "900000", 60, "150000", id="turnover-and-terms-above-balance"),
        # 1 500 000 × 60 ÷ 360 = 250 000 HT, below 360 000 TTC = 300 000 HT
        pytest.param(None, "360000", "1500000", 60, "300000", id="peak-above-turnover-and-terms"),
        pytest.param(None, None, "130000", 45, "17000", id="16-250-rounded-up"),
        pytest.param(None, None, "900000", 60, "150000", id="turnover-and-terms-exactly"),
        # 900 001 × 60 ÷ 360 = 150 000.17; a year of 361 days would leave 149 585
        pytest.param(None, None, "900001", 60, "151000", id="one-euro-more-is-a-thousand-more"),
        pytest.param("36000.01", None, None, None, "31000", id="one-cent-more-is-a-thousand-more"),
        pytest.param(None, None, "130000", None, None, id="turnover-without-terms-says-nothing"),
        pytest.param(None, None, "130000", 0, None, id="cash"),
        pytest.param("0", None, None, None, None, id="nothing-owed"),
        pytest.param(None, None, None, None, None, id="nothing-known"),
    ],
)
def test_amount_needed(balance, peak, turnover, days, expected):
    buyer = BUYER._replace(outstanding=euros(balance), peak=euros(peak), turnover=euros(turnover), terms_days=days)
    assert amount_needed(buyer, vat_rate=VAT) == euros(expected)


def test_a_requested_amount_is_taken_as_written():
    buyer = BUYER._replace(peak=Decimal(360_000), requested=Decimal("12345.67"))
    assert amount_needed(buyer, vat_rate=VAT) == Decimal("12345.67")
    assert amount_needed(buyer._replace(requested=Decimal(0)), vat_rate=VAT) is None


def test_a_season_stretches_the_turnover_only():
    buyer = BUYER._replace(outstanding=Decimal(60_000), turnover=Decimal(240_000), terms_days=60)
    assert amount_needed(buyer, vat_rate=VAT) == 50_000
    # 240 000 × 60 ÷ 360 × 1.5 = 60 000
    assert amount_needed(buyer, vat_rate=VAT, season=Decimal("1.5")) == 60_000


@pytest.mark.parametrize(("country", "amount"), [("FR", 50_000), ("MC", 50_000), ("DE", 60_000)])
def test_vat_follows_the_country(country, amount):
    buyer = BUYER._replace(country=country, peak=Decimal(60_000))
    assert amount_needed(buyer, vat_rate=vat_rate_by_country(buyer)) == amount


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"set_aside": "public_body"}, "public_body"),
        ({"set_aside": "collective_procedure"}, "collective_procedure"),
        ({"set_aside": "private_person"}, "private_person"),
        ({"set_aside": "related_company"}, "related_company"),
        ({"outstanding": Decimal("-0.01")}, "credit_balance"),
        ({"id_type": "", "id_value": ""}, "no_identifier"),
        ({"peak": None}, "no_amount"),
        ({"peak": Decimal(6_000)}, "below_discretionary_limit"),
    ],
)
def test_buyers_that_are_not_asked(change, reason):
    buyer = BUYER._replace(peak=Decimal(60_000))
    limit = Decimal(5_000)
    assert reason_not_to_ask(buyer, amount_needed(buyer, vat_rate=VAT), limit) == ""
    changed = buyer._replace(**change)
    assert reason_not_to_ask(changed, amount_needed(changed, vat_rate=VAT), limit) == reason
    assert reason in NOT_ASKED


@pytest.mark.parametrize("outstanding", ["0", "0.50"])
def test_who_owes_next_to_nothing_today_is_asked_for_the_peak(outstanding):
    buyer = BUYER._replace(outstanding=Decimal(outstanding), peak=Decimal(60_000))
    assert reason_not_to_ask(buyer, amount_needed(buyer, vat_rate=VAT)) == ""


def test_a_need_just_above_the_discretionary_limit_is_asked():
    assert reason_not_to_ask(BUYER, Decimal("5000.01"), Decimal(5_000)) == ""
