from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.portfolio.reader import UnreadablePortfolio, read_pasted, read_portfolio
from tests.files import traps


def read(lines, **options):
    return read_portfolio(traps.text(lines), "liste.csv", **options)


def only_row(lines, **options):
    reading = read(lines, **options)
    assert reading.rejected == ()
    (row,) = reading.rows
    return row


def test_an_accounting_export_line_by_line():
    reading = read(
        """
        Étoffes du Nord SAS
        Balance âgée au 31/10/2026

        Compte;Intitulé;SIREN;Encours;CA HT (k€);Délai;Observations
        411DUP;Dupont & Fils;552 008 443;12 500,00;120;60 j;bon payeur
        411ETO;Étoile dûe;404833048;1.234;;45 jours fin de mois;
        411BAD;Mauvais;552008444;100,00;;;

        Compte;Intitulé;SIREN;Encours;CA HT (k€);Délai;Observations
        411TOT;TotalEnergies SE;542051180;2 000,00;10;30;
        ;Sous-total Nord;;2 000,00;10;;
        Total général;;;15 834,00;130;;
        Édité le 02/11/2026
        """
    )
    assert (reading.encoding, reading.separator, reading.sheet) == ("cp1252", ";", "")
    assert reading.columns == {
        "name": "Intitulé",
        "siren": "SIREN",
        "outstanding": "Encours",
        "turnover": "CA HT (k€)",
        "terms_days": "Délai",
        "note": "Observations",
    }
    dupont, etoile, total = reading.rows
    assert (dupont.line, dupont.name, dupont.id_type, dupont.id_value) == (5, "Dupont & Fils", "siren", "552008443")
    assert (dupont.outstanding, dupont.turnover, dupont.terms_days) == (Decimal("12500.00"), Decimal(120_000), 60)
    assert (dupont.note, dupont.country, dupont.peak, dupont.requested) == ("bon payeur", "FR", None, None)
    assert (etoile.name, etoile.outstanding, etoile.turnover, etoile.terms_days) == ("Étoile dûe", 1234, None, 60)
    assert (total.line, total.name) == (10, "TotalEnergies SE")
    (rejected,) = reading.rejected
    assert (rejected.line, rejected.cells[:2]) == (7, ("411BAD", "Mauvais"))
    assert rejected.reason == "SIREN 552008444 : la clé de contrôle (Luhn) est fausse."
    assert reading.headers[:2] == ("Compte", "Intitulé")
    assert reading.ignored == (
        (1, "titre au-dessus de l’en-tête"),
        (2, "titre au-dessus de l’en-tête"),
        (3, "ligne vide"),
        (8, "ligne vide"),
        (9, "en-tête répété"),
        (11, "ligne de total"),
        (12, "ligne de total"),
        (13, "ni identifiant ni montant"),
    )
    assert reading.notices == (
        "La colonne « CA HT (k€) » est multipliée par 1\u202f000.",
        "« fin de mois » compte pour 15 jours de plus en moyenne : 45 jours fin de mois sont lus 60 jours.",
    )


@pytest.mark.parametrize(
    "encoding, expected",
    [("cp1252", "cp1252"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le",) * 2],
)
def test_the_same_list_in_every_encoding(encoding, expected):
    content = traps.text("Nom;SIREN;Solde dû\nÉtablissements Noël;552008443;1 000,50", encoding)
    reading = read_portfolio(content)
    assert reading.encoding == expected
    assert reading.columns["outstanding"] == "Solde dû"
    assert (reading.rows[0].name, reading.rows[0].outstanding) == ("Établissements Noël", Decimal("1000.50"))


WORKBOOK = [
    ["Balance au", date(2026, 10, 31), None, None],
    [None, None, None, None],
    ["Client", "SIREN", "Encours", "Délai"],
    ["Étoile", 100016, 0.1 + 0.2, 60],
    ["Norvik", "DE136695976", 1234.56, "45 j"],
    ["Total", None, 1234.86, None],
]


@pytest.mark.parametrize(
    "content, sheet",
    [
        pytest.param(traps.xlsx(("Clients", WORKBOOK)), "Clients", id="xlsx"),
        pytest.param(traps.xls([[c if c is not None else "" for c in r] for r in WORKBOOK[2:]]), "Clients", id="xls"),
        pytest.param(traps.ods([[c if c is not None else "" for c in r] for r in WORKBOOK[2:]]), "Clients", id="ods"),
    ],
)
def test_workbooks(content, sheet):
    reading = read_portfolio(content, "nom-trompeur.csv")
    assert (reading.sheet, reading.encoding, reading.separator) == (sheet, "", "")
    etoile, norvik = reading.rows
    assert (etoile.id_value, etoile.outstanding, etoile.terms_days) == ("000100016", Decimal("0.3"), 60)
    assert "complété par des zéros" in etoile.warnings[0]
    assert (norvik.id_type, norvik.country, norvik.outstanding) == ("vat", "DE", Decimal("1234.56"))
    assert reading.ignored[-1].reason == "ligne de total"


def test_lines_of_a_sheet_are_those_the_user_sees():
    reading = read_portfolio(traps.xlsx(("Clients", [[], [], *WORKBOOK[2:]])))
    assert [row.line for row in reading.rows] == [4, 5]


def test_the_first_sheet_with_a_list_is_read_unless_one_is_named():
    list_a = [["Nom", "SIREN", "Encours"], ["A", "552008443", 10]]
    list_b = [["Nom", "SIREN", "Encours"], ["B", "404833048", 20]]
    content = traps.xlsx(("Lisez-moi", [["Bonjour"]]), ("Nord", list_a), ("Sud", list_b))
    reading = read_portfolio(content)
    assert (reading.sheet, reading.sheets) == ("Nord", ("Lisez-moi", "Nord", "Sud"))
    assert read_portfolio(content, sheet="Sud").rows[0].name == "B"
    with pytest.raises(UnreadablePortfolio, match="pas de feuille « Est » : choisissez parmi Lisez-moi, Nord, Sud"):
        read_portfolio(content, sheet="Est")


@pytest.mark.parametrize(
    "text, separator",
    [
        pytest.param("Garonnel;552008443;50 000\nFerroval;404833048;1 200,50", ";", id="semicolon"),
        pytest.param("Garonnel\t552 008 443\t50 000 €\nFerroval\t404833048\t1 200,50 €\n", "\t", id="spreadsheet"),
        pytest.param("Garonnel    552 008 443   50 000,00\nFerroval  404833048   1 200,50", "  ", id="mail"),
    ],
)
def test_pasted_lists_without_header(text, separator):
    reading = read_pasted(text)
    assert reading.separator == separator
    assert reading.columns == {"name": "colonne A", "id": "colonne B", "outstanding": "colonne C"}
    assert [(row.line, row.name, row.id_value, row.outstanding) for row in reading.rows] == [
        (1, "Garonnel", "552008443", Decimal("50000")),
        (2, "Ferroval", "404833048", Decimal("1200.50")),
    ]


def test_a_pasted_list_may_have_a_header_a_country_and_terms():
    reading = read_pasted("Client\tN° TVA\tPays\tEncours\tDélai\nNorvik\t136695976\tAllemagne\t70 000\t60")
    assert (reading.rows[0].id_value, reading.rows[0].terms_days) == ("DE136695976", 60)
    reading = read_pasted("Norvik;DE136695976;Allemagne;70 000;60\nGaronnel;552008443;France;50 000;45")
    assert [(row.country, row.outstanding, row.terms_days) for row in reading.rows] == [
        ("DE", 70_000, 60),
        ("FR", 50_000, 45),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Garonnel;552008443;50 000;60 000\nFerroval;404833048;1 200;1 300", id="two-amounts"),
        pytest.param("Garonnel;Lyon;552008443;50 000\nFerroval;Pau;404833048;1 200", id="two-texts"),
        pytest.param("Garonnel\nFerroval", id="names-only"),
        pytest.param("Bonjour,\nvoici notre liste de clients.\nCordialement", id="a-mail"),
    ],
)
def test_a_list_without_header_whose_columns_are_doubtful_asks_for_one(text):
    with pytest.raises(UnreadablePortfolio, match="en-tête|Il manque des colonnes"):
        read_pasted(text)


def test_an_empty_paste():
    with pytest.raises(UnreadablePortfolio, match="collez la liste"):
        read_pasted(" \n\t\n")


@pytest.mark.parametrize(
    "header",
    ["Nom;SIREN;Ville", "Nom;SIREN;Plafond", "Raison sociale;N° SIRET;Date échéance"],
)
def test_a_list_without_amounts_says_which_columns_are_expected(header):
    with pytest.raises(UnreadablePortfolio, match="colonne de montants .solde, encours, encours maximum, chiffre"):
        read(header + "\nA;552008443;Lyon")


def test_a_peak_alone_is_a_peak():
    row = only_row("Nom;SIREN;Encours maximum TTC\nA;552008443;360 000,00")
    assert (row.outstanding, row.peak) == (None, 360_000)


def test_ageing_columns_add_up_to_the_balance():
    reading = read("Nom;SIREN;Non échu;1-30;> 30\nA;552008443;100,10;20;\nB;404833048;;;5")
    assert reading.columns["outstanding"] == "Non échu + 1-30 + > 30"
    assert [row.outstanding for row in reading.rows] == [Decimal("120.10"), 5]


def test_credits_are_taken_off_debits():
    row = only_row("Nom;SIREN;Solde débiteur;Solde créditeur\nA;552008443;100,00;30,00")
    assert row.outstanding == 70


def test_requested_amounts_stay_as_written():
    assert only_row("Nom;SIREN;Montant demandé\nA;552008443;12 345,678").requested == Decimal("12345.678")


@pytest.mark.parametrize(
    "title, header, expected",
    [
        pytest.param("Montants en k€", "Encours", 50_000, id="title"),
        pytest.param("Montants en k€", "Encours (€)", 50, id="the-header-goes-first"),
        pytest.param("Société au capital de 12 k€", "Encours", 50, id="a-figure-in-a-title-is-no-unit"),
        pytest.param("Liste", "Encours k€", 50_000, id="header"),
    ],
)
def test_thousands_of_euros(title, header, expected):
    assert only_row(f"{title}\nNom;SIREN;{header}\nA;552008443;50").outstanding == expected


def test_an_ambiguous_amount_is_left_to_somebody():
    reading = read("Nom;SIREN;Encours\nA;552008443;1.234\nB;404833048;5000")
    assert [row.name for row in reading.rows] == ["B"]
    assert reading.rejected[0].reason.startswith("Colonne « Encours » : « 1.234 » peut se lire de deux façons")


def test_each_column_learns_its_own_separator():
    reading = read("Nom;SIREN;Encours;CA HT\nA;552008443;1.234;1,5\nB;404833048;5.000,10;2")
    assert [(row.outstanding, row.turnover) for row in reading.rows] == [
        (1234, Decimal("1.5")),
        (Decimal("5000.10"), 2),
    ]


def test_without_identifier_a_named_line_is_kept_with_a_warning():
    row = only_row("Nom;SIREN;Encours\nA;;100")
    assert (row.id_type, row.id_value) == ("", "")
    assert "Sans identifiant" in row.warnings[0]


@pytest.mark.parametrize(
    "line, reason",
    [
        (";;100;", "Ni nom ni identifiant"),
        ("A;552008444;100;", "SIREN 552008444"),
        ("A;552008443;cent;", "Colonne « Encours » : « cent » n’est pas un nombre"),
        ("A;552008443;100;USD", "Montants en USD : convertissez-les"),
    ],
)
def test_lines_to_correct(line, reason):
    reading = read(f"Nom;SIREN;Encours;Devise\nZ;404833048;1;EUR\n{line}")
    assert len(reading.rows) == 1
    assert reading.rejected[0].line == 3
    assert reading.rejected[0].reason.startswith(reason)


def test_an_unknown_country_is_asked_for_only_where_it_matters():
    reading = read("Nom;SIREN;Pays;Encours\nA;552008443;Hexagone;1\nB;;Zone export;1")
    assert [(row.name, row.country) for row in reading.rows] == [("A", "FR")]
    assert "Pays « Zone export » non reconnu" in reading.rejected[0].reason


def test_the_first_good_identifier_counts():
    lines = "Nom;SIREN;SIRET;Encours\nA;552008444;73282932000074;1\nB;552008443;73282932000074;1\nC;;40483304800023;1"
    reading = read(lines)
    wrong, torn = reading.rows
    assert wrong.id_value == "732829320"
    assert "SIREN 552008444" in wrong.warnings[0]
    assert torn.id_value == "552008443"
    assert "deux sociétés" in torn.warnings[0]
    assert reading.rejected[0].reason.startswith("SIRET 40483304800023")


def test_columns_of_identifiers_are_known_by_their_cells():
    row = only_row("Client;Référence;Montant TTC\nA;552008443;100")
    assert row.id_value == "552008443"
    internal_codes = read("Client;Identifiant;Montant TTC\nA;C0001;100\nB;C0002;200")
    assert [row.id_type for row in internal_codes.rows] == ["", ""]
    amounts_of_vat = read("Client;SIREN;TVA;Total TTC\nA;552008443;20,00;120,00")
    assert amounts_of_vat.rows[0].outstanding == 120


def test_accounts_of_one_company_are_merged():
    reading = read(
        """
        Nom;SIRET;Encours;Encours maximum;CA HT;Délai;Montant demandé;Observations
        Serrurerie Ambrelin;73282932000074;10;36,50;150;45;;siège
        Autre;552008443;1;1;1;30;5;
        SERR AMBRELIN;732829320;;24;100;60;50;agence
        AMBRELIN 3;FR44732829320;5;;;;;RJ
        """
    )
    ambrelin, autre = reading.rows
    assert (ambrelin.line, ambrelin.merged_lines, ambrelin.name) == (2, (4, 5), "Serrurerie Ambrelin")
    assert (ambrelin.outstanding, ambrelin.peak, ambrelin.turnover) == (15, Decimal("60.50"), 250)
    assert (ambrelin.requested, ambrelin.terms_days) == (50, 60)
    assert (ambrelin.note, ambrelin.set_aside) == ("siège ; agence ; RJ", "collective_procedure")
    assert (autre.line, autre.merged_lines) == (3, ())


def test_a_line_exported_twice_is_added_and_said():
    reading = read("Nom;SIREN;Encours\nA;552008443;100\nA;552008443;100")
    assert reading.rows[0].outstanding == 200
    assert "lignes 2 et 3 sont identiques" in reading.rows[0].warnings[0]


def test_buyers_without_identifier_are_never_merged():
    assert len(read("Nom;SIREN;Encours\nA;;100\nA;;100").rows) == 2


def test_credit_balances_are_kept_and_said():
    row = only_row("Nom;SIREN;Encours\nA;552008443;(300,00)")
    assert row.outstanding == -300
    assert "solde créditeur" in row.warnings[0]
    merged = only_row("Nom;SIREN;Encours\nA;552008443;(300,00)\nA2;552008443;1 000,00")
    assert (merged.outstanding, merged.warnings) == (700, ())


@pytest.mark.parametrize(
    "name, siren, note, expected",
    [
        ("Commune Sainte-Orvaine", "000100172", "", "public_body"),
        ("Menuiserie Crozelat", "000100180", "Redressement judiciaire", "collective_procedure"),
        ("Dupont", "552008443", "Particulier", "private_person"),
        ("Dupont", "552008443", "intragroupe", "related_company"),
        ("Menuiserie Ville", "552008443", "", ""),
    ],
)
def test_buyers_to_set_aside_are_marked_not_removed(name, siren, note, expected):
    assert only_row(f"Nom;SIREN;Encours;Statut\n{name};{siren};100;{note}").set_aside == expected


def test_a_category_column_sets_aside_too():
    row = only_row("Nom;SIREN;Encours;Catégorie\nDupont;552008443;100;Particulier")
    assert (row.set_aside, row.note) == ("private_person", "")


def test_a_sole_trader_is_asked_with_a_warning():
    row = only_row("Nom;SIREN;Encours\nM. Dupont Jean;552008443;100")
    assert row.set_aside == ""
    assert "entrepreneur individuel" in row.warnings[0]


def test_terms_that_cannot_be_read_only_warn():
    a, b = read("Nom;SIREN;Encours;Délai\nA;552008443;100;à voir\nB;404833048;100;60").rows
    assert (a.terms_days, b.terms_days) == (None, 60)
    assert "n’est pas un délai" in a.warnings[0]


@pytest.mark.parametrize(
    "label, is_buyer",
    [
        ("Total général", False),
        ("TOTAL GENERAL :", False),
        ("Sous-total BTP", False),
        ("Totaux", False),
        ("Total clients", False),
        ("A reporter", False),
        ("Total Énergies", True),
        ("Totalgaz", True),
        ("Report Média", True),
    ],
)
def test_totals_are_known_from_buyers_called_total(label, is_buyer):
    reading = read(f"Nom;SIREN;Encours\nA;552008443;100\n{label};;100")
    assert [row.name for row in reading.rows] == (["A", label] if is_buyer else ["A"])
    assert [ignored.line for ignored in reading.ignored] == ([] if is_buyer else [3])


def test_a_total_may_stand_in_the_identifier_s_column():
    assert read("Nom;SIREN;Encours\nA;552008443;100\n;TOTAL;100").ignored == ((3, "ligne de total"),)


def test_due_dates_are_no_terms():
    reading = read("Nom;SIREN;Encours;Échéance\nA;552008443;100;30/11/2026\nB;404833048;50;31/12/2026")
    assert "terms_days" not in reading.columns
    assert [row.warnings for row in reading.rows] == [(), ()]


def test_bullets_of_a_mail_are_not_part_of_the_name():
    reading = read_pasted("Nom ; SIREN ; Encours\n- Garonnel ; 552 008 443 ; 50 k€\n• Ferroval ; 404 833 048 ; 30 k€")
    assert [(row.name, row.outstanding) for row in reading.rows] == [("Garonnel", 50_000), ("Ferroval", 30_000)]


def test_a_header_on_two_lines():
    row = only_row("Nom;N°;Encours;Observations\n;SIREN;maximum;\nA;552008443;100;x")
    assert row.id_value == "552008443"
    split = only_row("Raison;Num.;Plus haut;Pointe sur\nsociale;SIREN;encours;douze mois\nA;552008443;100;90")
    assert (split.name, split.id_value, split.peak) == ("A", "552008443", 100)


def test_chosen_columns_win():
    lines = "Cust;Ref;Encours;Autre\nA;552008443;100;7"
    row = only_row(lines, columns={"name": "Cust", "outstanding": "Autre"})
    assert (row.name, row.id_value, row.outstanding) == ("A", "552008443", 7)
    row = only_row("Nom;SIREN;Encours;Pointe\nA;552008443;100;200", columns={"peak": ""})
    assert (row.outstanding, row.peak) == (100, None)
    row = only_row("A;Lyon;552008443;7;8", columns={"name": "colonne A", "siren": "colonne C", "peak": "colonne E"})
    assert (row.name, row.id_value, row.peak) == ("A", "552008443", 8)


@pytest.mark.parametrize(
    "columns, reason",
    [({"outstanding": "Absente"}, "pas de colonne « Absente »"), ({"rank": "Nom"}, "Le champ « rank » n’existe pas")],
)
def test_chosen_columns_must_exist(columns, reason):
    with pytest.raises(UnreadablePortfolio, match=reason):
        read("Nom;SIREN;Encours\nA;552008443;100", columns=columns)


def test_a_header_without_buyers():
    with pytest.raises(UnreadablePortfolio, match="aucune ligne d’acheteur"):
        read("Nom;SIREN;Encours\nTotal;;0")


def test_long_texts_are_cut_where_the_eye_sees_it():
    row = only_row(f"Nom;SIREN;Encours\n{'A' * 300};552008443;100")
    assert row.name == "A" * 199 + "…"


names = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz éèçàùûîôœÉÀ'-&."), min_size=1, max_size=20).map(
    lambda text: "Sté " + text.strip()
)
cents = st.integers(min_value=0, max_value=10**11).map(lambda number: Decimal(number).scaleb(-2))


@settings(max_examples=60, deadline=None)
@given(
    buyers=st.lists(st.tuples(names, cents), min_size=1, max_size=8),
    encoding=st.sampled_from(["cp1252", "utf-8", "utf-8-sig", "utf-16"]),
    separator=st.sampled_from([";", "\t", "|"]),
    decimals=st.sampled_from([",", "."]),
)
def test_what_is_written_is_read_back(buyers, encoding, separator, decimals):
    lines = [separator.join(("Nom", "Encours", "Ville"))]
    for name, amount in buyers:
        lines.append(separator.join((name, f"{amount:.2f}".replace(".", decimals), "")))
    reading = read_portfolio("\r\n".join(lines).encode(encoding))
    assert reading.rejected == ()
    assert [(row.name, row.outstanding) for row in reading.rows] == [
        (" ".join(name.split()), amount) for name, amount in buyers
    ]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_reading_or_a_sentence(content):
    try:
        reading = read_portfolio(content)
    except UnreadablePortfolio as refusal:
        assert str(refusal).endswith(".")
    else:
        assert reading.rows or reading.rejected


def test_ageing_that_does_not_add_up_is_said():
    content = "Nom;SIREN;Solde;Non échu;1-30 j\nA;000100065;100,00;60,00;40,00\nB;000100107;100,00;60,00;30,00\n"
    right, wrong = read_portfolio(content.encode()).rows
    assert right.warnings == ()
    assert wrong.warnings == ("L’ancienneté s’additionne à 90,00\xa0€, pas au solde.",)
    assert (wrong.outstanding, wrong.ageing) == (100, (60, 30))


def test_months_are_aged_from_the_date_in_the_title():
    content = (
        "Balance âgée au 31/10/2026\n\nNom;SIREN;08/2026;09/2026;10/2026;Total\nA;000100065;1,00;2,00;4,00;7,00\n"
    )
    reading = read_portfolio(content.encode())
    assert reading.rows[0].outstanding == 7
    # Due on 30/09, a balance is 31 days overdue on 31/10; due on 31/08, 61.
    assert (reading.ageing_from, reading.rows[0].ageing) == ((1, 31, 61), (4, 2, 1))
