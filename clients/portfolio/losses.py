"""Bad debts of past years, and what they really cost: the sales it takes to earn them back."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import euros, round_euros
from factortaboite.typography import typeset


class LossesDoNotAddUp(ValueError):
    """A year contradicts itself; `field` names the figure to look at, the message says why in French."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(typeset(message))
        self.field = field


@dataclass(frozen=True, slots=True)
class LossYear:
    """One year's bad debts HT in euros: together, how many, and the largest. None: not said.

    Raises LossesDoNotAddUp when the three cannot be true together.
    """

    amount: Decimal
    count: int | None = None
    largest: Decimal | None = None

    def __post_init__(self) -> None:
        if self.count == 0 and self.amount:
            raise LossesDoNotAddUp("count", f"{euros(self.amount)} de pertes sans aucun impayé ?")
        if self.count and not self.amount:
            raise LossesDoNotAddUp("amount", "Des impayés sans montant : indiquez ce qu’ils ont coûté.")
        if self.largest is None:
            return
        if self.largest > self.amount:
            raise LossesDoNotAddUp(
                "largest", f"La plus grosse perte dépasse le total de l’année ({euros(self.amount)})."
            )
        if self.count == 1 and self.largest != self.amount:
            raise LossesDoNotAddUp("largest", "Avec un seul impayé, la plus grosse perte est le total.")
        if self.count and self.largest * self.count < self.amount:
            raise LossesDoNotAddUp("largest", "La plus grosse perte est plus petite que la moyenne de l’année.")


def turnover_to_recover(loss: Decimal, margin_rate: Decimal) -> Decimal:
    """The sales HT whose margin makes up `loss` (HT), to the cent: 10 000 € at 5 % take 200 000 €.

    `margin_rate` is a share, above 0 and at most 1. Raises ValueError otherwise, or when the loss is negative.
    """
    if not 0 < margin_rate <= 1:
        raise ValueError("Le taux de marge doit être compris entre 0 et 100 %.")
    if loss < 0:
        raise ValueError("Une perte ne peut pas être négative.")
    return round_euros(loss / margin_rate)
