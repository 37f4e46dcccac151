"""What a comparison says: each partner's figures and sentences, in ranking order. Amounts in euros HT, shares 0–1."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from factortaboite.money import NBSP, euros
from quotes.comparison.current import CurrentCover
from quotes.comparison.frozen import freeze, thaw
from quotes.comparison.inputs import AskedBuyer
from quotes.comparison.scenarios import Replay, Scenario, WhatIf
from quotes.pricing.annual_cost import PricedTerms
from quotes.vocabulary import Decision, Reason

ABREAST = 3


class Outcome(StrEnum):
    """How one buyer came out with one partner. A silence is not a refusal."""

    IN_FULL = "in_full"
    IN_PART = "in_part"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"

    @property
    def label(self) -> str:
        return OUTCOME_LABELS[self]


OUTCOME_LABELS = {
    Outcome.IN_FULL: "accordé",
    Outcome.IN_PART: "partiel",
    Outcome.REFUSED: "refusé",
    Outcome.NO_ANSWER: "sans réponse",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One buyer with one partner, on the day of the comparison."""

    buyer_key: str
    outcome: Outcome
    covered: Decimal  # never above what was asked
    temporary: Decimal = Decimal("0.00")  # the part of the answer that expires, counted only if it is dated
    temporary_until: date | None = None
    decision: Decision | None = None  # None while there is no answer
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    preliminary: bool = False

    @property
    def note(self) -> str:
        """What the amount alone does not say, or an empty string."""
        notes = []
        if self.temporary and self.temporary_until:
            notes.append(f"dont {euros(self.temporary)} jusqu’au {self.temporary_until:%d/%m/%Y}")
        if self.decision is Decision.CONDITIONAL:
            notes.append("avec réserves")
        if self.decision is Decision.WITHDRAWAL_ANNOUNCED:
            notes.append("préavis de résiliation")
        return ", ".join(notes)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A buyer that stays open, in whole or in part. `awaiting` when the partner may still answer."""

    buyer_key: str
    name: str
    amount: Decimal
    awaiting: bool


@dataclass(frozen=True, slots=True)
class BarPart:
    """One stretch of the cover bar, in thousandths of what was asked. What no part fills stays open."""

    outcome: Outcome
    start: int
    width: int


class Tone(StrEnum):
    """The colour and icon a headline is shown with."""

    GRANTED = "granted"
    PARTIAL = "partial"
    REFUSED = "refused"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class PartnerResult:
    """One partner, compared. A partner that has not answered everything has a range: `low` counts silence as nothing,
    `high` as a full agreement. Raises ValueError when the buyers or the amounts do not add up."""

    code: str
    name: str
    subtitle: str
    total_requested: Decimal
    covered_low: Decimal
    covered_high: Decimal
    share_low: Decimal
    share_high: Decimal
    top10_share: Decimal  # of the ten largest amounts asked, silence counting as nothing
    in_full: int
    in_part: int
    refused: int
    no_answer: int
    cells: tuple[Cell, ...]  # in the order of the buyers
    uncovered: tuple[Uncovered, ...]  # largest first
    scenarios: tuple[Scenario, ...]  # the five largest buyers, largest first; empty without terms
    priced: PricedTerms | None
    cost_per_thousand: Decimal | None  # yearly euros for 1 000 € covered
    rank: int = 0
    headline: str = ""
    tone: Tone = Tone.PARTIAL
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    replays: tuple[Replay, ...] = ()  # the client's past years, oldest first; empty without terms
    against_current: str = ""  # what changes from the contract in force; empty without one

    def __post_init__(self) -> None:
        if self.in_full + self.in_part + self.refused + self.no_answer != len(self.cells):
            raise ValueError(f"the answers of {self.name} do not add up to {len(self.cells)} buyers")
        if sum(cell.covered for cell in self.cells) != self.covered_low:
            raise ValueError(f"the cells of {self.name} do not add up to {self.covered_low}")
        if self.covered_low + self.uncovered_total != self.total_requested:
            raise ValueError(f"covered and uncovered of {self.name} do not add up to {self.total_requested}")

    @property
    def answered(self) -> int:
        return len(self.cells) - self.no_answer

    @property
    def tally(self) -> str:
        """« 13 accordés, 3 partiels, 1 refusé »."""
        counts = (
            (self.in_full, "accordé", "s"),
            (self.in_part, "partiel", "s"),
            (self.refused, "refusé", "s"),
            (self.no_answer, f"sans{NBSP}réponse", ""),
        )
        return ", ".join(
            f"{count}{NBSP}{word}{plural if count > 1 else ''}" for count, word, plural in counts if count
        )

    @property
    def uncovered_total(self) -> Decimal:
        return sum((line.amount for line in self.uncovered), Decimal("0.00"))

    @property
    def largest_uncovered(self) -> tuple[Uncovered, ...]:
        """The ten largest: what a page has room for."""
        return self.uncovered[:10]

    @property
    def other_uncovered(self) -> Decimal:
        """What the buyers after the ten largest leave open."""
        return sum((line.amount for line in self.uncovered[10:]), Decimal("0.00"))

    @property
    def bar(self) -> list[BarPart]:
        """What is covered in full, covered in part and refused, one after the other."""
        open_amounts = {line.buyer_key: line.amount for line in self.uncovered}
        parts, start = [], 0
        for outcome in (Outcome.IN_FULL, Outcome.IN_PART, Outcome.REFUSED):
            amounts = [cell.covered or open_amounts[cell.buyer_key] for cell in self.cells if cell.outcome is outcome]
            if amounts:
                width = int(sum(amounts) * 1000 / self.total_requested)
                parts.append(BarPart(outcome, start, width))
                start += width
        return parts

    @property
    def yearly_cost(self) -> Decimal | None:
        """Taxes and fees included; None while the terms are not known."""
        return self.priced.cost.total if self.priced else None

    @property
    def largest_indemnity(self) -> Decimal | None:
        """The best paid of the scenarios; None while the terms are not known."""
        return max((scenario.indemnity for scenario in self.scenarios), default=None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All partners side by side, best first."""

    on: date
    tolerance: Decimal  # shares of cover that differ by no more are held equal
    buyers: tuple[AskedBuyer, ...]  # largest first
    total_requested: Decimal
    partners: tuple[PartnerResult, ...]
    recommended: str | None  # code of the first partner; None when nobody covers anything
    best_cells_total: Decimal  # the best answer on each buyer, added up: nobody sells it
    best_cells_sentence: str  # says so; empty when it is no more than the best partner's cover
    current: CurrentCover | None = None  # the contract in force, when there is one

    @property
    def recommendation(self) -> PartnerResult | None:
        return next((partner for partner in self.partners if partner.code == self.recommended), None)

    @property
    def has_prices(self) -> bool:
        return any(partner.priced for partner in self.partners)

    @property
    def shared_warnings(self) -> list[str]:
        """What is said of every partner, worth saying once; empty when only one has answered."""
        said = [partner.warnings for partner in self.partners if partner.answered]
        return [warning for warning in said[0] if all(warning in others for others in said)] if len(said) > 1 else []

    @property
    def warned(self) -> list[tuple[PartnerResult, list[str]]]:
        """The partners there is something to know of first, with what it is, but for what is said of all of them."""
        shared = self.shared_warnings
        own = [(one, [warning for warning in one.warnings if warning not in shared]) for one in self.partners]
        return [(partner, warnings) for partner, warnings in own if warnings]

    @property
    def has_excesses(self) -> bool:
        """Whether any contract compared, the current one included, keeps part of a covered loss."""
        terms = [partner.priced.terms.excesses for partner in self.partners if partner.priced]
        return any(one.said for one in terms) or bool(self.current and self.current.excesses.said)

    @property
    def column_count(self) -> int:
        """How many contracts stand side by side."""
        return len(self.partners) + bool(self.current)

    @property
    def partners_abreast(self) -> list[tuple[PartnerResult | None, ...]]:
        """The partners three by three, as paper has room for them; None fills the last row up."""
        if len(self.partners) <= ABREAST:
            return [self.partners]
        padded = (*self.partners, *(None,) * (-len(self.partners) % ABREAST))
        return [padded[start : start + ABREAST] for start in range(0, len(padded), ABREAST)]

    @property
    def rows(self) -> list[tuple[AskedBuyer, list[Cell]]]:
        """The matrix: each buyer with its cell for every partner, in ranking order."""
        columns = [partner.cells for partner in self.partners]
        return [(buyer, [cells[i] for cells in columns]) for i, buyer in enumerate(self.buyers)]

    @property
    def printed_rows(self) -> list[tuple[AskedBuyer, list[Cell], Decimal]]:
        """The matrix with what the contract in force covers; zero without one."""
        covers = self.current.covers if self.current else (Decimal(0),) * len(self.buyers)
        return [(buyer, cells, cover) for (buyer, cells), cover in zip(self.rows, covers, strict=True)]

    @property
    def differing_lines(self) -> list[int]:
        """The lines of the matrix where partners do not all say the same."""
        columns = [partner.cells for partner in self.partners]
        return [
            line
            for line, cells in enumerate(zip(*columns, strict=True))
            if any(cell.covered != cells[0].covered or cell.outcome is not cells[0].outcome for cell in cells)
        ]

    @property
    def what_ifs(self) -> list[WhatIf]:
        """Each of the largest buyers fails; then each past year comes again. Empty while no terms are known."""
        priced = next((partner for partner in self.partners if partner.priced), None)
        if priced is None:
            return []
        failures = [(f"{one.name} ne payait plus", one.loss) for one in priced.scenarios]
        years = [(f"les pertes de {one.year} revenaient", one.loss) for one in priced.replays]
        columns = [
            [*(one.indemnity for one in partner.scenarios), *(one.indemnity for one in partner.replays)]
            for partner in self.partners
        ]
        current = [*self.current.failures, *self.current.replays] if self.current else []
        return [
            WhatIf(
                event=event,
                loss=loss,
                indemnities=tuple(column[line] if column else None for column in columns),
                current=current[line] if current else None,
            )
            for line, (event, loss) in enumerate(failures + years)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: amounts are strings with two decimals, dates are ISO."""
        data: dict[str, Any] = freeze(self)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Comparison":
        """The comparison as it was frozen, sentences included: nothing is computed again."""
        return thaw(cls, data)
