"""How the watch is, in words: for every screen and mail where somebody relies on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Value
from django.db.models.functions import Now

from clients.models import Duty, WatchState
from clients.monitoring.hours import PARIS
from clients.registries import bodacc, recherche_entreprises
from factortaboite.money import NBSP
from factortaboite.templatetags.french import french_date
from factortaboite.typography import typeset

# A night, and what may come between: after that, somebody should know that nothing is read.
LATE = timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class WatchReport:
    """One to three French sentences; `is_well` when nothing can have been missed, `is_late` when the BODACC has been
    away for longer than a night."""

    sentence: str
    is_well: bool
    is_late: bool = False


def report_on_watch(now: datetime | None = None) -> WatchReport:
    """How the watch is now, by the database's clock. One query."""
    states = {state.duty: state for state in WatchState.objects.annotate(now=Value(now) if now else Now())}
    notices, newcomers, companies = map(states.get, (Duty.NOTICES, Duty.NEWCOMERS, Duty.COMPANIES))
    if notices is None or (notices.done_at is None and not notices.failures):
        return WatchReport("La surveillance des acheteurs commence : premier passage en cours.", True)
    troubles = []
    was_missed = notices.now - (notices.done_at or notices.failing_since) > LATE
    if notices.failures:
        troubles.append(_away(notices, f"Le {bodacc.LINE.source}"))
    elif was_missed:
        troubles.append(f"La surveillance n’a pas tourné depuis le {_moment(notices.done_at)}.")
    if newcomers and newcomers.failures and not notices.failures:
        troubles.append("Ce qui a été publié sur les nouveaux acheteurs n’a pas encore pu être lu.")
    if companies and companies.failures:
        troubles.append(_away(companies, f"Le registre {recherche_entreprises.LINE.source}"))
    if troubles:
        return WatchReport(
            typeset(" ".join([*troubles, "Des alertes peuvent manquer."])), False, was_missed and notices.failures > 0
        )
    return WatchReport(
        f"Surveillance à jour du {_moment(notices.done_at)} : {bodacc.LINE.source} lu jusqu’au "
        f"{french_date(notices.read_until)}.",
        True,
    )


def _away(state: WatchState, who: str) -> str:
    since, again = state.done_at or state.failing_since, state.due_at.astimezone(PARIS)
    return f"{who} n’a pas répondu depuis le {_moment(since)} ; nouvel essai à {_hour(again)}."


def _moment(moment: datetime) -> str:
    here = moment.astimezone(PARIS)
    return f"{french_date(here)} à {_hour(here)}"


def _hour(here: datetime) -> str:
    return f"{here.hour}{NBSP}h{NBSP}{here:%M}"
