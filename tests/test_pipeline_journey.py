"""The pipeline by keyboard alone, in a real browser; then a card dragged, which asks the same."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import expect

from factortaboite.accounts.models import User
from tests.browser import Visitor
from tests.factories import PASSWORD, ClientFactory, ExposureFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clients(db):
    user = UserFactory(email="camille@cabinet.example")
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    late = timezone.localdate() - timedelta(days=3)
    clients = [
        ClientFactory(firm=user.firm, owner=user, name="Valmorin Négoce"),
        ClientFactory(
            firm=user.firm,
            owner=user,
            name="Imprimerie Solvaire",
            stage="offer",
            next_action="Relancer",
            next_action_on=late,
        ),
        ClientFactory(firm=user.firm, name="Verrerie Castelmire", stage="lost", lost_reason="Trop cher"),
    ]
    ExposureFactory(snapshot__client=clients[1], requested=120_000)
    return clients


@pytest.fixture
def visitor(clients, sandbox, new_visitor) -> Visitor:
    visitor = new_visitor()
    visitor.open("/")
    visitor.page.locator("[name=login]").fill("camille@cabinet.example")
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_contain_text("à faire")
    return visitor


def test_the_pipeline_by_keyboard(visitor, clients):
    page, keyboard = visitor.page, visitor.page.keyboard
    valmorin, solvaire = (page.locator(f"#client-{client.pk}") for client in clients[:2])
    focused, said = page.locator(":focus"), page.locator("#pipeline-said")

    def column(stage: str):
        return page.locator(f"[data-stage={stage}]")

    def press_tab_to(target, at_most: int = 60) -> None:
        for _ in range(at_most):
            keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{target} cannot be reached by Tab")

    press_tab_to(page.get_by_role("navigation").get_by_role("link", name="Pipeline"))
    keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Pipeline")
    expect(valmorin).to_contain_text("Aucune prochaine action")
    expect(solvaire).to_contain_text("en retard")
    visitor.check_accessibility("board")

    # Plan an action: two fields, and the keyboard stays with the card.
    press_tab_to(valmorin.get_by_role("link", name="Planifier"))
    keyboard.press("Enter")
    expect(valmorin.get_by_label("Prochaine action")).to_be_focused()
    visitor.check_accessibility("planning")
    keyboard.type("Obtenir la balance âgée")
    keyboard.press("Enter")
    expect(valmorin.locator(".next")).to_contain_text("Obtenir la balance âgée")
    expect(said).to_contain_text("Obtenir la balance âgée")
    expect(valmorin.locator(":focus")).to_have_count(1)

    # Move the card by its button: it goes, and the keyboard goes with it.
    expect(valmorin.get_by_role("link", name="Passer à")).to_be_focused()
    keyboard.press("Enter")
    expect(focused).to_have_text("Photographie")
    keyboard.press("Escape")
    expect(valmorin.get_by_role("link", name="Passer à")).to_be_focused()
    keyboard.press("Enter")
    expect(focused).to_have_text("Photographie")
    visitor.check_accessibility("choosing a stage")
    for _ in range(2):
        keyboard.press("Tab")
    expect(focused).to_have_text("Offre")
    keyboard.press("Enter")
    expect(column("offer").locator(valmorin)).to_be_visible()
    expect(said).to_contain_text("offre")
    expect(valmorin.get_by_role("link", name="Passer à")).to_be_focused()

    # Going back asks why, and does not go without.
    keyboard.press("Enter")
    expect(focused).to_have_text("Prospect")
    keyboard.press("Enter")
    expect(valmorin.get_by_label("Motif")).to_be_focused()
    keyboard.press("Enter")
    expect(valmorin.locator(".errors")).to_be_visible()
    expect(valmorin.get_by_label("Motif")).to_be_focused()
    visitor.check_accessibility("a reason is missing")
    keyboard.type("Déplacé par erreur")
    keyboard.press("Enter")
    expect(column("prospect").locator(valmorin)).to_be_visible()

    # Done: what comes next is asked at once.
    press_tab_to(solvaire.get_by_role("button", name="Fait"))
    keyboard.press("Enter")
    expect(solvaire.get_by_label("Prochaine action")).to_be_focused()
    expect(solvaire).to_contain_text("Et ensuite ?")
    keyboard.press("Escape")

    # The mouse's way asks the same; every column is in sight, so that nothing scrolls under the pressed button.
    page.set_viewport_size({"width": 2100, "height": 900})
    solvaire.drag_to(column("lost"), source_position={"x": 60, "y": 40})
    expect(solvaire.get_by_label("Motif")).to_be_focused()
    keyboard.type("Ne répond plus")
    keyboard.press("Enter")
    expect(column("lost").locator(solvaire)).to_contain_text("Ne répond plus")

    # One column on a phone, and the stages as links.
    page.set_viewport_size({"width": 360, "height": 800})
    page.get_by_role("navigation", name="Étapes").get_by_role("link", name="Perdu").click()
    expect(page.locator(".board-column:visible")).to_have_count(1)
    expect(solvaire).to_be_visible()
    visitor.check_accessibility("one stage")
    assert [complaint for complaint in visitor.complaints if "422" not in complaint] == []
