"""The traps of DOMAIN.md §5, §6.1, §6.3, §6.4 and §10.2 that come with a format: ageing schemes, Sage's own tables,
variants of a FEC, registers abroad, currencies, terms. In the same table as the others."""

from decimal import Decimal

from tests.files.traps import text
from tests.files.traps_of_lists import DUPONT, ETIENNE, FEC, INVOICE, LATER, Trap, fec, row

SCHEMES = [
    Trap(
        "the classic scheme, to more than 120 days",
        text(
            "Nom;SIREN;Solde;Non échu;1-30;31-60;61-90;91-120;> 120\n"
            "Dupont;552008443;63,00;1,00;2,00;4,00;8,00;16,00;32,00"
        ),
        (row("Dupont", "63", ageing=(1, 2, 4, 8, 16, 32)),),
    ),
    Trap(
        "the long scheme, to more than 180 days, without a total",
        text("Nom;SIREN;0–30;31–60;61–90;91–180;> 180\nDupont;552008443;1,00;2,00;4,00;8,00;16,00"),
        (row("Dupont", "31", ageing=(1, 2, 4, 8, 16)),),
    ),
    Trap(
        "Sage's scheme of 15 days, where > 61 begins on day 61",
        text("Compte tiers;Intitulé;Non échu;1–30;31–45;46–60;> 61\nDUP;Dupont;1,00;2,00;4,00;8,00;16,00"),
        (row("Dupont", "31", account="DUP", ageing=(1, 2, 4, 8, 16)),),
    ),
    Trap(
        "LDCompta: months going back, the oldest pooled in the last one",
        text(
            "Balance âgée au 31/10/2026\nCompte;Nom;10/2026;09/2026;08/2026;07/2026 et antérieur;Total\n"
            "411DUP;Dupont;1,00;2,00;4,00;8,00;15,00"
        ),
        (row("Dupont", "15", ageing=(1, 2, 4, 8)),),
    ),
    Trap(
        "months going back, the oldest pooled before one",
        text(
            "Balance âgée au 31/10/2026\nCompte;Nom;10/2026;09/2026;Avant 09/2026;Total\n"
            "411DUP;Dupont;1,00;2,00;4,00;7,00"
        ),
        (row("Dupont", "7", ageing=(1, 2, 4)),),
    ),
    Trap(
        "DailyBiz: fortnights",
        text(
            "Balance au 31/10/2026\n"
            "Client;Antérieur;du 01/10/2026 au 15/10/2026;du 16/10/2026 au 31/10/2026;Postérieur\n"
            "Dupont;1,00;2,00;4,00;8,00"
        ),
        (row("Dupont", "15", ageing=(8, 4, 2, 1)),),
    ),
    Trap(
        "DailyBiz: quarters",
        text("Balance au 30/09/2026\nClient;Antérieur;T2 2026;T3 2026;Postérieur;Total\nDupont;1;2;4;8;15"),
        (row("Dupont", "15", ageing=(8, 4, 2, 1)),),
    ),
    Trap(
        "DailyBiz: weeks, the last of them not over yet",
        text("Balance au 31/10/2026\nClient;Antérieur;S43 2026;S44 2026;Postérieur;Total\nDupont;1;2;4;8;15"),
        (row("Dupont", "15", ageing=(12, 2, 1)),),
        says=("La colonne de la période en cours mêle des factures échues et d’autres à échoir",),
    ),
    Trap(
        "aged from the invoices' dates, and not from their due dates",
        text("Ancienneté selon la date de facture\nNom;SIREN;0-30;31-60;> 60\nDupont;552008443;1,00;2,00;4,00"),
        (row("Dupont", "7", ageing=(1, 2, 4)),),
        says=("part de la date de facture et non de l’échéance",),
    ),
]

PACKAGES = [
    Trap(
        "EBP: an aged balance of all third parties, suppliers among them",
        text(
            "Balance âgée des tiers\nCompte;Intitulé;Solde;Non échu;> 30\n401FOU;Fournisseur;-50,00;-50,00;\n"
            "411DUP;Dupont;10,00;10,00;\nTotal général;;-40,00;-40,00;"
        ),
        (row("Dupont", "10", account="411DUP"),),
        says=("Comptes de fournisseurs, laissés de côté : 1",),
    ),
    Trap(
        "client codes that begin like suppliers' accounts",
        text("Code client;Nom;Solde\n401;Dupont;10,00\n411;Norvik;5,00\n502;Étoile;1,00"),
        (row("Dupont", "10"), row("Norvik", "5"), row("Étoile", "1")),
    ),
    Trap(
        "Sage 100: entries under the names of its own tables, EC_Sens 0 for a debit",
        text(
            "CT_Num;CT_Intitule;CG_Num;JM_Date;EC_Montant;EC_Sens;EC_Echeance;EC_Lettrage\n"
            "DUP;Dupont;4110000;2026-08-01;1200,00;0;2026-09-30;\nDUP;Dupont;4110000;2026-10-31;200,00;1;2026-10-31;\n"
            "FOU;Fournisseur;4010000;2026-09-01;70,00;1;2026-10-01;"
        ),
        (row("Dupont", "1000", account="DUP", ageing=(0, 0, 1000, 0, 0)),),
        form="ledger",
    ),
    Trap(
        "Sage: quotes around every cell, in ISO-8859-15",
        text('"N° compte";"Intitulé";"Solde"\n"411ETO";"Étoile du Cœur ""Nord""";"1 000,50"', "iso-8859-15"),
        (row('Étoile du Cœur "Nord"', "1000.50", account="411ETO"),),
    ),
    Trap(
        "XIMPORT with cents and JJMMAA is no list",
        text(
            "00067VE050926F12         411DUP     Dupont SARL facture 12   000000120000D041126\n"
            "00067VE050926F12         707000     Ventes de marchandises   000000100000C041126"
        ),
        refused="Aucun en-tête n’a été reconnu",
    ),
    Trap(
        "receipts without a number of invoice",
        text(
            "Balance au 31/10/2026\nClient;N° facture;Date;Échéance;Montant\n"
            "Dupont;F1;01/08/2026;30/09/2026;1 200,00\n"
            "Dupont;;10/10/2026;;-200,00"
        ),
        (row("Dupont", "1000", ageing=(0, 0, 1000, 0, 0)),),
        form="invoices",
    ),
    Trap(
        "years of two digits",
        text(
            "Balance au 31/10/26\nClient;N° facture;Date facture;Échéance;Reste dû\n"
            "Dupont;F1;01/08/26;30/09/26;10,00\n"
            "Dupont;F2;05/09/26;04/11/26;5,00"
        ),
        (row("Dupont", "15", ageing=(5, 0, 10, 0, 0), terms_days=60),),
    ),
    Trap(
        "dates AAAA-MM-JJ",
        text(
            "Balance au 31/10/2026\nClient;N° facture;Date facture;Échéance;Reste dû\n"
            "Dupont;F1;2026-08-01;2026-09-30;10,00"
        ),
        (row("Dupont", "10", ageing=(0, 0, 10, 0, 0), terms_days=60),),
    ),
    Trap(
        "bills and doubtful debts of one buyer, in a ledger",
        text(
            "Compte;Intitulé du compte;Date;Débit;Crédit\n411DUP;Dupont;01/09/2026;50,00;\n"
            "413DUP;Dupont;01/09/2026;20,00;\n416DUP;Dupont;01/01/2026;5,00;"
        ),
        (row("Dupont", "75"),),
        says=("Dont 5\u00a0€ en créances douteuses",),
    ),
]

NORVIK = row("Norvik", "60")
ETIENNE_OWES = row("Étienne Cœur", "1200")
AFTER_CLOSING = "BQ|Banque|3|20270110|411000|Clients|C1|Étienne Cœur|R1|20270110|Règlement|0,00|1200,00|AA||20270110||"

FEC_VARIANTS = [
    Trap(
        "a FEC whose name says when it closes",
        fec(INVOICE, AFTER_CLOSING),
        (ETIENNE_OWES, NORVIK),
        says=("FEC arrêté au 31/12/2026", "Écritures de clients après le 31/12/2026, laissées de côté : 1."),
        filename="552008443FEC20261231.txt",
    ),
    Trap(
        "what was lettered after the closing date is still open",
        fec(INVOICE.replace("|||20260105", "|AA||20260105"), AFTER_CLOSING),
        (row("Étienne Cœur", "1200", ageing=(0, 0, 0, 0, 1200)), NORVIK),
        filename="552008443FEC20261231.txt",
    ),
    Trap("a FEC whose lines end with CR alone", fec(INVOICE, end="\r"), (ETIENNE_OWES, NORVIK)),
    Trap("a FEC in UTF-8 with its mark", fec(INVOICE, encoding="utf-8-sig"), (ETIENNE_OWES, NORVIK)),
    Trap(
        "a FEC in ASCII",
        fec(INVOICE.replace("Étienne Cœur", "Etienne"), encoding="ascii"),
        (row("Etienne", "1200"), NORVIK),
    ),
    Trap(
        "a FEC with signs before the number",
        fec(INVOICE, INVOICE.replace("1200,00|0,00", "-200,00|0,00").replace("|1|", "|3|")),
        (row("Étienne Cœur", "1000"), NORVIK),
    ),
    Trap(
        "a FEC with decimal points, against the law",
        fec(INVOICE.replace("1200,00|0,00", "1234.56|0.00")),
        (row("Étienne Cœur", "1234.56"), NORVIK),
    ),
    Trap(
        "a FEC whose sides are +1 and -1",
        text(
            f"{FEC.replace('Debit|Credit', 'Montant|Sens')}\n{INVOICE.replace('|0,00|', '|+1|')}\n"
            f"{INVOICE.replace('1200,00|0,00', '200,00|-1')}",
            "utf-8",
        ),
        (row("Étienne Cœur", "1000"),),
    ),
    Trap(
        "a FEC of the BA form: 21 fields",
        fec(INVOICE + "|||", header=FEC + "|DateRglt|ModeRglt|NatOp"),
        (ETIENNE_OWES, NORVIK),
    ),
    Trap(
        "a FEC with due dates in a column of its own",
        fec(INVOICE + "|20261130", header=FEC + "|DateEcheance"),
        (row("Étienne Cœur", "1200", ageing=(0, 0, 1200, 0, 0)), NORVIK),  # 31 days before the closing
    ),
    Trap(
        "a FEC with an amount in dollars beside the euros",
        fec(INVOICE[:-1] + "1300,00|USD"),
        (ETIENNE_OWES, NORVIK),
    ),
    Trap(
        "a FEC with bills (413), doubtful debts (416), suppliers and VAT",
        fec(
            INVOICE,
            INVOICE.replace("411000|Clients", "413000|Effets").replace("1200,00", "100,00"),
            INVOICE.replace("411000|Clients", "416000|Douteux").replace("1200,00", "10,00"),
            "AC|Achats|7|20260105|401000|Fournisseurs|F1|Acier|A1|20260105|Achat|0,00|70,00|||20260105||",
            "VE|Ventes|8|20260105|445710|TVA|||A1|20260105|TVA|0,00|200,00|||20260105||",
        ),
        (row("Étienne Cœur", "1310"), NORVIK),
        says=("Dont 10\u00a0€ en créances douteuses", "ne concernent pas les clients : 2."),
    ),
    Trap(
        "a FEC whose buyers have accounts of their own",
        fec(INVOICE.replace("411000|Clients|C1|Étienne Cœur", "411DUPONT|Dupont SA||")),
        (row("Dupont SA", "1200", account="411DUPONT"), NORVIK),
    ),
    Trap(
        "a FEC whose buyers have a name and no number",
        fec(INVOICE.replace("|C1|Étienne Cœur|", "||Dupont SA|")),
        (row("Dupont SA", "1200"), NORVIK),
    ),
    Trap(
        "a FEC whose first entry of a buyer cannot be read",
        fec(INVOICE.replace("1200,00", "mille"), INVOICE.replace("1200,00", "500,00")),
        (row("Étienne Cœur", "500"), NORVIK),
        rejected=((2, "n’est pas un nombre"),),
        says=("La ligne 2 n’a pas pu être lue : le solde est incomplet.",),
    ),
    Trap(
        "a ledger whose first entry of a buyer has no readable due date",
        text(
            "Compte;Intitulé du compte;Date;Échéance;Débit;Crédit\n411DUP;Dupont;01/08/2026;31/02/2026;120,00;\n"
            "411DUP;Dupont;01/09/2026;31/10/2026;50,00;"
        ),
        (row("Dupont", "50", merged_lines=()),),
        rejected=((2, "n’est pas une date"),),
        says=("La ligne 2 n’a pas pu être lue : le solde est incomplet.",),
    ),
    Trap(
        "a FEC with its columns in another order",
        text(
            "\n".join("|".join(reversed(line.split("|"))) for line in (FEC, INVOICE, LATER)),
            "utf-8",
        ),
        (ETIENNE_OWES, NORVIK),
    ),
]

# What each register's number must come out as (DOMAIN.md §5): a VAT number when its key is good, otherwise as written.
REGISTERS = (
    ("Albanie", "L12345678A", "AL", "L12345678A"),
    ("Bosnie-Herzégovine", "4200000000001", "BA", "4200000000001"),
    ("Bulgarie", "175074752", "BG", "BG175074752"),
    ("République tchèque", "25123891", "CZ", "CZ25123891"),
    ("Slovaquie", "31322832", "SK", "31322832"),
    ("Estonie", "10345833", "EE", "10345833"),
    ("Croatie", "0331948", "HR", "0331948"),
    ("Hongrie", "12892312", "HU", "HU12892312"),
    ("Irlande", "IE6433435F", "IE", "IE6433435F"),
    ("Kazakhstan", "123456789012", "KZ", "123456789012"),
    ("Lituanie", "119511515", "LT", "LT119511515"),
    ("Lettonie", "40003521600", "LV", "LV40003521600"),
    ("Macédoine du Nord", "1234567", "MK", "1234567"),
    ("Slovénie", "5043611", "SI", "5043611"),
    ("Pologne", "8567346215", "PL", "PL8567346215"),
    ("Pologne", "192598184", "PL", "192598184"),
    ("Roumanie", "18547290", "RO", "RO18547290"),
    ("Serbie", "10159247", "RS", "10159247"),
    ("Russie", "7707083893", "RU", "7707083893"),
    ("Ukraine", "12345678", "UA", "12345678"),
    ("Nouvelle-Calédonie", "NC1234567", "NC", "NC1234567"),
)

IDENTIFIERS = [
    *(
        Trap(
            f"{country}: {written} in the register",
            text(
                f"Nom;Identifiant;Pays;Solde\nAcheteur;{written};{country};10,00\nDupont;552008443;France;5,00",
                "utf-8",
            ),
            (row("Acheteur", "10", country=code, id_value=value), row("Dupont", "5", id_type="siren", country="FR")),
        )
        for country, written, code, value in REGISTERS
    ),
    Trap(
        "numbers of New Caledonia among SIRETs",
        text("Nom;SIRET;Solde\nCaillou;NC1234567;10,00\nNickel;NC 1 234 567.001;3,00\nDupont;552008443;1,00"),
        (
            row("Caillou", "10", id_type="other", country="NC"),
            row("Nickel", "3", id_value="NC1234567001", country="NC"),
            row("Dupont", "1", id_type="siren", country="FR"),
        ),
        says=("NC1234567 (NC) non vérifié",),
    ),
    Trap(
        "Monaco's VAT number holds no SIREN",
        text("Nom;N° TVA;Solde\nRocher;FR53000004605;10,00"),
        (row("Rocher", "10", id_type="vat", id_value="FR53000004605", country="MC"),),
    ),
    Trap(
        "a VAT key with letters",
        text("Nom;N° TVA;Solde\nDupont;FRK7399859412;10,00"),
        (row("Dupont", "10", id_type="siren", id_value="399859412"),),
    ),
    Trap(
        "a SIREN in scientific notation is lost",
        text("Nom;SIREN;Solde\nDupont;5,52008E+08;10,00\nNorvik;404833048;1,00"),
        (row("Norvik", "1"),),
        rejected=((2, "écriture scientifique"),),
    ),
    Trap(
        "one company under two codes of the client",
        text("Code client;Nom;SIREN;Solde\nC1;Dupont;552008443;1,00\nC9;Dupont Lyon;552008443;2,00"),
        (row("Dupont", "3", account="C1", merged_lines=(3,)),),
    ),
    Trap(
        "two SIRETs of one company: a limit holds for the company",
        text("Nom;SIRET;Solde\nLa Poste;35600000000048;1,00\nLa Poste Lyon;35600000000001;2,00"),
        (row("La Poste", "3", id_value="356000000", merged_lines=(3,)),),
    ),
    Trap(
        "codes of the NAF are no identifiers",
        text("Nom;Code NAF;SIREN;Solde\nDupont;4711F;552008443;10,00\nNorvik;47.11F;404833048;5,00"),
        (row("Dupont", "10", id_value="552008443", account=""), row("Norvik", "5", id_value="404833048")),
    ),
    Trap(
        "internal codes under « Identifiant », one line per invoice",
        text(
            "Client;Identifiant;N° facture;Date facture;Reste dû\nA;C01;F1;01/09/2026;10,00\nA;C01;F2;01/10/2026;5,00"
        ),
        (row("A", "15", id_value=""),),
        form="invoices",
    ),
    Trap(
        "VAT amounts under « TVA », one line per invoice",
        text(
            "Client;N° facture;Date facture;Montant HT;TVA;Montant TTC\nA;F1;01/09/2026;10,00;2,00;12,00\n"
            "A;F2;01/10/2026;5,00;1,00;6,00"
        ),
        (row("A", "18", id_value=""),),
        form="invoices",
    ),
]

CURRENCIES = [
    Trap("a balance HT", text("Nom;SIREN;Encours HT\nDupont;552008443;100,00"), (row("Dupont", "100"),), is_net=True),
    Trap(
        "dollars in the header",
        text("Nom;SIREN;Solde (USD)\nDupont;552008443;100,00"),
        rejected=((2, "Montants en USD : convertissez-les en euros."),),
    ),
    Trap(
        "dollars in the title",
        text("Montants en USD\nNom;SIREN;Solde\nDupont;552008443;100,00"),
        rejected=((3, "Montants en USD"),),
    ),
    Trap(
        "dollars by their sign in the column of currencies",
        text("Nom;SIREN;Solde;Devise\nDupont;552008443;9,00;$\nNorvik;404833048;8,00;€"),
        (row("Norvik", "8"),),
        rejected=((2, "Montants en $"),),
    ),
    Trap(
        "dollars in the cell",
        text("Nom;SIREN;Solde\nDupont;552008443;9,00 $\nNorvik;404833048;8,00"),
        (row("Norvik", "8"),),
        rejected=((2, "n’est pas un nombre"),),
    ),
    Trap(
        "dollars in the header of invoices",
        text("Client;N° facture;Date facture;Reste dû ($)\nDupont;F1;01/09/2026;10,00"),
        refused="Montants en \\$ : convertissez-les",
    ),
    Trap(
        "a company named like a currency",
        text("CHF Distribution\nTenue de compte : EUR\nNom;SIREN;Solde\nDupont;552008443;1 000,50"),
        (DUPONT,),
    ),
]

TERMS = [
    Trap(
        f"terms written « {written} »",
        text(f"Nom;SIREN;Solde;Délai\nDupont;552008443;1,00;{written}\nNorvik;404833048;1,00;60"),
        (row("Dupont", "1", terms_days=days), row("Norvik", "1", terms_days=60)),
        says=() if days is not None else ("n’est pas un délai en jours",),
    )
    for written, days in (
        ("-3", None),
        ("3-", None),
        ("(30)", None),
        ("-30 jours", None),
        ("30/60 j", None),
        ("30 à 60 jours", None),
        ("1,5 mois", None),
        ("400", None),
        ("2 mois", 60),
        ("60,0 jours", 60),
        ("VIR-30J", 30),
        ("Traite - 45 jours", 45),
        ("30 j. fin de mois", 45),
    )
]

ENCODINGS = [
    Trap("UTF-16 of the other end", text(ETIENNE, "utf-16-be"), (row("Étienne", "1000.50"),)),
    Trap("ASCII", text("Nom;SIREN;Solde\nDupont;552008443;1 000,50", "ascii"), (DUPONT,)),
]

OPEN_ENDS = [
    Trap(
        "a credit balance in ageing columns",
        text("Nom;SIREN;Solde;Non échu;> 30\nDupont;552008443;(4,00);1,00;5,00-"),
        (row("Dupont", "-4", ageing=(1, -5)),),
        says=("solde créditeur",),
    ),
    Trap(
        "the total of the page in the column of accounts",
        text("Compte;Nom;Solde\n411DUP;Dupont;1,00\nTotal page;;1,00\nSous-total;;1,00\nTOTAUX;;1,00"),
        (row("Dupont", "1"),),
    ),
    Trap(
        "zero is a balance, empty is none",
        text("Nom;SIREN;Solde;CA\nDupont;552008443;0,00;10\nNorvik;404833048;;20"),
        (
            row("Dupont", "0", turnover=Decimal(10)),
            {"name": "Norvik", "outstanding": None, "turnover": Decimal(20)},
        ),
    ),
]

FORMATS = [*SCHEMES, *PACKAGES, *FEC_VARIANTS, *IDENTIFIERS, *CURRENCIES, *TERMS, *ENCODINGS, *OPEN_ENDS]
