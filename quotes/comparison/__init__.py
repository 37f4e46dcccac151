"""Who covers these buyers best: `compare` counts, ranks and writes the reasons (DESIGN.md §4)."""

from quotes.comparison.anonymous import letter_of, without_names
from quotes.comparison.compare import compare
from quotes.comparison.inputs import AskedBuyer, BuyerAnswer, PartnerAnswers
from quotes.comparison.result import BarPart, Cell, Comparison, Outcome, PartnerResult, Scenario, Tone, Uncovered

__all__ = [
    "AskedBuyer",
    "BarPart",
    "BuyerAnswer",
    "Cell",
    "Comparison",
    "Outcome",
    "PartnerAnswers",
    "PartnerResult",
    "Scenario",
    "Tone",
    "Uncovered",
    "compare",
    "letter_of",
    "without_names",
]
