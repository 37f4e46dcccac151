"""A firm's tariffs: where they start, how they change, and which one counts on a day."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.advice.late_payment import RATES, LateRates, rates_on
from factortaboite.accounts.models import BrokerFirm, User
from quotes.models import TariffCorrection, TariffLine, TariffVersion
from quotes.pricing.annual_cost import TAX_RATES, TaxRates, read_taxes, tax_rates_on
from quotes.pricing.corrections import differences
from quotes.pricing.default_tariff import DEFAULT_RATES, VALID_FROM
from quotes.pricing.formula import FirmTariffs
from quotes.pricing.tariffs import PARAMETERS, Product, Rate, Tariff, check_rates


class TariffRefused(Exception):
    """The tariff cannot change like that; the message says why in French."""


@transaction.atomic
def start_tariffs(*, firm: BrokerFirm) -> None:
    """Gives the firm the default tariff of every product it has none of, and the last late payment rates known."""
    BrokerFirm.objects.select_for_update(of=("self",)).get(pk=firm.pk)
    begun = set(TariffVersion.objects.filter(firm=firm).values_list("product", flat=True))
    late = RATES[-1]
    given = {product: (VALID_FROM, rates) for product, rates in DEFAULT_RATES.items()}
    given[Product.LATE_PAYMENT] = (
        late.since,
        (
            Rate(PARAMETERS, "central_bank", late.central_bank, f"BCE, au {late.since:%d/%m/%Y}"),
            Rate(PARAMETERS, "legal", late.legal, f"arrêté du {late.half_year}"),
        ),
    )
    for product, (valid_from, rates) in given.items():
        if product not in begun:
            version = TariffVersion.objects.create(firm=firm, product=product, valid_from=valid_from)
            _write(version, rates)


@transaction.atomic
def change_tariff(*, version: TariffVersion, rates: Sequence[Rate], by: User) -> None:
    """Puts `rates` in place of the version's lines. Those of a version in force stay readable, with who and when.

    Raises TariffRefused once another version has taken over, TariffIncoherent when the lines make no tariff.
    """
    locked = TariffVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if is_past(locked):
        raise TariffRefused("Cette version n’est plus en vigueur : elle ne change plus.")
    check_rates(Product(locked.product), rates)
    before = locked.tariff().rates
    if not differences(locked.layout, before, rates):
        return
    if locked.valid_from <= timezone.localdate():
        TariffCorrection.objects.create(
            firm_id=locked.firm_id, version=locked, before=[asdict(rate) for rate in before], by=by
        )
    locked.lines.all().delete()
    _write(locked, rates)
    locked.changed_by = by
    locked.save(update_fields=["changed_by", "changed_at"])


@transaction.atomic
def prepare_tariff(*, version: TariffVersion, valid_from: date, by: User) -> TariffVersion:
    """A copy of `version` that begins on `valid_from`.

    Raises TariffRefused for a day gone by, which other prices were computed on, or when another one begins that day.
    """
    if valid_from < timezone.localdate():
        raise TariffRefused("Une nouvelle version commence aujourd’hui ou plus tard.")
    try:
        with transaction.atomic():
            copy = TariffVersion.objects.create(
                firm_id=version.firm_id, product=version.product, valid_from=valid_from, changed_by=by
            )
    except IntegrityError as error:
        raise TariffRefused("Une version de ce tarif commence déjà ce jour-là.") from error
    _write(copy, version.tariff().rates)
    return copy


@transaction.atomic
def discard_tariff(*, version: TariffVersion) -> None:
    """Forgets a version that has not begun. Raises TariffRefused for any other: it has priced something."""
    locked = TariffVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.valid_from <= timezone.localdate():
        raise TariffRefused("Cette version est entrée en vigueur : elle reste.")
    locked.delete()


def is_past(version: TariffVersion) -> bool:
    """Whether a later version has taken over."""
    later = TariffVersion.objects.filter(
        firm_id=version.firm_id,
        product=version.product,
        valid_from__gt=version.valid_from,
        valid_from__lte=timezone.localdate(),
    )
    return later.exists()


def firm_tariffs(firm: BrokerFirm, *, on: date) -> FirmTariffs | None:
    """The tariffs in force on that day; None when the firm lacks one of them. Two queries."""
    tariffs = _in_force(firm, on, list(Product))
    products = (Product.DECLARATION, Product.FLAT_FEE, Product.SINGLE_RISK)
    if not all(product in tariffs for product in products):
        return None
    return FirmTariffs(*(tariffs[product] for product in products), taxes=_taxes(tariffs.get(Product.TAXES), on))


def tax_rates(firm: BrokerFirm, *, on: date) -> TaxRates:
    """The firm's tax rates in force on that day, else those the product knows."""
    return _taxes(_in_force(firm, on, [Product.TAXES]).get(Product.TAXES), on)


def late_rates(firm: BrokerFirm, *, on: date) -> LateRates:
    """The late payment rates that count on that day: the firm's own, unless the product knows newer ones."""
    known = rates_on(on)
    typed = _in_force(firm, on, [Product.LATE_PAYMENT]).get(Product.LATE_PAYMENT)
    if typed is None or typed.valid_from < known.since:
        return known
    return LateRates(typed.valid_from, typed.value("central_bank"), typed.value("legal"))


def _taxes(tariff: Tariff | None, on: date) -> TaxRates:
    return tax_rates_on(on, TAX_RATES if tariff is None else [read_taxes(tariff)])


def _in_force(firm: BrokerFirm, on: date, products: Iterable[Product]) -> dict[Product, Tariff]:
    versions = TariffVersion.objects.filter(firm=firm, product__in=products).in_force(on).prefetch_related("lines")
    return {Product(version.product): version.tariff() for version in versions}


def _write(version: TariffVersion, rates: Iterable[Rate]) -> None:
    TariffLine.objects.bulk_create(
        TariffLine(
            firm_id=version.firm_id,
            version=version,
            position=position,
            table=rate.table,
            code=rate.code,
            label=rate.label,
            bound=rate.bound,
            value=rate.value,
            source=rate.source,
        )
        for position, rate in enumerate(rates)
    )
