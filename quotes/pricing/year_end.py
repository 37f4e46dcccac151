"""The adjustment of a contract by declaration once the year's turnover is known (DOMAIN.md §1.4, V10–V11)."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import round_euros
from quotes.pricing.annual_cost import (
    AnnualCost,
    CostKind,
    TaxRates,
    add_up,
    cost_line,
    premium_of,
    premium_taxes,
)
from quotes.pricing.turnover_declaration import maximum_liability


@dataclass(frozen=True, slots=True)
class DeclaredTerms:
    """What the contract says. Rates are shares of the turnover HT, `minimum_premium` is in euros HT."""

    french_rate: Decimal
    export_rate: Decimal
    minimum_premium: Decimal
    maximum_liability_multiple: Decimal | None  # None when the contract has no such cap


@dataclass(frozen=True, slots=True)
class YearEnd:
    """`balance` has the named lines of what is still owed, taxes included; its total is negative for a refund."""

    premium_due: Decimal  # HT
    premium_balance: Decimal  # HT
    balance: AnnualCost
    is_minimum: bool  # the real turnover would have cost less
    maximum_liability: Decimal | None

    @property
    def amount(self) -> Decimal:
        """What changes hands, taxes included, whichever way."""
        return abs(self.balance.total)


def settle_year(
    terms: DeclaredTerms,
    taxes: TaxRates,
    *,
    french_turnover: Decimal,
    export_turnover: Decimal,
    french_deposit: Decimal,
    export_deposit: Decimal,
) -> YearEnd:
    """Real insurable turnovers HT against the deposits HT already paid, zone by zone because one is taxed.

    The premium due never falls under the minimum, so a refund never brings it there. `taxes` are those of the day
    the balance falls due.
    """
    premium = premium_of(
        french_turnover=french_turnover,
        export_turnover=export_turnover,
        french_rate=terms.french_rate,
        export_rate=terms.export_rate,
        minimum_premium=terms.minimum_premium,
    )
    deposit = round_euros(french_deposit) + round_euros(export_deposit)
    return YearEnd(
        premium_due=premium.total,
        premium_balance=premium.total - deposit,
        balance=add_up(
            *premium.lines,
            cost_line(CostKind.DEPOSIT, "Acomptes déjà versés", deposit, Decimal(-1)),
            *premium_taxes(
                premium.french_taxable - round_euros(french_deposit),
                premium.export_taxable - round_euros(export_deposit),
                taxes,
            ),
        ),
        is_minimum=premium.minimum.amount > 0,
        maximum_liability=(
            None
            if terms.maximum_liability_multiple is None
            else maximum_liability(premium.total, terms.minimum_premium, terms.maximum_liability_multiple)
        ),
    )
