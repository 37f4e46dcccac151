"""Dated tariffs as lines, each with its source: what a firm's own estimates are computed from (DOMAIN.md §8.1).

A tariff holds single values (`table` is PARAMETERS), lists chosen by code (a sector) and scales read by an amount.
Beyond the last step of a scale there is no price by tariff: the case is « sur étude ».
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from factortaboite.money import euros, format_number, percent

PARAMETERS = "parameter"


class Unit(StrEnum):
    """How a number of a tariff is typed and printed. Shares are kept between 0 and 1."""

    EUROS = "euros"
    SHARE = "share"
    FACTOR = "factor"
    COUNT = "count"

    def say(self, number: Decimal) -> str:
        """« 2 000 € », « 0,22 % », « × 1,05 », « 20 »."""
        if self is Unit.EUROS:
            return euros(number)
        if self is Unit.SHARE:
            return percent(number, _decimals(number * 100))
        said = format_number(number, _decimals(number))
        return f"× {format_number(number, max(2, _decimals(number)))}" if self is Unit.FACTOR else said


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@dataclass(frozen=True, slots=True)
class Parameter:
    code: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Table:
    """A list of factors. With a `bound_unit` it is a scale, read by an amount; without, its lines have names."""

    code: str
    label: str
    unit: Unit
    bound_unit: Unit | None = None
    bound_included: bool = True

    @property
    def value_label(self) -> str:
        return "Prix" if self.unit is Unit.EUROS else "Coefficient"

    @property
    def bound_label(self) -> str:
        return "Jusqu’à" if self.bound_included else "Moins de"

    def say_bound(self, bound: Decimal) -> str:
        """« jusqu’à 1 000 000 € », « moins de 50 % »."""
        said = self.bound_unit.say(bound) if self.bound_unit else str(bound)
        return f"{self.bound_label.lower()} {said}"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a product's tariff is made of, in the order of the screen."""

    label: str
    parameters: tuple[Parameter, ...]
    tables: tuple[Table, ...] = ()

    def table(self, code: str) -> Table:
        return next(table for table in self.tables if table.code == code)


class Product(StrEnum):
    DECLARATION = "declaration"
    FLAT_FEE = "flat_fee"
    SINGLE_RISK = "single_risk"
    TAXES = "taxes"
    LATE_PAYMENT = "late_payment"

    @property
    def layout(self) -> Layout:
        return LAYOUTS[self]


_SECTOR = Table("sector", "Secteur", Unit.FACTOR)
_INSURED = Parameter("insured_percentage", "Quotité garantie", Unit.SHARE)
_MULTIPLE = Parameter("maximum_liability_multiple", "Plafond annuel, en multiple de la prime", Unit.COUNT)

LAYOUTS = {
    Product.DECLARATION: Layout(
        "Déclaration de chiffre d’affaires",
        (
            Parameter("base_rate_french", "Taux de base, ventes en France", Unit.SHARE),
            Parameter("base_rate_export", "Taux de base, ventes à l’export", Unit.SHARE),
            Parameter("lowest_rate", "Taux le plus bas", Unit.SHARE),
            Parameter("highest_rate", "Taux le plus haut", Unit.SHARE),
            Parameter("no_loss_factor", "Aucune perte en trois ans", Unit.FACTOR),
            Parameter("no_history_factor", "Entreprise sans historique", Unit.FACTOR),
            Parameter("minimum_share", "Prime minimale, part de la prime estimée", Unit.SHARE),
            Parameter("minimum_premium", "Prime minimale HT, en tout cas", Unit.EUROS),
            Parameter("deposit_share", "Acompte, part de la prime minimale", Unit.SHARE),
            Parameter("instalments", "Nombre d’échéances de l’acompte", Unit.COUNT),
            Parameter("fee_per_buyer", "Frais par acheteur HT", Unit.EUROS),
            _INSURED,
            _MULTIPLE,
        ),
        (
            _SECTOR,
            Table("losses", "Pertes de trois ans, en part des primes", Unit.FACTOR, Unit.SHARE, bound_included=False),
            Table("export", "Part de l’export", Unit.FACTOR, Unit.SHARE),
            Table("concentration", "Part du plus gros acheteur", Unit.FACTOR, Unit.SHARE),
        ),
    ),
    Product.FLAT_FEE: Layout(
        "Forfait, tout compris",
        (_INSURED, _MULTIPLE),
        (
            Table("band", "Chiffre d’affaires assurable", Unit.EUROS, Unit.EUROS),
            _SECTOR,
            Table("buyers", "Acheteurs à couvrir", Unit.FACTOR, Unit.COUNT),
        ),
    ),
    Product.SINGLE_RISK: Layout(
        "Risque unique",
        (
            Parameter("lowest_rate", "Taux du meilleur acheteur", Unit.SHARE),
            Parameter("highest_rate", "Taux du moins bon acheteur assurable", Unit.SHARE),
            Parameter("minimum_premium", "Prime minimale HT", Unit.EUROS),
            _INSURED,
        ),
    ),
    Product.TAXES: Layout(
        "Taxes",
        (
            Parameter("premium_tax_french", "Taxe sur la prime, part française", Unit.SHARE),
            Parameter("premium_tax_export", "Taxe sur la prime, part export", Unit.SHARE),
            Parameter("vat", "TVA sur les frais", Unit.SHARE),
        ),
    ),
    Product.LATE_PAYMENT: Layout(
        "Pénalités de retard",
        (
            Parameter("central_bank", "Taux de refinancement de la BCE au début du semestre", Unit.SHARE),
            Parameter("legal", "Intérêt légal du semestre, entre professionnels", Unit.SHARE),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """One line of a tariff: a parameter, a sector, or a step of a scale up to `bound`."""

    table: str
    code: str  # empty for a step
    value: Decimal
    source: str
    label: str = ""  # of a sector
    bound: Decimal | None = None

    @property
    def limit(self) -> Decimal:
        """The bound of a step. Raises ValueError for a line that is not one."""
        if self.bound is None:
            raise ValueError(f"{self.table} {self.code} is not a step")
        return self.bound


@dataclass(frozen=True, slots=True)
class OnStudy:
    """No price by tariff; `reasons` say why in French."""

    reasons: tuple[str, ...]


class TariffIncoherent(ValueError):
    """The lines cannot be a tariff; the message says in French what to change."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A product's lines in force from `valid_from` until the next version's day."""

    product: Product
    valid_from: date
    rates: tuple[Rate, ...]

    def value(self, code: str) -> Decimal:
        """The parameter `code`. Raises LookupError when the tariff lacks it."""
        rate = self.named(PARAMETERS, code)
        if rate is None:
            raise LookupError(f"{self.product} from {self.valid_from} has no {code}")
        return rate.value

    def named(self, table: str, code: str) -> Rate | None:
        return next((rate for rate in self.rates if rate.table == table and rate.code == code), None)

    def steps(self, table: str) -> list[Rate]:
        """The scale's steps, lowest first."""
        return sorted((rate for rate in self.rates if rate.table == table), key=lambda rate: rate.limit)

    def step(self, table: str, amount: Decimal) -> Rate | None:
        """The first step that holds `amount`; None beyond the last."""
        included = self.product.layout.table(table).bound_included
        return next(
            (rate for rate in self.steps(table) if amount < rate.limit or (included and amount == rate.limit)),
            None,
        )


def check_rates(product: Product, rates: Sequence[Rate]) -> None:
    """Raises TariffIncoherent unless `rates` make a whole tariff of `product`."""
    layout = product.layout
    values = {rate.code: rate.value for rate in rates if rate.table == PARAMETERS}
    for parameter in layout.parameters:
        if parameter.code not in values:
            raise TariffIncoherent(f"Il manque une valeur : « {parameter.label} ».")
    for table in layout.tables:
        keys = [rate.bound if table.bound_unit else rate.code for rate in rates if rate.table == table.code]
        if not keys:
            raise TariffIncoherent(f"« {table.label} » : gardez au moins une ligne.")
        if len(set(keys)) < len(keys):
            raise TariffIncoherent(f"« {table.label} » : deux lignes disent la même chose, retirez-en une.")
    if "lowest_rate" in values and values["lowest_rate"] > values["highest_rate"]:
        raise TariffIncoherent("Le taux le plus bas dépasse le plus haut.")
    if values.get("instalments", Decimal(1)) < 1:
        raise TariffIncoherent("L’acompte se paie en une échéance au moins.")
