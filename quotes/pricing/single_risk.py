"""*Risque unique*: one buyer, priced on the amount covered, from the best to the worst rate (DOMAIN.md §8.1)."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import round_euros
from quotes.pricing.annual_cost import (
    MINIMUM_LABEL,
    AnnualCost,
    CostKind,
    TaxRates,
    add_up,
    cost_line,
    premium_taxes,
)
from quotes.pricing.tariffs import OnStudy, Tariff


@dataclass(frozen=True, slots=True)
class SingleRisk:
    """The firm's estimate, tax included: where the price falls depends on the buyer's health and country."""

    amount: Decimal  # covered, in euros HT
    lowest: AnnualCost
    highest: AnnualCost
    insured_percentage: Decimal


def estimate_single_risk(amount: Decimal, tariff: Tariff, taxes: TaxRates, *, is_export: bool) -> SingleRisk | OnStudy:
    """Covering `amount` euros HT on one buyer for a year."""
    if amount <= 0:
        return OnStudy(("Aucun montant n’est demandé sur cet acheteur.",))

    def cost(rate: Decimal) -> AnnualCost:
        premium = cost_line(CostKind.PREMIUM, "Prime, sur le montant garanti", amount, rate)
        missing = max(round_euros(tariff.value("minimum_premium")) - premium.amount, Decimal(0))
        minimum = cost_line(CostKind.PREMIUM, MINIMUM_LABEL, missing, Decimal(1))
        due = premium.amount + minimum.amount
        return add_up(
            premium, minimum, *premium_taxes(Decimal(0) if is_export else due, due if is_export else Decimal(0), taxes)
        )

    return SingleRisk(
        amount=amount,
        lowest=cost(tariff.value("lowest_rate")),
        highest=cost(tariff.value("highest_rate")),
        insured_percentage=tariff.value("insured_percentage"),
    )
