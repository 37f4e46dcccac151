from datetime import date
from decimal import Decimal

import pytest

from clients.portfolio.buckets import find_ageing

CUT_OFF = date(2026, 10, 31)


@pytest.mark.parametrize(
    "headers, first_days",
    [
        pytest.param("Non échu;1-30;31-60;61-90;> 90", [0, 1, 31, 61, 91], id="classic"),
        pytest.param(
            "Non échu;1 à 30 jours;31 à 60 jours;61 à 90 jours;91 à 120 jours;+ de 120 jours",
            [0, 1, 31, 61, 91, 121],
            id="classic to 120",
        ),
        pytest.param("0-30;31-60;61-90;+90", [1, 31, 61, 91], id="overdue only"),
        pytest.param("Non échu;1–30;31–45;46–60;> 61", [0, 1, 31, 46, 61], id="Sage 100, where > 61 begins on day 61"),
        pytest.param("0–30 j;31–60 j;61–90 j;91–180 j;> 180 j", [1, 31, 61, 91, 181], id="long"),
        pytest.param("À échoir;30 jours;60 jours;90 jours;90 jours et plus", [0, 1, 31, 61, 91], id="last days only"),
        pytest.param("Non échu;Échu 30 j;Échu 60 j;Échu +90 j", [0, 1, 31, 91], id="last days with a word before"),
        pytest.param("Non échu;< 30 j;30 à 60 j;60 à 90 j;> 90 j", [0, 1, 30, 60, 91], id="bounds that touch"),
        pytest.param("Courant;<= 30;> 30;> 60;> 90", [0, 1, 31, 61, 91], id="signs"),
        pytest.param("Not due;1-30 days;31-60 days;Over 60 days", [0, 1, 31, 61], id="English"),
        pytest.param("Non échu;Échu", [0, 1], id="two columns"),
        pytest.param("Dont échu;Dont non échu", [1, 0], id="two columns, parts of a total"),
        pytest.param("À échoir;0-30 jours;31-60 jours;60+ jours", [0, 1, 31, 61], id="the sign before the word"),
        pytest.param("Solde non échu TTC;Montant 1-30 (€);Montant 31-60 (€)", [0, 1, 31], id="units and words around"),
        pytest.param("À échoir 0-30 j;À échoir > 30 j;Échu 1-30 j;Échu > 30 j", [0, 0, 1, 31], id="parts of not due"),
        pytest.param("Non échu;61-90;1-30;> 90;31-60", [0, 61, 1, 91, 31], id="in any order"),
        pytest.param("Antérieur;61-90;31-60;1-30;Non échu", [91, 61, 31, 1, 0], id="older than all"),
        pytest.param("10/2026;09/2026;08/2026;Antérieur", [1, 31, 61, 92], id="LDCompta: months going back"),
        pytest.param("10/2026;09/2026;08/2026 et antérieurs", [1, 31, 61], id="months, the oldest pooled in the last"),
        pytest.param("oct. 2026;sept. 2026;avant sept. 2026", [1, 31, 61], id="months, the oldest pooled before one"),
        pytest.param("oct. 2026;sept. 2026;août 2026", [1, 31, 61], id="months in short"),
        pytest.param("Octobre;Septembre;Novembre", [1, 31, 335], id="months without year are the last of that name"),
        pytest.param("M;M-1;M-2", [1, 31, 61], id="months counted back"),
        pytest.param("Antérieur;09/2026;10/2026;11/2026;Postérieur", [61, 31, 1, 0, 0], id="DailyBiz: months"),
        pytest.param("T1 2026;T2 2026;T3 2026", [214, 123, 31], id="DailyBiz: quarters"),
        pytest.param("S40 2026;S41 2026;S42 2026;S43 2026", [27, 20, 13, 6], id="DailyBiz: weeks"),
        pytest.param("du 01/10/2026 au 15/10/2026;du 16/10/2026 au 31/10/2026", [16, 1], id="DailyBiz: fortnights"),
    ],
)
def test_the_first_day_of_each_column(headers, first_days):
    ageing = find_ageing(headers.split(";"), CUT_OFF)
    assert list(ageing.columns.values()) == first_days
    assert list(ageing.columns) == list(range(len(first_days)))
    assert ageing.notices == ()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param("Compte;Nom;SIREN;Encours;CA 2026", id="no ageing"),
        pytest.param("Nom;Délai 30 jours;Solde", id="terms"),
        pytest.param("Nom;Mail;Marseille;Marge;Solde", id="words that begin like months"),
        pytest.param("Nom;> 90 j;Solde", id="one column splits nothing"),
        pytest.param("", id="empty"),
    ],
)
def test_columns_that_are_no_ageing(headers):
    assert find_ageing(headers.split(";"), CUT_OFF) is None


def test_totals_stay_out():
    ageing = find_ageing(["Client", "Total TTC", "Non échu", "1-30", "> 30", "Total échu", "Ville"])
    assert (ageing.columns, ageing.total) == ({2: 0, 3: 1, 4: 31}, 1)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        pytest.param("En cours", {1: 0, 2: 1, 3: 31}, id="QuickBooks"),
        pytest.param("Au 31/10/2026", {1: 0, 2: 1, 3: 31}, id="Odoo"),
        pytest.param("À la date", {1: 0, 2: 1, 3: 31}, id="Odoo, in words"),
        pytest.param("Ville", {2: 1, 3: 31}, id="something else"),
    ],
)
def test_what_is_not_due_has_other_names_beside_a_total(header, columns):
    assert find_ageing(["Client", header, "1 - 30", "31 et plus", "Total"]).columns == columns
    assert find_ageing(["Client", header, "1 - 30", "31 et plus"]).columns == {2: 1, 3: 31}, "it may be the total"
    assert find_ageing(["Client", header, "Non échu", "> 0", "Total"]).columns == {2: 0, 3: 1}


def test_one_buyer_is_split_by_age():
    ageing = find_ageing(["Nom", "À échoir 0-30 j", "À échoir > 30 j", "> 30", "1-30"])
    assert ageing.first_days == (0, 1, 31)
    amounts = {1: Decimal("10.50"), 2: Decimal(5), 3: Decimal(-2), 4: None}
    assert ageing.split(amounts) == (Decimal("15.50"), Decimal(0), Decimal(-2))


def test_the_current_month_before_its_end_is_not_due():
    ageing = find_ageing(["09/2026", "10/2026"], date(2026, 10, 15))
    assert ageing.columns == {0: 15, 1: 0}
    assert "mêle des factures échues et d’autres à échoir" in ageing.notices[0]


def test_months_without_cut_off_end_with_the_last_one():
    ageing = find_ageing(["08/2026", "09/2026"])
    assert ageing.columns == {0: 30, 1: 1}
    assert "au 30/09/2026" in ageing.notices[0]


@pytest.mark.parametrize(
    "header, first_day",
    [("Non échu", 0), ("0-30", 1), ("31 à 60 jours", 31), ("> 90 j", 91), ("60 jours", 1)],
)
def test_one_column_beside_what_is_not_due(header, first_day):
    assert find_ageing(["Non échu", header]).columns == {0: 0, 1: first_day}


@pytest.mark.parametrize("header", ["de a " * 11 + "x", "a" * 5000])
def test_a_hostile_header_is_read_in_no_time(header):
    assert find_ageing(["Non échu", header]) is None
