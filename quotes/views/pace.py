"""How often a page looks at a running market test again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from quotes.models import Submission

QUIET = timedelta(minutes=1)  # without a new answer for that long, looking every ten seconds is enough
CELLS_PER_SECOND = 2000  # what a browser redraws without its reader feeling it
STEP = 25


@dataclass(frozen=True, slots=True)
class Pace:
    """`token` is what the page has seen, `trigger` when htmx asks for more: never, once every partner has ended."""

    token: str
    trigger: str
    step: int  # hundredths of the questions settled, in quarters: what is worth saying aloud

    def has_stepped_since(self, token: str) -> bool:
        return not token.startswith(f"{self.step}-")


def pace_of(submissions: Collection[Submission], *, launched_at: datetime) -> Pace:
    """`submissions` are all those of one market test."""
    asked = sum(submission.asked_count for submission in submissions)
    settled = sum(submission.settled_count for submission in submissions)
    last = max((submission.last_answer_at for submission in submissions if submission.last_answer_at), default=None)
    if not any(submission.is_running for submission in submissions):
        trigger = ""
    elif timezone.now() - (last or launched_at) > QUIET:
        trigger = "every 10s"
    elif not settled:
        trigger = "every 300ms"
    else:
        trigger = f"every {1 + asked // CELLS_PER_SECOND}s"
    step = settled * 100 // max(asked, 1) // STEP * STEP
    moment = f"{last.timestamp():.6f}" if last else ""
    return Pace(f"{step}-{settled}-{moment}-{trigger.removeprefix('every ')}", trigger, step)
