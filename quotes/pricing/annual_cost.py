"""What a whole-turnover contract costs in a year, line by line, and the most it can pay (DOMAIN.md §1.3, §1.4, §2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from factortaboite.money import round_euros
from quotes.pricing.default_tariff import DEFAULT_RATES, VALID_FROM
from quotes.pricing.excesses import Excesses
from quotes.pricing.tariffs import Product, Tariff

MINIMUM_LABEL = "Complément jusqu’à la prime minimale"


@dataclass(frozen=True, slots=True)
class TaxRates:
    """The rates in force from one day on, as shares. The day that counts is the one the premium falls due."""

    valid_from: date
    premium_tax_french: Decimal
    premium_tax_export: Decimal
    vat: Decimal


def read_taxes(tariff: Tariff) -> TaxRates:
    """The tax rates that a version of Product.TAXES holds."""
    return TaxRates(
        valid_from=tariff.valid_from,
        premium_tax_french=tariff.value("premium_tax_french"),
        premium_tax_export=tariff.value("premium_tax_export"),
        vat=tariff.value("vat"),
    )


# What the product knows of the law; a firm's own versions take their place.
TAX_RATES = (read_taxes(Tariff(Product.TAXES, VALID_FROM, DEFAULT_RATES[Product.TAXES])),)


def tax_rates_on(day: date, known: Iterable[TaxRates] = TAX_RATES) -> TaxRates:
    """The rates of `known` in force on `day`. Raises LookupError before the first day we know."""
    begun = [rates for rates in known if rates.valid_from <= day]
    if not begun:
        raise LookupError(f"no tax rates known on {day:%Y-%m-%d}")
    return max(begun, key=lambda rates: rates.valid_from)


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """A partner's terms, as its quote or the firm's tariff gives them. Amounts in euros HT per year."""

    premium_rate: Decimal  # share of the insurable turnover, 0.0024 for 0.24 %
    french_turnover: Decimal  # insurable, the buyers established in France
    export_turnover: Decimal  # insurable, the others
    buyers_asked: int
    fee_per_buyer: Decimal
    insured_percentage: Decimal  # share, 0.90 for 90 %
    maximum_liability_multiple: Decimal | None  # times the premium; None when the contract has no such cap
    minimum_premium: Decimal | None = None  # owed whatever the turnover
    export_premium_rate: Decimal | None = None  # None: the same rate everywhere
    all_in_price: Decimal | None = None  # a forfait: premium, taxes and fees together, whatever the turnover
    excesses: Excesses = Excesses()

    def rate_for(self, *, is_export: bool) -> Decimal:
        """The premium rate on the sales of that zone."""
        if is_export and self.export_premium_rate is not None:
            return self.export_premium_rate
        return self.premium_rate

    @property
    def insurable_turnover(self) -> Decimal:
        return self.french_turnover + self.export_turnover


class CostKind(StrEnum):
    """What a line is made of, so that screens can tell a premium from a tax."""

    PREMIUM = "premium"
    PREMIUM_TAX = "premium_tax"
    FEES = "fees"
    VAT = "vat"
    ALL_IN = "all_in"  # a flat fee: premium, taxes and fees together
    DEPOSIT = "deposit"  # already paid


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of the yearly cost: `base` × `rate`, rounded to the cent, is `amount`, or the line refuses to exist.

    `base` is in euros and `rate` a share; for fees, `base` counts buyers and `rate` is in euros HT per buyer.
    """

    kind: CostKind
    label: str
    base: Decimal
    rate: Decimal
    amount: Decimal

    def __post_init__(self) -> None:
        if round_euros(self.base * self.rate) != self.amount:
            raise ValueError(f"{self.base} × {self.rate} is not {self.amount} ({self.label})")


@dataclass(frozen=True, slots=True)
class AnnualCost:
    """All that the client pays in a year, taxes and fees included. The lines add up, or the cost refuses to exist."""

    lines: tuple[CostLine, ...]
    total: Decimal

    def __post_init__(self) -> None:
        added = sum((line.amount for line in self.lines), Decimal(0))
        if added != self.total:
            raise ValueError(f"the lines add up to {added}, not to {self.total}")

    @property
    def premium(self) -> Decimal:
        """The premium HT, before tax and fees."""
        return sum((line.amount for line in self.lines if line.kind is CostKind.PREMIUM), Decimal(0))


@dataclass(frozen=True, slots=True)
class PricedTerms:
    """Terms with what they cost. `is_estimate` until the partner itself has quoted them."""

    terms: PolicyTerms
    cost: AnnualCost
    is_estimate: bool = True

    @property
    def maximum_liability(self) -> Decimal | None:
        """The most the contract pays in a year, in euros: a multiple of the premium HT, minimum included (V12), or of
        the price when that is all-in."""
        if self.terms.maximum_liability_multiple is None:
            return None
        base = self.cost.premium if self.terms.all_in_price is None else self.cost.total
        return round_euros(self.terms.maximum_liability_multiple * base)


@dataclass(frozen=True, slots=True)
class Premium:
    """A year's premium HT by zone, with what a minimum adds and how much of it all each tax is counted on."""

    french: CostLine
    export: CostLine
    minimum: CostLine
    french_taxable: Decimal
    export_taxable: Decimal

    @property
    def lines(self) -> tuple[CostLine, ...]:
        return self.french, self.export, self.minimum

    @property
    def total(self) -> Decimal:
        return self.french_taxable + self.export_taxable


def premium_of(
    *,
    french_turnover: Decimal,
    export_turnover: Decimal,
    french_rate: Decimal,
    export_rate: Decimal,
    minimum_premium: Decimal,
) -> Premium:
    """The premium on insurable turnovers HT. What a minimum adds is French in the proportion of the turnover."""
    french = cost_line(CostKind.PREMIUM, "Prime, ventes en France", french_turnover, french_rate)
    export = cost_line(CostKind.PREMIUM, "Prime, ventes à l’export", export_turnover, export_rate)
    missing = max(round_euros(minimum_premium) - french.amount - export.amount, Decimal(0))
    turnover = french_turnover + export_turnover
    french_minimum = round_euros(missing * (french_turnover / turnover if turnover else Decimal(1)))
    return Premium(
        french,
        export,
        cost_line(CostKind.PREMIUM, MINIMUM_LABEL, missing, Decimal(1)),
        french_taxable=french.amount + french_minimum,
        export_taxable=export.amount + missing - french_minimum,
    )


def premium_taxes(french: Decimal, export: Decimal, taxes: TaxRates) -> tuple[CostLine, CostLine]:
    """The tax on a premium HT, by zone."""
    label = "Taxe sur les conventions d’assurance, part"
    return (
        cost_line(CostKind.PREMIUM_TAX, f"{label} française", french, taxes.premium_tax_french),
        cost_line(CostKind.PREMIUM_TAX, f"{label} export", export, taxes.premium_tax_export),
    )


def yearly_cost(premium: Premium, *, buyers: int, fee_per_buyer: Decimal, taxes: TaxRates) -> AnnualCost:
    """Premium, its taxes, the fees HT per buyer and their VAT."""
    fees = _fees(buyers, fee_per_buyer)
    return add_up(
        *premium.lines,
        *premium_taxes(premium.french_taxable, premium.export_taxable, taxes),
        fees,
        cost_line(CostKind.VAT, "TVA sur les frais", fees.amount, taxes.vat),
    )


def price(terms: PolicyTerms, taxes: TaxRates, *, is_estimate: bool = True) -> PricedTerms:
    """The yearly cost of `terms`. Lines of zero are left out.

    The premium is due on the whole insurable turnover, refused buyers included; the French part alone is taxed.
    A minimum premium above it adds a line, taxed in the proportion of the French turnover. To an all-in price nothing
    is added (DOMAIN.md §2).
    """
    if terms.all_in_price is not None:
        whole = cost_line(CostKind.ALL_IN, "Forfait, taxes et frais compris", terms.all_in_price, Decimal(1))
        return PricedTerms(terms, add_up(whole), is_estimate)
    premium = premium_of(
        french_turnover=terms.french_turnover,
        export_turnover=terms.export_turnover,
        french_rate=terms.rate_for(is_export=False),
        export_rate=terms.rate_for(is_export=True),
        minimum_premium=terms.minimum_premium or Decimal(0),
    )
    cost = yearly_cost(premium, buyers=terms.buyers_asked, fee_per_buyer=terms.fee_per_buyer, taxes=taxes)
    return PricedTerms(terms, cost, is_estimate)


def cost_line(kind: CostKind, label: str, base: Decimal, rate: Decimal) -> CostLine:
    """`base` euros, to the cent, times `rate`."""
    base = round_euros(base)
    return CostLine(kind, label, base, rate, round_euros(base * rate))


def add_up(*lines: CostLine) -> AnnualCost:
    """The cost that `lines` make; those of zero are left out."""
    kept = tuple(line for line in lines if line.amount)
    return AnnualCost(kept, sum((line.amount for line in kept), Decimal("0.00")))


def _fees(buyers: int, fee_per_buyer: Decimal) -> CostLine:
    count = Decimal(buyers)
    label = "Frais d’enquête et de surveillance"
    return CostLine(CostKind.FEES, label, count, fee_per_buyer, round_euros(count * fee_per_buyer))
