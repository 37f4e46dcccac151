"""The default tariffs and clients to price with them, built short."""

from dataclasses import replace
from decimal import Decimal

from quotes.pricing.annual_cost import TAX_RATES
from quotes.pricing.default_tariff import DEFAULT_RATES, VALID_FROM
from quotes.pricing.formula import FirmTariffs
from quotes.pricing.risk import LargestBuyer, Risk
from quotes.pricing.tariffs import PARAMETERS, Product, Rate, Tariff

TAXES = TAX_RATES[0]
DECLARATION, FLAT_FEE, SINGLE_RISK = (
    Tariff(product, VALID_FROM, DEFAULT_RATES[product])
    for product in (Product.DECLARATION, Product.FLAT_FEE, Product.SINGLE_RISK)
)
TARIFFS = FirmTariffs(DECLARATION, FLAT_FEE, SINGLE_RISK, TAXES)


def with_values(tariff: Tariff, **values: str) -> Tariff:
    """The tariff with other parameters."""
    rates = tuple(
        replace(rate, value=Decimal(values[rate.code])) if rate.table == PARAMETERS and rate.code in values else rate
        for rate in tariff.rates
    )
    return replace(tariff, rates=rates)


def without_scales(tariff: Tariff, *tables: str) -> Tariff:
    """The tariff where the scales `tables` say × 1, whatever the amount."""
    kept = tuple(rate for rate in tariff.rates if rate.table not in tables)
    neutral = tuple(Rate(table, "", Decimal(1), "", bound=Decimal(10) ** 9) for table in tables)
    return replace(tariff, rates=kept + neutral)


def risk(
    french="1000000",
    export="0",
    *,
    sector="wholesale",
    buyers=20,
    losses="0",
    share="0.10",
    requested="20000",
    highest=None,
    is_export=False,
    is_marketplace=False,
    losses_are_said=True,
) -> Risk:
    return Risk(
        french_turnover=Decimal(french),
        export_turnover=Decimal(export),
        sector=sector,
        buyers=buyers,
        losses=None if losses is None else Decimal(losses),
        largest=LargestBuyer("Halbronne Promotion", Decimal(share), Decimal(requested), is_export),
        highest_request=Decimal(highest or requested),
        is_marketplace=is_marketplace,
        losses_are_said=losses_are_said,
    )
