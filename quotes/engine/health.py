"""How much to ask of a partner that misbehaves: a circuit breaker with one probe and a slow start, and a retry budget.

Pure arithmetic on the caller's clock (seconds). Nothing here fails a question: it only says how many may be asked now.
"""

import random
from dataclasses import dataclass

FAILURES_TO_OPEN = 5
FIRST_REST_SECONDS = 2.0
LONGEST_REST_SECONDS = 60.0
CALLS_PER_RETRY = 10  # in the long run at most one retry for ten calls
RETRIES_AT_START = 10
WAIT_WITHOUT_BUDGET = (5.0, 10.0)


@dataclass
class PartnerHealth:
    """One partner account as its runner sees it. `failures` counts completed calls that failed in a row, but for those
    that were in the air when a rest began: beyond those that open the breaker, it counts failed probes."""

    failures: int = 0
    rest_until: float = 0.0
    started_slots: float = float("inf")  # what the slow start allows
    calls_in_hand: int = CALLS_PER_RETRY * RETRIES_AT_START  # not yet spent on retries

    @property
    def is_open(self) -> bool:
        """Whether the partner has failed too often: it gets one probe at a time, after a rest."""
        return self.failures >= FAILURES_TO_OPEN

    def room(self, now: float, slots: int, in_flight: int) -> int:
        """How many more questions may be put now: half a load beyond the slots, lest one wait for the database."""
        if now < self.rest_until:
            return 0
        if self.is_open:
            return max(0, 1 - in_flight)
        if self.started_slots < slots:
            return max(0, int(self.started_slots) - in_flight)
        return max(0, slots + slots // 2 - in_flight)

    def succeed(self) -> bool:
        """A call was answered. Returns whether that closed the breaker."""
        was_open = self.is_open
        self.calls_in_hand = min(self.calls_in_hand + 1, CALLS_PER_RETRY * RETRIES_AT_START)
        self.failures = 0
        if was_open:
            self.started_slots = 1.0
        elif self.started_slots != float("inf"):
            # Each answer lets one more in: the load doubles with every round.
            self.started_slots += 1.0
        return was_open

    def fail(self, now: float) -> bool:
        """A call failed. Returns whether that opened the breaker (again)."""
        if now < self.rest_until:
            return False
        self.failures += 1
        if not self.is_open:
            return False
        rest = min(FIRST_REST_SECONDS * 2 ** min(self.failures - FAILURES_TO_OPEN, 10), LONGEST_REST_SECONDS)
        self.rest_until = now + rest * random.uniform(0.75, 1.0)
        return True

    def rest(self, now: float, seconds: float) -> None:
        """The partner asked to be left alone: the whole account waits, not one buyer."""
        self.rest_until = max(self.rest_until, now + seconds)

    def retry_wait(self, wait: float) -> float:
        """`wait` seconds before a retry, or longer when retries have used up their share of the calls."""
        if self.calls_in_hand >= CALLS_PER_RETRY:
            self.calls_in_hand -= CALLS_PER_RETRY
            return wait
        return max(wait, random.uniform(*WAIT_WITHOUT_BUDGET))
