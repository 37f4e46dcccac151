"""One card per partner, best first: the answer, before its proof."""

from dataclasses import dataclass
from decimal import Decimal

from factortaboite.money import euros
from quotes.comparison import Outcome
from quotes.services.board import Board, Column
from quotes.views.matrix import STATE_CLASSES

BAR_WIDTH = 1000
BAR_WORDS = {
    Outcome.IN_FULL: "accordés en entier",
    Outcome.IN_PART: "accordés en partie",
    Outcome.REFUSED: "refusés",
    Outcome.NO_ANSWER: "sans réponse",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar that is BAR_WIDTH wide."""

    state: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Card:
    column: Column
    bar: tuple[Segment, ...]
    bar_text: str
    is_recommended: bool

    @property
    def waits(self) -> str:
        """What is still missing of this partner, in a word."""
        return "en attente" if self.column.undecided else "sans réponse"


def cards_of(board: Board) -> list[Card]:
    return [_card(column, board) for column in board.columns]


def _card(column: Column, board: Board) -> Card:
    amounts = dict.fromkeys(Outcome, Decimal(0))
    for buyer, cell in zip(board.comparison.buyers, column.result.cells, strict=True):
        # What a partial answer leaves open stays the colour of the empty bar.
        amounts[cell.outcome] += cell.covered or buyer.requested
    total = board.comparison.total_requested or Decimal(1)
    bar, reached = [], Decimal(0)
    for outcome, amount in amounts.items():
        start, reached = round(reached * BAR_WIDTH / total), reached + amount
        bar.append(Segment(STATE_CLASSES[outcome], start, round(reached * BAR_WIDTH / total) - start))
    return Card(
        column=column,
        bar=tuple(segment for segment in bar if segment.width),
        bar_text=", ".join(f"{euros(amount)} {BAR_WORDS[outcome]}" for outcome, amount in amounts.items() if amount),
        is_recommended=column.result.code == board.comparison.recommended,
    )
