"""*Forfait*: one price a year, premium, taxes and fees together (DOMAIN.md §8.1)."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import euros, round_euros
from quotes.pricing.annual_cost import AnnualCost, CostKind, add_up, cost_line
from quotes.pricing.risk import Risk
from quotes.pricing.tariffs import OnStudy, Rate, Tariff, Unit


@dataclass(frozen=True, slots=True)
class FlatFee:
    """The firm's estimate of a *forfait*. `cost` already has taxes and fees: nothing is ever added to it."""

    cost: AnnualCost
    above: Decimal  # the same price holds for turnovers HT above this one
    up_to: Decimal  # and up to that one
    insured_percentage: Decimal
    maximum_liability: Decimal


def estimate_flat_fee(risk: Risk, tariff: Tariff) -> FlatFee | OnStudy:
    """The price by turnover band, sector and number of buyers, or why no tariff gives one."""
    if not risk.turnover:
        return OnStudy(("Le chiffre d’affaires assurable n’est pas connu.",))
    band = tariff.step("band", risk.turnover)
    sector = tariff.named("sector", risk.sector)
    buyers = tariff.step("buyers", Decimal(risk.buyers))
    if band is None or sector is None or buyers is None:
        return OnStudy(_refusals(risk, tariff, band, sector, buyers))
    layout = tariff.product.layout
    base = cost_line(CostKind.ALL_IN, f"Forfait, {layout.table('band').say_bound(band.limit)}", band.value, Decimal(1))
    with_sector = cost_line(
        CostKind.ALL_IN, f"{sector.label} : {Unit.FACTOR.say(sector.value)}", base.amount, sector.value - 1
    )
    with_buyers = cost_line(
        CostKind.ALL_IN,
        f"{risk.buyers} acheteurs, {layout.table('buyers').say_bound(buyers.limit)} : {Unit.FACTOR.say(buyers.value)}",
        base.amount + with_sector.amount,
        buyers.value - 1,
    )
    cost = add_up(base, with_sector, with_buyers)
    return FlatFee(
        cost=cost,
        above=max((step.limit for step in tariff.steps("band") if step.limit < band.limit), default=Decimal(0)),
        up_to=band.limit,
        insured_percentage=tariff.value("insured_percentage"),
        maximum_liability=round_euros(cost.total * tariff.value("maximum_liability_multiple")),
    )


def _refusals(
    risk: Risk, tariff: Tariff, band: Rate | None, sector: Rate | None, buyers: Rate | None
) -> tuple[str, ...]:
    refusals = []
    if band is None:
        largest = tariff.steps("band")[-1].limit
        refusals.append(f"Le Forfait s’arrête à {euros(largest)} de chiffre d’affaires assurable.")
    if sector is None:
        refusals.append("Le tarif n’a pas de coefficient pour ce secteur.")
    if buyers is None:
        most = tariff.steps("buyers")[-1].limit
        refusals.append(f"Au-delà de {Unit.COUNT.say(most)} acheteurs, le Forfait est sur étude ({risk.buyers} ici).")
    return tuple(refusals)
