"""The file of accounting entries, as the aged balance of the buyers. Every figure here was added up by hand."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.portfolio import fec_entries
from clients.portfolio.fec import XML_FORM, closing_date, find_columns, is_xml, read_fec
from clients.portfolio.open_items import EntryOptions
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import split_table

HEADER = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate"
    "|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)
CUT_OFF = date(2026, 12, 31)
ZERO = Decimal(0)


def line(journal, number, day, account, buyer="", debit="0,00", credit="0,00", let="", **other):
    """One of the 18-field lines. `buyer` is « C1 Dupont »: CompAuxNum and CompAuxLib."""
    code, _, name = buyer.partition(" ")
    said = {"JournalLib": "", "CompteLib": "Clients", "PieceDate": day, "EcritureLib": "Facture", **other}
    fields = {
        "JournalCode": journal,
        "EcritureNum": number,
        "EcritureDate": day,
        "CompteNum": account,
        "CompAuxNum": code,
        "CompAuxLib": name,
        "PieceRef": f"P{number}",
        "Debit": debit,
        "Credit": credit,
        "EcritureLet": let,
        "ValidDate": day,
        **said,
    }
    return "|".join(fields.get(name, "") for name in HEADER.split("|"))


def sale(number, day, buyer, gross, net, let="", **other):
    """An invoice at any VAT: 411 to 707 and 44571."""
    return (
        line("VE", number, day, "411000", buyer, debit=gross, let=let, **other),
        line("VE", number, day, "707000", credit=net),
        line("VE", number, day, "445710", credit="999,99"),
    )


def payment(number, day, buyer, amount, let="", **other):
    return (
        line("BQ", number, day, "512000", debit=amount),
        line("BQ", number, day, "411000", buyer, credit=amount, let=let, **other),
    )


def read(*lines, header=HEADER, **options):
    records = split_table("\n".join([header, *lines]))[1]
    return read_fec(records, EntryOptions(**{"cut_off": CUT_OFF, **options}))


def only_row(*lines, **options):
    (row,) = read(*lines, **options).rows
    return row


def test_a_year_of_one_buyer():
    aged = read(
        *sale("1", "20260115", "C1 Dupont", "1200,00", "1000,00", let="A"),
        *payment("2", "20260310", "C1 Dupont", "1200,00", let="A"),
        *sale("3", "20260905", "C1 Dupont", "2400,00", "2000,00"),
        *sale("4", "20261215", "C1 Dupont", "600,00", "500,00"),
    )
    (row,) = aged.rows
    assert (row.line, row.account, row.name) == (2, "C1", "Dupont")
    assert row.merged_lines == (6, 7, 10)
    # 2 400 of 05/09 is due on 04/11 (60 days): 57 days overdue on 31/12. 600 of 15/12 is due in February.
    assert row.outstanding == Decimal("3000.00")
    assert aged.ageing_from == (0, 1, 31, 61, 91)
    assert row.ageing == (600, 0, 2400, 0, 0)
    assert row.peak == 3000  # on 15/12; 1 200 had been paid
    assert row.turnover == 3500
    assert row.warnings == ("Sans identifiant : à compléter avant d’interroger les assureurs.",)
    assert aged.cut_off == CUT_OFF
    assert aged.columns["outstanding"] == "Debit + Credit"
    assert "Un FEC n’a pas d’échéances : elles sont estimées à 60 jours de la date de pièce." in aged.notices
    assert "Lignes d’autres comptes, qui ne concernent pas les clients : 4." in aged.notices  # 3 × 44571 and 512


def test_other_terms_and_the_piece_date_age_the_debt():
    entry = line("VE", "1", "20261001", "411000", "C1 Dupont", debit="100,00", PieceDate="20260901")
    assert only_row(entry, terms_days=30).ageing == (0, 0, 0, 0, 100)  # due 01/10, 91 days
    assert only_row(entry, terms_days=60).ageing == (0, 0, 0, 100, 0)  # due 31/10, 61 days
    assert only_row(entry, terms_days=90).ageing == (0, 0, 100, 0, 0)  # due 30/11, 31 days
    assert only_row(entry, terms_days=121).ageing == (100, 0, 0, 0, 0)  # due on the cut-off itself


@pytest.mark.parametrize(
    "header, row, balance",
    [
        pytest.param(HEADER.replace("|", "\t"), None, 100, id="tabulations"),
        pytest.param(HEADER.upper(), None, 100, id="upper case"),
        pytest.param(HEADER.replace("Debit", "Débit").replace("Credit", "Crédit"), None, 100, id="accents, as in BNC"),
        pytest.param(HEADER + "|DateRglt|ModeRglt|NatOp", "|||", 100, id="BA, 21 fields"),
        pytest.param(HEADER + "|DateRglt|ModeRglt|NatOp|IdClient", "||||", 100, id="BNC, 22 fields"),
        pytest.param(HEADER + "|CodeAnalytique", "|AX", 100, id="a column added"),
        pytest.param(HEADER + "|", "|", 100, id="a separator after the last field"),
    ],
)
def test_variants_of_the_header(header, row, balance):
    entry = line("VE", "1", "20261001", "411000", "C1 Dupont", debit="100,00") + (row or "")
    if "\t" in header:
        entry = entry.replace("|", "\t")
    assert only_row(entry, header=header).outstanding == balance


def test_columns_in_another_order():
    header = (
        "CompAuxLib|Credit|Debit|CompAuxNum|CompteNum|EcritureDate|EcritureNum|JournalCode|PieceDate|PieceRef"
        "|EcritureLib"
    )
    row = only_row("Dupont|40,00|100,00|C1|411000|20261001|1|VE|20261001|F1|Facture", header=header)
    assert (row.name, row.account, row.outstanding) == ("Dupont", "C1", 60)


@pytest.mark.parametrize(
    "debit_side, credit_side",
    [("D", "C"), ("d", "c"), ("+1", "-1"), ("1", "-1"), ("Débit", "Crédit")],
)
def test_amount_and_side(debit_side, credit_side):
    header = HEADER.replace("Debit|Credit", "Montant|Sens")
    row = only_row(
        line("VE", "1", "20261001", "411000", "C1 Dupont", debit="100,00", credit=debit_side),
        line("BQ", "2", "20261101", "411000", "C1 Dupont", debit="30,00", credit=credit_side),
        header=header,
    )
    assert (row.outstanding, row.peak) == (70, 100)


def test_a_side_that_is_none_is_rejected():
    header = HEADER.replace("Debit|Credit", "Montant|Sens")
    aged = read(
        line("VE", "1", "20261001", "411000", "C1 Dupont", debit="100,00", credit="D"),
        line("VE", "2", "20261001", "411000", "C1 Dupont", debit="100,00", credit="X"),
        header=header,
    )
    assert aged.rejected[0][:2] == (3, "Sens « x » : attendu D ou C, +1 ou -1.")


@pytest.mark.parametrize(
    "debit, credit, balance",
    [
        pytest.param("1234,56", "0,00", "1234.56", id="the law"),
        pytest.param("1234,5", "", "1234.50", id="one decimal, and an empty cell"),
        pytest.param("1234", "0", "1234.00", id="no decimals"),
        pytest.param("-100,00", "0,00", "-100.00", id="sign first"),
        pytest.param("100,00-", "0,00", "-100.00", id="sign last"),
        pytest.param("0,00", "-100,00", "100.00", id="a negative credit"),
        pytest.param("1234.56", "0.00", "1234.56", id="points, against the law"),
        pytest.param("1 234,56", "0,00", "1234.56", id="thousands, against the law"),
        pytest.param("0,005", "0,00", "0.01", id="thousandths, half up"),
    ],
)
def test_numbers(debit, credit, balance):
    assert only_row(line("VE", "1", "20261001", "411", "C1 A", debit=debit, credit=credit)).outstanding == Decimal(
        balance
    )


def test_a_number_with_two_readings_is_asked_about_unless_its_column_tells():
    doubtful = line("VE", "1", "20261001", "411000", "C1 Dupont", debit="1.234")
    sure = line("VE", "2", "20261001", "411000", "C2 Garonnel", debit="10,00", credit="")
    aged = read(doubtful.replace("0,00", "0"), sure.replace("10,00", "10"))
    assert [row.name for row in aged.rows] == ["Garonnel"]
    assert "peut se lire de deux façons" in aged.rejected[0].reason
    aged = read(doubtful.replace("0,00", "0"), sure)
    assert [(row.name, row.outstanding) for row in aged.rows] == [("Dupont", 1234), ("Garonnel", 10)]


LETTERING = [
    pytest.param(("A", "A"), "100,00", 0, id="nets to zero"),
    pytest.param(("A", "B"), "100,00", 0, id="two codes, same sum: the credit pays the oldest"),
    pytest.param(("A", "A"), "60,00", 40, id="partial"),
    pytest.param(("a", "A"), "60,00", 40, id="case counts, the balance is the same"),
]


@pytest.mark.parametrize("codes, paid, balance", LETTERING)
def test_lettering_never_changes_the_balance(codes, paid, balance):
    row = only_row(
        *sale("1", "20260601", "C1 Dupont", "100,00", "83,33", let=codes[0]),
        *payment("2", "20260701", "C1 Dupont", paid, let=codes[1]),
    )
    assert (row.outstanding, sum(row.ageing)) == (balance, balance)


def test_a_lettered_payment_pays_its_own_invoice_and_not_the_oldest():
    lines = (
        *sale("1", "20260101", "C1 Dupont", "100,00", "83,33"),
        *sale("2", "20261101", "C1 Dupont", "100,00", "83,33", let="a"),
    )
    # November's is due on 31/12, January's is 303 days late.
    paid = only_row(*lines, *payment("3", "20261201", "C1 Dupont", "100,00", let="a"))
    assert paid.ageing == (0, 0, 0, 0, 100)
    other = only_row(*lines, *payment("3", "20261201", "C1 Dupont", "100,00", let="A"))
    assert other.ageing == (100, 0, 0, 0, 0)
    free = only_row(*lines, *payment("3", "20261201", "C1 Dupont", "100,00"))
    assert free.ageing == (100, 0, 0, 0, 0)
    assert (
        "100\u00a0€ de règlements ou d’avoirs non lettrés : imputés sur les factures les plus anciennes."
        in free.warnings
    )


def test_what_is_lettered_after_the_cut_off_is_still_open():
    lines = (
        *sale("1", "20260601", "C1 Dupont", "100,00", "83,33", let="A"),
        *payment("2", "20260701", "C1 Dupont", "100,00", let="A"),
    )
    assert only_row(*lines).outstanding == 0
    aged = read(*lines, cut_off=date(2026, 6, 30))
    assert aged.rows[0].outstanding == 100
    assert "Écritures de clients après le 30/06/2026, laissées de côté : 1." in aged.notices


def test_a_code_used_again_after_it_netted_to_zero():
    row = only_row(
        *sale("1", "20260101", "C1 Dupont", "100,00", "83,33", let="A"),
        *payment("2", "20260201", "C1 Dupont", "100,00", let="A"),
        *sale("3", "20261101", "C1 Dupont", "70,00", "58,33", let="A"),
    )
    assert row.ageing == (70, 0, 0, 0, 0)


def test_without_cut_off_the_last_entry_is():
    assert read(*sale("1", "20260601", "C1 A", "10,00", "8,33"), cut_off=None).cut_off == date(2026, 6, 1)


def test_the_peak_is_of_the_end_of_a_day_within_twelve_months():
    lines = (
        *sale("1", "20250601", "C1 Dupont", "9000,00", "7500,00"),
        *payment("2", "20251001", "C1 Dupont", "8000,00"),
        *sale("3", "20260301", "C1 Dupont", "500,00", "416,67"),
        *payment("4", "20260301", "C1 Dupont", "400,00"),
        *payment("5", "20260401", "C1 Dupont", "1000,00"),
    )
    row = only_row(*lines)
    assert (row.outstanding, row.peak) == (100, 1100)  # 1 000 on 31/12/2025, then 1 100 on the evening of 1 March
    assert row.turnover == Decimal("416.67")  # June 2025 is too long ago


def test_an_account_that_is_settled_and_asleep_is_no_buyer():
    aged = read(
        *sale("1", "20250601", "C1 Dupont", "9000,00", "7500,00"),
        *payment("2", "20251001", "C1 Dupont", "9000,00"),
        *sale("3", "20260301", "C2 Garonnel", "500,00", "416,67"),
    )
    assert [row.name for row in aged.rows] == ["Garonnel"]
    assert aged.ignored == ((2, "compte soldé et sans mouvement sur douze mois"),)


def test_bills_and_doubtful_debts_belong_to_the_balance():
    aged = read(
        line("VE", "1", "20260601", "411000", "C1 Dupont", debit="300,00", let="A"),
        line("EF", "2", "20260701", "411000", "C1 Dupont", credit="200,00", let="A"),
        line("EF", "2", "20260701", "413000", "C1 Dupont", debit="200,00", let="A"),
        line("OD", "3", "20260901", "416000", "C1 Dupont", debit="100,00"),
        line("OD", "3", "20260901", "411000", "C1 Dupont", credit="100,00", let="A"),
        line("OD", "3", "20260801", "491000", "C1 Dupont", credit="50,00"),
        line("OD", "3", "20260801", "419100", "C1 Dupont", credit="70,00"),
    )
    (row,) = aged.rows
    # The bill is due on 30/08, 123 days before the cut-off; the doubtful debt on 31/10, 61 days.
    assert (row.outstanding, row.ageing) == (300, (0, 0, 0, 100, 200))
    assert "Dont 100\u00a0€ en créances douteuses (compte 416)." in row.warnings


@pytest.mark.parametrize(
    "carried",
    [
        pytest.param({"journal": "AN"}, id="journal AN"),
        pytest.param({"journal": "OD", "JournalLib": "À nouveaux"}, id="journal named À nouveaux"),
        pytest.param({"journal": "RAN"}, id="journal RAN"),
        pytest.param({"journal": "OD", "EcritureLib": "Report à nouveau"}, id="label"),
        pytest.param({"journal": "OD", "EcritureLib": "Reprise solde DUPONT"}, id="label of a change of software"),
    ],
)
def test_opening_balances_are_flagged_and_are_no_sales(carried):
    journal = carried["journal"]
    other = {name: value for name, value in carried.items() if name != "journal"}
    row = only_row(line(journal, "1", "20260101", "411000", "C1 Dupont", debit="500,00", **other))
    assert (row.outstanding, row.peak, row.turnover) == (500, 500, 0)
    assert "Reprise d’un exercice antérieur : la date d’origine est perdue, le retard est un minimum." in row.warnings


def test_an_opening_balance_that_was_paid_since_is_not_flagged():
    row = only_row(
        line("AN", "1", "20260101", "411000", "C1 Dupont", debit="500,00", let="A"),
        *payment("2", "20260201", "C1 Dupont", "500,00", let="A"),
        *sale("3", "20261201", "C1 Dupont", "120,00", "100,00"),
    )
    assert (row.outstanding, row.turnover, len(row.warnings)) == (120, 100, 1)


def test_a_column_of_due_dates_is_believed():
    header = HEADER + "|DateEcheance"
    entries = (
        line("VE", "1", "20261001", "411000", "C1 Dupont", debit="100,00") + "|20261031",
        line("VE", "2", "20261101", "411000", "C1 Dupont", debit="300,00") + "|20270130",
    )
    aged = read(*entries, header=header)
    (row,) = aged.rows
    assert row.ageing == (300, 0, 0, 100, 0)  # 61 days after 31/10
    assert row.terms_days == 75  # (30 days × 100 + 90 days × 300) ÷ 400
    assert not any("estimées" in notice for notice in aged.notices)


def test_who_the_buyer_is_without_auxiliary_account():
    def entry(number, account, label, **other):
        return line("VE", number, "20261201", account, debit="10,00", CompteLib=label, **other)

    aged = read(
        entry("1", "411DUPONT", "Dupont SARL"),
        entry("2", "4110007", "Garonnel"),
        entry("3", "41100012", ""),
        entry("4", "411000", "Clients", CompAuxLib="Ferroval"),
        entry("5", "411000", "Clients divers"),
        entry("6", "411000", "Clients divers"),
        line("OD", "7", "20261201", "416DUPONT", debit="5,00", CompteLib="Dupont douteux"),
    )
    assert [(row.account, row.name, row.outstanding) for row in aged.rows] == [
        ("411DUPONT", "Dupont SARL", 15),
        ("4110007", "Garonnel", 10),
        ("41100012", "41100012", 10),
        ("Ferroval", "Ferroval", 10),
    ]
    (rejected,) = aged.rejected
    assert rejected.line == 6
    assert rejected.reason.startswith("20\u00a0€ au compte 411000 « Clients divers » sans compte auxiliaire")


@pytest.mark.parametrize(
    "lines, sentence",
    [
        pytest.param((line("VE", "1", "20261201", "411000", debit="10,00"),), "ne dit pas quels sont", id="nobody"),
        pytest.param((line("BQ", "1", "20261201", "512000", debit="10,00"),), "n’a aucune écriture", id="no 411"),
        pytest.param((), "n’a aucune écriture", id="header alone"),
        pytest.param((line("VE", "1", "bof", "411000", "C1 A", debit="10,00"),), "Ligne 2 : « bof »", id="unreadable"),
    ],
)
def test_files_without_buyers(lines, sentence):
    with pytest.raises(UnreadablePortfolio, match=sentence):
        read(*lines)


def test_a_file_that_is_no_fec():
    with pytest.raises(UnreadablePortfolio, match="sa première ligne nomme les 18 champs"):
        read_fec([(1, ["Nom", "SIREN", "Encours"])])
    assert find_columns(["Nom", "Debit", "Credit", "Journal"]) is None


def test_lines_that_cannot_be_read_are_listed_and_their_buyer_is_warned():
    aged = read(
        *sale("1", "20260601", "C1 Dupont", "100,00", "83,33"),
        line("VE", "2", "20260231", "411000", "C1 Dupont", debit="50,00"),
        line("VE", "3", "", "411000", "C1 Dupont", debit="50,00"),
        line("VE", "4", "20260601", "411000", "C1 Dupont", debit="cent"),
        line("VE", "5", "20260601", "411000", "C1 Dupont", debit="50,00", EcritureLib="Facture 5|12,00"),
        "VE||6|20260601|411000|Clients|C1|Dupont|P6|20260601|Facture|25,00",
        "",
        "||||||",
    )
    assert [(rejected.line, rejected.reason) for rejected in aged.rejected] == [
        (5, "« 20260231 » n’est pas une date."),
        (6, "La date de l’écriture manque."),
        (7, "« cent » n’est pas un nombre."),
        (8, "Plus de cellules que de colonnes : un séparateur se trouve dans un texte."),
    ]
    assert aged.rejected[0].cells[:4] == ("VE", "", "2", "20260231")
    (row,) = aged.rows
    assert row.outstanding == 125  # a short line that ends before the credit is whole
    assert "La ligne 5 n’a pas pu être lue : le solde est incomplet." in row.warnings
    assert (10, "ligne vide") in aged.ignored


def test_sales_of_an_entry_with_several_buyers_are_shared():
    aged = read(
        line("VE", "1", "20260601", "411000", "C1 A", debit="100,00"),
        line("VE", "1", "20260601", "411000", "C2 B", debit="200,00"),
        line("VE", "1", "20260601", "701000", credit="150,00"),
        line("VE", "1", "20260601", "708500", credit="100,01"),
    )
    assert [row.turnover for row in aged.rows] == [Decimal("83.33"), Decimal("166.68")]  # 250.01 ÷ 3, the rest last


def test_credit_notes_lower_the_sales_and_returned_payments_do_not_raise_them():
    row = only_row(
        *sale("1", "20260601", "C1 A", "1200,00", "1000,00"),
        line("VE", "2", "20260701", "411000", "C1 A", credit="240,00"),
        line("VE", "2", "20260701", "709000", debit="200,00"),
        line("BQ", "3", "20260801", "411000", "C1 A", debit="700,00"),
        line("BQ", "3", "20260801", "512000", credit="700,00"),
    )
    assert (row.turnover, row.outstanding) == (800, 1660)


def test_sales_of_a_file_sorted_by_account_are_estimated_from_debits():
    aged = read(
        line("VE", "1", "20260601", "411000", "C1 A", debit="1200,00"),
        line("VE", "2", "20260701", "411000", "C1 A", debit="600,00"),
        line("VE", "1", "20260601", "707000", credit="1000,00"),
        line("VE", "2", "20260701", "707000", credit="500,00"),
    )
    assert aged.rows[0].turnover == Decimal("1500.00")
    assert "Le chiffre d’affaires HT est estimé à partir des débits TTC, avec 20\u00a0% de TVA." in aged.notices


def test_a_credit_balance_is_negative_and_not_due():
    row = only_row(*payment("1", "20260601", "C1 A", "80,00"))
    assert (row.outstanding, row.ageing, row.peak) == (-80, (-80, 0, 0, 0, 0), 0)
    assert row.warnings[-1] == "Encours négatif : solde créditeur, l’acheteur n’est pas interrogé."


def test_buyers_are_recognised_by_their_names():
    aged = read(
        *sale("1", "20261201", "C1 Mairie de Lyon", "10,00", "8,33"),
        *sale("2", "20261201", "C2 Mme Durand", "10,00", "8,33"),
    )
    assert [row.set_aside for row in aged.rows] == ["public_body", "private_person"]


def test_a_shorter_history_is_said():
    aged = read(*sale("1", "20260601", "C1 A", "10,00", "8,33"))
    assert any(notice.startswith("Les écritures commencent le 01/06/2026") for notice in aged.notices)


@pytest.mark.parametrize(
    "filename, day",
    [
        ("552008443FEC20261231.txt", date(2026, 12, 31)),
        ("552008443fec20260630.TXT", date(2026, 6, 30)),
        ("FEC2026.txt", None),
        ("552008443FEC20261301.txt", None),
    ],
)
def test_the_closing_date_in_the_name(filename, day):
    assert closing_date(filename) == day


def test_the_xml_form_is_known_and_refused():
    assert is_xml(b'<?xml version="1.0" encoding="utf-8"?><comptabilite><exercice>')
    assert is_xml('<?xml version="1.0"?><comptabilite>'.encode("utf-16"))
    assert not is_xml(b"<html><table>") and not is_xml(HEADER.encode())
    assert "demandez au comptable le FEC en texte" in XML_FORM


def test_too_many_lines(monkeypatch):
    monkeypatch.setattr(fec_entries, "MAX_ENTRIES", 3)
    entries = [line("VE", str(number), "20261201", "411000", "C1 A", debit="1,00") for number in range(4)]
    assert read(*entries[:3]).rows[0].outstanding == 3
    with pytest.raises(UnreadablePortfolio, match="dépasse 1 000 000 de lignes"):
        read(*entries)


MOVES = st.tuples(
    st.sampled_from(("C1 A", "C2 B")),
    st.dates(date(2025, 6, 1), date(2027, 2, 1)),
    st.integers(-100_000, 100_000),
    st.sampled_from(("", "A", "a", "B")),
)


@given(st.lists(MOVES, max_size=30))
def test_nothing_is_lost(moves):
    """Whatever the lettering, each buyer's ageing adds up to its balance, which is the sum of its entries."""
    expected = {"A": ZERO, "B": ZERO}
    lines = []
    for number, (buyer, day, cents, let) in enumerate(moves):
        amount = f"{abs(cents) // 100},{abs(cents) % 100:02d}"
        side = {"debit": amount} if cents > 0 else {"credit": amount}
        lines.append(line("OD", str(number), f"{day:%Y%m%d}", "411000", buyer, let=let, **side))
        if day <= CUT_OFF:
            expected[buyer[-1]] += Decimal(cents) / 100
    found = {"A": ZERO, "B": ZERO}
    try:
        rows = read(*lines).rows
    except UnreadablePortfolio:
        rows = ()
    for row in rows:
        found[row.name] = row.outstanding
        assert sum(row.ageing) == row.outstanding
        assert row.peak >= max(row.outstanding, 0)
    assert found == expected


_MANY_LINES = """
from clients.portfolio.fec import read_fec
header = {header!r}.split("|")
def records():
    yield 1, list(header)
    for number in range(2, 240_002):
        day, let = f"2026{{number % 12 + 1:02d}}{{number % 28 + 1:02d}}", "ABCDEFGHIJ"[number % 10] + str(number)
        buyer = f"C{{number % 20_000}}"
        yield number, ["VE", "Ventes", str(number), day, "411000", "Clients", buyer, "Client " + buyer, f"F{{number}}",
            day, f"Facture {{number}}", f"{{number}},50", "0,00", let, "", day, "", ""]
aged = read_fec(records())
# Its own peak: ru_maxrss would begin with that of the process which started this one.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(len(aged.rows), sum(row.outstanding for row in aged.rows), peak)
"""


def test_memory_grows_with_the_buyers():
    """240 000 lines of 20 000 buyers, each with a lettering that never nets to zero: the worst case."""
    child = subprocess.run(
        [sys.executable, "-c", _MANY_LINES.format(header=HEADER)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    buyers, total, kilobytes = child.stdout.split()
    assert (int(buyers), Decimal(total)) == (20_000, Decimal("28800480000.00"))
    assert int(kilobytes) < 300_000
