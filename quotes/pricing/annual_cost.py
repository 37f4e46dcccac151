"""What a whole-turnover contract costs in a year, line by line, and the most it can pay (DOMAIN.md §1.3, §1.4, §2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from factortaboite.money import round_euros


@dataclass(frozen=True, slots=True)
class TaxRates:
    """The rates in force from one day on, as shares. The day that counts is the one the premium falls due."""

    valid_from: date
    premium_tax_french: Decimal
    premium_tax_export: Decimal
    vat: Decimal


TAX_RATES = (
    TaxRates(
        valid_from=date(2026, 1, 1),
        premium_tax_french=Decimal("0.09"),  # art. 1001, 6° CGI
        premium_tax_export=Decimal("0"),  # art. 995, 8° CGI: export credit insurance is exempt
        vat=Decimal("0.20"),  # fees only: the premium itself bears no VAT (art. 261 C, 2° CGI)
    ),
)


def tax_rates_on(day: date) -> TaxRates:
    """The rates in force on `day`. Raises LookupError before the first day we know."""
    known = [rates for rates in TAX_RATES if rates.valid_from <= day]
    if not known:
        raise LookupError(f"no tax rates known on {day:%Y-%m-%d}")
    return max(known, key=lambda rates: rates.valid_from)


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

    @property
    def insurable_turnover(self) -> Decimal:
        return self.french_turnover + self.export_turnover


class CostKind(StrEnum):
    """What a line is made of, so that screens can tell a premium from a tax."""

    PREMIUM = "premium"
    PREMIUM_TAX = "premium_tax"
    FEES = "fees"
    VAT = "vat"


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
        """The most the contract pays in a year, in euros: a multiple of the premium HT, minimum included (V12)."""
        if self.terms.maximum_liability_multiple is None:
            return None
        return round_euros(self.terms.maximum_liability_multiple * self.cost.premium)


def price(terms: PolicyTerms, taxes: TaxRates, *, is_estimate: bool = True) -> PricedTerms:
    """The yearly cost of `terms`. Lines of zero are left out.

    The premium is due on the whole insurable turnover, refused buyers included; the French part alone is taxed.
    A minimum premium above it adds a line, taxed in the proportion of the French turnover.
    """
    french = _line(CostKind.PREMIUM, "Prime, ventes en France", terms.french_turnover, terms.premium_rate)
    export = _line(CostKind.PREMIUM, "Prime, ventes à l’export", terms.export_turnover, terms.premium_rate)
    missing = max(round_euros(terms.minimum_premium or Decimal(0)) - french.amount - export.amount, Decimal(0))
    minimum = _line(CostKind.PREMIUM, "Complément jusqu’à la prime minimale", missing, Decimal(1))
    french_part = terms.french_turnover / terms.insurable_turnover if terms.insurable_turnover else Decimal(1)
    french_minimum = round_euros(missing * french_part)
    fees = _fees(terms)
    lines = (
        french,
        export,
        minimum,
        _line(
            CostKind.PREMIUM_TAX,
            "Taxe sur les conventions d’assurance, part française",
            french.amount + french_minimum,
            taxes.premium_tax_french,
        ),
        _line(
            CostKind.PREMIUM_TAX,
            "Taxe sur les conventions d’assurance, part export",
            export.amount + missing - french_minimum,
            taxes.premium_tax_export,
        ),
        fees,
        _line(CostKind.VAT, "TVA sur les frais", fees.amount, taxes.vat),
    )
    kept = tuple(line for line in lines if line.amount)
    cost = AnnualCost(kept, sum((line.amount for line in kept), Decimal("0.00")))
    return PricedTerms(terms, cost, is_estimate)


def _line(kind: CostKind, label: str, base: Decimal, rate: Decimal) -> CostLine:
    base = round_euros(base)
    return CostLine(kind, label, base, rate, round_euros(base * rate))


def _fees(terms: PolicyTerms) -> CostLine:
    label, buyers = "Frais d’enquête et de surveillance", Decimal(terms.buyers_asked)
    return CostLine(CostKind.FEES, label, buyers, terms.fee_per_buyer, round_euros(buyers * terms.fee_per_buyer))
