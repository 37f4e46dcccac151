"""What the firm's own estimates look at in a client. Amounts in euros HT, shares between 0 and 1."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LargestBuyer:
    """The buyer that weighs most in the sales."""

    name: str
    share: Decimal  # of the insurable turnover
    requested: Decimal  # cover asked on it
    is_export: bool = False


@dataclass(frozen=True, slots=True)
class Risk:
    """A client's year. Turnovers are insurable, without what no insurer covers."""

    french_turnover: Decimal
    export_turnover: Decimal
    sector: str  # a code of the tariff's sector table
    buyers: int  # to be covered by name
    losses: Decimal | None  # of three years together; None for a firm without three years behind it
    largest: LargestBuyer
    highest_request: Decimal  # the most cover asked on one buyer
    is_marketplace: bool = False  # sells to many small buyers that change all the time
    losses_are_said: bool = True  # or `losses` of nought may be a blank

    def __post_init__(self) -> None:
        if min(self.french_turnover, self.export_turnover) < 0:
            raise ValueError("a turnover is negative")

    @property
    def turnover(self) -> Decimal:
        return self.french_turnover + self.export_turnover

    @property
    def export_share(self) -> Decimal:
        return self.export_turnover / self.turnover if self.turnover else Decimal(0)
