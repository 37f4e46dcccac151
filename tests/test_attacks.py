"""What a curious, a clumsy or a hostile visitor tries: the answer is a sentence or a refusal, never an error page."""

import logging
import threading
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from factortaboite.accounts.models import User
from factortaboite.mail.models import OutgoingMail
from factortaboite.mail.smtp import build_message
from factortaboite.servers.supervisor import free_port
from quotes.models import PartnerAccount
from tests.factories import ClientFactory, CompanyFactory, UserFactory
from tests.quotes.factories import ProposalLinkFactory
from tests.screens import text_of

NEW_USER = {"first_name": "Maïwenn", "last_name": "Delsarte", "email": "maiwenn@cabinet.example", "role": "reader"}


@pytest.fixture
def direction(db) -> User:
    return UserFactory(direction=True)


@pytest.fixture
def browser(direction) -> Browser:
    return logged_in(direction)


def logged_in(user: User) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(user)
    return browser


def at_once(*calls) -> list:
    """What calls made at the same moment return, in no order."""
    results, barrier = [], threading.Barrier(len(calls))

    def run(call):
        barrier.wait()
        try:
            results.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("page", ["clients:client_list", "desk:search"])
def test_a_null_character_in_a_search(browser, direction, page):
    ClientFactory(firm=direction.firm, name="Négoce Ferroval")
    response = browser.get(reverse(page), {"q": "ferro\x00val"})
    assert "Négoce Ferroval" in response.content.decode()


def test_an_address_that_differs_by_its_capitals_is_the_same(browser):
    UserFactory(email="maiwenn@cabinet.example")
    response = browser.post(reverse("accounts:user_list"), NEW_USER | {"email": "Maiwenn@Cabinet.example"})
    assert "déjà celle d’un compte" in response.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("page", "fields"),
    [
        pytest.param("accounts:user_list", NEW_USER, id="a person"),
        pytest.param("clients:client_create", {"name": "Ferroval", "siren": "000100990"}, id="a client"),
    ],
)
def test_two_clicks_at_the_same_moment_create_one(direction, page, fields):
    CompanyFactory(id_type="siren", id_value="000100990")
    clicks = [partial(logged_in(direction).post, reverse(page), fields) for _ in range(4)]
    assert sorted(response.status_code for response in at_once(*clicks)) == [200, 200, 200, 302]


@pytest.mark.django_db(transaction=True)
def test_partners_of_one_name_added_at_the_same_moment_get_codes_of_their_own(direction):
    page, fields = f"{reverse('quotes:partner_create')}?canal=courriel", {"name": "D", "contact_email": "d@d.example"}
    forms = [fields | {"creation_key": uuid4()} for _ in range(4)]
    answers = at_once(*(partial(logged_in(direction).post, page, form) for form in forms))
    assert [answer.status_code for answer in answers] == [302] * 4
    assert set(PartnerAccount.objects.values_list("code", flat=True)) == {"d", "d-2", "d-3", "d-4"}


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_one_new_partner_add_one(direction):
    page = f"{reverse('quotes:partner_create')}?canal=courriel"
    fields = {"name": "D", "contact_email": "d@d.example", "creation_key": uuid4()}
    answers = at_once(*(partial(logged_in(direction).post, page, fields) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [302] * 4
    assert list(PartnerAccount.objects.values_list("code", flat=True)) == ["d"]


# --- Getting in -----------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(settings):
    """The settings that count attempts, in Redis as the web processes do."""
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}


def guess(address: str, **extra):
    return Browser(**extra).post(reverse("account_login"), {"login": address, "password": "faux"})


@pytest.mark.django_db
def test_guesses_are_counted_by_account(counted):
    user = UserFactory()
    said = [text_of(guess(user.email, REMOTE_ADDR=f"10.0.0.{number}")) for number in range(6)]
    assert ["Trop de tentatives" in each for each in said] == [False] * 5 + [True]


@pytest.mark.django_db
def test_the_visitor_is_counted_and_not_the_proxy_nor_what_the_visitor_claims(counted, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(31):
        refused = guess(
            f"personne-{number}@cabinet.example",
            REMOTE_ADDR="10.0.0.1",
            HTTP_X_FORWARDED_FOR=f"1.1.1.{number}, 9.9.9.9",
        )
    elsewhere = guess("autre@cabinet.example", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="8.8.8.8")
    assert (refused.status_code, elsewhere.status_code) == (429, 200)
    assert "Trop d’essais" in text_of(refused)


@pytest.mark.django_db
def test_people_get_in_while_redis_is_away(counted, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"redis://127.0.0.1:{free_port()}/0"}}
    user = UserFactory(password="une phrase facile à retenir")
    form = {"login": user.email, "password": "une phrase facile à retenir"}
    assert Browser().post(reverse("account_login"), form).status_code == 302


@pytest.mark.django_db
def test_the_link_of_a_new_password_leads_to_us_whatever_host_asked(settings):
    settings.SITE_URL = "https://factortaboite.example"
    settings.ALLOWED_HOSTS = ["*"]
    user = UserFactory()
    Browser(SERVER_NAME="ailleurs.example").post(reverse("account_reset_password"), {"email": user.email})
    message = build_message(OutgoingMail.objects.get())
    assert "https://factortaboite.example/compte/mot-de-passe/nouveau/" in message.body
    assert "ailleurs" not in message.message().as_string()


# --- What is kept, and what is sent ----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["desk:today", "clients:client_list", "quotes:proposal_list", "account_login"])
def test_no_cache_keeps_a_page(browser, page):
    assert "no-store" in browser.get(reverse(page), follow=True).headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["account_login", "clients:client_create"])
def test_a_body_larger_than_any_form_is_refused_before_it_is_read(settings, page):
    response = Browser().post(reverse(page), b"", "text/plain", CONTENT_LENGTH=str(settings.LARGEST_BODY + 1))
    assert response.status_code == 413
    assert "trop lourd" in text_of(response)


@pytest.mark.django_db
def test_a_form_from_elsewhere_gets_a_sentence(direction):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(direction)
    response = browser.post(reverse("clients:client_create"), {"name": "Ferroval", "siren": "000100990"})
    assert response.status_code == 403
    assert "Rien n’a été modifié" in text_of(response)


@pytest.mark.django_db
def test_the_secret_of_a_link_stays_out_of_the_log(caplog):
    ProposalLinkFactory(token="token-that-opens")
    with caplog.at_level(logging.WARNING, "django.request"):
        Browser().post(reverse("quotes:public_proposal_answer", args=["token-that-opens"]), {})
        Browser().get(reverse("quotes:public_proposal_answer", args=["token-that-opens"]))
    (console,) = [handler for handler in logging.root.handlers if type(handler) is logging.StreamHandler]
    lines = [console.format(record) for record in caplog.records]
    assert len(lines) == 2
    assert all("/o/…" in line and "token-that-opens" not in line for line in lines)
