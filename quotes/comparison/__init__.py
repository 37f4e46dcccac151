"""Who covers these buyers best: `compare` counts, ranks and writes the reasons (DESIGN.md §4)."""

from quotes.comparison.anonymous import letter_of, without_names
from quotes.comparison.compare import compare
from quotes.comparison.current import CurrentCover
from quotes.comparison.inputs import AskedBuyer, BuyerAnswer, CurrentContract, PartnerAnswers, PastYear
from quotes.comparison.result import (
    BarPart,
    Cell,
    Comparison,
    Outcome,
    PartnerResult,
    Tone,
    Uncovered,
)
from quotes.comparison.scenarios import Replay, Scenario, WhatIf

__all__ = [
    "AskedBuyer",
    "BarPart",
    "BuyerAnswer",
    "Cell",
    "Comparison",
    "CurrentContract",
    "CurrentCover",
    "Outcome",
    "PartnerAnswers",
    "PartnerResult",
    "PastYear",
    "Replay",
    "Scenario",
    "Tone",
    "Uncovered",
    "WhatIf",
    "compare",
    "letter_of",
    "without_names",
]
