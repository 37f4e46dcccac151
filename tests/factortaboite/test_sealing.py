"""A sealing key is replaced without anything sealed before being lost."""

import pytest
from django.core.management import CommandError, call_command

from factortaboite.mail.models import OutgoingMail
from factortaboite.sealing import BrokenSeal, reseal, seal, unseal
from tests.factories import BrokerFirmFactory
from tests.quotes.factories import PartnerAccountFactory

SECRETS = {"client_id": "valmorin", "secret": "é-très-secret"}


@pytest.fixture
def rotated(settings):
    """Goes from the key "old" to the key "new", which keeps "old" as a fallback."""
    settings.SEALING_KEY, settings.SEALING_KEY_FALLBACKS = "old", []

    def rotate(*, fallbacks: list[str]) -> None:
        settings.SEALING_KEY, settings.SEALING_KEY_FALLBACKS = "new", fallbacks

    return rotate


def test_former_keys_open_and_todays_seals(rotated):
    sealed = seal(SECRETS)
    rotated(fallbacks=["older", "old"])
    assert unseal(sealed) == SECRETS
    sealed_today = seal(SECRETS)
    rotated(fallbacks=[])
    assert unseal(sealed_today) == SECRETS
    with pytest.raises(BrokenSeal):
        unseal(sealed)
    with pytest.raises(BrokenSeal):
        reseal(sealed)


def test_nothing_stays_nothing():
    assert (seal({}), unseal(b""), reseal(b"")) == (b"", {}, b"")


@pytest.mark.django_db
class TestCommand:
    def test_everything_sealed_opens_with_the_new_key_alone(self, rotated, capsys):
        account = PartnerAccountFactory(sealed_credentials=seal(SECRETS))
        PartnerAccountFactory(sealed_credentials=b"")
        mail = OutgoingMail.objects.create(
            firm=BrokerFirmFactory(),
            to="a@b.example",
            subject="Offre",
            body="…",
            sealed_link=seal({"link": "https://x"}),
        )
        rotated(fallbacks=["old"])
        call_command("reseal")
        assert "Secrets rescellés : 2." in capsys.readouterr().out
        rotated(fallbacks=[])
        account.refresh_from_db()
        mail.refresh_from_db()
        assert unseal(account.sealed_credentials) == SECRETS
        assert unseal(mail.sealed_link) == {"link": "https://x"}

    def test_what_no_key_opens_is_named_and_kept(self, rotated):
        lost = PartnerAccountFactory(sealed_credentials=seal(SECRETS))
        sealed = bytes(lost.sealed_credentials)
        rotated(fallbacks=["not the old one"])
        kept = PartnerAccountFactory(sealed_credentials=seal(SECRETS))
        with pytest.raises(CommandError, match=f" {lost.pk}$"):
            call_command("reseal")
        lost.refresh_from_db()
        assert bytes(lost.sealed_credentials) == sealed
        kept.refresh_from_db()
        assert unseal(kept.sealed_credentials) == SECRETS
