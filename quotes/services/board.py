"""A market test as its screen and its export show it: the comparison, beside where each question stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from quotes.comparison import AskedBuyer, Comparison, PartnerResult
from quotes.durations import say_duration
from quotes.enums import Channel
from quotes.models import LimitIndication, MarketTest, Submission
from quotes.services.market_tests import compare_lately
from quotes.services.progress import read_submissions


class Standing(NamedTuple):
    """Where one question stands: what the comparison does not know of its row, nor the page of rows not shown."""

    pk: int
    state: str
    asked: Decimal | None
    message: str


@dataclass(frozen=True, slots=True)
class Column:
    """One partner: who was asked, what it amounts to. Amounts in euros HT."""

    submission: Submission
    result: PartnerResult

    @property
    def is_mail(self) -> bool:
        return self.submission.channel == Channel.SPREADSHEET

    @property
    def answered(self) -> int:
        return self.result.answered

    @property
    def undecided(self) -> int:
        return self.submission.asked_count - self.submission.settled_count

    @property
    def to_ask_again(self) -> int:
        """What failed or stayed silent. An answer may have been read that its counter, read before, does not know."""
        return 0 if self.is_mail else max(self.submission.settled_count - self.answered, 0)

    @property
    def answers(self) -> str:
        """« 12 / 17 », « 16 / 17 en 4 s »."""
        answered = f"{self.answered} / {self.submission.asked_count}"
        if self.is_mail or not self.submission.ended_at:
            return answered
        return f"{answered} en {say_duration(self.submission.ended_at - self.submission.market_test.launched_at)}"


@dataclass(frozen=True, slots=True)
class Board:
    """All of a market test. `columns` stand in ranking order; the rows' cells in the order the partners were listed,
    so that no column of the table moves while answers come in."""

    market_test: MarketTest
    comparison: Comparison
    columns: tuple[Column, ...]
    listed: tuple[Column, ...]

    @property
    def answered(self) -> int:
        return sum(column.answered for column in self.columns)

    @property
    def asked(self) -> int:
        return sum(column.submission.asked_count for column in self.columns)

    @property
    def is_fictitious(self) -> bool:
        return any(column.submission.sandbox for column in self.columns)

    @property
    def to_ask_again(self) -> int:
        return sum(column.to_ask_again for column in self.columns)

    @property
    def last_answer_at(self) -> datetime | None:
        return max((c.submission.last_answer_at for c in self.columns if c.submission.last_answer_at), default=None)

    @property
    def warned(self) -> list[tuple[str, str]]:
        """Each partner's name with what is to be known of it first, but for what holds of all of them."""
        shared = self.comparison.shared_warnings
        return [
            (column.result.name, warning)
            for column in self.columns
            for warning in column.result.warnings
            if warning not in shared
        ]

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return 2 + len(self.columns) + bool(self.comparison.current)

    @property
    def has_answers(self) -> bool:
        return any(column.result.answered for column in self.columns)

    def standings(self, buyers: Collection[AskedBuyer]) -> dict[tuple[int, str], Standing]:
        """Of the questions about these buyers, by submission key and buyer key. One query."""
        rows = LimitIndication.objects.filter(
            submission__in=[column.submission for column in self.columns],
            exposure__in=[int(buyer.key) for buyer in buyers],
        ).values_list("submission_id", "exposure_id", "pk", "state", "asked", "message")
        return {
            (submission_id, str(exposure_id)): Standing(*standing) for submission_id, exposure_id, *standing in rows
        }


def read_board(market_test: MarketTest) -> Board:
    """The market test as it stands now. The number of queries depends on nothing."""
    # First of all: an answer that arrives meanwhile is shown before it is counted, never the other way round, so
    # that whoever looks again when the counters move misses nothing.
    submissions = read_submissions(market_test)
    comparison = compare_lately(market_test, submissions)
    results = {result.code: result for result in comparison.partners}
    listed = [Column(submission, results[submission.account.code]) for submission in submissions]
    ranked = sorted(listed, key=lambda column: column.result.rank)
    return Board(market_test, comparison, tuple(ranked), tuple(listed))
