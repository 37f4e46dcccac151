"""Small files shaped as accounting packages print them, in the same table as the traps: pages with their titles, the
buyer on its first invoice only, sides and kinds in place of signs, months without their year."""

from datetime import date
from decimal import Decimal

from tests.files.traps import text, xlsx
from tests.files.traps_of_lists import Trap, row

EXPORTS = [
    Trap(
        "Sage 100: an aged balance on two pages",
        text("""
            MARTIN & FILS;;;;;;
            Balance âgée;;;;;;
            Période du 01/01/26;;Tenue de compte : EUR;;;;
            au 31/10/26;;;;;;
            © Sage;;Date de tirage 04/11/26 à 09:12:45;;Page : 1;;
            N° compte;Intitulé du compte;Solde;Non échu;1-30 jours;31-60 jours;> 61 jours
            411BOUL;Boulangerie Épi;12 450,30;8 000,00;2 450,30;;2 000,00
            Sous-total page;;12 450,30;8 000,00;2 450,30;;2 000,00
            MARTIN & FILS;;;;;;
            Balance âgée;;;;;;
            Période du 01/01/26;;Tenue de compte : EUR;;;;
            au 31/10/26;;;;;;
            © Sage;;Date de tirage 04/11/26 à 09:12:45;;Page : 2;;
            N° compte;Intitulé du compte;Solde;Non échu;1-30 jours;31-60 jours;> 61 jours
            411FERR;Ferronnerie du Cœur;3 100,55;;;3 100,55;
            Total général;;15 550,85;8 000,00;2 450,30;3 100,55;2 000,00
        """),
        (
            row("Boulangerie Épi", "12450.30", account="411BOUL", ageing=(8000, Decimal("2450.30"), 0, 2000)),
            row("Ferronnerie du Cœur", "3100.55", ageing=(0, 0, Decimal("3100.55"), 0)),
        ),
    ),
    Trap(
        "Sage 100: a ledger whose dates are JJMMAA, its day in two digits",
        text("""
            Grand-livre des tiers
            Période du 01/01/26 au 31/10/26
            Date;C.j;N° pièce;Libellé écriture;Date échéance;Lettrage;Débit;Crédit;Solde progressif
            411ARNO;ARNOUX SAS;;;;;;;
            ;;;Report à nouveau;;;1 500,00;;1 500,00
            120126;BQ;;VIR ARNOUX;;A;;1 500,00;0,00
            150226;VE;F102;FACT F102;150426;;3 600,00;;3 600,00
            050926;VE;F215;FACT F215;041126;;1 200,00;;4 800,00
            Total compte 411ARNO;;;;;;6 300,00;1 500,00;4 800,00
        """),
        (row("ARNOUX SAS", "4800", account="411ARNO", ageing=(1200, 0, 0, 0, 3600)),),
        says=("Grand livre arrêté au 31/10/2026",),
    ),
    Trap(
        "Sage 100: invoices below their client, under « Libellé »",
        text("""
            Balance âgée détaillée au 31/10/2026
            Date;Pièce;Libellé;Échéance;Solde;Non échu;30 jours;60 jours;+ 60 jours
            411DUP;DUPONT SA
            01/08/2026;F1;Facture;30/09/2026;1 200,00;;;1 200,00;
            15/09/2026;F2;Facture;14/11/2026;300,00;300,00;;;
            Total 411DUP;;;;1 500,00;300,00;;1 200,00;
            411MAR;MARTIN
            15/09/2026;F3;Avoir;14/11/2026;70,00;70,00;;;
            Total général;;;;1 430,00;230,00;;1 200,00;
        """),
        (
            row("DUPONT SA", "1500", account="411DUP", ageing=(300, 0, 1200, 0, 0)),
            row("MARTIN", "-70", account="411MAR"),
        ),
    ),
    Trap(
        "Cegid: a balance of debits and credits, without a balance",
        text("N° client;Nom;Débit;Crédit\n1;Dupont;1 200,00;200,00\n2;Norvik;;75,00\nTotaux;;1 200,00;275,00"),
        (row("Dupont", "1000"), row("Norvik", "-75")),
    ),
    Trap(
        "a balance and its side in another column",
        text("Compte;Intitulé;Solde;Sens;Non échu;> 30\n1;Dupont;100,00;D;;100,00\n2;Norvik;25,00;C;25,00;"),
        (row("Dupont", "100", ageing=(0, 100)), row("Norvik", "-25", ageing=(-25, 0))),
    ),
    Trap(
        "a side under a header that does not say so",
        text("Compte;Intitulé;Solde;S\n1;Dupont;100,00;D\n2;Norvik;25,00;C\n3;Marin;8,00;D"),
        (row("Dupont", "100"), row("Norvik", "-25"), row("Marin", "8")),
    ),
    Trap(
        "the sign in a column of its own, before the balance",
        text("Compte;Intitulé;;Solde\n1;Dupont;+;100,00\n2;Norvik;-;25,00"),
        (row("Dupont", "100"), row("Norvik", "-25")),
    ),
    Trap(
        "letters beside the balance that are no sides",
        text("Compte;Intitulé;Solde;Classe\n1;Dupont;100,00;C\n2;Norvik;25,00;C"),
        (row("Dupont", "100"), row("Norvik", "25")),
    ),
    Trap(
        "balances of two days, the older one first",
        text("Client;Encours 31/12/2025;Encours 31/10/2026\nDupont;900,00;100,00\nNorvik;500,00;25,00"),
        (row("Dupont", "100"), row("Norvik", "25")),
    ),
    Trap(
        "balances of two days whose years have two digits",
        text("Client;Solde 31/10/26;Solde 30/09/26\nDupont;100,00;900,00\nNorvik;25,00;500,00"),
        (row("Dupont", "100"), row("Norvik", "25")),
    ),
    Trap(
        "SAP: a total is a star, minus signs stand behind",
        text("Client\tNom 1\tSolde\n1\tDupont\t1.100,00 \n2\tNorvik\t25,00-\n*\t\t1.075,00 "),
        (row("Dupont", "1100"), row("Norvik", "-25")),
    ),
    Trap(
        "SAP: open items, with a starred sum for each customer",
        text("""
            Client;Nom 1;N° pièce;Date pce;Ech. net;Montant en DI
            100001;DUPONT;18001;05.09.2026;20.10.2026;1.100,00
            100002;NORVIK;16001;15.10.2026;15.10.2026;25,00-
            100002;NORVIK;18002;16.10.2026;30.11.2026;500,00
            * 100002;;;;;475,00
            ** Total;;;;;1.575,00
        """),
        (row("DUPONT", "1100", account="100001"), row("NORVIK", "475", account="100002")),
    ),
    Trap(
        "invoices with the sum of each customer on a line that says nothing more",
        text("""
            Code client;Nom du client;N° pièce;Date pièce;Date échéance;Reste dû
            C1;DUPONT;F1;05/09/2026;20/10/2026;1 200,00
            C1;DUPONT;F2;12/10/2026;27/11/2026;1 000,00
            C1;DUPONT;;;;2 200,00
            C2;NORVIK;F3;16/10/2026;30/11/2026;900,00
            ;;;;;900,00
            ;;;;;3 100,00
        """),
        (row("DUPONT", "2200", account="C1"), row("NORVIK", "900", account="C2")),
    ),
    Trap(
        "invoices with sums under names of their own",
        text("""
            Client;N° facture;Date;Échéance;Montant TTC
            Dupont;F1;05/09/2026;20/10/2026;100,00
            Dupont;F2;06/09/2026;21/10/2026;50,00
            Résultat Dupont;;;;150,00
            Norvik;F3;05/09/2026;20/10/2026;70,00
            S/Total Norvik;;;;70,00
            Ensemble;;;;220,00
        """),
        (row("Dupont", "150"), row("Norvik", "70")),
    ),
    Trap(
        "a detailed aged balance whose sums have no name",
        text("""
            N° compte;Intitulé;Date;N° pièce;Échéance;Solde;Non échu;1-30
            411DUP;DUPONT;;;;;;
            ;;05/09/2026;F1;20/10/2026;1 200,00;;1 200,00
            ;;12/10/2026;F2;27/11/2026;1 000,00;1 000,00;
            ;;;;;2 200,00;1 000,00;1 200,00
            411NOR;NORVIK;;;;;;
            ;;12/10/2026;F3;27/11/2026;500,00;500,00;
            ;;;;;500,00;500,00;
            ;;;;;2 700,00;1 500,00;1 200,00
        """),
        (row("DUPONT", "2200", account="411DUP"), row("NORVIK", "500", account="411NOR")),
    ),
    Trap(
        "sub-totals in short",
        text("Code;Client;Encours\n1;Dupont;100,00\n;S/Total 69;100,00\n2;Norvik;25,00\n;Ss-total 75;25,00"),
        (row("Dupont", "100"), row("Norvik", "25")),
    ),
    Trap(
        "thousands of euros as KE, the turnover with its tax first",
        text("Client;Encours KE;CA TTC (KE);CA HT (KE)\nDupont;12,5;120;100\nNorvik;3;24;20"),
        (row("Dupont", "12500", turnover=100_000), row("Norvik", "3000", turnover=20_000)),
    ),
    Trap(
        "« CR » and « DB » after the amount",
        text("Nom;Solde\nDupont;1 000,00 DB\nNorvik;250,00 CR"),
        (row("Dupont", "1000"), row("Norvik", "-250")),
    ),
    Trap(
        "credit notes and payments without a sign",
        text("""
            Créances au 31/10/2026
            Client;SIREN;Type;N°;Date;Échéance;Montant TTC
            Dupont;552008443;Facture;F1;01/08/2026;30/09/2026;1 200,00
            Dupont;552008443;Avoir;A1;20/08/2026;;200,00
            Norvik;404833048;Facture d’acompte;F2;01/09/2026;31/10/2026;300,00
            Norvik;404833048;Règlement;R2;10/09/2026;;-100,00
        """),
        (row("Dupont", "1000", ageing=(0, 0, 1000, 0, 0)), row("Norvik", "200", ageing=(200, 0, 0, 0, 0))),
    ),
    Trap(
        "Dolibarr: the SIREN under « Id. prof. 1 (SIREN) »",
        text(
            "Tiers,Id. prof. 1 (SIREN),Réf. facture,Date facturation,Date échéance,Montant TTC,Reste à payer\n"
            "Nord Acier,443121975,FA1,2026-09-05,2026-10-05,1200.00,1200.00\n"
            "Nord Acier,443121975,FA2,2026-10-31,2026-11-30,300.00,100.00",
            "utf-8",
        ),
        (row("Nord Acier", "1300", id_value="443121975", ageing=(100, 1200, 0, 0, 0)),),
    ),
    Trap(
        "SAP: the customer's number under « Client », its name under « Nom 1 »",
        text("""
            Client;Nom 1;N° pièce;Type;Date pièce;Échéance nette;Montant en devise interne;Devise
            0000100234;Métallerie;1800000123;RV;03.08.2026;02.10.2026;12.345,67;EUR
            0000100234;Métallerie;1600000011;DG;31.10.2026;31.10.2026;1.000,00-;EUR
        """),
        (row("Métallerie", "11345.67", account="0000100234"),),
    ),
    Trap(
        "QuickBooks: nothing above the names",
        text('Rapport chronologique,,,\n,Actuel,1 - 30,31 et plus,Total\nDupont,"1 000,00","200,00",,"1 200,00"'),
        (row("Dupont", "1200", ageing=(1000, 200, 0)),),
    ),
    Trap(
        "Excel: a pivot table",
        text("Étiquettes de lignes;Somme de Solde\nDupont;1 000,00\nTotal général;1 000,00"),
        (row("Dupont", "1000"),),
    ),
    Trap(
        "DailyBiz: months without their year",
        text("Client;Antérieur;Septembre;Octobre;Postérieur;Total\nDupont;1,00;2,00;4,00;8,00;15,00"),
        (row("Dupont", "15", ageing=(8, 4, 2, 1)),),
        says=("l’ancienneté est comptée au 31/10/2026",),
    ),
    Trap(
        "a header on two lines below merged titles",
        xlsx(
            (
                "Clients",
                [
                    ["Client", None, "Encours TTC", None, None, None],
                    ["Code", "Raison sociale", "Total", "Non échu", "Échu", None],
                    [None, None, None, None, "0 à 60 j", "Plus de 60 j"],
                    ["A1", "Dupont", 17, 2, 5, 10],
                ],
            )
        ),
        (row("Dupont", "17", account="A1", ageing=(2, 5, 10)),),
    ),
    Trap(
        "the client merged over its invoices",
        xlsx(
            (
                "Factures",
                [
                    ["Créances au 31/10/2026", None, None, None],
                    ["Client", "N° facture", "Échéance", "Reste dû"],
                    ["Dupont", "F1", date(2026, 9, 30), 1200],
                    [None, "F3", date(2026, 11, 30), 500],
                    ["Norvik", "F2", date(2026, 10, 31), 300],
                    [None, "F4", date(2026, 10, 31), 30],
                ],
            )
        ),
        (row("Dupont", "1700", merged_lines=(4,)), row("Norvik", "330", merged_lines=(6,))),
        says=("Le client n’est écrit que sur sa première facture",),
    ),
    Trap(
        "the client's number before its name",
        text("Tiers;Total dû\nC001 - Dupont;1 500,00\nC002 - Norvik;25,00"),
        (row("Dupont", "1500", account="C001"), row("Norvik", "25", account="C002")),
    ),
    Trap(
        "commas between cells and in amounts",
        text("Nom,SIREN,Solde\nDupont,552008443,1 000,50\nNorvik,404833048,25"),
        (row("Norvik", "25"),),
        rejected=((2, "un séparateur se trouve dans un texte ou dans un montant"),),
    ),
    Trap(
        "a semicolon in a name",
        text("Nom;SIREN;Solde\nDupont;552008443;1,00\nNor;vik;404833048;2,00\nÉtoile;732829320;3,00"),
        (row("Dupont", "1"), row("Étoile", "3")),
        rejected=((3, "un séparateur se trouve dans un texte"),),
    ),
    Trap(
        "a list typed in a mail",
        text("""
            Bonjour,
            voici mes clients au 31 octobre 2026
            - Dupont SA (552 008 443) : 15 000 €
            - Norvik : 7,5 k€
            - Hôtel du Lac 3 200,50 €
            - Garage 2000 : 900 € dont 300 en retard
            Cordialement
            Tél. 04 78 12 34 56
        """),
        (
            row("Dupont SA", "15000", id_value="552008443"),
            row("Norvik", "7500"),
            row("Hôtel du Lac", "3200.50"),
        ),
        rejected=((6, "n’est pas un nombre"),),
    ),
]
