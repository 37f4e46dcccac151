from decimal import Decimal

from clients.portfolio.reader import read_portfolio
from clients.portfolio.selection import amount_needed, reason_not_to_ask, vat_rate_by_country
from factortaboite.demo.buyers import DEMO_BUYERS
from factortaboite.demo.portfolio import PORTFOLIO_PATH, portfolio_csv


def test_the_demo_file_is_what_its_buyers_say():
    content = PORTFOLIO_PATH.read_bytes()
    assert content == portfolio_csv()
    text = content.decode("cp1252")
    assert "31/10/2026" in text
    assert "Total général;;;;6 205 000,00;;1 378 000,00;" in text
    assert text.count("\r\n") == text.count("\n") == 26
    assert "ivers clients" not in text


def test_the_demo_list_is_read_whole():
    reading = read_portfolio(PORTFOLIO_PATH.read_bytes(), PORTFOLIO_PATH.name)
    assert (reading.encoding, reading.separator) == ("cp1252", ";")
    assert reading.columns == {
        "name": "Intitulé",
        "siren": "SIREN",
        "country": "Pays",
        "peak": "Encours maximum TTC",
        "turnover": "CA HT 12 mois",
        "terms_days": "Délai (jours)",
        "note": "Observations",
    }
    assert reading.rejected == ()
    assert [ignored.line for ignored in reading.ignored] == [1, 2, 3, 4, 26]
    assert [(row.id_type, row.id_value, row.country) for row in reading.rows] == [
        (buyer.id_type, buyer.id_value, buyer.country) for buyer in DEMO_BUYERS
    ]
    assert sum(row.peak for row in reading.rows) == 1_378_000
    merged = [row for row in reading.rows if row.merged_lines]
    assert [(row.name, row.line, row.merged_lines, row.peak, row.turnover) for row in merged] == [
        ("Serrurerie Ambrelin", 13, (23,), Decimal(60_000), Decimal(250_000))
    ]
    assert {row.name: row.set_aside for row in reading.rows if row.set_aside} == {
        "Commune Sainte-Orvaine": "public_body",
        "Menuiserie Crozelat": "collective_procedure",
    }


def test_the_demo_asks_seventeen_buyers_for_1_090_000():
    rows = read_portfolio(PORTFOLIO_PATH.read_bytes()).rows
    needed = [amount_needed(row, vat_rate=vat_rate_by_country(row)) for row in rows]
    asked = [None if reason_not_to_ask(row, amount) else amount for row, amount in zip(rows, needed, strict=True)]
    assert (len(asked) - asked.count(None), sum(filter(None, asked))) == (17, 1_090_000)
    assert asked == [buyer.asked for buyer in DEMO_BUYERS]


def test_the_answers_add_up_to_the_story():
    totals = {insurer: sum(buyer.answers.get(insurer) or 0 for buyer in DEMO_BUYERS) for insurer in "ABC"}
    assert totals == {"A": 550_000, "B": 990_000, "C": 795_000}
    silent = [(buyer.name, key) for buyer in DEMO_BUYERS for key, granted in buyer.answers.items() if granted is None]
    assert silent == [("Jardins Peltrac", "C")]
