import pytest
from django.contrib.auth import SESSION_KEY
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client as Browser
from django.urls import reverse

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import User
from tests.factories import UserFactory
from tests.screens import count_queries, part_of, text_of

USERS = reverse("accounts:user_list")
NEW = {"first_name": "Maïwenn", "last_name": "Delsarte", "email": "Maiwenn@Cabinet.example", "role": Role.ASSISTANT}


@pytest.fixture
def direction(db):
    return UserFactory(direction=True)


@pytest.fixture
def browser(direction) -> Browser:
    browser = Browser()
    browser.force_login(direction)
    return browser


def edit(browser: Browser, user: User, **fields):
    return browser.post(reverse("accounts:user_edit", args=[user.pk]), {"role": user.role, "is_active": "on"} | fields)


def test_a_new_person_chooses_a_password_by_mail(browser, direction, mailoutbox):
    response = browser.post(USERS, NEW, follow=True)
    user = User.objects.get(email="maiwenn@cabinet.example")
    assert (user.firm, user.role, user.has_usable_password()) == (direction.firm, Role.ASSISTANT, False)
    assert "reçoit un lien" in text_of(response)
    (mail,) = mailoutbox
    assert (mail.to, reverse("account_login") in mail.body) == ([user.email], False)
    assert "/compte/mot-de-passe/nouveau/" in mail.body
    browser.post(reverse("accounts:user_invite", args=[user.pk]))
    assert len(mailoutbox) == 2


def test_a_silent_mail_server_loses_nobody(browser, monkeypatch):
    def refuse(self, messages):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    response = browser.post(USERS, NEW, follow=True)
    assert User.objects.filter(email="maiwenn@cabinet.example").exists()
    assert "n’a pas reçu son lien" in text_of(response)
    assert "Renvoyer le lien" in text_of(response)


def test_an_address_belongs_to_one_person(browser):
    UserFactory(email="maiwenn@cabinet.example")
    response = browser.post(USERS, NEW | {"email": "maiwenn@cabinet.example"})
    assert part_of(response, "#id_email_error").text.strip()


def test_whoever_is_deactivated_is_outside_at_once(browser, direction):
    user = UserFactory(firm=direction.firm)
    theirs = Browser()
    theirs.force_login(user)
    assert theirs.get(reverse("desk:today")).status_code == 200
    edit(browser, user, is_active="")
    assert theirs.get(reverse("desk:today")).status_code == 302
    assert "désactivé" in text_of(browser.get(USERS))
    edit(browser, user)
    assert SESSION_KEY in theirs.session
    assert theirs.get(reverse("desk:today")).status_code == 200


def test_a_role_changes(browser, direction):
    user = UserFactory(firm=direction.firm)
    edit(browser, user, role=Role.READER)
    user.refresh_from_db()
    assert user.role == Role.READER


def test_nobody_takes_the_keys_from_themselves(browser, direction):
    response = edit(browser, direction, role=Role.READER)
    assert "une autre personne de la direction" in text_of(response)
    direction.refresh_from_db()
    assert direction.role == Role.DIRECTION


def test_the_firms_identity(browser, direction):
    page = reverse("accounts:firm_edit")
    browser.post(page, {"name": "Cabinet Arvieux", "siren": "000 100 990", "orias_number": "12345678"})
    direction.firm.refresh_from_db()
    assert (direction.firm.name, direction.firm.siren) == ("Cabinet Arvieux", "000100990")
    assert "Cabinet Arvieux" in part_of(browser.get(page), ".topbar").text


@pytest.mark.parametrize("name", ["accounts:firm_edit", "accounts:user_list"])
def test_only_the_direction(direction, name):
    for role in set(Role) - {Role.DIRECTION}:
        browser = Browser()
        browser.force_login(UserFactory(firm=direction.firm, role=role))
        assert browser.get(reverse(name)).status_code == 403


def test_people_of_another_firm_do_not_exist(browser):
    stranger = UserFactory()
    assert edit(browser, stranger).status_code == 404
    assert browser.post(reverse("accounts:user_invite", args=[stranger.pk])).status_code == 404
    assert stranger.email not in text_of(browser.get(USERS))


def test_takes_as_many_queries_for_ten_people_as_for_one(browser, direction):
    queries = count_queries(browser, USERS)
    UserFactory.create_batch(9, firm=direction.firm)
    assert count_queries(browser, USERS) == queries
