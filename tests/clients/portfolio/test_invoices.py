"""Lists of invoices as the aged balance of the buyers. Figures added up by hand."""

from datetime import date
from decimal import Decimal

import pytest

from clients.portfolio.invoices import read_invoices
from clients.portfolio.open_items import EntryOptions
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import split_table

CUT_OFF = date(2026, 10, 31)


def read(text, **options):
    lines = "\n".join(line.strip(" ") for line in text.strip("\n").split("\n"))
    return read_invoices(split_table(lines)[1], EntryOptions(**{"cut_off": CUT_OFF, **options}))


def only_row(text, **options):
    (row,) = read(text, **options).rows
    return row


def test_open_invoices_line_by_line():
    aged = read("""
        Factures ouvertes
        Client;SIREN;N° facture;Date facture;Échéance;Montant TTC;Reste dû
        Dupont;552008443;F1;01/08/2026;30/09/2026;1 200,00;1 200,00
        Dupont;552 008 443;F2;15/09/2026;14/11/2026;600,00;300,00
        Étoile;404833048;F3;01/07/2026;15/08/2026;900,00;900,00
        Étoile;404833048;AV1;05/10/2026;;-100,00;-100,00

        Client;SIREN;N° facture;Date facture;Échéance;Montant TTC;Reste dû
        Garonnel;443121975;F4;20/05/2026;19/07/2026;80,00;80,00
        Total;;;;;2 680,00;2 380,00
    """)
    dupont, etoile, garonnel = aged.rows
    assert (dupont.line, dupont.merged_lines, dupont.id_type, dupont.id_value) == (3, (4,), "siren", "552008443")
    assert (dupont.outstanding, dupont.ageing) == (1500, (300, 0, 1200, 0, 0))  # 31 days, and not due yet
    assert dupont.terms_days == 60
    assert (etoile.outstanding, etoile.ageing) == (800, (0, 0, 0, 800, 0))  # 77 days, less the credit note
    assert etoile.terms_days == 45
    assert "imputés sur les factures les plus anciennes" in etoile.warnings[-1]
    assert (garonnel.outstanding, garonnel.ageing) == (80, (0, 0, 0, 0, 80))
    assert all(row.peak is None and row.turnover is None for row in aged.rows)
    assert "Les dates de règlement manquent : l’encours maximum sur douze mois n’est pas connu." in aged.notices
    assert [ignored.reason for ignored in aged.ignored] == [
        "titre au-dessus de l’en-tête",
        "ligne vide",
        "en-tête répété",
        "ligne de total",
    ]
    assert aged.columns["outstanding"] == "Reste dû"


def test_a_year_of_invoices_with_their_payments():
    row = only_row("""
        Client;Facture;Date facture;Échéance;Montant HT;Montant TTC;Date de règlement
        Dupont;F1;05/01/2026;06/03/2026;1 000,00;1 200,00;10/03/2026
        Dupont;F2;20/02/2026;21/04/2026;500,00;600,00;30/04/2026
        Dupont;F3;01/06/2026;31/07/2026;2 000,00;2 400,00;05/08/2026
        Dupont;F4;01/09/2026;31/10/2026;100,00;120,00;
    """)
    assert (row.outstanding, row.ageing) == (120, (120, 0, 0, 0, 0))  # due on the cut-off itself
    assert row.peak == 2400  # in June; 1 800 from 20/02 to 10/03
    assert row.turnover == 3600
    assert row.terms_days == 60


def test_sales_are_estimated_without_a_column_of_net_amounts():
    aged = read("""
        Client;Facture;Date facture;Montant TTC;Réglé;Date de règlement
        Dupont;F1;05/01/2026;1 200,00;1 200,00;10/03/2026
        Dupont;F2;20/09/2026;600,00;0,00;
    """)
    (row,) = aged.rows
    assert (row.outstanding, row.turnover, row.peak) == (600, 1500, 1200)
    assert "Échéances manquantes, estimées à 60 jours de la facture : 1." in aged.notices
    assert "Le chiffre d’affaires HT est estimé à partir des factures TTC, avec 20\u00a0% de TVA." in aged.notices


def test_paid_after_the_cut_off_is_still_open():
    rows = read(
        """
        Client;Facture;Date facture;Échéance;Montant TTC;Date de règlement
        Dupont;F1;05/01/2026;06/03/2026;1 200,00;10/03/2026
        Norvik;F2;05/01/2026;06/03/2026;1 200,00;01/03/2026
        Talliers;F3;05/01/2026;06/03/2026;1 200,00;28/02/2026
        """,
        cut_off=date(2026, 2, 28),
    ).rows
    assert [(row.name, row.outstanding, row.ageing[0]) for row in rows if row.outstanding] == [
        ("Dupont", 1200, 1200),
        ("Norvik", 1200, 1200),
    ]


def test_a_second_buyer_who_owes_as_much_is_no_total():
    rows = read("""
        Client;N° facture;Date;Échéance;Montant TTC
        Dupont;F1;05/09/2026;20/10/2026;100,00
        Norvik;;;;100,00
    """).rows
    assert [(row.name, row.outstanding) for row in rows] == [("Dupont", 100), ("Norvik", 100)]


def test_invoices_of_a_month_add_up_and_what_is_due_at_once_weighs_on_the_terms():
    row = only_row("""
        Client;Facture;Date facture;Échéance;Montant HT;Montant TTC;Date de règlement
        Dupont;F1;05/09/2026;04/11/2026;100,00;120,00;10/10/2026
        Dupont;F2;06/09/2026;06/09/2026;100,00;120,00;06/09/2026
        Dupont;A1;07/09/2026;06/11/2026;-50,00;-60,00;07/09/2026
    """)
    # 60 days and none, 120 each; a credit note grants no terms.
    assert (row.turnover, row.terms_days) == (150, 30)


def test_buyers_that_head_their_invoices():
    aged = read("""
        Balance âgée détaillée
        Date;Pièce;Échéance;Non échu;0-30;31-60;61-90;+90
        Client : DUP01 Dupont SARL
        01/08/2026;F1;30/09/2026;;;1 200,00;;
        15/09/2026;F2;14/11/2026;300,00;;;;
        Total client;;;300,00;;1 200,00;;
        Client : ETO01 Étoile
        01/10/2026;F3;31/10/2026;900,00;;;;
        Total général;;;1 200,00;;1 200,00;;
    """)
    assert [(row.account, row.name, row.outstanding, row.ageing) for row in aged.rows] == [
        ("DUP01", "Dupont SARL", 1500, (300, 0, 1200, 0, 0)),
        ("ETO01", "Étoile", 900, (900, 0, 0, 0, 0)),
    ]
    assert aged.columns["name"] == "titres des clients"
    assert aged.columns["outstanding"] == "Non échu + 0-30 + 31-60 + 61-90 + +90"


@pytest.mark.parametrize(
    "date_and_due, ageing",
    [
        pytest.param("01/09/2026;", (0, 1, 0, 0, 0), id="no due date: the line's own terms, 30 days, one day late"),
        pytest.param(";30/09/2026", (0, 0, 1, 0, 0), id="no invoice date"),
        pytest.param("20260901;20260930", (0, 0, 1, 0, 0), id="AAAAMMJJ"),
        pytest.param("2026-09-01;2026-09-30", (0, 0, 1, 0, 0), id="AAAA-MM-JJ"),
        pytest.param("46266;46295", (0, 0, 1, 0, 0), id="Excel's numbers"),
    ],
)
def test_dates(date_and_due, ageing):
    row = only_row(f"""
        Client;Facture;Date facture;Échéance;Délai;Reste dû
        Dupont;F1;{date_and_due};30 jours;1,00
        Dupont;F2;01/10/2026;31/10/2026;30 jours;0,00
    """)
    assert row.ageing == ageing


def test_an_undated_invoice_is_said_to_be_so():
    aged = read("""
        Client;Facture;Date facture;Échéance;Reste dû
        Dupont;F1;;;10,00
        Dupont;F2;01/08/2026;31/08/2026;5,00
    """)
    assert aged.rows[0].ageing == (10, 0, 0, 5, 0)
    assert "Des factures n’ont ni échéance ni date : elles sont comptées comme non échues." in aged.rows[0].warnings


def test_lines_to_correct():
    aged = read("""
        Client;SIREN;Facture;Date facture;Échéance;Reste dû;Devise
        Dupont;552008443;F1;01/08/2026;31/08/2026;10,00;EUR
        Dupont;552008444;F2;01/08/2026;31/08/2026;10,00;EUR
        Dupont;552008443;F3;01/08/2026;31/08/2026;;EUR
        Dupont;552008443;F4;01/08/2026;31/02/2026;10,00;EUR
        Norvik;;F5;01/08/2026;31/08/2026;10,00;SEK
        ;;F6;01/08/2026;31/08/2026;10,00;EUR
    """)
    assert [(rejected.line, rejected.reason) for rejected in aged.rejected] == [
        (3, "SIREN 552008444 : la clé de contrôle (Luhn) est fausse."),
        (4, "Le montant de la facture manque."),
        (5, "« 31/02/2026 » n’est pas une date."),
        (6, "Montants en SEK : convertissez-les en euros."),
        (7, "Ni nom, ni compte, ni identifiant : complétez la ligne."),
    ]
    assert [row.outstanding for row in aged.rows] == [10]


def test_a_date_with_several_readings_is_asked_about():
    text = """
        Client;Facture;Date facture;Reste dû
        Dupont;F1;01/02/03;10,00
        Dupont;F2;01/09/2026;5,00
    """
    aged = read(text)
    assert "peut se lire 03/02/2001 ou 02/01/2003 ou 01/02/2003" in aged.rejected[0].reason
    assert aged.rows[0].outstanding == 5
    assert read(text, order="dmy").rows[0].outstanding == 15


def test_buyers_are_told_apart_by_account_then_by_name():
    aged = read("""
        Code client;Client;Facture;Date facture;Reste dû
        C1;Dupont;F1;01/09/2026;1,00
        C2;Dupont;F2;01/09/2026;2,00
        ;Garonnel;F3;01/09/2026;4,00
        ;GARONNEL;F4;01/09/2026;8,00
    """)
    assert [(row.account, row.name, row.outstanding) for row in aged.rows] == [
        ("C1", "Dupont", 1),
        ("C2", "Dupont", 2),
        ("", "Garonnel", 12),
    ]


def test_buyers_abroad():
    row = only_row("""
        Client;N° TVA;Pays;Facture;Date facture;Reste dû
        Norvik;DE136695976;Allemagne;F1;01/09/2026;70,00
    """)
    assert (row.country, row.id_type, row.id_value) == ("DE", "vat", "DE136695976")


def test_the_cut_off_is_said_in_the_title_or_is_the_last_invoice():
    text = "Client;Facture;Date facture;Reste dû\nDupont;F1;01/09/2026;70,00\nDupont;F2;05/09/2026;1,00"
    assert read(text, cut_off=None).cut_off == date(2026, 9, 5)
    assert read("Échéancier au 30/09/2026;;;\n" + text, cut_off=None).cut_off == date(2026, 9, 30)
    with pytest.raises(UnreadablePortfolio, match="dites à quelle date elle est arrêtée"):
        read("Client;Facture;Échéance;Reste dû\nDupont;F1;01/09/2026;70,00", cut_off=None)
    aged = read(text, cut_off=date(2026, 9, 1))
    assert aged.rows[0].outstanding == 70
    assert "Factures après le 01/09/2026, laissées de côté : 1." in aged.notices


def test_net_amounts_say_so():
    aged = read("Client;Facture;Date facture;Montant HT\nDupont;F1;01/09/2026;70,00")
    assert (aged.rows[0].outstanding, aged.columns["outstanding"]) == (Decimal(70), "Montant HT")


@pytest.mark.parametrize(
    "text, sentence",
    [
        pytest.param("Nom;SIREN;Encours\nA;552008443;10,00", "Aucun en-tête de liste de factures", id="a list"),
        pytest.param("Client;Facture;Date facture;Reste dû", "aucune facture", id="header alone"),
        pytest.param(
            "Client;Facture;Date facture;Reste dû\nA;F1;01/09/2026;mille", "Ligne 2 : « mille »", id="unreadable"
        ),
    ],
)
def test_files_without_invoices(text, sentence):
    with pytest.raises(UnreadablePortfolio, match=sentence):
        read(text)
