from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.portfolio.terms import parse_terms
from clients.portfolio.values import as_text, clean, decimal_separator, parse_amount, unit_said, words
from factortaboite.money import AmbiguousNumber, UnreadableNumber


@pytest.mark.parametrize(
    "cell, expected",
    [
        pytest.param("360 000,00", "360000", id="spaces"),
        pytest.param("360\u00a0000,00", "360000", id="no-break-space"),
        pytest.param("360\u202f000,00 €", "360000", id="narrow-no-break-space-and-euro"),
        pytest.param("360'000.00", "360000", id="apostrophe"),
        pytest.param("360.000,50", "360000.50", id="points-and-comma"),
        pytest.param("360,000.50", "360000.50", id="commas-and-point"),
        pytest.param("1.234.567", "1234567", id="two-points-are-thousands"),
        pytest.param("-12,5", "-12.5", id="minus-before"),
        pytest.param("12,50-", "-12.50", id="minus-after"),
        pytest.param("(12,50)", "-12.50", id="parentheses"),
        pytest.param("1 200,00 C", "-1200", id="credit"),
        pytest.param("1 200,00 D", "1200", id="debit"),
        pytest.param("500 EUR", "500", id="eur"),
        pytest.param("€ 500", "500", id="euro-before"),
        pytest.param("EUR 3 000,50", "3000.50", id="eur-before"),
        pytest.param("50 k€", "50000", id="k-euro"),
        pytest.param("50K", "50000", id="bare-k"),
        pytest.param("1,2 M€", "1200000", id="million"),
        pytest.param("-", "0", id="dash-is-zero"),
        pytest.param("- €", "0", id="accounting-dash-is-zero"),
        pytest.param(Decimal("0.30"), "0.3", id="number-of-a-workbook"),
    ],
)
def test_amounts(cell, expected):
    assert parse_amount(cell) == Decimal(expected)


@pytest.mark.parametrize("cell", ["", "NC", "n/a", "néant", "Inconnu"])
def test_cells_that_say_nothing(cell):
    assert parse_amount(cell) is None


@pytest.mark.parametrize(
    "cell, words_of_the_reason",
    [
        pytest.param("douze", "n’est pas un nombre", id="text"),
        pytest.param("12 000 $", "n’est pas un nombre", id="dollars"),
        pytest.param("#REF!", "erreur de calcul", id="spreadsheet-error"),
        pytest.param(date(2026, 10, 31), "31/10/2026 » est une date", id="date"),
        pytest.param("73282932000074", "trop grand", id="a-siret-is-no-amount"),
        pytest.param("12,34,56", "n’est pas un nombre", id="two-commas"),
    ],
)
def test_amounts_that_cannot_be_read(cell, words_of_the_reason):
    with pytest.raises(UnreadableNumber, match=words_of_the_reason):
        parse_amount(cell)


def test_three_digits_after_one_separator_have_two_readings_until_the_column_teaches():
    with pytest.raises(AmbiguousNumber):
        parse_amount("1.234")
    assert parse_amount("1.234", decimal_separator=",") == 1234
    assert parse_amount("1.234", decimal_separator=".") == Decimal("1.234")


@pytest.mark.parametrize(
    "cells, expected",
    [
        pytest.param(["1.234", "12,50"], ",", id="a-comma-with-two-decimals"),
        pytest.param(["1.234", "1.234,50"], ",", id="both-in-one-cell"),
        pytest.param(["1,234", "1,234.50"], ".", id="both-in-one-cell-english"),
        pytest.param(["1.234", "1.234.567"], ",", id="repeated-points-are-thousands"),
        pytest.param(["1.234", "0.500"], ".", id="a-leading-zero"),
        pytest.param(["1.234", "1234.567"], ".", id="four-digits-before"),
        pytest.param(["1.234", "9.876"], None, id="silent"),
        pytest.param(["12,50", "12.50"], None, id="contradictory"),
        pytest.param(["1 200", Decimal("1.5"), ""], None, id="numbers-and-blanks-teach-nothing"),
    ],
)
def test_decimal_separator_of_a_column(cells, expected):
    assert decimal_separator(cells) == expected


def test_a_cell_s_own_unit_wins_over_the_column_s():
    assert parse_amount("50", unit=1000) == 50_000
    assert parse_amount("50 k€", unit=1000) == 50_000
    assert parse_amount("50 000 €", unit=1000) == 50_000
    assert parse_amount(Decimal("1.5"), unit=1000) == 1500


@pytest.mark.parametrize(
    "header, expected",
    [
        ("Encours (k€)", 1000),
        ("CA K€", 1000),
        ("Solde KEUR", 1000),
        ("en milliers d'euros", 1000),
        ("CA (M€)", 1_000_000),
        ("Montant EUR", None),
        ("Stock euros", None),
        ("Encours maximum TTC", None),
    ],
)
def test_unit_said_by_a_header(header, expected):
    assert unit_said(header) == expected


@pytest.mark.parametrize(
    "cell, days",
    [
        ("60", 60),
        ("60,0", 60),
        (Decimal(45), 45),
        ("60 j", 60),
        ("60J FDM LE 10", 85),
        ("45 jours fin de mois", 60),
        ("fin de mois 45 jours", 60),
        ("30 j fin de mois le 15", 60),
        ("LCR 45FDM", 60),
        ("fin de mois", 15),
        ("30 jours date de facture", 30),
        ("Virement 30 j net", 30),
        ("2 mois", 60),
        ("Comptant", 0),
        ("à réception", 0),
        ("", None),
        ("NC", None),
    ],
)
def test_payment_terms(cell, days):
    assert parse_terms(cell) == days


@pytest.mark.parametrize("cell", ["31/10/2026", "500 jours", Decimal("12.5"), date(2026, 10, 31)])
def test_terms_that_are_no_number_of_days(cell):
    with pytest.raises(UnreadableNumber, match="n’est pas un délai"):
        parse_terms(cell)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Œuvre d’Étude", "oeuvre d etude"),
        ("  N° de  COMPTE ", "n de compte"),
        ("C.A. (H.T.)", "c a h t"),
        ("décision", "decision"),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_text_of_a_cell_is_one_clean_line():
    assert clean(" Dupont\r\n\u00a0 et\u202ffils\x00 ") == "Dupont et fils"
    assert as_text(Decimal("552008443")) == "552008443"
    assert as_text(date(2026, 10, 31)) == "31/10/2026"


@given(
    cents=st.integers(min_value=-(10**11), max_value=10**11),
    thousands=st.sampled_from(["", " ", "\u00a0", "\u202f", "'"]),
    suffix=st.sampled_from(["", " €", "\u00a0€", " EUR"]),
)
def test_whatever_french_export_writes_comes_back(cents, thousands, suffix):
    amount = Decimal(cents).scaleb(-2)
    written = f"{amount:,.2f}".replace(".", "§").replace(",", thousands).replace("§", ",") + suffix
    assert parse_amount(written) == amount
