"""What the watch does when it works: reads the BODACC for all portfolios at once, then asks how companies are.

Each duty works for one go, of 45 s at most: it keeps what it has come to, and says when it is due again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from clients.models import Client, Company, Exposure, RiskSnapshot, WatchState
from clients.models.company import FRESH_DAYS
from clients.monitoring.hours import NIGHT, PARIS, first_day_to_read, next_at
from clients.monitoring.severity import TWO_YEARS
from clients.registries import RegistryUnavailable, notices_about_all, notices_since
from clients.registries.bodacc import MOST_SIRENS
from clients.services.alerts import raise_alerts
from clients.services.companies import refresh_stale_companies
from clients.services.notices import record_notices

GO_SECONDS = 45.0
# Whoever works at a duty has it for so long, and keeps it while a long day is read.
LEASE = timedelta(seconds=150)
RENEWAL_SECONDS = 30.0
CALL_PATIENCE_SECONDS = 10.0
NEWCOMERS_PAUSE = timedelta(minutes=1)
NEWCOMERS_AT_ONCE = 8_000
# What is left of the stale companies by then is for the next night.
LONGEST_REFRESHING = timedelta(hours=1)


@dataclass
class Go:
    """One go at a duty: the row as it was taken, the database's time then, and what to keep of it for the next."""

    state: WatchState
    now: datetime
    ends: float = field(default_factory=lambda: time.monotonic() + GO_SECONDS)
    kept: dict[str, Any] = field(default_factory=dict)

    def renew(self) -> None:
        """Keeps the row for as long again, unless somebody else has it by now."""
        mine = WatchState.objects.filter(duty=self.state.duty, holder=self.state.holder)
        mine.update(held_until=Now() + LEASE)

    @property
    def today(self) -> date:
        return self.now.astimezone(PARIS).date()

    @property
    def seconds_left(self) -> float:
        return self.ends - time.monotonic()


def read_new_notices(go: Go) -> datetime | None:
    """Every notice since some days before the last one that was read: one query, in pages, for all firms.

    When it is due again; None when there is more to read. Raises RegistryError, having kept what came before.
    """
    first = go.state.read_from or first_day_to_read(go.state.read_until, go.today)
    reading = _Reading(go, first)
    try:
        record_notices(reading)
    finally:
        raise_alerts()
    if reading.is_interrupted:
        return None
    # A line that was identified since its list came under watch has brought a company whose past was not read.
    RiskSnapshot.objects.latest().update(watched_at=None)
    go.kept = {"read_from": None, "read_until": max(reading.day, go.state.read_until or reading.day)}
    return next_at(NIGHT, go.now)


class _Reading:
    """The notices from a day on, until the go is over and a whole day was read."""

    def __init__(self, go: Go, first: date) -> None:
        self._go = go
        self._first = first
        self.day = first
        self.is_interrupted = False

    def __iter__(self):
        renewed = time.monotonic()
        for notice in notices_since(self._first, patience_seconds=CALL_PATIENCE_SECONDS):
            if time.monotonic() - renewed > RENEWAL_SECONDS:
                renewed = time.monotonic()
                self._go.renew()
            if notice.published_on > self.day:
                self.day = notice.published_on
                self._go.kept = {"read_from": self.day}
                if self._go.seconds_left < 0:
                    self.is_interrupted = True
                    return
            yield notice


def read_what_came_before(go: Go) -> datetime | None:
    """What was published about companies that have come under watch, before they did; and the alerts of new lists.

    Those read about more than a month ago are read about again: their filed accounts are told by no night.

    When to look again; None when there is more to read. Raises RegistryError.
    """
    lists = list(RiskSnapshot.objects.latest().filter(watched_at=None).values_list("pk", flat=True))
    unread = list(_unread(lists, go.today)[:NEWCOMERS_AT_ONCE])
    if not lists and not unread:
        return go.now + NEWCOMERS_PAUSE
    try:
        companies = iter(unread)
        while batch := list(islice(companies, MOST_SIRENS)):
            _read_about(batch, go.today, CALL_PATIENCE_SECONDS)
            if go.seconds_left < 0:
                return None
    finally:
        raise_alerts()
    if len(unread) == NEWCOMERS_AT_ONCE:
        return None
    RiskSnapshot.objects.filter(pk__in=lists).update(watched_at=Now())
    return go.now + NEWCOMERS_PAUSE


def read_notices_about(companies: Sequence[Company], *, patience_seconds: float) -> None:
    """What was published about a few companies, and its alerts, now: for somebody who waits. Those abroad are left
    out. Raises RegistryError, having kept what came before."""
    french = [company for company in companies if (company.country, company.id_type) == ("FR", "siren")]
    if french:
        try:
            _read_about(french, timezone.localdate(), patience_seconds)
        finally:
            raise_alerts()


def _read_about(companies: Sequence[Company], today: date, patience_seconds: float) -> None:
    sirens = [company.id_value for company in companies]
    since = today - timedelta(days=TWO_YEARS)
    record_notices(notices_about_all(sirens, since=since, patience_seconds=patience_seconds))
    Company.objects.filter(pk__in=[company.pk for company in companies]).update(notices_read_on=today)


def _unread(lists: list[int], today: date) -> QuerySet[Company]:
    """The clients, and the buyers of these lists, that no notice was read about for a month, those never read about
    first."""
    buyers = Exposure.objects.filter(snapshot__in=lists).values("company")
    clients = Client.objects.values("company")
    french = Company.objects.in_french_register().exclude(notices_read_on__gt=today - timedelta(days=FRESH_DAYS))
    watched = french.filter(Q(pk__in=buyers) | Q(pk__in=clients))
    return watched.order_by(F("notices_read_on").asc(nulls_first=True), "pk").only("id_value")


def refresh_companies(go: Go) -> datetime | None:
    """Asks the registry about the clients and buyers whose state was not asked for a month.

    When it is due again; None when there are more and the night is young. Raises RegistryUnavailable.
    """
    lists = RiskSnapshot.objects.latest()
    buyers = Exposure.objects.filter(snapshot__in=lists).values("company")
    watched = Company.objects.filter(Q(pk__in=buyers) | Q(pk__in=Client.objects.values("company")))
    refreshed = refresh_stale_companies(watched, seconds=go.seconds_left, patience_seconds=CALL_PATIENCE_SECONDS)
    raise_alerts()
    if refreshed.trouble:
        raise RegistryUnavailable(refreshed.trouble)
    if refreshed.is_finished or go.now - go.state.started_at > LONGEST_REFRESHING:
        return next_at(NIGHT, go.now)
    return None
