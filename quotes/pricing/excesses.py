"""What a contract leaves to the client of a loss that it covers: its *franchises* (DOMAIN.md §1.3). Euros HT."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import euros


@dataclass(frozen=True, slots=True)
class Excesses:
    """The three kinds that contracts combine. Zero: the contract has none of that kind."""

    each_loss_excess: Decimal = Decimal(0)  # FID: taken off every indemnity (V16)
    qualifying_loss: Decimal = Decimal(0)  # FIA: a loss up to it is not paid, one above it is paid whole (V15)
    aggregate_first_loss: Decimal = Decimal(0)  # FAG: the first of the year's losses, after the percentage (V17)

    @property
    def said(self) -> str:
        """« 2 000 € par sinistre, 100 000 € par an »; empty without any."""
        kinds = (
            (self.each_loss_excess, "{} par sinistre"),
            (self.qualifying_loss, "rien jusqu’à {}"),
            (self.aggregate_first_loss, "{} par an"),
        )
        return ", ".join(words.format(euros(amount)) for amount, words in kinds if amount)
