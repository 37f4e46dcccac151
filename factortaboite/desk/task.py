"""One line of the day's list."""

from dataclasses import dataclass
from datetime import timedelta

# A market test without an offer, or an answered offer, leaves the day's list after that long.
RECENT = timedelta(days=60)
SHOWN = 50


@dataclass(frozen=True)
class Task:
    """One thing in progress: `state` and `status` are the pill's (no state, no colour), `action` leads to
    `url`.

    `ours` says whether the firm has to act, or waits for somebody else.
    """

    title: str
    detail: str
    state: str
    status: str
    action: str
    url: str
    ours: bool
