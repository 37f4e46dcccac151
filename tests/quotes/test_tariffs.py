"""The tariffs' verbs: start, change, prepare a version, read the one that counts on a day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clients.advice.late_payment import RATES, is_outdated
from quotes.models import TariffLine, TariffVersion
from quotes.pricing.annual_cost import TAX_RATES
from quotes.pricing.default_tariff import DEFAULT_RATES
from quotes.pricing.formula import Formula
from quotes.pricing.tariffs import PARAMETERS, Product, TariffIncoherent
from quotes.services.formula import AdviceMissing, NoTariff, advise_on, current_tariffs, profile_of, save_profile
from quotes.services.tariffs import (
    TariffRefused,
    change_tariff,
    discard_tariff,
    firm_tariffs,
    late_rates,
    prepare_tariff,
    start_tariffs,
    tax_rates,
)
from tests.factories import BrokerFirmFactory, ExposureFactory, RiskSnapshotFactory, UserFactory

pytestmark = pytest.mark.django_db


def version_of(firm, product: Product) -> TariffVersion:
    return TariffVersion.objects.get(firm=firm, product=product)


def with_value(version: TariffVersion, code: str, value: str):
    return [
        replace(rate, value=Decimal(value)) if (rate.table, rate.code) == (PARAMETERS, code) else rate
        for rate in version.tariff().rates
    ]


def day_after(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


@pytest.mark.parametrize("product", list(DEFAULT_RATES))
def test_what_is_stored_prices_as_what_was_given(firm, product):
    assert version_of(firm, product).tariff().rates == DEFAULT_RATES[product]


def test_starting_twice_changes_nothing(firm, broker):
    change_tariff(version=(tax := version_of(firm, Product.TAXES)), rates=with_value(tax, "vat", "0.085"), by=broker)
    start_tariffs(firm=firm)
    assert TariffVersion.objects.filter(firm=firm).count() == len(Product)
    assert tax_rates(firm, on=timezone.localdate()).vat == Decimal("0.085")


def test_a_firm_without_tariffs_still_has_the_taxes_of_the_law():
    firm = BrokerFirmFactory()
    assert firm_tariffs(firm, on=timezone.localdate()) is None
    assert tax_rates(firm, on=timezone.localdate()) == TAX_RATES[0]


def test_the_late_payment_rates_are_the_firms_unless_the_product_knows_newer_ones(firm, broker):
    first, today = version_of(firm, Product.LATE_PAYMENT), timezone.localdate()
    assert late_rates(firm, on=today) == late_rates(BrokerFirmFactory(), on=today) == RATES[-1]
    version = prepare_tariff(version=first, valid_from=today, by=broker)
    change_tariff(version=version, rates=with_value(version, "central_bank", "0.019"), by=broker)
    rates = late_rates(firm, on=today)
    assert (rates.default, rates.legal) == (Decimal("0.119"), RATES[-1].legal)
    assert not is_outdated(rates, today)
    TariffVersion.objects.filter(pk=version.pk).update(valid_from=date(2025, 2, 1))
    TariffVersion.objects.filter(pk=first.pk).update(valid_from=date(2025, 1, 1))
    assert late_rates(firm, on=date(2025, 6, 30)).central_bank == Decimal("0.019")
    assert late_rates(firm, on=date(2025, 7, 1)) == RATES[1]


def test_each_day_has_the_version_that_began_last(firm, broker):
    first = version_of(firm, Product.TAXES)
    second = prepare_tariff(version=first, valid_from=day_after(10), by=broker)
    change_tariff(version=second, rates=with_value(second, "premium_tax_french", "0.10"), by=broker)
    assert tax_rates(firm, on=day_after(9)).premium_tax_french == Decimal("0.09")
    assert tax_rates(firm, on=day_after(10)).premium_tax_french == Decimal("0.10")
    assert firm_tariffs(firm, on=day_after(10)).taxes.premium_tax_french == Decimal("0.10")
    ends = dict(TariffVersion.objects.filter(product=Product.TAXES).with_end().values_list("pk", "next_from"))
    assert ends == {first.pk: day_after(10), second.pk: None}


def test_another_firms_tariff_never_counts(firm, broker):
    other = BrokerFirmFactory()
    start_tariffs(firm=other)
    mine = version_of(firm, Product.TAXES)
    change_tariff(version=mine, rates=with_value(mine, "vat", "0.19"), by=broker)
    assert tax_rates(other, on=timezone.localdate()).vat == Decimal("0.20")


def test_a_version_that_was_followed_does_not_change(firm, broker):
    first = version_of(firm, Product.TAXES)
    prepare_tariff(version=first, valid_from=timezone.localdate(), by=broker)
    with pytest.raises(TariffRefused, match="n’est plus en vigueur"):
        change_tariff(version=first, rates=with_value(first, "vat", "0.19"), by=broker)


def test_the_values_that_priced_an_offer_outlive_a_correction(firm, broker):
    version, director = version_of(firm, Product.TAXES), UserFactory(firm=firm)
    given = version.tariff().rates
    for value, by in (("0.19", broker), ("0.19", director), ("0.18", director)):  # the second changes nothing
        change_tariff(version=version, rates=with_value(version, "vat", value), by=by)
    changes = [(each.by, each.rates, changed) for each, changed in version.changes()]
    assert [(by, plain(*changed)) for by, _, changed in changes] == [
        (director, ("TVA sur les frais", "19 %", "18 %")),
        (broker, ("TVA sur les frais", "20 %", "19 %")),
    ]
    assert changes[-1][1] == given
    version.refresh_from_db()
    assert version.changed_by == director


def plain(difference) -> tuple[str, ...]:
    return tuple(text.replace("\u00a0", " ") for text in (difference.label, difference.before, difference.after))


def test_a_version_to_come_has_priced_nothing_to_keep(firm, broker):
    version = prepare_tariff(version=version_of(firm, Product.TAXES), valid_from=day_after(1), by=broker)
    change_tariff(version=version, rates=with_value(version, "vat", "0.19"), by=broker)
    assert version.changes() == []


def test_lines_that_make_no_tariff_leave_it_as_it_was(firm, broker):
    version = version_of(firm, Product.TAXES)
    with pytest.raises(TariffIncoherent):
        change_tariff(version=version, rates=[], by=broker)
    assert TariffLine.objects.filter(version=version).count() == 3


@pytest.mark.parametrize(
    ("days", "said"),
    [pytest.param(-1, "aujourd’hui ou plus tard", id="past"), pytest.param(5, "ce jour-là", id="twice")],
)
def test_when_a_version_may_begin(firm, broker, days, said):
    version = version_of(firm, Product.TAXES)
    prepare_tariff(version=version, valid_from=day_after(5), by=broker)
    with pytest.raises(TariffRefused, match=said):
        prepare_tariff(version=version, valid_from=day_after(days), by=broker)


def test_only_what_has_not_begun_can_be_forgotten(firm, broker):
    first = version_of(firm, Product.TAXES)
    discard_tariff(version=prepare_tariff(version=first, valid_from=day_after(1), by=broker))
    assert version_of(firm, Product.TAXES) == first
    with pytest.raises(TariffRefused, match="entrée en vigueur"):
        discard_tariff(version=first)


def test_valmorins_advice(snapshot):
    advice = advise_on(snapshot, profile_of(snapshot.client), current_tariffs(snapshot))
    assert advice.formula is Formula.DECLARATION
    assert advice.declaration.cost.total == Decimal("19625.54")
    assert advice.flat_fee.cost.total == Decimal("9000.00")
    assert advice.single_risk.amount == Decimal(300_000)


def test_what_somebody_said_of_the_client_counts(snapshot):
    profile = profile_of(snapshot.client)
    profile.sector, profile.has_history = "construction", False
    save_profile(profile=profile)
    save_profile(profile=profile)
    advice = advise_on(snapshot, profile_of(snapshot.client), current_tariffs(snapshot))
    factors = [factor.label for factor in advice.declaration.factors]
    assert factors[0] == "Secteur : Bâtiment et travaux publics"
    assert factors[-1] == "Pas encore trois ans d’historique"


def test_a_blank_is_no_history_without_losses(snapshot):
    for field in ("loss_two_years_ago", "loss_last_year"):
        setattr(snapshot, field, Decimal(0))

    def last_factor() -> tuple[str, Decimal]:
        factor = advise_on(snapshot, profile_of(snapshot.client), current_tariffs(snapshot)).declaration.factors[-1]
        return factor.label, factor.value

    assert last_factor() == ("Pertes de trois ans non renseignées", 1)
    snapshot.loss_count_last_year = snapshot.loss_count_two_years_ago = snapshot.loss_count_three_years_ago = 0
    assert last_factor() == ("Aucune perte en trois ans", Decimal("0.85"))


def test_without_turnovers_by_buyer_the_amounts_asked_weigh(snapshot):
    snapshot.exposures.update(turnover=None)
    advice = advise_on(snapshot, profile_of(snapshot.client), current_tariffs(snapshot))
    # 300 of 1 090 asked
    assert "Plus gros acheteur : 27,5\u00a0%" in [factor.label for factor in advice.declaration.factors]


def test_what_is_missing_is_said(firm):
    snapshot = RiskSnapshotFactory(client__firm=firm)
    profile, tariffs = profile_of(snapshot.client), current_tariffs(snapshot)
    with pytest.raises(AdviceMissing, match="chiffre d’affaires assurable"):
        advise_on(snapshot, profile, tariffs)
    snapshot.total_turnover = Decimal(500_000)
    with pytest.raises(AdviceMissing, match="Aucun acheteur"):
        advise_on(snapshot, profile, tariffs)
    ExposureFactory(snapshot=snapshot, turnover=Decimal(100_000))
    assert advise_on(snapshot, profile, tariffs).formula is Formula.SINGLE_RISK
    with pytest.raises(NoTariff):
        current_tariffs(RiskSnapshotFactory())
