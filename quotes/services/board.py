"""A market test as its screen and its export show it: the comparison, beside where each question stands."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from quotes.comparison import AskedBuyer, Cell, Comparison, PartnerResult
from quotes.durations import say_duration
from quotes.enums import RETRYABLE_STATES, UNDECIDED_STATES, Channel, IndicationState
from quotes.models import LimitIndication, MarketTest, Submission
from quotes.services.market_tests import compare


class Standing(NamedTuple):
    """Where one question stands: what the comparison does not know of its row."""

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
    standings: dict[tuple[int, str], Standing]  # by submission key and buyer key

    @property
    def rows(self) -> list[tuple[AskedBuyer, list[tuple[Cell, Standing]]]]:
        """Each buyer, largest first, with its cell and its standing for every partner."""
        return [
            (
                buyer,
                [
                    (column.result.cells[line], self.standings[column.submission.pk, buyer.key])
                    for column in self.listed
                ],
            )
            for line, buyer in enumerate(self.comparison.buyers)
        ]

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
    def has_answers(self) -> bool:
        return any(column.result.answered for column in self.columns)


def read_board(market_test: MarketTest) -> Board:
    """The market test as it stands now. The number of queries depends on nothing."""
    # First of all: an answer that arrives meanwhile is shown before it is counted, never the other way round, so
    # that whoever looks again when the counters move misses nothing.
    asked = market_test.submissions.select_related("account", "quote")
    submissions = {submission.account.code: submission for submission in asked}
    comparison = compare(market_test)
    standings: dict[tuple[int, str], Standing] = {}
    states: dict[int, Counter[str]] = {submission.pk: Counter() for submission in submissions.values()}
    rows = LimitIndication.objects.filter(submission__market_test=market_test).values_list(
        "submission_id", "exposure_id", "pk", "state", "asked", "message"
    )
    for submission_id, exposure_id, *standing in rows:
        found = Standing(*standing)
        standings[submission_id, str(exposure_id)] = found
        states[submission_id][found.state] += 1
    now = timezone.now()
    columns = tuple(
        Column(submission, result, states[submission.pk], now)
        for result in comparison.partners
        for submission in [submissions[result.code]]
    )
    listed = tuple(sorted(columns, key=lambda column: (column.submission.position, column.submission.pk)))
    return Board(market_test, comparison, columns, listed, standings)
