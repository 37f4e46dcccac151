"""A list pasted, others dropped, their columns and terms changed by mouse and by keyboard, lines corrected in a
spreadsheet: in a real browser."""

import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from factortaboite.accounts.models import User
from quotes.demo import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTED = "Acheteur\tSIREN\tEncours\nGaronnel\t000 100 065\t72 000,00\n"
TWO_BALANCES = """Nom;SIREN;Solde N;Solde N-1
Garonnel;000100065;60000;12000
Ferroval;000100107;36000;24000
Vaucassin;000100057;2400;1200
Halbronne;000100066;1200;1200
"""
LEDGER = """Compte;Intitulé du compte;Date;Jnl;Débit;Crédit
411GAR;Garonnel;05/09/2026;VE;100,00;
411GAR;Garonnel;12/10/2026;VE;50,00;
"""


@pytest.fixture
def people(firm) -> None:
    """The firm's people, with passwords as the web server's own settings hash them."""
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))


@pytest.fixture
def visitor(people, new_visitor):
    """The demonstration's broker at a client's page."""
    visitor = new_visitor()
    page = visitor.page
    visitor.open("/")
    page.locator("[name=login]").fill("courtier@cabinet-demo.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("link", name="Clients").first.click()
    page.get_by_role("link", name="Valmorin Négoce SAS").first.click()
    return visitor


def drop(page, name: str, text: str) -> None:
    page.locator("#id_file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    if page.get_by_role("button", name="Lire ce fichier").is_visible():
        page.get_by_role("button", name="Lire ce fichier").click()


def title(page, words: str):
    """The first heading; a space of the words stands for any."""
    return expect(page.get_by_role("heading", level=1, name=re.compile(words.replace(" ", r"\s"))))


def test_from_a_pasted_list_to_a_corrected_one(visitor, tmp_path):
    page = visitor.page
    address = page.url

    page.get_by_text("Coller la liste plutôt qu’un fichier").click()
    page.get_by_label("Liste collée").fill(PASTED)
    page.get_by_role("button", name="Lire cette liste").click()
    title(page, "1 acheteur à demander, 60 000 €").to_be_visible()
    page.get_by_role("button", name="Abandonner").click()

    # Two clicks: the columns, then another one.
    drop(page, "balance.csv", TWO_BALANCES)
    title(page, "3 acheteurs à demander, 82 000 €").to_be_visible()
    page.get_by_text("Colonnes lues").click()
    page.get_by_label("Encours", exact=True).select_option("Solde N-1")
    title(page, "3 acheteurs à demander, 31 000 €").to_be_visible()
    visitor.check_accessibility("columns")
    # The focus is where it was: by keyboard, the next choice is one key away.
    expect(page.get_by_label("Encours", exact=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    title(page, "3 acheteurs à demander, 82 000 €").to_be_visible()
    expect(page.get_by_label("Encours", exact=True)).to_be_focused()

    page.get_by_role("link", name="À corriger").click()
    visitor.check_accessibility("lines to correct")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Les corriger dans Excel").click()
    page.get_by_label("Fichier corrigé").set_input_files(corrected(downloading.value.path(), tmp_path))
    page.get_by_role("button", name="Redéposer corrigées").click()
    title(page, "4 acheteurs à demander, 83 000 €").to_be_visible()
    page.get_by_role("link", name="Continuer").click()
    page.get_by_role("button", name="Enregistrer la photographie").click()
    expect(page.locator("main")).to_contain_text("Halbronne")

    # The same file again changes nothing.
    visitor.open(f"{address}import/")
    drop(page, "encore.csv", TWO_BALANCES)
    expect(page.locator("main")).to_contain_text("Cette liste est déjà importée, rien n’est changé.")
    visitor.check_accessibility("imported already")

    # The terms of a ledger without due dates, by keyboard only.
    drop(page, "grand-livre.csv", LEDGER)
    expect(page.locator("main")).to_contain_text("elles sont estimées à 60 jours")
    page.get_by_text("Dates et échéances").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Ordre des dates")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("30")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("elles sont estimées à 30 jours")
    expect(page.get_by_label("Délai de paiement estimé, en jours")).to_be_focused()
    visitor.check_accessibility("dates and due dates")
    assert visitor.complaints == []


def corrected(workbook: Path, directory: Path) -> Path:
    """The workbook of lines to correct with a right SIREN on its only line."""
    book = openpyxl.load_workbook(BytesIO(workbook.read_bytes()))
    book.active["B2"] = "000100198"
    path = directory / "lignes-a-corriger.xlsx"
    book.save(path)
    return path
