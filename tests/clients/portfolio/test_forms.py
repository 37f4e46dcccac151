from datetime import date

import pytest

from clients.portfolio.choices import Told
from clients.portfolio.forms import READERS, FormReader, recognise
from clients.portfolio.open_items import EntryOptions
from clients.portfolio.reading import UnreadablePortfolio, collect
from clients.portfolio.sheets import Grid
from clients.portfolio.texts import split_table

FEC = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate"
    "|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)


@pytest.mark.parametrize(
    "text, kind, is_sure",
    [
        pytest.param(FEC, "fec", True, id="FEC"),
        pytest.param(FEC.replace("Debit|Credit", "Montant|Sens"), "fec", True, id="FEC with amount and side"),
        pytest.param("Titre\n" + FEC, "fec", True, id="FEC under a title"),
        pytest.param(
            "Compte;Intitulé;Date;Libellé;Débit;Crédit\n411D;Dupont;01/09/2026;Facture;1,00;",
            "ledger",
            True,
            id="flat",
        ),
        pytest.param(
            "Date;Journal;Libellé;Débit;Crédit\n411DUP Dupont\n01/09/2026;VE;Facture;1,00;",
            "ledger",
            True,
            id="headed",
        ),
        pytest.param(
            "Date;Journal;Libellé;Débit;Crédit\n01/09/2026;VE;Facture;1,00;", "ledger", False, id="entries of nobody"
        ),
        pytest.param(
            "Client;N° facture;Date facture;Reste dû\nA;F1;01/09/2026;1,00\nA;F2;01/09/2026;1,00",
            "invoices",
            True,
            id="invoices",
        ),
        pytest.param(
            "Client;Échéance;Reste dû\nA;01/09/2026;1,00\nA;02/09/2026;1,00",
            "invoices",
            True,
            id="buyers that come again",
        ),
        pytest.param(
            "Client;SIREN;Encours;Date facture\nA;552008443;1,00;01/09/2026\nB;404833048;2,00;01/09/2026",
            "summary",
            True,
            id="one line per buyer, with the date of the last invoice",
        ),
        pytest.param("Nom;SIREN;Non échu;1-30;> 30\nA;552008443;1;2;3", "summary", True, id="aged balance"),
        pytest.param("Nom;SIREN;Encours\nA;552008443;1", "summary", True, id="balances"),
        pytest.param(
            "Compte;Intitulé;Débit;Crédit;Solde débiteur;Solde créditeur\n411D;Dupont;3,00;1,00;2,00;",
            "summary",
            True,
            id="a trial balance has debits and credits but no date",
        ),
        pytest.param("Garonnel;552008443;50 000\nFerroval;404833048;1 200,50", "free", True, id="no header"),
        pytest.param("Ville;Pays\nLyon;France", "free", False, id="neither buyer nor amount"),
    ],
)
def test_the_form_of_a_table(text, kind, is_sure):
    form = recognise(split_table(text)[1])
    assert (form.kind, form.sure >= 0.5) == (kind, is_sure)
    assert form.reason.endswith(".") and 0 < form.sure <= 1


def test_a_form_is_read_as_a_list():
    text = "Client;N° facture;Date facture;Reste dû\nB;F1;01/09/2026;1,00\nA;F2;bof;1,00\n\nB;F3;02/09/2026;1,00"
    separator, records = split_table(text)
    form = recognise(records)
    grid = Grid(records, encoding="utf-8", separator=separator, notices=("Une note.",))
    reading = collect(FormReader(grid, form))
    assert (reading.encoding, reading.separator, reading.ageing_from) == ("utf-8", ";", (0, 1, 31, 61, 91))
    assert reading.notices[:2] == ("Une note.", form.reason)
    assert [(row.line, row.merged_lines) for row in reading.rows] == [(2, (5,))]
    assert [rejected.line for rejected in reading.rejected] == [3]
    assert [ignored.line for ignored in reading.ignored] == [4]
    assert reading.about()["columns"]["outstanding"] == "Reste dû"


def test_somebody_may_say_the_order_of_the_dates():
    records = split_table("Client;N° facture;Date facture;Reste dû\nA;F1;01/02/03;1,00\nA;F2;03/04/05;1,00")[1]
    form = recognise(records)
    with pytest.raises(UnreadablePortfolio, match="Ligne 2 : « 01/02/03 » peut se lire"):
        FormReader(Grid(records), form)
    chosen = FormReader(Grid(records), form, Told(choices={"order": "dmy"})).aged
    assert (chosen.rows[0].outstanding, chosen.cut_off) == (2, date(2005, 4, 3))


def test_every_reader_takes_the_same_options():
    for read in READERS.values():
        with pytest.raises(UnreadablePortfolio):
            read([], EntryOptions(terms_days=30, order="dmy"))
