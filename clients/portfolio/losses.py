"""What a bad debt really costs: the sales it takes to earn it back."""

from decimal import Decimal

from factortaboite.money import round_euros


def turnover_to_recover(loss: Decimal, margin_rate: Decimal) -> Decimal:
    """The sales HT whose margin makes up `loss` (HT), to the cent: 10 000 € at 5 % take 200 000 €.

    `margin_rate` is a share, above 0 and at most 1. Raises ValueError otherwise, or when the loss is negative.
    """
    if not 0 < margin_rate <= 1:
        raise ValueError("Le taux de marge doit être compris entre 0 et 100 %.")
    if loss < 0:
        raise ValueError("Une perte ne peut pas être négative.")
    return round_euros(loss / margin_rate)
