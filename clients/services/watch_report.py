"""How the watch is, in words: for every screen and mail where somebody relies on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """One or two French sentences; `is_well` when nothing can have been missed."""

    sentence: str
    is_well: bool


def report_on_watch() -> WatchReport:
    """How the watch is now. One query."""
    states = {state.duty: state for state in WatchState.objects.annotate(now=Now())}
    notices, companies = states.get(Duty.NOTICES), states.get(Duty.COMPANIES)
    if notices is None or (notices.done_at is None and not notices.failures):
        return WatchReport("La surveillance des acheteurs commence : premier passage en cours.", True)
    troubles = []
    if notices.failures:
        troubles.append(_away(notices, f"Le {bodacc.LINE.source}"))
    elif notices.now - notices.done_at > LATE:
        troubles.append(f"La surveillance n’a pas tourné depuis le {_moment(notices.done_at)}.")
    if companies and companies.failures:
        troubles.append(_away(companies, f"Le registre {recherche_entreprises.LINE.source}"))
    if troubles:
        return WatchReport(typeset(" ".join([*troubles, "Des alertes peuvent manquer."])), False)
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
