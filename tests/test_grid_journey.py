"""A list typed and pasted into the grid in a real browser, by keyboard alone."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Locator, expect

from clients.models import Client
from tests.browser import Visitor
from tests.factories import PASSWORD, ClientFactory, UserFactory, fictitious_siren

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def client(db) -> Client:
    client = ClientFactory(name="Valmorin Négoce SAS")
    user = UserFactory(firm=client.firm, email="camille@cabinet.example")
    type(user).objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    return client


@pytest.fixture
def visitor(client, sandbox, new_visitor) -> Visitor:
    """Somebody of the client's firm, logged in, in front of an empty grid."""
    visitor = new_visitor()
    visitor.open(f"/clients/{client.pk}/")
    visitor.page.locator("[name=login]").fill("camille@cabinet.example")
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Se connecter").click()
    visitor.page.get_by_role("button", name="Saisir la liste").click()
    expect(visitor.page.get_by_role("heading", name="0 acheteur à demander")).to_be_visible()
    return visitor


def test_a_list_typed_and_pasted_by_keyboard(visitor, client):
    page = visitor.page
    visitor.check_accessibility("empty grid")

    def cell(column: str, buyer: str) -> Locator:
        return page.get_by_label(f"{column}, {buyer}", exact=True)

    def write(*texts: str) -> None:
        for place, text in enumerate(texts):
            if place:
                page.keyboard.press("Tab")
            if text:
                page.keyboard.type(text)

    # Two buyers, the second with a wrong number at first.
    cell("Acheteur", "nouvelle ligne").focus()
    write("Garonnel", "", "000 100 065", "60 000", "", "", "45")
    page.keyboard.press("Enter")
    write("Fer")  # before the answer: nothing of it is lost
    expect(page.get_by_role("heading", name=re.compile(r"1 acheteur à demander, 50\s000"))).to_be_visible()
    expect(cell("Acheteur", "nouvelle ligne")).to_be_focused()
    write("roval", "", "000100108", "36 000")
    page.keyboard.press("Enter")
    expect(cell("Identifiant", "nouvelle ligne")).to_be_focused()
    expect(cell("Identifiant", "nouvelle ligne")).to_have_accessible_description(re.compile("clé de contrôle"))
    visitor.check_accessibility("wrong new line")
    page.keyboard.press("ControlOrMeta+a")
    write("000100107")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile(r"2 acheteurs à demander, 80\s000"))).to_be_visible()

    # Arrows go from cell to cell, Enter saves and goes down, Escape restores.
    expect(cell("Acheteur", "nouvelle ligne")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(cell("Acheteur", "Garonnel")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(cell("Encours TTC", "Garonnel")).to_be_focused()
    write("96 000", "120 000")  # the second while the first is being saved
    page.keyboard.press("Enter")
    expect(cell("Encours max TTC", "Ferroval")).to_be_focused()
    expect(cell("Demandé HT", "Garonnel")).to_have_value(re.compile(r"100\s000"))
    page.keyboard.press("ArrowLeft")
    write("1.234")
    page.keyboard.press("Shift+Enter")
    expect(cell("Encours TTC", "Garonnel")).to_be_focused()
    wrong = cell("Encours TTC", "Ferroval")
    expect(wrong).to_have_accessible_description(re.compile("deux façons"))
    expect(wrong).to_have_value("1.234")
    visitor.check_accessibility("wrong cell")
    wrong.focus()
    page.keyboard.press("Escape")
    expect(wrong).to_have_value(re.compile(r"36\s000"))
    expect(wrong).not_to_have_attribute("aria-invalid", "true")

    # A block over the last line and beyond, with one bad cell, corrected in its preview.
    cell("Acheteur", "Ferroval").focus()
    page.evaluate(PASTE, f"Ferroval\tFR\t000100107\t48 000\nOrvaine\tFR\t{fictitious_siren(9)[:-1]}x\t12 000\n")
    expect(page.get_by_role("heading", name="2 cases changent, 1 acheteur en plus, 1 case à corriger")).to_be_visible()
    visitor.check_accessibility("preview")
    expect(page.get_by_label("Identifiant")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    write(fictitious_siren(9))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 cases changent, 1 acheteur en plus")).to_be_visible()
    page.get_by_role("button", name="Enregistrer").press("Enter")
    expect(page.get_by_role("heading", name=re.compile(r"3 acheteurs à demander, 150\s000"))).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Bloc collé")).to_contain_text("Annuler")
    visitor.check_accessibility("grid")

    # A line removed, and brought back.
    page.get_by_role("button", name="Retirer Orvaine").press("Enter")
    expect(page.get_by_role("heading", name="2 acheteurs à demander")).to_be_visible()
    expect(page.locator(".grid").get_by_role("button", name="Annuler")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="3 acheteurs à demander")).to_be_visible()

    # What somebody else wrote meanwhile is told, and nothing is lost.
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Observations, Garonnel", exact=True).fill("relancé hier")
    other.keyboard.press("Enter")
    expect(other.locator("[name=before]").first).to_have_value(re.compile("relancé hier"))
    cell("Observations", "Garonnel").fill("vu avec eux")
    page.keyboard.press("Enter")
    expect(cell("Observations", "Garonnel")).to_have_accessible_description(re.compile("relancé hier.*entre-temps"))
    expect(cell("Observations", "Garonnel")).to_have_value("vu avec eux")
    visitor.check_accessibility("two people")
    cell("Observations", "Garonnel").press("Enter")
    expect(cell("Observations", "Garonnel")).not_to_have_attribute("aria-invalid", "true")
    page.reload()
    expect(cell("Observations", "Garonnel")).to_have_value("vu avec eux")

    refused = [complaint for complaint in visitor.complaints if "422" not in complaint]
    assert refused == []
