"""The one small script of the product, where it matters: in a browser."""

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from clients.models import Client
from tests.browser import Visitor
from tests.factories import PASSWORD, ClientFactory, PortfolioFileFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """([selector, name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) {
    const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
  }
}"""


@pytest.fixture
def client(db) -> Client:
    return ClientFactory()


@pytest.fixture
def file(client):
    return PortfolioFileFactory(client=client, read=True)


@pytest.fixture
def visitor(client, file, sandbox, new_visitor) -> Visitor:
    """Somebody of the client's firm, logged in, on the home page."""
    visitor = new_visitor()
    visitor.open("/")
    visitor.page.locator("[name=login]").fill("camille@cabinet.example")
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Se connecter").click()
    expect(visitor.page.get_by_role("heading", name="1 chose à faire")).to_be_visible()
    return visitor


@pytest.fixture(autouse=True)
def somebody(client):
    password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    user = UserFactory(firm=client.firm, email="camille@cabinet.example")
    type(user).objects.filter(pk=user.pk).update(password=password)


def test_what_the_script_adds_to_the_pages(visitor, client, file):
    page = visitor.page
    expect(page.locator(".rail .counter").first).to_contain_text("1")

    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()

    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Thème sombre").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 24, 30)"
    page.locator("details.menu summary").click()
    expect(page.get_by_role("button", name="Thème sombre")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Thème sombre")).to_be_hidden()

    # A refused correction is shown at its field, which has the focus; the address stays one that can be reloaded.
    visitor.open(f"/clients/listes/{file.pk}/")
    page.locator("td").get_by_role("link", name="Corriger Garonnel").click()
    expect(page.locator("[name=name]")).to_be_focused()
    page.locator("[name=identifier]").fill("000100066")
    page.get_by_role("button", name="Enregistrer la ligne").click()
    expect(page.locator("[name=identifier]")).to_be_focused()
    expect(page.locator("#id_identifier_error")).to_contain_text("clé de contrôle")
    visitor.check_accessibility("refused correction")
    page.reload()
    page.locator("[name=requested]").fill("55 000")
    page.get_by_role("button", name="Enregistrer la ligne").click()
    expect(page.get_by_role("heading", name="1 095 000")).to_be_visible()

    # A file dropped on the zone is sent at once.
    visitor.open(f"/clients/{client.pk}/import/")
    page.evaluate(DROP, [".drop-zone", "clients.csv", "Acheteur;SIREN;Encours\nFerroval;000100107;36000"])
    expect(page.get_by_role("heading", name="1 acheteur à demander")).to_be_visible()

    refused = [complaint for complaint in visitor.complaints if "422" not in complaint]
    assert refused == []

    # An undoing that takes long says so, and is asked for once.
    taken = page.evaluate("""() => {
      const offer = '<div class="undo"><form><button>Annuler</button></form></div>';
      document.body.insertAdjacentHTML("beforeend", offer);
      document.querySelector(".undo form").addEventListener("submit", (event) => event.preventDefault());
      const button = document.querySelector(".undo button");
      button.click();
      return [button.textContent, button.disabled];
    }""")
    assert taken == ["Annulation…", True]


def test_an_expired_session_leads_to_the_login(visitor, file):
    page = visitor.page
    visitor.open(f"/clients/listes/{file.pk}/")
    page.context.clear_cookies()
    page.get_by_role("link", name="Écartés").click()
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    assert page.url.endswith(f"/compte/connexion/?next=/clients/listes/{file.pk}/")
