"""The main job in a real browser, from the login to an accepted proposal, on the demonstration's own file."""

import email
import email.policy
import re
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from factortaboite.accounts.models import User
from quotes.demo import PASSWORD, PORTFOLIO_FILE
from tests.browser import Visitor
from tests.stack import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TURNOVER = {
    "total_turnover": "6 600 000",
    "private_persons_turnover": "120 000",
    "public_bodies_turnover": "180 000",
    "procedure_turnover": "220 000",
    "cash_turnover": "80 000",
    "export_turnover": "300 000",
}


@pytest.fixture
def people(firm) -> None:
    """The firm's people, with passwords as the web server's own settings hash them."""
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))


@pytest.fixture
def broker_at_work(people, sandbox, new_visitor) -> Visitor:
    """The demonstration's broker, logged in."""
    sandbox.control(partner="*", latency_seconds=[0.05, 0.2], job_seconds=[0.2, 0.6])
    visitor = new_visitor()
    visitor.open("/")
    visitor.check_accessibility("login")
    visitor.page.locator("[name=login]").fill("courtier@cabinet-demo.example")
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Se connecter").click()
    expect(visitor.page.get_by_role("navigation").first).to_contain_text("Ma journée")
    return visitor


def test_from_the_login_to_an_accepted_proposal(broker_at_work, new_visitor, sandbox):
    visitor, page = broker_at_work, broker_at_work.page
    visitor.check_accessibility("today")

    page.get_by_role("link", name="Clients").first.click()
    visitor.check_accessibility("clients")
    page.get_by_role("link", name="Valmorin Négoce SAS").first.click()
    visitor.check_accessibility("client without a list")
    page.locator("input[type=file]").set_input_files(PORTFOLIO_FILE)
    if page.get_by_role("button", name="Lire ce fichier").is_visible():
        page.get_by_role("button", name="Lire ce fichier").click()

    expect(page.get_by_role("heading", name="17 acheteurs à demander")).to_be_visible()
    visitor.check_accessibility("preview")
    page.get_by_role("link", name="Continuer").click()
    for name, amount in TURNOVER.items():
        page.locator(f"[name={name}]").fill(amount)
    visitor.check_accessibility("figures")
    page.get_by_role("button", name="Enregistrer la photographie").click()
    visitor.check_accessibility("snapshot")

    page.get_by_role("link", name="Lancer le test à blanc").first.click()
    visitor.check_accessibility("whom to ask")
    page.get_by_label("Assureur D").uncheck()
    page.get_by_role("button", name="Lancer le test à blanc").click()
    expect(page.get_by_role("heading", name="17 acheteurs, 3 assureurs")).to_be_visible()
    visitor.check_accessibility("running market test")
    expect(page.locator("#market-test-live")).to_contain_text("sans réponse")
    expect(page.locator("#market-test-live [hx-trigger]")).to_have_count(0)
    live = page.locator("main")
    for figure in ("90,8", "990 000", "16 447,20", "72,9", "14 493,30", "50,5", "11 888,10", "4 559,10"):
        expect(live).to_contain_text(re.compile(figure.replace(" ", r"\s")))
    visitor.check_accessibility("market test")

    page.get_by_role("button", name="Préparer l’offre").click()
    page.get_by_role("link", name="Envoyer").first.click()
    visitor.check_accessibility("send")
    page.get_by_role("button", name="Envoyer l’offre").click()
    expect(page.locator("main")).to_contain_text("helene@valmorin.example")
    visitor.check_accessibility("proposal sent")

    link, pdf = received(sandbox.mailbox)
    assert pdf.startswith(b"%PDF-")
    prospect = new_visitor()
    prospect.open(link)
    expect(prospect.page.locator("main")).to_contain_text(re.compile(r"990\s000"))
    prospect.check_accessibility("prospect")
    prospect.page.get_by_label("Vos prénom et nom").fill("Hélène Valmorin")
    prospect.page.get_by_label("J’ai pouvoir d’engager la société").check()
    prospect.page.get_by_role("button", name="Accepter l’offre").click()
    expect(prospect.page.get_by_role("heading", name="Merci, votre accord est enregistré")).to_be_visible()
    prospect.check_accessibility("prospect after the answer")

    page.get_by_role("link", name="Offres").first.click()
    expect(page.locator("main")).to_contain_text("acceptée")
    visitor.check_accessibility("proposals")
    visitor.open("/partenaires/")
    visitor.check_accessibility("partners")
    assert visitor.complaints == []
    assert prospect.complaints == []


def received(mailbox: Path) -> tuple[str, bytes]:
    """The link and the PDF of the mail that the prospect got."""
    (path,) = wait_for(lambda: sorted(mailbox.glob("*.eml")))
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = message.get_body(("plain",)).get_content()
    (attachment,) = message.iter_attachments()
    return re.search(r"https?://\S+/o/\S+", text).group(), attachment.get_content()
