"""A market test as its screen and its export show it: the comparison, beside where each question stands."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from quotes.comparison import AskedBuyer, Comparison, PartnerResult
from quotes.durations import say_duration
from quotes.enums import RETRYABLE_STATES, UNDECIDED_STATES, Channel, IndicationState
from quotes.models import LimitIndication, MarketTest, Submission
from quotes.services.comparison_memory import read_states
from quotes.services.market_tests import compare_lately


class Standing(NamedTuple):
    """Where one question stands: what the comparison does not know of its row, nor the page of rows not shown."""

    pk: int
    state: str
    asked: Decimal | None
    message: str


@dataclass(frozen=True, slots=True)
class Column:
    """One partner: who was asked, what it amounts to, how far it is. Amounts in euros HT."""

    submission: Submission
    result: PartnerResult
    states: Counter[str]
    now: datetime

    @property
    def is_mail(self) -> bool:
        return self.submission.channel == Channel.SPREADSHEET

    @property
    def answered(self) -> int:
        return self.states[IndicationState.ANSWERED]

    @property
    def undecided(self) -> int:
        return sum(self.states[state] for state in UNDECIDED_STATES)

    @property
    def to_ask_again(self) -> int:
        return 0 if self.is_mail else sum(self.states[state] for state in RETRYABLE_STATES)

    @property
    def progress(self) -> str:
        """« 12 / 17 · 4 s · encore 2 s environ »."""
        settled, asked = self.submission.settled_count, self.submission.asked_count
        answered = f"{self.answered} / {asked}"
        if self.is_mail:
            return answered
        launched, last = self.submission.market_test.launched_at, self.submission.last_answer_at
        if self.submission.ended_at:
            return f"{answered} en {say_duration(self.submission.ended_at - launched)}"
        said = [answered, say_duration(self.now - launched)]
        rest_until = self.submission.account.rest_until
        if rest_until and rest_until > self.now:
            said.append(
                f"au repos encore {say_duration(rest_until - self.now)} : {self.submission.account.rest_reason}"
            )
        elif self.states[IndicationState.WAITING] == self.undecided:
            said.append("à l’étude chez l’assureur")
        elif settled and last:
            said.append(f"encore {say_duration((last - launched) / settled * (asked - settled))} environ")
        return " · ".join(said)


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
    def settled(self) -> int:
        return sum(column.submission.settled_count for column in self.columns)

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
    submissions = list(market_test.submissions.select_related("account", "quote"))
    found = read_states(market_test)
    comparison = compare_lately(market_test, submissions, found)
    states: dict[int, Counter[str]] = {submission.pk: Counter() for submission in submissions}
    for submission_id, state, count in found.counts:
        states[submission_id][state] = count
    now = timezone.now()
    results = {result.code: result for result in comparison.partners}
    listed = [
        Column(submission, results[submission.account.code], states[submission.pk], now) for submission in submissions
    ]
    ranked = sorted(listed, key=lambda column: column.result.rank)
    return Board(market_test, comparison, tuple(ranked), tuple(listed))
