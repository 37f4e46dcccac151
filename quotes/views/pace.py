"""How often a page looks at a running market test again, and how much of it is then sent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.utils import timezone

from quotes.models import Submission

EAGER = timedelta(seconds=10)  # from the launch, the first answer is looked for without a pause
QUIET = timedelta(minutes=1)  # without a new answer for that long, looking every ten seconds is enough
# What is ranked and printed anew for one page: a twentieth of a processor, and a browser redraws it unnoticed.
CELLS_PER_SECOND = 2000
STEP = 25


class News(Enum):
    """What a page that looks again is sent: the progress costs the same at any size, the board does not."""

    NONE = 0
    PROGRESS = 1
    BOARD = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """`state` changes with every settled question. `trigger` is when htmx asks for more: never, once every partner
    has ended."""

    state: str
    trigger: str
    step: int  # hundredths of the questions settled, in quarters: what is worth saying aloud
    board_seconds: int  # between two boards sent to one page while partners answer

    @property
    def token(self) -> str:
        return f"{self.step}-{self.state}-{self.trigger.removeprefix('every ')}"

    def has_stepped_since(self, token: str) -> bool:
        return not token.startswith(f"{self.step}-")

    def shown_by_a_board(self) -> dict[str, str]:
        """What a page that is sent the whole board now has to repeat when it looks again."""
        return {"seen": self.token, "board": self.state, "at": f"{_milliseconds()}"}

    def news_for(self, shown: Mapping[str, str]) -> News:
        """`shown` is what the page repeats. The first answer and the end are shown at once, whatever the size."""
        if not self.trigger:
            return News.BOARD
        board, at = shown.get("board", ""), shown.get("at", "")
        age = _milliseconds() - int(at) if at.isdecimal() else float("inf")
        if board != self.state and (board.startswith("0-") or age >= self.board_seconds * 1000):
            return News.BOARD
        return News.PROGRESS if shown.get("seen") != self.token else News.NONE


def pace_of(submissions: Collection[Submission], *, launched_at: datetime) -> Pace:
    """`submissions` are all those of one market test."""
    asked = sum(submission.asked_count for submission in submissions)
    settled = sum(submission.settled_count for submission in submissions)
    last = max((submission.last_answer_at for submission in submissions if submission.last_answer_at), default=None)
    silence = timezone.now() - (last or launched_at)
    if not any(submission.is_running for submission in submissions):
        trigger = ""
    elif silence > QUIET:
        trigger = "every 10s"
    elif not settled and silence < EAGER:
        trigger = "every 200ms"
    else:
        trigger = "every 1s"
    return Pace(
        state=f"{settled}-{last.timestamp():.6f}" if last else f"{settled}-",
        trigger=trigger,
        step=settled * 100 // max(asked, 1) // STEP * STEP,
        board_seconds=1 + asked // CELLS_PER_SECOND,
    )


def _milliseconds() -> int:
    return int(timezone.now().timestamp() * 1000)
