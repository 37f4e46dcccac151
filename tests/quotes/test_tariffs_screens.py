"""Tariffs on screen: read by all, changed by those who commit the firm; the formula's card."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from factortaboite.accounts.models import User
from quotes.models import ClientProfile, TariffVersion
from quotes.pricing.tariffs import Product
from quotes.services.tariffs import prepare_tariff
from tests.factories import UserFactory
from tests.screens import count_queries, part_of, swapped, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, broker):
    client.force_login(broker)
    return client


@pytest.fixture
def declaration(firm) -> TariffVersion:
    return TariffVersion.objects.get(firm=firm, product=Product.DECLARATION)


def page(name: str, version: TariffVersion) -> str:
    return reverse(f"quotes:{name}", args=[version.pk])


def typed_as_shown(response) -> dict[str, str]:
    """What the browser would send back of the form, untouched."""
    fields = part_of(response, "main form.stack").select("input[name]")
    return {field["name"]: field.get("value", "") for field in fields if field.get("type") != "checkbox"}


def test_every_number_is_shown_with_its_source(desk, declaration):
    text = text_of(desk.get(page("tariff_detail", declaration)))
    assert "Taux de base, ventes en France 0,22 % hypothèse du cabinet" in text
    assert "Taux le plus bas 0,15 % guide Factortaboite de souscription" in text
    assert "moins de 50 % × 1,00" in text
    assert "au-delà sur étude" in text


@pytest.mark.parametrize("product", list(Product))
def test_saving_what_is_shown_changes_nothing(desk, firm, product):
    version = TariffVersion.objects.get(firm=firm, product=product)
    before = version.tariff()
    answer = desk.post(page("tariff_edit", version), typed_as_shown(desk.get(page("tariff_edit", version))))
    assert answer.url == page("tariff_detail", version)
    after = TariffVersion.objects.get(pk=version.pk).tariff()
    assert sorted(after.rates, key=str) == sorted(before.rates, key=str)


def test_numbers_are_typed_the_french_way(desk, declaration, broker):
    typed = typed_as_shown(desk.get(page("tariff_edit", declaration)))
    typed |= {
        "value-base_rate_french": "0,265 %",
        "value-minimum_premium": "3 500,00 €",
        "value-no_loss_factor": "0.875",
        "source-no_loss_factor": "note de mars",
    }
    # A sector more, a step more (before the others), a sector less.
    typed |= {"sector-6-label": "Négoce de bois", "sector-6-value": "1,125", "sector-6-source": "note de mars"}
    typed |= {"losses-2-bound": "25 %", "losses-2-value": "0,95", "losses-2-source": "note de mars"}
    typed |= {"sector-3-DELETE": "on"}
    assert desk.post(page("tariff_edit", declaration), typed).status_code == 302
    version = TariffVersion.objects.get(pk=declaration.pk)
    tariff = version.tariff()
    assert tariff.value("base_rate_french") == Decimal("0.00265")
    assert tariff.value("minimum_premium") == 3500
    assert tariff.named("parameter", "no_loss_factor").value == Decimal("0.875")
    assert tariff.named("parameter", "no_loss_factor").source == "note de mars"
    assert tariff.named("sector", "negoce-de-bois").value == Decimal("1.125")
    assert tariff.named("sector", "transport") is None
    assert [step.bound for step in tariff.steps("losses")] == [Decimal("0.25"), Decimal("0.5"), 1]
    assert version.changed_by == broker


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"value-base_rate_french": "beaucoup"}, "« beaucoup » n’est pas un nombre.", id="words"),
        pytest.param({"value-instalments": "2,5"}, "Ce nombre est entier.", id="half an instalment"),
        pytest.param({"value-instalments": "0"}, "une échéance au moins", id="no instalment"),
        pytest.param({"value-lowest_rate": "0,6"}, "Le taux le plus bas dépasse le plus haut.", id="reversed"),
        pytest.param({"source-fee_per_buyer": ""}, "Ce champ est obligatoire.", id="no source"),
        pytest.param({"sector-0-value": "-1"}, "Ce nombre ne peut pas être négatif.", id="negative"),
        pytest.param({"sector-0-value": "1,00001"}, "4 décimales au plus.", id="too precise"),
        pytest.param({"losses-0-bound": "100"}, "deux lignes disent la même chose", id="the same step twice"),
        pytest.param(
            {"losses-0-DELETE": "on", "losses-1-DELETE": "on"}, "gardez au moins une ligne", id="an empty scale"
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(desk, declaration, typed, said):
    before = declaration.tariff()
    answer = desk.post(
        page("tariff_edit", declaration), typed_as_shown(desk.get(page("tariff_edit", declaration))) | typed
    )
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert TariffVersion.objects.get(pk=declaration.pk).tariff() == before


def test_a_version_is_prepared_changed_and_given_up(desk, declaration):
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = desk.post(page("tariff_prepare", declaration), {"valid_from": tomorrow.isoformat()})
    copy = TariffVersion.objects.get(valid_from=tomorrow)
    assert answer.url == page("tariff_edit", copy)
    assert "préparez une nouvelle version" not in text_of(desk.get(answer.url))
    assert "pour un prix qui change à une date, préparez une nouvelle version" in text_of(
        desk.get(page("tariff_edit", declaration))
    )
    assert copy.tariff().rates == declaration.tariff().rates
    listed = text_of(desk.get(reverse("quotes:tariff_list")))
    assert "à venir" in listed
    desk.post(page("tariff_discard", copy))
    assert not TariffVersion.objects.filter(pk=copy.pk).exists()
    desk.post(page("tariff_discard", declaration))
    assert TariffVersion.objects.filter(pk=declaration.pk).exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("", "Ce champ est obligatoire.", id="no day"),
        pytest.param("2020-01-01", "commence aujourd’hui ou plus tard", id="a day gone by"),
    ],
)
def test_a_version_needs_a_day_to_come(desk, declaration, typed, said):
    answer = desk.post(page("tariff_prepare", declaration), {"valid_from": typed})
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_a_version_that_was_followed_is_only_read(desk, declaration, broker):
    prepare_tariff(version=declaration, valid_from=timezone.localdate(), by=broker)
    assert desk.get(page("tariff_edit", declaration)).url == page("tariff_detail", declaration)
    detail = desk.get(page("tariff_detail", declaration))
    assert "terminé" in text_of(detail)
    assert not part_of(detail, "main").select(f"a[href='{page('tariff_edit', declaration)}']")


def test_a_correction_leaves_the_values_that_priced_before_it_readable(desk, declaration, broker):
    assert "Corrections" not in text_of(desk.get(page("tariff_detail", declaration)))
    typed = typed_as_shown(desk.get(page("tariff_edit", declaration))) | {"value-base_rate_french": "0,265 %"}
    typed |= {"sector-3-DELETE": "on"}
    desk.post(page("tariff_edit", declaration), typed)
    text = text_of(desk.get(page("tariff_detail", declaration)))
    assert "Taux de base, ventes en France 0,22 % 0,265 %" in text
    assert "Secteur : Transport × 1,20 retiré" in text
    assert f"par {broker}" in text.partition("Corrections depuis")[2]


@pytest.mark.parametrize("role", ["assistant", "reader"])
def test_others_read_and_see_no_action(client, firm, declaration, role):
    client.force_login(User.objects.get(firm=firm, role=role))
    detail = part_of(client.get(page("tariff_detail", declaration)), "main")
    assert not detail.select(".actions a, .actions button")
    assert client.post(page("tariff_edit", declaration), {}).status_code == 403


def test_a_firm_begins_with_one_click(client):
    client.force_login(UserFactory(direction=True))
    assert "Prendre le tarif de départ" in text_of(client.get(reverse("quotes:tariff_list")))
    client.post(reverse("quotes:tariff_start"))
    assert "Forfait, tout compris" in text_of(client.get(reverse("quotes:tariff_list")))


def test_queries_do_not_grow_with_the_versions(desk, declaration, broker):
    before = count_queries(desk, reverse("quotes:tariff_list"))
    for days in range(1, 31):
        prepare_tariff(version=declaration, valid_from=timezone.localdate() + timedelta(days=days), by=broker)
    assert count_queries(desk, reverse("quotes:tariff_list")) == before


def advice_url(snapshot) -> str:
    return reverse("quotes:formula_advice", args=[snapshot.pk])


def profile_url(snapshot) -> str:
    return reverse("quotes:formula_profile", args=[snapshot.pk])


def test_the_formulas_card_says_which_and_why(desk, snapshot):
    text = text_of(desk.get(advice_url(snapshot)))
    assert "Déclaration de chiffre d’affaires conseillée" in text
    assert "moins que la plus grosse défaillance possible, 270 000 €" in text
    assert "estimation du cabinet" in text
    assert "Secteur supposé" in text
    assert "Acompte HT 13 862,40 € Première de ses 4 échéances 3 465,60 €" in text
    assert "Total annuel, taxes et frais compris 19 625,54 €" in text


def test_a_swap_equals_a_reload(desk, snapshot):
    card = swapped(desk, advice_url(snapshot), "#formula-advice")
    assert card == part_of(desk.get(advice_url(snapshot)), "#formula-advice")


def test_the_profile_is_kept_and_the_card_swapped(desk, snapshot):
    typed = {"sector": "services", "has_history": "on"}
    answer = desk.post(profile_url(snapshot), typed, headers={"HX-Request": "true"})
    assert part_of(answer, "#formula-advice") == part_of(desk.get(advice_url(snapshot)), "#formula-advice")
    assert "Client vu comme PME ou ETI" in text_of(answer)
    profile = ClientProfile.objects.get(client=snapshot.client)
    assert (profile.sector, profile.has_history, profile.is_marketplace) == ("services", True, False)
    assert desk.post(profile_url(snapshot), typed).url == advice_url(snapshot)


def test_a_sector_nobody_has_is_refused(desk, snapshot):
    answer = desk.post(profile_url(snapshot), {"sector": "fishing"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert not ClientProfile.objects.exists()


def test_a_reader_sees_the_advice_and_no_form(client, firm, snapshot):
    client.force_login(User.objects.get(firm=firm, role="reader"))
    assert not part_of(client.get(advice_url(snapshot)), "#formula-advice").select("form")


def test_without_a_tariff_or_a_turnover_the_card_says_what_to_do(desk, snapshot):
    snapshot.total_turnover = None
    snapshot.save()
    assert "Sans chiffre d’affaires assurable" in text_of(desk.get(advice_url(snapshot)))
    TariffVersion.objects.all().delete()
    card = part_of(desk.get(advice_url(snapshot)), "#formula-advice")
    assert card.select_one("a")["href"] == reverse("quotes:tariff_list")
    assert desk.post(profile_url(snapshot), {"sector": "services"}).url == advice_url(snapshot)


def test_the_card_takes_as_many_queries_whatever_the_buyers(desk, snapshot, many_buyers):
    few, many = many_buyers(3), many_buyers(60)
    for each in (few, many):
        each.total_turnover = Decimal(6_000_000)
        each.save()
    assert count_queries(desk, advice_url(few)) == count_queries(desk, advice_url(many))
