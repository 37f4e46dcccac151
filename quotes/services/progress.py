"""How far each partner of a market test is, from the counters on its row: the same cost for 20 questions or 20 000."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from quotes.durations import say_duration
from quotes.enums import IndicationState
from quotes.models import LimitIndication, MarketTest, Submission


@dataclass(frozen=True, slots=True)
class Progress:
    """One partner asked by machine, seen at `now`."""

    submission: Submission
    now: datetime

    @property
    def said(self) -> str:
        """« 12 / 17 · 4 s · encore 2 s environ », « terminé en 6 s »."""
        submission, launched = self.submission, self.submission.market_test.launched_at
        if submission.ended_at:
            return f"terminé en {say_duration(submission.ended_at - launched)}"
        settled, asked = submission.settled_count, submission.asked_count
        said = [f"{settled} / {asked}", say_duration(self.now - launched)]
        rest_until, last = submission.account.rest_until, submission.last_answer_at
        if rest_until and rest_until > self.now:
            said.append(f"au repos encore {say_duration(rest_until - self.now)} : {submission.account.rest_reason}")
        elif not submission.has_calls_left:
            said.append("à l’étude chez l’assureur")
        elif settled and last:
            said.append(f"encore {say_duration((last - launched) / settled * (asked - settled))} environ")
        return " · ".join(said)


def read_submissions(market_test: MarketTest) -> list[Submission]:
    """With their accounts, their quotes, and `has_calls_left`: whether a question is to be put, or in a call. One
    query."""
    # By account, as the index of what is undecided is: answered questions are not looked at.
    calls = LimitIndication.objects.filter(
        account=OuterRef("account"),
        submission=OuterRef("pk"),
        state__in=(IndicationState.OPEN, IndicationState.SENT),
    )
    submissions = market_test.submissions.select_related("account", "quote")
    return list(submissions.annotate(has_calls_left=Exists(calls)))


def progress_of(submissions: Iterable[Submission]) -> list[Progress]:
    """`submissions` as `read_submissions` gives them; a partner asked by mail has no progress to follow."""
    now = timezone.now()
    return [Progress(submission, now) for submission in submissions if submission.channel == "api"]
