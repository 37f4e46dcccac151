"""*Déclaration de CA*: a rate on the insurable turnover, a minimum paid in instalments (DOMAIN.md §1.4, §8.1)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from factortaboite.money import CENT, percent, round_euros
from quotes.pricing.annual_cost import AnnualCost, TaxRates, premium_of, yearly_cost
from quotes.pricing.risk import Risk
from quotes.pricing.tariffs import PARAMETERS, OnStudy, Tariff, Unit

LOSS_YEARS = 3
UNSAID_LOSSES = "ni remise ni majoration tant que personne ne les a dites"
RATE_STEP = Decimal("0.000001")  # rates are printed as they are applied


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that moves the rate, in words, with where its value comes from."""

    label: str
    value: Decimal
    source: str

    @property
    def said(self) -> str:
        """« × 1,05 »."""
        return Unit.FACTOR.say(self.value)


@dataclass(frozen=True, slots=True)
class Declaration:
    """The firm's estimate of a contract by declaration. Euros HT, but for the cost, which has taxes and fees."""

    factors: tuple[Factor, ...]
    base_rates: tuple[Decimal, Decimal]  # in France, for export: before the factors
    rate_bounds: tuple[Decimal, Decimal]  # whatever the factors, the rates stay between these
    french_rate: Decimal
    export_rate: Decimal
    cost: AnnualCost
    minimum_premium: Decimal  # owed whatever the turnover turns out to be
    instalments: tuple[Decimal, ...]  # of the deposit, before tax
    insured_percentage: Decimal
    maximum_liability: Decimal

    @property
    def deposit(self) -> Decimal:
        return sum(self.instalments, Decimal("0.00"))


def estimate_declaration(risk: Risk, tariff: Tariff, taxes: TaxRates) -> Declaration | OnStudy:
    """The estimate for a year of `risk`, or why no tariff gives one.

    The losses are compared with three years of the premium before they count. So for the same losses the estimate
    may fall when the turnover grows past a step; without losses it never does.
    """
    if not risk.turnover:
        return OnStudy(("Le chiffre d’affaires assurable n’est pas connu.",))
    found = [_sector(risk, tariff), _export(risk, tariff), _concentration(risk, tariff)]
    factors = [factor for factor in found if isinstance(factor, Factor)]
    found.append(_losses(risk, tariff, factors))
    refusals = tuple(factor for factor in found if isinstance(factor, str))
    if refusals:
        return OnStudy(refusals)
    factors = [factor for factor in found if isinstance(factor, Factor)]
    french_rate, export_rate = _rates(tariff, factors)
    premium = premium_of(
        french_turnover=risk.french_turnover,
        export_turnover=risk.export_turnover,
        french_rate=french_rate,
        export_rate=export_rate,
        minimum_premium=tariff.value("minimum_premium"),
    )
    minimum = max(
        round_euros(premium.total * tariff.value("minimum_share")), round_euros(tariff.value("minimum_premium"))
    )
    return Declaration(
        factors=tuple(factors),
        base_rates=(tariff.value("base_rate_french"), tariff.value("base_rate_export")),
        rate_bounds=(tariff.value("lowest_rate"), tariff.value("highest_rate")),
        french_rate=french_rate,
        export_rate=export_rate,
        cost=yearly_cost(premium, buyers=risk.buyers, fee_per_buyer=tariff.value("fee_per_buyer"), taxes=taxes),
        minimum_premium=minimum,
        instalments=split(round_euros(minimum * tariff.value("deposit_share")), int(tariff.value("instalments"))),
        insured_percentage=tariff.value("insured_percentage"),
        maximum_liability=maximum_liability(premium.total, minimum, tariff.value("maximum_liability_multiple")),
    )


def maximum_liability(premium: Decimal, minimum_premium: Decimal, multiple: Decimal) -> Decimal:
    """The most a contract pays in a year: a multiple of the premium HT or of its minimum, the higher (V10–V12)."""
    return round_euros(max(premium, minimum_premium) * multiple)


def split(amount: Decimal, parts: int) -> tuple[Decimal, ...]:
    """`amount` in equal parts to the cent; the first ones take the cents that are left. Raises ValueError below 1."""
    if parts < 1:
        raise ValueError(f"{parts} parts")
    cents, left = divmod(int(amount / CENT), parts)
    return tuple((cents + (number < left)) * CENT for number in range(parts))


def _sector(risk: Risk, tariff: Tariff) -> Factor | str:
    rate = tariff.named("sector", risk.sector)
    if rate is None:
        return "Le tarif n’a pas de coefficient pour ce secteur."
    return Factor(f"Secteur : {rate.label}", rate.value, rate.source)


def _export(risk: Risk, tariff: Tariff) -> Factor | str:
    rate = tariff.step("export", risk.export_share)
    if rate is None:
        return f"L’export pèse {percent(risk.export_share)} du chiffre d’affaires, au-delà du tarif."
    return Factor(f"Export : {percent(risk.export_share)}", rate.value, rate.source)


def _concentration(risk: Risk, tariff: Tariff) -> Factor | str:
    share = risk.largest.share
    rate = tariff.step("concentration", share)
    if rate is None:
        return f"Un seul acheteur pèse {percent(share)} du chiffre d’affaires, au-delà du tarif."
    return Factor(f"Plus gros acheteur : {percent(share)}", rate.value, rate.source)


def _losses(risk: Risk, tariff: Tariff, others: list[Factor]) -> Factor | str:
    if risk.losses is None:
        code, label = "no_history_factor", "Pas encore trois ans d’historique"
    elif not risk.losses and not risk.losses_are_said:
        return Factor("Pertes de trois ans non renseignées", Decimal(1), UNSAID_LOSSES)
    elif not risk.losses:
        code, label = "no_loss_factor", "Aucune perte en trois ans"
    else:
        french_rate, export_rate = _rates(tariff, others)
        premium = risk.french_turnover * french_rate + risk.export_turnover * export_rate
        share = risk.losses / (LOSS_YEARS * premium)
        rate = tariff.step("losses", share)
        if rate is None:
            return f"Les pertes de trois ans font {percent(share, 0)} des primes qu’elles auraient payées."
        return Factor(f"Pertes de trois ans : {percent(share, 0)} des primes", rate.value, rate.source)
    value = tariff.value(code)
    named = tariff.named(PARAMETERS, code)
    return Factor(label, value, named.source if named else "")


def _rates(tariff: Tariff, factors: list[Factor]) -> tuple[Decimal, Decimal]:
    """The rates in France and for export, kept between the tariff's lowest and highest."""
    product = Decimal(1)
    for factor in factors:
        product *= factor.value
    lowest, highest = tariff.value("lowest_rate"), tariff.value("highest_rate")
    french, export = (
        min(max(tariff.value(f"base_rate_{zone}") * product, lowest), highest).quantize(RATE_STEP, ROUND_HALF_UP)
        for zone in ("french", "export")
    )
    return french, export
