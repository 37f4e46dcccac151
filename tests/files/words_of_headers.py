"""The table of header words in DOMAIN.md §6.2, word by word: a small file with each, where that word alone says what
its column holds."""

from decimal import Decimal

from tests.files.traps import text
from tests.files.traps_of_lists import Trap, row

TITLE = "Balance au 31/10/2026\n"
ACCOUNTS = (
    "n° de compte|numéro de compte|compte|compte tiers|compte auxiliaire|auxiliaire|CompAuxNum|CT_Num|code tiers"
    "|code client|identifiant du tiers|id tiers|n° client|référence client"
)
NAMES = (
    "tiers|nom du tiers|client|raison sociale|intitulé|intitulé du compte|libellé de compte|nom|CompAuxLib|CT_Intitule"
)
IDENTIFIERS = "siren|siret|n° siret|identifiant|tva intracom|n° tva|tva"
INVOICE_NUMBERS = "n° de facture|numéro facture|n° pièce|numéro de pièce|pièce|référence|PieceRef"
INVOICE_DATES = "date de facture|date de pièce|date pièce|date d'écriture|date|PieceDate|EcritureDate"
DUE_DATES = "date d'échéance|échéance|date échéance|EC_Echeance"
SIDES = (("débit", "crédit"), ("montant débit", "montant crédit"), ("débit EUR", "crédit EUR"))
BALANCES = "solde|solde dû|reste dû|restant dû|solde progressif|encours|total|montant dû|total dû"
LETTERINGS = "lettrage|lettre|let|code lettrage|rapprochement|EcritureLet"
NOT_DUE = "non échu|à échoir|courant"
# Each with the first day overdue that it says beside « Non échu ».
BUCKETS = (
    ("0-30", 1),
    ("1 à 30 jours", 1),
    ("< 30 j", 1),
    ("30 jours", 1),
    ("échu 30 j", 1),
    ("+90", 91),
    ("> 90 j", 91),
)
JOURNALS = "journal|code journal|JournalCode"
LIMITS = "plafond|encours autorisé|assurance crédit"


def _number_of(word: str) -> str:
    if "tva" in word:
        return "FR44732829320"
    return "73282932000074" if "siret" in word else "732829320"


HEADERS = [
    *(
        Trap(
            f"« {word} » heads the buyers' accounts, in a list",
            text(f"{word};Nom du client;Solde\nC7;Dupont;10,00"),
            (row("Dupont", "10", account="C7"),),
        )
        for word in ACCOUNTS.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the buyers' accounts, in invoices",
            text(
                f"{word};Nom du client;N° facture;Date facture;Reste dû\nC7;A;F1;01/09/2026;1,00\nC7;A;F2;01/09/2026;2"
            ),
            (row("A", "3", account="C7"),),
            form="invoices",
        )
        for word in ACCOUNTS.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the names, in a list",
            text(f"N° de compte;{word};Solde\n411DUP;Dupont;10,00"),
            (row("Dupont", "10", account="411DUP"),),
        )
        for word in NAMES.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the names, in a ledger",
            text(
                f"N° de compte;{word};Date;Débit;Crédit\n411D;Dupont;01/09/2026;10,00;\n411D;Dupont;01/10/2026;;4,00"
            ),
            (row("Dupont", "6", account="411D"),),
            form="ledger",
        )
        for word in NAMES.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the identifiers, in a list",
            text(f"Nom;{word};Solde\nDupont;{_number_of(word)};10,00"),
            (row("Dupont", "10", id_type="siren", id_value="732829320"),),
        )
        for word in IDENTIFIERS.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the identifiers, in invoices",
            text(
                f"Client;{word};N° facture;Date facture;Reste dû\nDupont;{_number_of(word)};F1;01/09/2026;10,00\n"
                f"Dupont;{_number_of(word)};F2;01/10/2026;5,00"
            ),
            (row("Dupont", "15", id_type="siren", id_value="732829320"),),
            form="invoices",
        )
        for word in IDENTIFIERS.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the numbers of invoices",
            text(f"{TITLE}Nom du client;{word};Échéance;Reste dû\nA;F1;30/09/2026;10,00\nA;F2;30/10/2026;5,00"),
            (row("A", "15", ageing=(0, 5, 10, 0, 0)),),
            form="invoices",
        )
        for word in INVOICE_NUMBERS.split("|")
    ),
    *(
        # 60 days from 01/08 end on 30/09, 31 days before the cut-off; from 01/10 on 30/11.
        Trap(
            f"« {word} » heads the dates of invoices",
            text(f"{TITLE}Client;N° facture;{word};Reste dû\nA;F1;01/08/2026;10,00\nA;F2;01/10/2026;5,00"),
            (row("A", "15", ageing=(5, 0, 10, 0, 0)),),
            form="invoices",
        )
        for word in INVOICE_DATES.split("|")
    ),
    *(
        Trap(
            f"« {word} » heads the due dates",
            text(
                f"{TITLE}Client;N° facture;Date;{word};Reste dû\n"
                "A;F1;01/09/2026;30/09/2026;10,00\nA;F2;01/09/2026;30/10/2026;5,00"
            ),
            (row("A", "15", ageing=(0, 5, 10, 0, 0), terms_days=39),),  # (29 × 10 + 59 × 5) ÷ 15
            form="invoices",
        )
        for word in DUE_DATES.split("|")
    ),
    *(
        Trap(
            f"« {debit} » and « {credit} » in a ledger",
            text(f"N° compte;Nom;Date;{debit};{credit}\n411D;A;01/08/2026;10,00;\n411D;A;01/10/2026;;4,00"),
            (row("A", "6"),),
            form="ledger",
        )
        for debit, credit in SIDES
    ),
    *(
        Trap(
            f"« {word} » heads the balances", text(f"Nom;SIREN;{word}\nDupont;732829320;10,00"), (row("Dupont", "10"),)
        )
        for word in BALANCES.split("|")
    ),
    *(
        # The two of « A » cancel each other; « a » is another group.
        Trap(
            f"« {word} » heads the lettering",
            text(
                f"Compte;Intitulé du compte;Date;Débit;Crédit;{word}\n411A;A;01/01/2026;70,00;;a\n"
                "411A;A;31/10/2026;70,00;;A\n411A;A;31/10/2026;;70,00;A"
            ),
            (row("A", "70", ageing=(0, 0, 0, 0, 70)),),
            form="ledger",
        )
        for word in LETTERINGS.split("|")
    ),
    *(
        Trap(
            f"« {word} » is what is not due",
            text(f"Nom;SIREN;{word};1-30\nDupont;732829320;10,00;5,00"),
            (row("Dupont", "15", ageing=(10, 5)),),
        )
        for word in NOT_DUE.split("|")
    ),
    *(
        Trap(
            f"« {word} » begins on day {first_day}",
            text(f"Nom;SIREN;Non échu;61-90;{word}\nDupont;732829320;10,00;2,00;5,00"),
            (row("Dupont", "17", ageing=(10, 5, 2) if first_day == 1 else (10, 2, 5)),),
        )
        for word, first_day in BUCKETS
    ),
    *(
        # Only the journal of sales counts as sold: 12 ÷ 1.2.
        Trap(
            f"« {word} » heads the journals",
            text(f"{word};N° compte;Nom;Date;Débit;Crédit\nVE;411D;A;01/09/2026;12,00;\nOD;411D;A;01/10/2026;6,00;"),
            (row("A", "18", turnover=Decimal(10)),),
            form="ledger",
        )
        for word in JOURNALS.split("|")
    ),
    *(
        Trap(
            f"« {word} » is a limit and no balance",
            text(f"Nom;SIREN;{word};Solde\nDupont;732829320;99,00;10,00"),
            (row("Dupont", "10", peak=None, requested=None),),
        )
        for word in LIMITS.split("|")
    ),
    Trap(
        "« encours maximum » is the peak, and no balance",
        text("Nom;SIREN;Encours maximum;Solde\nDupont;732829320;99,00;10,00"),
        (row("Dupont", "10", peak=Decimal(99)),),
    ),
    Trap(
        "capitals, points and double spaces in the headers",
        text("N°  DE  COMPTE.;NOM DU TIERS :;SOLDE  DÛ (€)\n411DUP;Dupont;10,00"),
        (row("Dupont", "10", account="411DUP"),),
    ),
    Trap(
        "the bare « Date » comes after « Date de facture »",
        text(f"{TITLE}Client;Date;Date de facture;N° facture;Reste dû\nA;31/10/2026;01/08/2026;F1;10,00"),
        (row("A", "10", ageing=(0, 0, 10, 0, 0)),),
        form="invoices",
    ),
    Trap(
        "the exact « Solde » comes before « Solde N-1 »",
        text("Solde N-1;Nom du commercial;Client;SIREN;Solde\n99,00;Paul;Dupont;552008443;10,00"),
        (row("Dupont", "10"),),
    ),
]
