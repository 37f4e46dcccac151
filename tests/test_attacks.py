"""What a curious, a clumsy or a hostile visitor tries: the answer is a sentence or a refusal, never an error page."""

import threading
from functools import partial

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from factortaboite.accounts.models import User
from tests.factories import ClientFactory, CompanyFactory, UserFactory

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
def test_two_clicks_at_the_same_moment_create_one(direction, page, fields, mailoutbox):
    CompanyFactory(id_type="siren", id_value="000100990")
    clicks = [partial(logged_in(direction).post, reverse(page), fields) for _ in range(4)]
    assert sorted(response.status_code for response in at_once(*clicks)) == [200, 200, 200, 302]
