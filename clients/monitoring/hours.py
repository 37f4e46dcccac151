"""When the watch works: every night after the BODACC's bulletin, and again later when a registry was away."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clients.monitoring.deadlines import is_working_day

PARIS = ZoneInfo("Europe/Paris")
NIGHT = time(5)
MORNING = time(7)
NOON = time(12)
# Notices arrive late, and a bulletin may be completed days after its date.
OVERLAP = timedelta(days=7)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60))


def next_at(hour: time, now: datetime) -> datetime:
    """The next time after `now` (aware) that clocks in Paris show `hour`, whatever the season."""
    here = now.astimezone(PARIS)
    today = datetime.combine(here, hour, PARIS)
    return today if today > now else datetime.combine(here + timedelta(days=1), hour, PARIS)


def next_mail_at(now: datetime) -> datetime:
    """The next morning of a working day after `now`: what comes on a weekend is told on the next working day."""
    morning = next_at(MORNING, now)
    while not is_working_day(morning.date()):
        morning = datetime.combine(morning + timedelta(days=1), MORNING, PARIS)
    return morning


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row (1 and more)."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


def first_day_to_read(read_until: date | None, today: date) -> date:
    """The publication day a night begins with: some days before the last one that was read, however long ago."""
    return (read_until or today) - OVERLAP
