"""The first login of an installation: without a password on a command line, and never half made."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.mail.models import OutgoingMail
from factortaboite.mail.smtp import build_message

pytestmark = pytest.mark.django_db

PERSON = ("Direction@Delsarte.example", "Maïwenn", "Delsarte")


def test_the_direction_gets_in_by_mail(capsys, settings):
    settings.SITE_URL = "https://delsarte.example"
    call_command("open_firm", "Cabinet Delsarte", *PERSON)
    user = User.objects.get()
    assert (user.firm.name, user.role, str(user)) == ("Cabinet Delsarte", Role.DIRECTION, "Maïwenn Delsarte")
    assert not user.has_usable_password()
    assert "https://delsarte.example/compte/mot-de-passe/oublie/" in capsys.readouterr().out
    Browser().post(reverse("account_reset_password"), {"email": user.email})
    mail = OutgoingMail.objects.get()
    assert mail.to == "direction@delsarte.example"
    assert "https://delsarte.example/compte/mot-de-passe/nouveau/" in build_message(mail).body


@pytest.mark.parametrize(
    "firm, person",
    [
        pytest.param("Autre cabinet", PERSON, id="address taken"),
        pytest.param("Autre cabinet", ("direction", "Maïwenn", "Delsarte"), id="not an address"),
        pytest.param("", ("autre@delsarte.example", "Maïwenn", "Delsarte"), id="no name"),
    ],
)
def test_nothing_is_half_made(firm, person):
    call_command("open_firm", "Cabinet Delsarte", *PERSON)
    with pytest.raises(CommandError):
        call_command("open_firm", firm, *person)
    assert (BrokerFirm.objects.count(), User.objects.count()) == (1, 1)
