"""Ledgers as packages print or export them, as the aged balance of the buyers. Figures added up by hand."""

from datetime import date
from decimal import Decimal

import pytest

from clients.portfolio.ledger import read_ledger
from clients.portfolio.ledger_lines import heading, kind_of
from clients.portfolio.open_items import EntryOptions
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import split_table
from clients.portfolio.values import clean

CUT_OFF = date(2026, 10, 31)


def read(text, **options):
    lines = "\n".join(line.strip(" ") for line in text.strip("\n").split("\n"))
    return read_ledger(split_table(lines)[1], EntryOptions(**options))


def only_row(text, **options):
    (row,) = read(text, **options).rows
    return row


SAGE = """
    ÉTOFFES DU NORD;;;;;;;
    Grand livre des tiers du 01/01/2026 au 31/10/2026;;;;;;;
    Date;C.j;N° pièce;Libellé écriture;Let.;Débit;Crédit;Solde progressif
    411DUP;Dupont SARL;;;;;;
    01/01/2026;RAN;;Report à nouveau;;1 200,00;;1 200,00
    15/01/2026;VT;FA001;Facture 1;A;600,00;;1 800,00
    20/02/2026;BQ;VIR;Règlement;A;;600,00;1 200,00
    05/09/2026;VT;FA009;Facture 9;;2 400,00;;3 600,00
    ;;;Total compte 411DUP;;4 200,00;600,00;3 600,00
    411ETO;Étoile;;;;;;
    10/08/2026;VT;FA007;Facture 7;;500,00;;500,00
    ;;;A reporter;;500,00;;500,00
    Date;C.j;N° pièce;Libellé écriture;Let.;Débit;Crédit;Solde progressif
    411ETO;Étoile (suite);;;;;;
    ;;;Report;;500,00;;500,00
    12/10/2026;BQ;CHQ;Acompte;;;100,00;400,00
    ;;;Total compte 411ETO;;500,00;100,00;400,00
    ;;;Total général;;4 700,00;700,00;4 000,00
"""


def test_a_headed_ledger_line_by_line():
    aged = read(SAGE)
    assert aged.cut_off == CUT_OFF  # the title's period ends there
    dupont, etoile = aged.rows
    assert (dupont.line, dupont.account, dupont.name) == (4, "411DUP", "Dupont SARL")
    assert dupont.outstanding == 3600
    # 1 200 brought forward on 01/01, due 60 days later; 2 400 of 05/09 is due on 04/11.
    assert dupont.ageing == (2400, 0, 0, 0, 1200)
    assert dupont.peak == 3600
    assert dupont.turnover == 2500  # (600 + 2 400) ÷ 1.2
    assert "la date d’origine est perdue" in dupont.warnings[1]
    assert (etoile.line, etoile.name, etoile.outstanding) == (10, "Étoile", 400)
    assert etoile.ageing == (0, 400, 0, 0, 0)  # 500 of 10/08 is due on 09/10, the deposit pays part of it
    assert [ignored.reason for ignored in aged.ignored] == [
        "titre au-dessus de l’en-tête",
        "titre au-dessus de l’en-tête",
        "ligne de total",
        "report de page",
        "en-tête répété",
        "report de page",
        "ligne de total",
        "ligne de total",
    ]
    assert aged.rejected == ()
    assert "Sans colonne d’échéance, elles sont estimées à 60 jours de la date d’écriture." in aged.notices


@pytest.mark.parametrize(
    "heading_line",
    [
        "411DUP;Dupont SARL;;;;",
        "411DUP Dupont SARL;;;;;",
        "Compte : 411DUP - Dupont SARL;;;;;",
        "Compte;411DUP;Dupont SARL;;;",
        "N° compte : 411DUP Dupont SARL;;;;;",
        ";411DUP - Dupont SARL;;;;",
        "411DUP | Dupont SARL;;;;;",
    ],
)
def test_heads_of_accounts(heading_line):
    row = only_row(f"""
        Date;Journal;Libellé;Débit;Crédit;Solde
        {heading_line}
        01/09/2026;VE;Facture;120,00;;120,00
    """)
    assert (row.account, row.name, row.outstanding) == ("411DUP", "Dupont SARL", 120)


def test_an_auxiliary_ledger_with_codes_of_its_own():
    aged = read("""
        Date;Journal;Libellé;Débit;Crédit
        Client : DUP01 Dupont SARL
        01/09/2026;VE;Facture;120,00;
        Client : ETO01 Étoile
        02/09/2026;VE;Facture;50,00;
    """)
    assert [(row.account, row.name, row.outstanding) for row in aged.rows] == [
        ("DUP01", "Dupont SARL", 120),
        ("ETO01", "Étoile", 50),
    ]


PENNYLANE = """
    Numéro de compte;Libellé de compte;Date;Journal;Libellé;Débit;Crédit;Lettrage;Échéance
    411DUPONT;Dupont;05/01/2026;VT;Facture;1200,00;;a;04/02/2026
    411DUPONT;Dupont;05/09/2026;VT;Facture;240,00;;A;05/10/2026
    411DUPONT;Dupont;10/03/2026;BQ;Virement;;1200,00;a;
    401FOURNI;Fournisseur;10/03/2026;AC;Achat;;99,00;;
    512000;Banque;10/03/2026;BQ;Virement;1200,00;;;
    416DUPONT;Dupont douteux;15/10/2026;OD;Passage en douteux;60,00;;;
"""


def test_a_ledger_with_the_account_on_each_line():
    aged = read(PENNYLANE, cut_off=CUT_OFF)
    (row,) = aged.rows
    assert (row.account, row.name, row.line, row.merged_lines) == ("411DUPONT", "Dupont", 2, (3, 4, 7))
    # Lettering « A » is not « a »: 240 is open, due 05/10. The doubtful 60 is of 15/10, due 60 days later.
    assert (row.outstanding, row.ageing) == (300, (60, 240, 0, 0, 0))
    assert "Dont 60\u00a0€ en créances douteuses (compte 416)." in row.warnings
    assert row.terms_days == 30
    assert row.peak == 1200
    assert "Comptes qui ne sont pas ceux de clients, ou sans écriture, laissés de côté : 2." in aged.notices
    assert aged.columns["account"] == "Numéro de compte"


def test_general_and_auxiliary_account_on_each_line():
    aged = read("""
        Compte général;Compte tiers;Intitulé du compte;Date;Débit;Crédit
        411000;DUP;Dupont;05/09/2026;100,00;
        401000;FOU;Fournisseur;05/09/2026;;70,00
        411000;ETO;Étoile;05/09/2026;30,00;
    """)
    assert [(row.account, row.outstanding) for row in aged.rows] == [("DUP", 100), ("ETO", 30)]


@pytest.mark.parametrize("header", ["Intitulé", "Nom", "Libellé du compte", "Client", "Raison sociale"])
def test_the_name_beside_the_account(header):
    row = only_row(f"""
        Compte;{header};Date;Libellé;Débit;Crédit
        411001;Dupont;05/09/2026;Facture 12;100,00;
    """)
    assert (row.account, row.name, row.outstanding) == ("411001", "Dupont", 100)


def test_a_label_is_nobody():
    row = only_row("""
        Date;Journal;Intitulé;Débit;Crédit
        411001 Dupont;;;;
        05/09/2026;VE;Facture 12;100,00;
    """)
    assert (row.account, row.name) == ("411001", "Dupont")


def test_amount_and_side():
    row = only_row("""
        Compte;Intitulé du compte;Date;Montant;Sens
        411DUP;Dupont;05/09/2026;100,00;D
        411DUP;Dupont;06/09/2026;40,00;C
    """)
    assert row.outstanding == 60


@pytest.mark.parametrize(
    "line, balance, is_flagged",
    [
        pytest.param(";;Report à nouveau;500,00;", 620, True, id="report à nouveau"),
        pytest.param(";;Solde initial;500,00;", 620, True, id="solde initial"),
        pytest.param(";;Solde antérieur;;200,00", -80, False, id="a credit brought forward"),
        pytest.param(";;Solde au 01/01/2026;500,00;", 620, True, id="balance at a date"),
        pytest.param(";;Report;500,00;", 620, True, id="report, first line of the account"),
        pytest.param(";;À nouveaux;500,00;", 620, True, id="à nouveaux"),
    ],
)
def test_balances_brought_forward(line, balance, is_flagged):
    row = only_row(f"""
        Grand livre au 31/10/2026
        Date;Journal;Libellé;Débit;Crédit
        411DUP Dupont;;;;
        {line}
        01/10/2026;VE;Facture;120,00;
        ;;Solde au 31/10/2026;120,00;
    """)
    assert (row.outstanding, sum(row.ageing), row.turnover) == (balance, balance, 100)
    assert any("date d’origine est perdue" in warning for warning in row.warnings) is is_flagged


def test_a_balance_forward_only_in_the_progressive_column():
    row = only_row("""
        Date;Journal;Libellé;Débit;Crédit;Solde progressif
        411DUP Dupont;;;;;
        ;;Solde antérieur;;;500,00
        01/10/2026;VE;Facture;120,00;;620,00
    """)
    assert row.outstanding == 620


def test_a_total_that_is_not_what_its_lines_say():
    row = only_row("""
        Date;Journal;Libellé;Débit;Crédit
        411DUP Dupont;;;;
        01/10/2026;VE;Facture;120,00;
        ;;Total compte;320,00;
    """)
    assert row.outstanding == 120
    assert "Le total du compte est 320\u00a0€, celui de ses lignes 120\u00a0€." in row.warnings


def test_lines_to_correct():
    aged = read(
        """
        Compte;Intitulé du compte;Date;Débit;Crédit;Devise
        411DUP;Dupont;05/09/2026;100,00;;EUR
        411DUP;Dupont;;50,00;;EUR
        411DUP;Dupont;31/09/2026;50,00;;EUR
        411DUP;Dupont;05/09/2026;mille;;EUR
        411ETO;Étoile;05/09/2026;100,00;;USD
        """,
        cut_off=CUT_OFF,
    )
    assert [(rejected.line, rejected.reason) for rejected in aged.rejected] == [
        (3, "La date de l’écriture manque."),
        (4, "« 31/09/2026 » n’est pas une date."),
        (5, "« mille » n’est pas un nombre."),
        (6, "Montants en USD : convertissez-les en euros."),
    ]
    (row,) = aged.rows
    assert row.warnings[0] == "La ligne 3 n’a pas pu être lue : le solde est incomplet."


def test_dates_turned_round_are_asked_about():
    text = """
        Compte;Intitulé du compte;Date;Débit;Crédit
        411DUP;Dupont;05/09/2026;100,00;
        411DUP;Dupont;25/09/2026;10,00;
        411DUP;Dupont;09/25/2026;1,00;
    """
    aged = read(text)
    assert aged.rows[0].outstanding == 11
    assert "« 05/09/2026 » peut se lire 09/05/2026 ou 05/09/2026" in aged.rejected[0].reason
    assert "Certaines dates ont le jour et le mois inversés : précisez leur ordre." in aged.notices
    chosen = read(text, order="dmy")
    assert (chosen.rows[0].outstanding, chosen.rejected[0].line) == (110, 4)


def test_dates_that_are_all_month_first_are_read_so_and_it_is_said():
    aged = read("""
        Compte;Intitulé du compte;Date;Débit;Crédit
        411DUP;Dupont;09/05/2026;100,00;
        411DUP;Dupont;09/25/2026;10,00;
    """)
    assert (aged.cut_off, aged.rows[0].outstanding) == (date(2026, 9, 25), 110)
    assert "Les dates sont lues mois/jour/année : certaines n’ont pas d’autre lecture." in aged.notices


def test_entries_after_the_cut_off():
    aged = read(PENNYLANE, cut_off=date(2026, 1, 31))
    assert [(row.outstanding, row.ageing) for row in aged.rows] == [(1200, (1200, 0, 0, 0, 0))]
    assert "Écritures après le 31/01/2026, laissées de côté : 5." in aged.notices


@pytest.mark.parametrize(
    "text, sentence",
    [
        pytest.param("Nom;SIREN;Encours\nA;552008443;10,00", "Aucun en-tête de grand livre", id="a list"),
        pytest.param(
            "Compte;Intitulé du compte;Date;Débit;Crédit\n401000;Fournisseurs;05/09/2026;;9,00\n"
            "512000;Banque;05/09/2026;9,00;",
            "aucun compte client",
            id="no buyers",
        ),
        pytest.param(
            "Compte;Intitulé du compte;Date;Débit;Crédit\n411D;D;05/09/2026;mille;",
            "Ligne 2 : « mille » n’est pas un nombre.",
            id="nothing readable",
        ),
        pytest.param(
            "Date;Journal;Libellé;Débit;Crédit\n411DUP Dupont;;;;\n;;Solde antérieur;9,00;",
            "aucune écriture datée",
            id="balances brought forward alone",
        ),
        pytest.param(
            "Date;Journal;Libellé;Débit;Crédit\n05/09/2026;VE;Facture;9,00;",
            "Ligne 2 : Aucun compte n’est écrit",
            id="entries of nobody",
        ),
    ],
)
def test_files_without_buyers(text, sentence):
    with pytest.raises(UnreadablePortfolio, match=sentence):
        read(text)


@pytest.mark.parametrize(
    "line, account",
    [
        ("411DUP;Dupont", "411DUP"),
        ("Compte : C0001;Dupont", "C0001"),
        ("Édité le 02/11/2026", None),
        ("05/09/2026;VE", None),
        ("Page 2", None),
        ("Étoffes du Nord", None),
    ],
)
def test_what_heads_an_account(line, account):
    head = heading([clean(cell) for cell in line.split(";")], ())
    assert (head and head.account) == account


@pytest.mark.parametrize(
    "label, kind",
    [
        ("Total compte 411DUP", "total"),
        ("Sous-total", "total"),
        ("Totaux", "total"),
        ("Solde au 31/12/2026", "closing"),
        ("Solde", "closing"),
        ("Solde initial", "opening"),
        ("Solde antérieur au 01/01/2026", "opening"),
        ("Report à nouveau", "opening"),
        ("À reporter", "page"),
        ("Report", "page"),
        ("Facture 12", ""),
        ("Soldelec SARL", ""),
        ("TotalEnergies", ""),
        ("Reportages de France", ""),
    ],
)
def test_what_sums_up_others(label, kind):
    assert kind_of(["", label, Decimal(12)]) == kind
