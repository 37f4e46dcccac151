"""The list of buyers in a real browser: narrowed, named, shown to a colleague, walked by keyboard."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from factortaboite.accounts.models import User
from quotes.demo import PASSWORD
from tests.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def emails(snapshot) -> dict[str, str]:
    """The people of the firm, by role, with passwords as the web server's own settings hash them."""
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    return dict(User.objects.values_list("role", "email"))


@pytest.fixture
def enter(emails, new_visitor):
    """A function that opens the site and logs somebody of the firm in."""

    def open_as(role: str) -> Visitor:
        visitor = new_visitor()
        visitor.open("/")
        visitor.page.locator("[name=login]").fill(emails[role])
        visitor.page.locator("[name=password]").fill(PASSWORD)
        visitor.page.get_by_role("button", name="Se connecter").click()
        expect(visitor.page.get_by_role("navigation").first).to_contain_text("Ma journée")
        return visitor

    return open_as


def test_a_list_is_narrowed_named_shared_and_walked(enter):
    visitor = enter("broker")
    page = visitor.page
    page.get_by_role("link", name="Acheteurs").first.click()
    rows = page.locator("#buyer-table tbody tr")
    expect(rows).to_have_count(17)

    page.locator("summary", has_text="Filtres").click()
    page.locator("select[name=pays]").select_option(label="France")
    expect(page.locator(".chips")).to_contain_text("Pays : France")
    expect(page).to_have_url(re.compile(r"\?pays=FR$"))
    visitor.check_accessibility("filters")
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Colonnes").click()
    page.get_by_role("checkbox", name="Pays", exact=True).check()
    expect(page.get_by_role("columnheader", name="Pays")).to_be_visible()
    page.keyboard.press("Escape")
    found = rows.count()
    assert 0 < found < 17

    page.locator("summary", has_text="Enregistrer cette vue").click()
    page.get_by_label("nom de la vue").fill("Clients français")
    page.get_by_label("Visible de tout le cabinet").check()
    visitor.check_accessibility("a name for the view")
    page.get_by_role("button", name="Enregistrer la vue").click()
    expect(page.locator(".tabs [aria-current]")).to_contain_text("Clients français")
    expect(page.locator(".toasts")).to_contain_text("tout le cabinet la voit")

    colleague = enter("assistant")
    colleague.open(page.url)
    expect(colleague.page.locator("#buyer-table tbody tr")).to_have_count(found)
    expect(colleague.page.get_by_role("columnheader", name="Pays")).to_be_visible()
    expect(colleague.page.locator(".tabs [aria-current]")).to_contain_text("Clients français")

    page.keyboard.press("j")
    page.keyboard.press("j")
    second = rows.nth(1).locator("th a")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(rows.nth(0).locator("th a")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".bulk")).to_contain_text("1 ligne cochée")
    visitor.check_accessibility("a ticked row")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Cocher la ligne")
    visitor.check_accessibility("keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#list-search")).to_be_focused()
    page.keyboard.type("xyzzy")
    expect(page.locator("#buyer-table")).to_contain_text("Aucun acheteur ne répond")
    page.locator("#list-search").fill("")
    expect(rows).to_have_count(found)
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/clients/photographies/\d+/\?ligne=\d+#acheteur-\d+$"))
    assert visitor.complaints == []
    assert colleague.complaints == []
