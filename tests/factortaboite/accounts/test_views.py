import re
import threading

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import User
from factortaboite.accounts.services import AccountRefused, change_user
from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.mail.smtp import build_message
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


def test_a_new_person_chooses_a_password_by_mail(browser, direction):
    response = browser.post(USERS, NEW, follow=True)
    user = User.objects.get(email="maiwenn@cabinet.example")
    assert (user.firm, user.role, user.has_usable_password()) == (direction.firm, Role.ASSISTANT, False)
    assert "reçoit un lien" in text_of(response)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.firm, mail.subject) == (user.email, direction.firm, "Votre compte Factortaboite")
    body = build_message(mail).body
    assert body.startswith(f"Bonjour Maïwenn,\n\n{direction.firm} vous ouvre un compte Factortaboite.")
    assert "/compte/mot-de-passe/nouveau/" in body
    assert reverse("account_login") not in body
    browser.post(reverse("accounts:user_invite", args=[user.pk]))
    assert OutgoingMail.objects.count() == 2


def test_a_mistyped_address_is_corrected_and_its_link_opens_nothing(browser):
    browser.post(USERS, NEW)
    user = User.objects.get(email=NEW["email"].lower())
    (lost,) = re.findall(r"https?://\S+", build_message(OutgoingMail.objects.get()).body)
    page = edit(browser, user, email="Autre@Cabinet.example")
    assert page.url == USERS
    user.refresh_from_db()
    assert user.email == OutgoingMail.objects.latest("pk").to == "autre@cabinet.example"
    (link,) = re.findall(r"https?://\S+", build_message(OutgoingMail.objects.latest("pk")).body)
    assert "Ce lien ne sert plus" in text_of(Browser().get(lost, follow=True))
    assert "Choisir un mot de passe" in text_of(Browser().get(link, follow=True))


def test_a_corrected_address_may_not_be_somebodys(browser, direction):
    browser.post(USERS, NEW)
    user = User.objects.get(email=NEW["email"].lower())
    response = edit(browser, user, email=direction.email)
    assert "déjà celle d’un compte" in text_of(response)
    assert OutgoingMail.objects.count() == 1


def test_an_address_that_somebody_uses_stays(browser, direction):
    user = UserFactory(firm=direction.firm, email="camille@cabinet.example")
    edit(browser, user, email="autre@cabinet.example")
    user.refresh_from_db()
    assert user.email == "camille@cabinet.example"
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("is_sent_again", [False, True])
def test_an_invitation_that_did_not_arrive_is_a_task_of_the_direction(browser, direction, is_sent_again):
    browser.post(USERS, NEW)
    OutgoingMail.objects.update(status=MailStatus.FAILED, error="Ce courrier est revenu.")
    if is_sent_again:
        browser.post(reverse("accounts:user_invite", args=[User.objects.get(email=NEW["email"].lower()).pk]))
    broker = Browser()
    broker.force_login(UserFactory(firm=direction.firm))
    told = ["n’a pas pu être remise à maiwenn@cabinet.example" in text_of(who.get("/")) for who in (browser, broker)]
    assert told == [not is_sent_again, False]


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


@pytest.mark.django_db(transaction=True)
def test_two_of_the_direction_cannot_shut_each_other_out():
    """At the same moment, each with a connection of their own: one of them is refused, and the firm keeps a head."""
    one = UserFactory(direction=True)
    other = UserFactory(direction=True, firm=one.firm)
    start, refused = threading.Barrier(2), []

    def demote(by: User, person: User) -> None:
        try:
            start.wait(10)
            change_user(User.objects.get(pk=person.pk), by=by, role=Role.READER, is_active=False)
        except AccountRefused as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error.startswith("Votre propre compte vient de changer") for error in refused] == [True]
    assert User.objects.filter(firm=one.firm, role=Role.DIRECTION, is_active=True).count() == 1


def test_whoever_left_the_direction_changes_nobody(direction):
    """The page was open before; the moment of the click counts."""
    person = UserFactory(firm=direction.firm, direction=True)
    User.objects.filter(pk=direction.pk).update(role=Role.READER)
    with pytest.raises(AccountRefused, match="vous n’êtes plus de la direction"):
        change_user(person, by=direction, role=Role.READER, is_active=True)
    person.refresh_from_db()
    assert person.role == Role.DIRECTION


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
