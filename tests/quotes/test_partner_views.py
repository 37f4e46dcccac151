from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from factortaboite.accounts.models import User
from quotes.models import LimitIndication, MarketTest, PartnerAccount
from quotes.services.market_tests import compare, launch_market_test
from quotes.services.partners import partner_records
from tests.factories import UserFactory
from tests.quotes.outcomes import answer_all
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db

SECRET = "un secret que personne ne revoit"
TERMS = {"premium_rate": "0,21", "insured_percentage": "85 %", "fee_per_buyer": "40"}
RHYTHM = {"max_concurrent": "10", "calls_per_second": "2,5", "timeout_seconds": "20", "patience_seconds": "432000"}
INTERFACE = {"name": "Coface", "active": "on", "base_url": "https://api.coface.example", **RHYTHM, **TERMS}
KEYS = {
    "key_api_key": SECRET,
    "key_username": "cabinet",
    "key_password": SECRET,
    "key_policy_number": "P-1",
    "key_contract_id": "C-1",
}


@pytest.fixture
def desk(client, broker):
    client.force_login(broker)
    return client


def creation(channel: str) -> str:
    return reverse("quotes:partner_create") + f"?canal={channel}"


def form_key() -> dict[str, str]:
    """What tells one opening of the form from another."""
    return {"creation_key": str(uuid4())}


def edition(account: PartnerAccount) -> str:
    return reverse("quotes:partner_edit", args=[account.pk])


def fields_of(response) -> set[str]:
    return {field["name"] for field in part_of(response, "main form").select("[name]")}


def test_the_channel_is_chosen_first_then_asked_for_what_it_needs(desk):
    choice = text_of(desk.get(reverse("quotes:partner_create")))
    assert "Interface au format Coface" in choice
    assert "Forme supposée" in choice
    assert {"key_api_key", "key_contract_id", "base_url"} <= fields_of(desk.get(creation("coface")))
    by_mail = fields_of(desk.get(creation("courriel")))
    assert "contact_email" in by_mail
    assert not by_mail & {"base_url", "key_api_key", "max_concurrent"}
    assert desk.get(creation("inconnu")).status_code == 404


def test_a_partner_with_an_interface_is_created_with_its_keys_sealed(desk, firm):
    answer = desk.post(creation("coface"), form_key() | INTERFACE | KEYS)
    assert answer.url == reverse("quotes:partner_list")
    account = PartnerAccount.objects.get(name="Coface")
    assert (account.firm, account.code, account.channel, account.connector) == (firm, "coface", "api", "coface")
    assert account.credentials == {
        "api_key": SECRET,
        "username": "cabinet",
        "password": SECRET,
        "policy_number": "P-1",
        "contract_id": "C-1",
    }
    assert SECRET.encode() not in bytes(account.sealed_credentials)
    assert (account.premium_rate, account.insured_percentage) == (Decimal("0.0021"), Decimal("0.85"))
    assert account.calls_per_second == Decimal("2.5")
    assert not account.sandbox


def test_a_double_click_adds_one_partner_and_another_form_another(desk, firm):
    fields = part_of(desk.get(creation("courriel")), "main form").select_one("[name=creation_key]")
    mail = {"name": "Atradius", "active": "on", "contact_email": "risques@atradius.example"}
    for name in ("Atradius", "Atradius", "Coface"):
        answer = desk.post(creation("courriel"), mail | {"name": name, "creation_key": fields["value"]})
        assert answer.url == reverse("quotes:partner_list")
    desk.post(creation("courriel"), mail | form_key())
    added = PartnerAccount.objects.filter(firm=firm, name__in=["Atradius", "Coface"])
    assert list(added.values_list("code", flat=True)) == ["atradius", "coface", "atradius-2"]


def test_keys_are_never_shown_again_and_blank_keeps_them(desk):
    desk.post(creation("coface"), form_key() | INTERFACE | KEYS)
    account = PartnerAccount.objects.get(name="Coface")
    page = desk.get(edition(account))
    assert SECRET not in page.content.decode()
    assert all(not field.get("value") for field in part_of(page, "main form").select("[type=password]"))
    assert "Enregistré. Vide : inchangé." in text_of(page)
    desk.post(edition(account), INTERFACE | {"key_password": "nouveau"})
    account.refresh_from_db()
    assert account.credentials["password"] == "nouveau"
    assert account.credentials["api_key"] == SECRET
    invalid = desk.post(edition(account), INTERFACE | KEYS | {"name": ""})
    assert invalid.status_code == 422
    assert SECRET not in invalid.content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"base_url": "http://api.coface.example"}, "Seule une adresse en https", id="plain http"),
        pytest.param({"base_url": ""}, "Donnez l’adresse de l’interface", id="no address"),
        pytest.param({"key_api_key": ""}, "Ce champ est obligatoire.", id="a key missing"),
        pytest.param({"calls_per_second": "0"}, "Au moins 0,1 appel par seconde.", id="no call at all"),
        pytest.param({"timeout_seconds": "0"}, "supérieure ou égale à 1", id="no time to answer a call"),
        pytest.param({"timeout_seconds": "301"}, "inférieure ou égale à 300", id="a call that never ends"),
        pytest.param({"patience_seconds": "0"}, "supérieure ou égale à 1", id="no patience"),
        pytest.param({"patience_seconds": "7776001"}, "inférieure ou égale à 7776000", id="more than 90 days"),
        pytest.param({"premium_rate": "un peu"}, "« un peu » n’est pas un nombre.", id="a rate in words"),
    ],
)
def test_what_is_wrong_is_said_in_french(desk, fields, said):
    answer = desk.post(creation("coface"), form_key() | INTERFACE | KEYS | fields)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not PartnerAccount.objects.filter(name="Coface").exists()


def test_our_simulator_needs_neither_keys_nor_https(desk, settings):
    fields = INTERFACE | {"sandbox": "on", "base_url": f"{settings.SANDBOX_URL}/coface"}
    assert desk.post(creation("coface"), form_key() | fields).status_code == 302
    assert PartnerAccount.objects.get(name="Coface").sandbox


def test_calling_an_account_a_simulator_opens_no_other_address(desk, settings):
    for address in (
        "http://127.0.0.1:6379/",
        "http://169.254.169.254/latest",
        f"{settings.SANDBOX_URL}@ailleurs.example/",
    ):
        answer = desk.post(creation("coface"), form_key() | INTERFACE | KEYS | {"sandbox": "on", "base_url": address})
        assert "Seule une adresse en https" in text_of(answer)
    assert not PartnerAccount.objects.filter(name="Coface").exists()


def test_keys_do_not_follow_the_account_to_another_address(desk):
    desk.post(creation("coface"), form_key() | INTERFACE | KEYS)
    account = PartnerAccount.objects.get(name="Coface")
    elsewhere = INTERFACE | {"base_url": "https://ailleurs.example"}
    answer = desk.post(edition(account), elsewhere)
    assert "Ce champ est obligatoire." in text_of(answer)
    assert desk.post(edition(account), elsewhere | {"sandbox": "on"}).status_code == 302
    account.refresh_from_db()
    assert (account.base_url, account.credentials) == ("https://ailleurs.example", {})


def test_keys_that_no_longer_open_are_asked_for_again(desk, settings):
    desk.post(creation("coface"), form_key() | INTERFACE | KEYS)
    account = PartnerAccount.objects.get(name="Coface")
    settings.SEALING_KEY = "another key"
    assert "Enregistré" not in text_of(desk.get(edition(account)))
    assert desk.post(edition(account), INTERFACE).status_code == 422
    assert desk.post(edition(account), INTERFACE | KEYS).status_code == 302
    account.refresh_from_db()
    assert account.credentials["api_key"] == SECRET


def test_two_partners_of_the_same_name_have_codes_of_their_own(desk):
    mail = {"name": "Assureur É", "contact_email": "limites@assureur-e.example", "active": "on"}
    for _ in range(3):
        assert desk.post(creation("courriel"), form_key() | mail).status_code == 302
    accounts = PartnerAccount.objects.filter(name="Assureur É").order_by("pk")
    assert [account.code for account in accounts] == ["assureur-e", "assureur-e-2", "assureur-e-3"]
    assert {account.channel for account in accounts} == {"spreadsheet"}


def test_a_partner_by_mail_needs_an_address(desk):
    answer = desk.post(creation("courriel"), {"name": "Assureur É"})
    assert answer.status_code == 422
    assert "Ce champ est obligatoire." in text_of(answer)


@pytest.mark.parametrize("role", ["assistant", "reader"])
def test_only_direction_and_brokers_touch_partners(client, firm, role):
    client.force_login(User.objects.get(firm=firm, role=role))
    account = PartnerAccount.objects.filter(firm=firm).first()
    assert client.get(edition(account)).status_code == 403
    assert client.post(creation("courriel"), {}).status_code == 403
    page = client.get(reverse("quotes:partner_list"))
    assert part_of(page, "#contenu").select(f"a[href='{edition(account)}']") == []


def test_another_firms_partner_does_not_exist(client, insurers):
    client.force_login(UserFactory(direction=True))
    assert client.get(edition(insurers[0])).status_code == 404
    assert "Aucun partenaire" in text_of(client.get(reverse("quotes:partner_list")))


def test_a_partners_record_is_what_it_granted_and_how_fast(firm, market_test):
    answer_all(market_test)
    MarketTest.objects.filter(pk=market_test.pk).update(launched_at=timezone.now() - timedelta(hours=1))
    launched = MarketTest.objects.get(pk=market_test.pk).launched_at
    account = market_test.submissions.get(account__code="c").account
    rows = list(LimitIndication.objects.filter(account=account, state="answered").order_by("pk"))
    for minutes, row in enumerate(rows):
        LimitIndication.objects.filter(pk=row.pk).update(settled_at=launched + timedelta(minutes=minutes))
    record = partner_records(firm)[account.pk]
    # 16 answers in 0, 1, … 15 minutes; 795 000 € of the 1 070 000 € it answered on.
    assert record.median_time == timedelta(minutes=7.5)
    assert record.answered == 16
    result = next(partner for partner in compare(market_test).partners if partner.code == "c")
    assert record.acceptance == result.covered_low / (result.total_requested - 20_000)


def test_queries_do_not_grow_with_the_partners(desk, snapshot, broker, insurers, firm):
    def look():
        test = launch_market_test(snapshot=snapshot, accounts=insurers, launch_key=uuid4(), by=broker)
        answer_all(test)
        return count_queries(desk, reverse("quotes:partner_list"))

    before = look()
    for number in range(30):
        PartnerAccount.objects.create(firm=firm, code=f"e-{number}", name=f"Assureur {number}", channel="spreadsheet")
    assert look() == before
