"""Insurable turnover: what is left of the sales once the parts no insurer covers are taken away (DOMAIN.md §1.2)."""

from dataclasses import dataclass, fields
from decimal import Decimal

from factortaboite.money import euros


class TurnoverDoesNotAddUp(ValueError):
    """A part is negative, or the parts are more than the whole; the message says so in French."""


@dataclass(frozen=True)
class TurnoverParts:
    """Twelve months of sales and the parts of them that are not insurable, all HT in euros.

    Raises TurnoverDoesNotAddUp when a part is negative or when the parts exceed the total.
    """

    total: Decimal
    private_persons: Decimal = Decimal(0)
    public_bodies: Decimal = Decimal(0)
    related_companies: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)
    collective_procedures: Decimal = Decimal(0)
    refused_buyers: Decimal = Decimal(0)
    other: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if any(getattr(self, field.name) < 0 for field in fields(self)):
            raise TurnoverDoesNotAddUp("Le chiffre d’affaires et ses parts ne peuvent pas être négatifs.")
        if self.excluded > self.total:
            raise TurnoverDoesNotAddUp(
                f"Les parts non assurables ({euros(self.excluded)}) dépassent le chiffre d’affaires total "
                f"({euros(self.total)})."
            )

    @property
    def excluded(self) -> Decimal:
        """The parts that are not insurable, together."""
        return (
            self.private_persons
            + self.public_bodies
            + self.related_companies
            + self.cash
            + self.collective_procedures
            + self.refused_buyers
            + self.other
        )

    @property
    def insurable(self) -> Decimal:
        """The premium base: total less every part above."""
        return self.total - self.excluded
