"""One small file for each trap that a buyer list may hold (DOMAIN.md §5, §6 and §10), with what must come out of it.

`TRAPS` is a table to read: the file as it is typed, then its rows, its lines to correct and the words it must say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.files.traps import text, xlsx


@dataclass(frozen=True)
class Trap:
    """`rows` gives the fields of each row that the trap is about, amounts as texts; `rejected` the line and words of
    its reason; `says` words of the notices or of the rows' warnings; `refused` words of the sentence when nothing can
    be read. `form` is what the file must be recognised as, where that is the trap; `is_net` says balances HT."""

    id: str
    content: bytes
    rows: tuple[Mapping[str, Any], ...] = ()
    rejected: tuple[tuple[int, str], ...] = ()
    says: tuple[str, ...] = ()
    refused: str = ""
    filename: str = ""
    form: str | None = None
    is_net: bool = False


def row(name: str, outstanding: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"name": name, **({} if outstanding is None else {"outstanding": Decimal(outstanding)}), **fields}


DUPONT = row("Dupont", "1000.50", id_value="552008443")
FEC = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate"
    "|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)
INVOICE = "VE|Ventes|1|20260105|411000|Clients|C1|Étienne Cœur|F1|20260105|Facture 1|1200,00|0,00|||20260105||"
SALE = "VE|Ventes|1|20260105|707000|Ventes|||F1|20260105|Facture 1|0,00|1000,00|||20260105||"
LATER = "VE|Ventes|2|20261231|411000|Clients|C2|Norvik|F2|20261231|Facture 2|60,00|0,00|||20261231||"


def fec(*entries: str, header: str = FEC, encoding: str = "utf-8", end: str = "\r\n", separator: str = "|") -> bytes:
    """A FEC of the entries given, closed on 31/12/2026 by an invoice of that day."""
    lines = "\n".join([header, *entries, LATER + "|" * (header.count("|") - FEC.count("|"))])
    return text(lines.replace("|", separator), encoding, end)


ETIENNE = "Nom;SIREN;Solde dû\nÉtienne;552008443;1 000,50"

ENCODINGS = [
    Trap("UTF-8 with its mark", text(ETIENNE, "utf-8-sig"), (row("Étienne", "1000.50"),)),
    Trap("UTF-8 without mark", text(ETIENNE, "utf-8"), (row("Étienne", "1000.50"),)),
    Trap("UTF-16 with its mark", text(ETIENNE, "utf-16"), (row("Étienne", "1000.50"),)),
    Trap("UTF-16 without mark", text(ETIENNE, "utf-16-le"), (row("Étienne", "1000.50"),)),
    Trap("cp1252, with œ and €", text("Nom;SIREN;Solde (€)\nCœur d’Or;552008443;10,00"), (row("Cœur d’Or", "10"),)),
    Trap(
        "a line of cp1252 pasted into UTF-8",
        text(ETIENNE + "\nZoé à l’été;;1" * 9, "utf-8") + "\nNoël;;2".encode("cp1252"),
        (row("Étienne"), *(row("Zoé à l’été") for _ in range(9)), row("Noël", "2")),
    ),
    Trap(
        "ISO-8859-15, with œ and €",
        text("Nom;SIREN;Solde (€)\nCœur d'Or;552008443;10,00", "iso-8859-15"),
        (row("Cœur d'Or", "10"),),
    ),
    Trap("lines that end with CR alone", text("Nom;SIREN;Solde\nDupont;552008443;1 000,50", end="\r"), (DUPONT,)),
]

SEPARATORS = [
    Trap("tabulations", text("Nom\tSIREN\tSolde\nDupont\t552008443\t1 000,50"), (DUPONT,)),
    Trap("vertical bars", text("Nom|SIREN|Solde\nDupont|552008443|1 000,50"), (DUPONT,)),
    Trap("commas, with amounts between quotes", text('Nom,SIREN,Solde\nDupont,552008443,"1 000,50"'), (DUPONT,)),
    Trap("the line sep= of Excel", text("sep=;\nNom;SIREN;Solde\nDupont;552008443;1 000,50"), (DUPONT,)),
    Trap(
        "a cell on two lines", text('Nom;SIREN;Solde\n"Dupont\nFrères";552008443;1,00'), (row("Dupont Frères", "1"),)
    ),
    Trap(
        "a quote that nobody closes",
        text('Nom;SIREN;Solde\n"Dupont;552008443;1,00\nNorvik;404833048;2,00'),
        (row("Dupont", "1"), row("Norvik", "2")),
    ),
    Trap("a separator inside quotes", text('Nom;SIREN;Solde\n"Dupont; Fils";552008443;1,00'), (row("Dupont; Fils"),)),
]

NUMBERS = [
    Trap(
        f"an amount written {written!r}",
        text(f"Nom;SIREN;Solde\nDupont;552008443;{written}", "utf-8"),
        (row("Dupont", amount),),
    )
    for written, amount in (
        ("1\u00a0000,50", "1000.50"),
        ("1\u202f000,50", "1000.50"),
        ("1'000,50", "1000.50"),
        ("1.000,50", "1000.50"),
        ("1,000.50", "1000.50"),
        ("1000.50", "1000.50"),
        ("1 000,50 €", "1000.50"),
        ("-10,00", "-10"),
        ("10,00-", "-10"),
        ("(10,00)", "-10"),
        ("10,00 C", "-10"),
        ("10,00 D", "10"),
        ("12 k€", "12000"),
    )
]

AMOUNTS = [
    Trap(
        "1.234 is a thousand or a unit",
        text("Nom;SIREN;Solde\nDupont;552008443;1.234\nNorvik;404833048;10"),
        (row("Norvik", "10"),),
        rejected=((2, "peut se lire de deux façons"),),
    ),
    Trap(
        "1.234 beside an amount that tells",
        text("Nom;SIREN;Solde\nDupont;552008443;1.234\nNorvik;404833048;10,50"),
        (row("Dupont", "1234"), row("Norvik", "10.50")),
    ),
    Trap(
        "thousands of euros in the header",
        text("Nom;SIREN;CA HT (k€);Solde\nDupont;552008443;120;5"),
        (row("Dupont", "5", turnover=Decimal(120_000)),),
        says=("multipliée par 1\u202f000",),
    ),
    Trap(
        "thousands of euros in the title",
        text("Montants en k€\nNom;SIREN;Solde\nDupont;552008443;12"),
        (row("Dupont", "12000"),),
        says=("multipliés par 1 000",),
    ),
    Trap(
        "an error of the spreadsheet",
        text("Nom;SIREN;Solde\nDupont;552008443;#REF!\nNorvik;404833048;1,00"),
        (row("Norvik", "1"),),
        rejected=((2, "erreur de calcul du tableur"),),
    ),
    Trap(
        "a date where an amount should be",
        xlsx(("Clients", [["Nom", "SIREN", "Solde"], ["B", "552008443", date(2026, 1, 1)], ["A", "404833048", 1]])),
        (row("A", "1"),),
        rejected=((2, "est une date, pas un montant"),),
    ),
    Trap(
        "a credit balance",
        text("Nom;SIREN;Solde\nDupont;552008443;-10,00"),
        (row("Dupont", "-10"),),
        says=("solde créditeur",),
    ),
    Trap(
        "debit and credit balances in two columns",
        text("Nom;SIREN;Solde débiteur;Solde créditeur\nDupont;552008443;10,00;\nNorvik;404833048;;4,00"),
        (row("Dupont", "10"), row("Norvik", "-4")),
    ),
    Trap(
        "several currencies",
        text("Nom;SIREN;Solde;Devise\nDupont;552008443;10,00;EUR\nNorvik;404833048;4,00;USD"),
        (row("Dupont", "10"),),
        rejected=((3, "Montants en USD"),),
    ),
    Trap(
        "a limit is no balance",
        text("Nom;SIREN;Encours autorisé;Encours\nDupont;552008443;50 000;10,00"),
        (row("Dupont", "10"),),
    ),
    Trap(
        "VAT amounts are no VAT numbers",
        text("Nom;SIREN;TVA;Solde\nDupont;552008443;2,00;10,00"),
        (row("Dupont", "10", id_value="552008443"),),
    ),
    Trap(
        "not known is not zero",
        text("Nom;SIREN;Solde;CA\nDupont;552008443;NC;100"),
        ({"name": "Dupont", "outstanding": None, "turnover": 100},),
    ),
]

LINES = [
    Trap(
        "titles above the header",
        text("Étoffes du Nord\nBalance âgée au 31/10/2026\n\nNom;SIREN;Solde\nDupont;552008443;1 000,50"),
        (DUPONT,),
    ),
    Trap(
        "totals, and buyers named like totals",
        text(
            "Nom;SIREN;Solde\nDupont;552008443;1,00\nSous-total Nord;;1,00\nTotalEnergies;542051180;2,00\nTotal;;3,00"
        ),
        (row("Dupont", "1"), row("TotalEnergies", "2")),
    ),
    Trap(
        "the header again on each page",
        text("Nom;SIREN;Solde\nDupont;552008443;1,00\n\nNom;SIREN;Solde\nNorvik;404833048;2,00"),
        (row("Dupont", "1"), row("Norvik", "2")),
    ),
    Trap(
        "a header on two lines",
        xlsx(("Clients", [["Nom du", "N°", "Solde"], ["client", "SIREN", "dû"], ["Dupont", "552008443", 1000.5]])),
        (DUPONT,),
    ),
    Trap(
        "a merged title across the sheet",
        xlsx(
            ("Clients", [["Balance clients", None, None], ["Nom", "SIREN", "Solde"], ["Dupont", "552008443", 1000.5]])
        ),
        (DUPONT,),
    ),
    Trap(
        "a first sheet that is no list",
        xlsx(("Lisez-moi", [["Bonjour"]]), ("Clients", [["Nom", "SIREN", "Solde"], ["Dupont", "552008443", 1000.5]])),
        (DUPONT,),
    ),
    Trap(
        "the same company twice",
        text("Nom;SIREN;Solde\nDupont;552008443;1,00\nDupont Lyon;552 008 443;2,00"),
        (row("Dupont", "3", merged_lines=(3,)),),
    ),
    Trap(
        "private persons, public bodies, procedures and the group",
        text(
            "Nom;SIREN;Solde;Observations\nMme Durand;;1,00;\nMairie de Lyon;;1,00;\nDupont;552008443;1,00;en RJ\n"
            "Norvik;404833048;1,00;intragroupe"
        ),
        (
            row("Mme Durand", set_aside="private_person"),
            row("Mairie de Lyon", set_aside="public_body"),
            row("Dupont", set_aside="collective_procedure"),
            row("Norvik", set_aside="related_company"),
        ),
    ),
    Trap(
        "due dates under « Échéance » are no terms",
        text("Nom;SIREN;Encours;Échéance\nDupont;552008443;1,00;30/11/2026\nNorvik;404833048;2,00;15/12/2026"),
        (row("Dupont", "1", terms_days=None), row("Norvik", "2", terms_days=None)),
    ),
    Trap(
        "45 days end of month",
        text("Nom;SIREN;Encours;Délai\nDupont;552008443;1,00;45 jours fin de mois"),
        (row("Dupont", "1", terms_days=60),),
        says=("« fin de mois » compte pour 15 jours de plus",),
    ),
]

IDENTIFIERS = [
    Trap(
        "zeros that Excel dropped",
        xlsx(("Clients", [["Nom", "SIREN", "Solde"], ["Étoile", 100016, 1]])),
        (row("Étoile", id_value="000100016"),),
        says=("complété par des zéros",),
    ),
    Trap(
        "a SIRET of La Poste that fails Luhn",
        text("Nom;SIRET;Solde\nLa Poste Lyon;35600000000001;1,00"),
        (row("La Poste Lyon", id_type="siren", id_value="356000000"),),
    ),
    Trap(
        "a SIRET with spaces of every kind",
        text("Nom;SIRET;Solde\nÉtoile;732\u00a0829\u00a0320 00074;1,00"),
        (row("Étoile", id_value="732829320"),),
    ),
    Trap(
        "a wrong check digit",
        text("Nom;SIRET;Solde\nÉtoile;73282932000079;1,00\nDupont;55200844300017;1,00"),
        rejected=((2, "la clé de contrôle (Luhn) est fausse"), (3, "la clé de contrôle (Luhn) est fausse")),
    ),
    Trap(
        "a VAT number in place of the SIREN",
        text("Nom;N° TVA;Solde\nÉtoile;FR44732829320;1,00\nNorvik;DE136695976;2,00"),
        (row("Étoile", id_type="siren", id_value="732829320"), row("Norvik", id_type="vat", country="DE")),
    ),
    Trap(
        "internal codes under « Identifiant »",
        text("Identifiant;Nom;Solde\nC001;Dupont;1,00\nC002;Norvik;2,00"),
        (row("Dupont", "1", id_value=""), row("Norvik", "2", id_value="")),
        says=("Sans identifiant",),
    ),
]

AGEING = [
    Trap(
        "ageing columns without a total add up",
        text("Nom;SIREN;Non échu;1-30;31-60;> 60\nDupont;552008443;1,00;2,00;;4,00"),
        (row("Dupont", "7", ageing=(1, 2, 0, 4)),),
    ),
    Trap(
        "« Échu » is the sum of its columns",
        text("Nom;SIREN;Non échu;1-30;> 30;Échu\nDupont;552008443;1,00;2,00;4,00;6,00"),
        (row("Dupont", "7", ageing=(1, 2, 4)),),
    ),
    Trap(
        "a total beside the ageing columns",
        text("Nom;SIREN;Total;Non échu;1-30;> 30\nDupont;552008443;7,00;1,00;2,00;4,00"),
        (row("Dupont", "7", ageing=(1, 2, 4)),),
    ),
    Trap(
        "overdue columns only, the oldest first",
        text("Nom;SIREN;+90;61-90;31-60;0-30\nDupont;552008443;1,00;2,00;4,00;8,00"),
        (row("Dupont", "15", ageing=(8, 4, 2, 1)),),
    ),
    Trap(
        "a column for each month, with what came before and after",
        text("Nom;SIREN;Antérieur;09/2026;10/2026;Postérieur;Total\nDupont;552008443;1,00;2,00;4,00;8,00;15,00"),
        (row("Dupont", "15", ageing=(8, 4, 2, 1)),),
    ),
]

FECS = [
    Trap(
        "a FEC with tabulations",
        fec(INVOICE, SALE, separator="\t"),
        (row("Étienne Cœur", "1200", account="C1", peak=Decimal(1200), turnover=Decimal(1000)), row("Norvik", "60")),
        says=("Un FEC n’a pas d’échéances : elles sont estimées à 60 jours",),
    ),
    Trap(
        "a FEC in ISO-8859-15, as the law says",
        fec(INVOICE, encoding="iso-8859-15"),
        (row("Étienne Cœur", "1200"), row("Norvik", "60")),
    ),
    Trap(
        "the XML form of a FEC",
        text('<?xml version="1.0" encoding="utf-8"?>\n<comptabilite><exercice></exercice></comptabilite>', "utf-8"),
        refused="FEC au format XML : demandez au comptable le FEC en texte",
    ),
    Trap("a FEC in cp1252", fec(INVOICE, encoding="cp1252"), (row("Étienne Cœur", "1200"), row("Norvik", "60"))),
    Trap("a FEC whose lines end with LF", fec(INVOICE, end="\n"), (row("Étienne Cœur", "1200"), row("Norvik", "60"))),
    Trap(
        "a FEC is TTC, its sales are HT",
        fec(INVOICE, SALE),
        (row("Étienne Cœur", "1200", turnover=Decimal(1000)), row("Norvik", "60")),
        says=("Le chiffre d’affaires HT de chaque client vient des comptes 70",),
    ),
    Trap(
        "a FEC ages from the piece's date",
        fec(INVOICE),
        (row("Étienne Cœur", ageing=(0, 0, 0, 0, 1200)), row("Norvik", ageing=(60, 0, 0, 0, 0))),
    ),
    Trap(
        "a FEC with amount and side",
        text(
            f"{FEC.replace('Debit|Credit', 'Montant|Sens')}\n{INVOICE.replace('|0,00|', '|D|')}\n"
            "BQ|Banque|9|20260301|411000|Clients|C1|Étienne Cœur|R1|20260301|Règlement|200,00|C|||20260301||",
            "utf-8",
        ),
        (row("Étienne Cœur", "1000"),),
    ),
    Trap(
        "a FEC of the BNC form: 22 fields and accents",
        fec(
            INVOICE + "||||", header=FEC.replace("Debit|Credit", "Débit|Crédit") + "|DateRglt|ModeRglt|NatOp|IdClient"
        ),
        (row("Étienne Cœur", "1200"), row("Norvik", "60")),
    ),
    Trap(
        "a FEC with signs after the number",
        fec(INVOICE, INVOICE.replace("1200,00|0,00", "200,00-|0,00").replace("|1|", "|3|")),
        (row("Étienne Cœur", "1000"), row("Norvik", "60")),
    ),
    Trap(
        "lettering that nets to zero, and lettering that does not",
        fec(
            INVOICE.replace("|||20260105", "|AA||20260105"),
            "BQ|Banque|3|20260301|411000|Clients|C1|Étienne Cœur|R1|20260301|Règlement|0,00|1200,00|AA||20260301||",
            INVOICE.replace("|||20260105", "|AB||20260105").replace("|1|", "|4|"),
            "BQ|Banque|5|20260301|411000|Clients|C1|Étienne Cœur|R2|20260301|Règlement|0,00|500,00|AB||20260301||",
        ),
        (row("Étienne Cœur", "700", ageing=(0, 0, 0, 0, 700)), row("Norvik", "60")),
    ),
    Trap(
        "opening balances that lost their dates",
        fec(INVOICE.replace("VE|Ventes", "AN|À nouveaux")),
        (row("Étienne Cœur", "1200"), row("Norvik", "60")),
        says=("la date d’origine est perdue",),
    ),
    Trap(
        "a FEC without auxiliary accounts",
        fec(INVOICE.replace("|C1|Étienne Cœur|", "|||")),
        (row("Norvik", "60"),),
        rejected=((2, "sans compte auxiliaire"),),
    ),
    Trap(
        "a cash-basis FEC",
        text(f"{FEC}\nBQ|Banque|1|20260105|512000|Banque|||R1|20260105|Recette|1200,00|0,00|||20260105||", "utf-8"),
        refused="aucune écriture sur un compte client",
    ),
    Trap(
        "a FEC opened and saved in Excel",
        xlsx(
            (
                "FEC",
                [
                    FEC.split("|"),
                    ["VE", "Ventes", 1, 20260105, 411000, "Clients", "C1", "Étienne", "F1", 20260105, "F", 1200.5, 0],
                    ["VE", "", 2, date(2026, 12, 31), 411000, "Clients", 7, "Norvik", 2, date(2026, 12, 31), "", 60],
                ],
            )
        ),
        (row("Étienne", "1200.50"), row("Norvik", "60", account="7")),
    ),
    Trap(
        "a FEC without its first line",
        fec(INVOICE, SALE).partition(b"\r\n")[2],
        (row("Étienne Cœur", "1200", account="C1", turnover=Decimal(1000)), row("Norvik", "60")),
        says=("Ce FEC n’a pas sa ligne de titres", "estimées à 60 jours"),
    ),
    Trap(
        "a FEC of the BNC form without its first line, with amount and side",
        text(
            (INVOICE + "||||").replace("|0,00|", "|D|") + "\n" + (INVOICE + "||||").replace("1200,00|0,00", "200,00|C")
        ),
        (row("Étienne Cœur", "1000"),),
        says=("imputés sur les factures les plus anciennes",),
    ),
    Trap(
        "a separator in a label",
        fec(INVOICE, INVOICE.replace("Facture 1", "Facture 1|12,00")),
        (row("Étienne Cœur", "1200"), row("Norvik", "60")),
        rejected=((3, "un séparateur se trouve dans un texte"),),
        says=("le solde est incomplet",),
    ),
]

FIXED_WIDTHS = [
    Trap(
        "entries in the fixed widths of Quadra",
        text(
            "C411DUP  Dupont SARL\n"
            + "M411DUP  VE000050926 Facture 12          D+000000120000        041126     00012\n"
            + "M707000  VE000050926 Facture 12          C+000000100000                   00012"
        ),
        refused="au format de Quadra, à colonnes de largeur fixe : demandez plutôt la balance âgée",
    ),
    Trap(
        "entries in the fixed widths of XIMPORT",
        text(
            "00067VE2026090520261104F12         411DUP     Dupont SARL facture 12   0000001200.00D            \n"
            "00067VE2026090520261104F12         707000     Ventes de marchandises   0000001000.00C            "
        ),
        refused="XIMPORT, à colonnes de largeur fixe : demandez plutôt la balance âgée",
    ),
]

LEDGERS = [
    Trap(
        "a ledger with headed accounts and pages",
        text("""
            Grand livre au 31/10/2026
            Date;Jnl;Libellé;Débit;Crédit;Solde progressif
            411DUP - Dupont
            01/09/2026;VE;Facture;120,00;;120,00
            À reporter;;;120,00;;120,00
            411DUP - Dupont (suite)
            Report;;;120,00;;120,00
            02/09/2026;BQ;Virement;;20,00;100,00
            Total 411DUP;;;120,00;20,00;100,00
            Total général;;;120,00;20,00;100,00
        """),
        (row("Dupont", "100", account="411DUP"),),
    ),
    Trap(
        "lettering codes that differ by case",
        text("""
            Compte;Intitulé du compte;Date;Libellé;Débit;Crédit;Lettrage
            411DUP;Dupont;01/01/2026;Facture;100,00;;a
            411DUP;Dupont;31/10/2026;Facture;100,00;;A
            411DUP;Dupont;31/10/2026;Virement;;100,00;A
        """),
        (row("Dupont", "100", ageing=(0, 0, 0, 0, 100)),),
    ),
    Trap(
        "suppliers in the same ledger",
        text("""
            Compte;Intitulé du compte;Date;Débit;Crédit
            401FOU;Fournisseur;01/09/2026;;100,00
            411DUP;Dupont;01/09/2026;50,00;
        """),
        (row("Dupont", "50"),),
        says=("laissés de côté : 1",),
    ),
    Trap(
        "a total that is not the sum of its lines",
        text("""
            Date;Jnl;Libellé;Débit;Crédit
            411DUP Dupont
            01/09/2026;VE;Facture;120,00;
            Total 411DUP;;;320,00;
        """),
        (row("Dupont", "120"),),
        says=("Le total du compte est 320",),
    ),
]

INVOICES = [
    Trap(
        "one line per invoice",
        text("""
            Balance au 31/10/2026
            Client;SIREN;N° facture;Date facture;Échéance;Reste dû
            Dupont;552008443;F1;01/08/2026;30/09/2026;1 200,00
            Dupont;552008443;F2;15/09/2026;14/11/2026;300,00
        """),
        (row("Dupont", "1500", ageing=(300, 0, 1200, 0, 0), terms_days=60, merged_lines=(4,)),),
    ),
    Trap(
        "clients that head their invoices",
        text("""
            Balance au 31/10/2026
            Date;Pièce;Échéance;Non échu;0-30;31-60;61-90;+90
            Client : DUP01 Dupont
            01/08/2026;F1;30/09/2026;;;1 200,00;;
            Total client;;;;;1 200,00;;
        """),
        (row("Dupont", "1200", account="DUP01", ageing=(0, 0, 1200, 0, 0)),),
    ),
    Trap(
        "01/02/03 is three dates",
        text("""
            Balance au 31/10/2026
            Client;N° facture;Date facture;Reste dû
            Dupont;F1;01/02/03;10,00
            Dupont;F2;01/09/2026;5,00
        """),
        (row("Dupont", "5"),),
        rejected=((3, "peut se lire 03/02/2001 ou 02/01/2003 ou 01/02/2003"),),
    ),
    Trap(
        "days and months turned round",
        text("""
            Balance au 31/10/2026
            Client;N° facture;Date facture;Reste dû
            Dupont;F1;05/09/2026;10,00
            Dupont;F2;25/09/2026;5,00
            Dupont;F3;09/26/2026;1,00
        """),
        (row("Dupont", "6"),),
        rejected=((3, "peut se lire 09/05/2026 ou 05/09/2026"),),
        says=("le jour et le mois inversés",),
    ),
    Trap(
        "some dates turned round by the spreadsheet",
        xlsx(
            (
                "Factures",
                [
                    ["Balance au 31/10/2026", None, None, None],
                    ["Client", "N° facture", "Date facture", "Reste dû"],
                    ["Dupont", "F1", date(2026, 5, 9), 10],
                    ["Dupont", "F2", "25/09/2026", 5],
                ],
            )
        ),
        (row("Dupont", "5"),),
        rejected=((3, "peut se lire 09/05/2026 ou 05/09/2026"),),
    ),
    Trap(
        "AAAAMMJJ, Excel's numbers and an empty date of zeros",
        text("""
            Balance au 31/10/2026
            Client;N° facture;Date facture;Échéance;Reste dû
            Dupont;F1;20260801;00/00/0000;10,00
            Dupont;F2;46266;46295;5,00
        """),
        (row("Dupont", "15", ageing=(0, 0, 15, 0, 0)),),
        says=("Échéances manquantes, estimées à 60 jours de la facture : 1.",),
    ),
    Trap(
        "an invoice in another currency",
        text("""
            Client;N° facture;Date facture;Reste dû;Devise
            Dupont;F1;01/09/2026;10,00;EUR
            Dupont;F2;01/09/2026;10,00;USD
        """),
        (row("Dupont", "10"),),
        rejected=((3, "Montants en USD"),),
    ),
]

TRAPS = [
    *(*ENCODINGS, *SEPARATORS, *NUMBERS, *AMOUNTS, *LINES, *IDENTIFIERS, *AGEING),
    *(*FECS, *FIXED_WIDTHS, *LEDGERS, *INVOICES),
]
