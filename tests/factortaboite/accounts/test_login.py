import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.urls import reverse

from factortaboite.accounts.models import User
from factortaboite.mail.models import OutgoingMail
from factortaboite.mail.smtp import build_message
from tests.factories import PASSWORD, UserFactory
from tests.screens import part_of, text_of

pytestmark = pytest.mark.django_db
LOGIN = reverse("account_login")


def log_in(client, user, password: str = PASSWORD):
    return client.post(LOGIN, {"login": user.email, "password": password})


def test_the_login_opens_the_day(client):
    user = UserFactory()
    assert log_in(client, user).url == reverse("desk:today")
    assert client.session[SESSION_KEY] == str(user.pk)


def test_whoever_asked_for_a_page_gets_it_after_the_login(client):
    wanted = reverse("clients:client_list")
    asked = client.get(wanted)
    assert asked.url == f"{LOGIN}?next={wanted}"
    form = {"login": UserFactory().email, "password": PASSWORD, "next": wanted}
    assert client.post(LOGIN, form).url == wanted


def test_a_wrong_password_says_neither_whether_the_account_exists(client):
    known = text_of(log_in(client, UserFactory(), "faux"))
    unknown = text_of(log_in(client, User(email="personne@ailleurs.example"), "faux"))
    assert known == unknown
    assert SESSION_KEY not in client.session


def test_a_deactivated_account_stays_outside(client):
    user = UserFactory(is_active=False)
    response = log_in(client, user)
    assert SESSION_KEY not in client.session
    assert response.status_code == 302
    assert "désactivé" in text_of(client.get(response.url))


def test_nobody_signs_up_alone(client):
    response = client.get(reverse("account_signup"))
    assert "La direction de votre cabinet crée votre compte" in text_of(response)
    client.post(reverse("account_signup"), {"email": "a@b.example", "password1": PASSWORD})
    assert not User.objects.exists()


def test_the_logout_asks_first(client):
    client.force_login(UserFactory())
    assert "Se déconnecter ?" in text_of(client.get(reverse("account_logout")))
    assert SESSION_KEY in client.session
    client.post(reverse("account_logout"))
    assert SESSION_KEY not in client.session


def test_a_forgotten_password_is_replaced_by_mail(client):
    user = UserFactory()
    response = client.post(reverse("account_reset_password"), {"email": user.email}, follow=True)
    assert "un e-mail vient de partir" in text_of(response)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.firm, mail.subject) == (user.email, user.firm, "Choisir un nouveau mot de passe")
    body = build_message(mail).body
    assert body.startswith("Bonjour Camille,\n\nPour choisir un nouveau mot de passe Factortaboite, ouvrez ce lien")
    assert "votre mot de passe ne change pas" in body
    (link,) = re.findall(r"https?://\S+", body)
    assert link not in mail.body
    form = client.get(link, follow=True)
    assert "Choisir un mot de passe" in text_of(form)
    new = "une autre phrase facile"
    done = client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)
    assert "Mot de passe enregistré" in text_of(done)
    assert log_in(client, user, new).status_code == 302
    assert "Ce lien ne sert plus" in text_of(client.get(link, follow=True))


def test_an_unknown_address_gets_the_same_page_and_another_mail(client, settings):
    settings.DEFAULT_FROM_EMAIL = "Factortaboite <site@factortaboite.example>"
    response = client.post(reverse("account_reset_password"), {"email": "inconnue@cabinet.example"}, follow=True)
    assert "un e-mail vient de partir" in text_of(response)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.firm, mail.subject) == ("inconnue@cabinet.example", None, "Aucun compte à cette adresse")
    message = build_message(mail)
    assert "Aucun compte n’existe à cette adresse" in message.body
    assert "http" not in message.body
    assert message.message()["From"] == "Factortaboite <site@factortaboite.example>"


@pytest.mark.parametrize("page, field", [(LOGIN, "#id_login"), (reverse("account_reset_password"), "#id_email")])
def test_one_word_for_an_email(client, page, field):
    response = client.get(page)
    assert part_of(response, f"label[for={field[1:]}]").text.split() == ["E-mail"]
    assert "ourriel" not in response.content.decode()


def test_a_short_password_is_refused(client):
    user = UserFactory()
    client.force_login(user)
    form = {"oldpassword": PASSWORD, "password1": "court", "password2": "court"}
    assert "12" in text_of(client.post(reverse("account_change_password"), form))
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
