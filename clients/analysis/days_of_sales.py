"""DSO: how many days of sales the buyers owe, both sides with VAT."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from clients.portfolio.selection import DAYS_IN_YEAR, FRENCH_VAT_RATE


class Balance(StrEnum):
    """What the balances are: what is owed on the day of the list, or the most owed in a year (an upper bound, since
    buyers do not peak on the same day)."""

    OUTSTANDING = "outstanding"
    PEAK = "peak"


class Sales(StrEnum):
    """Whose sales: each buyer's own turnover, or the client's whole turnover for want of it."""

    BUYERS = "buyers"
    WHOLE = "whole"


@dataclass(frozen=True)
class DaysOfSales:
    """Both amounts TTC. `days` of a year of 360."""

    balance: Decimal
    sales: Decimal
    measured: Balance
    against: Sales

    @property
    def days(self) -> int:
        return int((self.balance * DAYS_IN_YEAR / self.sales).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def is_upper_bound(self) -> bool:
        return self.measured == Balance.PEAK


def with_french_vat(turnover: Decimal, export: Decimal) -> Decimal:
    """A client's turnover HT as it is owed to him, TTC: 20 % on what is not exported."""
    return export + (turnover - export) * (1 + FRENCH_VAT_RATE)


def days_of_sales(balance: Decimal, sales: Decimal, *, measured: Balance, against: Sales) -> DaysOfSales | None:
    """The DSO of balances TTC over twelve months of sales TTC of the same buyers; None without either (0)."""
    if balance <= 0 or sales <= 0:
        return None
    return DaysOfSales(balance, sales, measured, against)
