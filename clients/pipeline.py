"""The ten days from the first contact to the cover that a client is promised (DOMAIN.md §0.1, line 2)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

PROMISED_DAYS = 10
NEAR_DAYS = 3


class CoverState(StrEnum):
    IN_TIME = "in_time"
    NEAR = "near"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class CoverClock:
    """`days` calendar days from the first contact to the cover, to the day the client was lost, or to today.

    `is_running` until then. A clock that stands still is in time or late.
    """

    days: int
    due_on: date
    state: CoverState
    is_running: bool

    @property
    def days_left(self) -> int:
        """Until the last day promised, which is still in time; negative afterwards."""
        return PROMISED_DAYS - self.days

    @property
    def days_late(self) -> int:
        return -self.days_left


def cover_clock(
    first_contact_on: date, *, today: date, covered_on: date | None = None, lost_on: date | None = None
) -> CoverClock:
    """The clock of one client. `covered_on` is the date of effect of its first contract, which may be yet to come, or
    older than the first contact for a contract that was taken over."""
    stopped_on = covered_on or lost_on
    days = max(0, ((stopped_on or today) - first_contact_on).days)
    left = PROMISED_DAYS - days
    if left < 0:
        state = CoverState.LATE
    elif left <= NEAR_DAYS and stopped_on is None:
        state = CoverState.NEAR
    else:
        state = CoverState.IN_TIME
    return CoverClock(
        days=days,
        due_on=first_contact_on + timedelta(days=PROMISED_DAYS),
        state=state,
        is_running=stopped_on is None,
    )
