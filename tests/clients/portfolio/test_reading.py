import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.portfolio.reader import Ignored, Reading, Rejected, Row, from_json, to_json

READING = Reading(
    encoding="cp1252",
    separator=";",
    sheet="",
    columns={"name": "Intitulé", "outstanding": "Encours"},
    rows=(
        Row(
            line=5,
            name="Étoile",
            id_type="siren",
            id_value="000100016",
            outstanding=Decimal("12500.505"),
            turnover=Decimal("1E+3"),
            terms_days=60,
            warnings=("Attention.",),
            merged_lines=(9, 12),
        ),
    ),
    rejected=(Rejected(6, "SIREN 1 : faux.", ("Mauvais", "1")),),
    ignored=(Ignored(1, "titre"),),
    headers=("Intitulé", "Encours"),
    sheets=("A", "B"),
    notices=("Notice.",),
)


def test_a_reading_survives_json():
    assert from_json(json.loads(json.dumps(to_json(READING)))) == READING


def test_the_keys_of_the_json():
    data = to_json(READING)
    assert {"encoding", "separator", "sheet", "columns", "rows", "rejected", "ignored"} <= data.keys()
    (row,) = data["rows"]
    assert (row["line"], row["name"], row["id_type"], row["id_value"]) == (5, "Étoile", "siren", "000100016")
    assert (row["country"], row["outstanding"], row["requested"]) == ("FR", "12500.505", None)
    assert (row["turnover"], row["merged_lines"]) == ("1000.00", [9, 12])
    assert data["rejected"] == [{"line": 6, "reason": "SIREN 1 : faux.", "cells": ["Mauvais", "1"]}]
    assert data["ignored"] == [{"line": 1, "reason": "titre"}]


@pytest.mark.parametrize(
    "amount, text", [("50", "50.00"), ("50.5", "50.50"), ("-1.234", "-1.234"), ("0E+2", "0.00"), ("1E-5", "0.00001")]
)
def test_amounts_have_two_decimals_at_least_and_lose_none(amount, text):
    assert to_json(Reading("", "", "", {}, (Row(1, "", peak=Decimal(amount)),)))["rows"][0]["peak"] == text


@pytest.mark.parametrize(
    "columns, expected",
    [
        ({"outstanding": "Encours HT"}, True),
        ({"outstanding": "Encours (HT)", "peak": "Pointe ht"}, True),
        ({"outstanding": "Encours", "turnover": "CA HT"}, False),
        ({"outstanding": "Encours HT", "peak": "Pointe TTC"}, False),
        ({"requested": "Montant demandé HT"}, False),
    ],
)
def test_headers_may_say_that_balances_are_net(columns, expected):
    assert Reading("", "", "", columns, ()).balances_net is expected


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False))
def test_no_amount_changes_on_the_way(amount):
    reading = Reading("", "", "", {}, (Row(1, "", outstanding=amount),))
    assert from_json(json.loads(json.dumps(to_json(reading)))) == reading
