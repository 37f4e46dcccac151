from datetime import date

import pytest

from clients.portfolio.choices import Told
from clients.portfolio.fec_text import fec_records
from clients.portfolio.forms import open_fec
from clients.portfolio.reading import UnreadablePortfolio, collect
from tests.files.traps_of_lists import FEC, INVOICE, LATER, SALE, fec


@pytest.mark.parametrize(
    "content, encoding, separator",
    [
        pytest.param(fec(INVOICE, encoding="utf-8"), "utf-8", "|", id="UTF-8"),
        pytest.param(fec(INVOICE, encoding="utf-8-sig"), "utf-8-sig", "|", id="UTF-8 with its mark"),
        pytest.param(fec(INVOICE, encoding="iso-8859-15"), "iso-8859-15", "|", id="ISO-8859-15, as the law says"),
        pytest.param(fec(INVOICE, encoding="cp1252"), "cp1252", "|", id="cp1252, as it happens"),
        pytest.param(fec(INVOICE, encoding="utf-16"), "utf-16", "|", id="UTF-16"),
        pytest.param(fec(INVOICE, separator="\t"), "utf-8", "\t", id="tabulations"),
        pytest.param(fec(INVOICE, separator=";"), "utf-8", ";", id="semicolons"),
        pytest.param(fec(INVOICE, end="\r"), "utf-8", "|", id="CR alone"),
        pytest.param(fec(INVOICE, end="\n"), "utf-8", "|", id="LF alone"),
        pytest.param(fec(INVOICE).replace(b"|", b'"|"'), "utf-8", "|", id="cells between quotes"),
        pytest.param(fec(INVOICE).replace(b"|", b" | "), "utf-8", "|", id="padded cells"),
    ],
)
def test_a_fec_in_any_clothes(content, encoding, separator):
    reader = open_fec(content, Told("552008443FEC20261231.txt"))
    reading = collect(reader)
    assert (reading.encoding, reading.separator) == (encoding, separator)
    assert [(row.line, row.name, row.outstanding) for row in reading.rows] == [
        (2, "Étienne Cœur", 1200),
        (3, "Norvik", 60),
    ]


def test_the_legal_name_says_the_cut_off():
    content = fec(INVOICE, SALE)
    assert open_fec(content, Told("export.txt")).aged.cut_off == date(2026, 12, 31)
    earlier = open_fec(content, Told("552008443FEC20260630.txt"))
    assert [row.name for row in collect(earlier).rows] == ["Étienne Cœur"]
    assert any("laissées de côté : 1" in notice for notice in earlier.reading.notices)


def test_the_xml_form_is_refused_with_what_to_ask_for():
    with pytest.raises(UnreadablePortfolio, match="FEC au format XML : demandez au comptable le FEC en texte"):
        open_fec(b'<?xml version="1.0"?>\n<comptabilite><exercice>')


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"<html>Compte",
        "Compte;Solde\n411;1".encode("utf-16"),
        b"Nom;SIREN;Encours\nA;552008443;1",
        b"PK\x03\x04\x00\x00",
        b"PK compte" + bytes(range(32)),
        b"\xff\xfe",
    ],
)
def test_files_that_are_no_fec(content):
    assert open_fec(content) is None


def test_lines_are_those_of_the_file():
    records = fec_records(f"{FEC}\n\n{LATER}\nVE|\n".encode()).records
    assert [(line, len(cells)) for line, cells in records] == [(1, 18), (2, 1), (3, 18), (4, 2)]
