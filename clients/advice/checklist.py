"""A check-list: what a client's file lacks, item by item, and who can give it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from factortaboite.typography import typeset


class State(Enum):
    DONE = "done"
    DOUBTFUL = "doubtful"
    MISSING = "missing"


class Giver(Enum):
    FIRM = "le cabinet"
    CLIENT = "le client"
    REGISTER = "le registre"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the check-list. `found` says what is there or not, `why` why an insurer wants it; French sentences.

    `givers` are who can give it, the quickest first. A `blocking` item that is not there stops the market test.
    """

    key: str
    label: str
    state: State
    found: str
    why: str
    givers: tuple[Giver, ...]
    blocking: bool

    @property
    def who(self) -> str:
        """Who can give it, in French."""
        return " ou ".join(giver.value for giver in self.givers)

    @property
    def client_can_give(self) -> bool:
        return Giver.CLIENT in self.givers and self.state is not State.DONE


@dataclass(frozen=True, slots=True)
class Checklist:
    """The items, what stops the market test first, what is done last."""

    items: tuple[Item, ...]

    @property
    def share(self) -> Decimal:
        """How much of it is there, between 0 and 1; what is doubtful counts for half."""
        worth = {State.DONE: Decimal(1), State.DOUBTFUL: Decimal("0.5"), State.MISSING: Decimal(0)}
        return sum((worth[item.state] for item in self.items), Decimal(0)) / len(self.items)

    @property
    def open(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.state is not State.DONE)

    @property
    def done(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.state is State.DONE)

    @property
    def blocking(self) -> tuple[Item, ...]:
        """What has to come before a market test."""
        return tuple(item for item in self.items if item.blocking and item.state is State.MISSING)

    @property
    def headline(self) -> str:
        """One French sentence: what to get first."""
        if self.blocking:
            return typeset(f"Il manque d’abord : {', '.join(_inside(item.label) for item in self.blocking)}.")
        if len(self.open) == 1:
            return typeset("Rien n’empêche de le lancer ; un point le rendrait plus sûr.")
        return typeset(f"Rien n’empêche de le lancer ; {len(self.open)} points le rendraient plus sûr.")

    @property
    def from_client(self) -> tuple[Item, ...]:
        """What the client can be asked for."""
        return tuple(item for item in self.items if item.client_can_give)


def _inside(label: str) -> str:
    """A label in the middle of a sentence: initials keep their capitals."""
    return label if label[1].isupper() else label[0].lower() + label[1:]
