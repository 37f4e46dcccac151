"""From what registries published to the alerts of every client concerned, and what people do with them.

raise_alerts()     after each reading: cancels, raises, and brings amounts and time limits up to date
mark_seen(…)       somebody has looked
handle_alert(…)    somebody has acted, in their own words
reopen_alert(…)    …or not, after all
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from clients.models import Alert, AlertStatus, Client, CompanyEvent, Exposure, RiskSnapshot
from clients.models.alert import OPEN
from clients.monitoring.hours import PARIS
from clients.monitoring.kinds import ENDINGS, OPENED, EventKind
from clients.monitoring.severity import ALERTS
from clients.services.journal import write_entry
from factortaboite.accounts.models import User
from factortaboite.templatetags.french import french_date
from factortaboite.typography import typeset

_ALERT, _CLIENT, _EVENT, _EXPOSURE, _SNAPSHOT = (
    model._meta.db_table for model in (Alert, Client, CompanyEvent, Exposure, RiskSnapshot)
)
# Two workers that raise alerts at once would wait for each other's rows.
_LOCK = 4_110_002
_LATEST = f"""
    latest AS (
        SELECT DISTINCT ON (client_id) id, client_id, firm_id FROM {_SNAPSHOT}
        WHERE confirmed_at IS NOT NULL ORDER BY client_id, confirmed_at DESC, id DESC
    )
"""
_TODAY = f"(statement_timestamp() AT TIME ZONE '{PARIS}')::date"
_FACT = "event.kind || ' ' || to_char(COALESCE(event.happened_on, event.published_on), 'YYYY-MM-DD')"
# Since when there is time to file, by fact. A judgment that is published again, or rectified, gives back no time:
# what comes first counts, whichever was read first.
_FILING = f"""
    told AS (
        SELECT event.id, event.company_id, {_FACT} AS fact, event.published_on FROM {_EVENT} event
        WHERE event.opens_filing AND event.withdrawn_by_id IS NULL AND NOT event.is_cancellation
        UNION ALL
        SELECT earlier.id, told.company_id, told.fact, earlier.published_on
        FROM told JOIN {_EVENT} earlier ON earlier.withdrawn_by_id = told.id AND earlier.opens_filing
    ),
    filing AS (SELECT company_id, fact, min(published_on) AS filing_from FROM told GROUP BY company_id, fact)
"""
_OWED = "GREATEST(COALESCE(exposure.outstanding, exposure.peak, 0), 0)"
# One statement for all firms. It starts from the few events that are news, and finds their buyers by index.
_RAISE = f"""
    WITH RECURSIVE {_LATEST}, {_FILING},
    rule (kind, level, days) AS (SELECT * FROM unnest(%(kinds)s::text[], %(levels)s::int[], %(days)s::int[])),
    news AS (
        SELECT event.*, rule.level, {_FACT} AS fact
        FROM {_EVENT} event JOIN rule ON rule.kind = event.kind
            AND event.published_on >= {_TODAY} - rule.days
        WHERE event.withdrawn_by_id IS NULL AND NOT event.is_cancellation AND NOT (
            event.kind = ANY(%(opened)s) AND EXISTS (
                SELECT FROM {_EVENT} later
                WHERE later.company_id = event.company_id AND later.withdrawn_by_id IS NULL
                    AND NOT later.is_cancellation AND later.published_on > event.published_on
                    AND (later.kind = ANY(%(endings)s)
                        -- A plan leaves what was not filed in time to be asked for.
                        OR later.kind = '{EventKind.CONTINUATION_PLAN}' AND event.published_on < {_TODAY} - 190)
            )
        )
    ),
    concerned AS (
        SELECT news.id AS news_id, latest.firm_id, latest.client_id, exposure.id AS exposure_id, exposure.name,
            {_OWED} AS at_risk
        FROM news JOIN {_EXPOSURE} exposure ON exposure.company_id = news.company_id
            JOIN latest ON latest.id = exposure.snapshot_id
        -- New accounts are worth a word to the insurer where cover is asked, and nothing elsewhere.
        WHERE news.kind <> '{EventKind.ACCOUNTS}' OR exposure.requested > 0
        UNION ALL
        SELECT news.id, client.firm_id, client.id, NULL, client.name, 0
        FROM news JOIN {_CLIENT} client ON client.company_id = news.company_id
    )
    INSERT INTO {_ALERT} (firm_id, client_id, company_id, event_id, exposure_id, buyer, fact, level, at_risk,
        filing_from, status, note, cancelled_because)
    SELECT concerned.firm_id, concerned.client_id, news.company_id, news.id, concerned.exposure_id, concerned.name,
        news.fact, news.level, concerned.at_risk, filing.filing_from, '{AlertStatus.NEW}', '', ''
    FROM concerned JOIN news ON news.id = concerned.news_id
        LEFT JOIN filing ON filing.company_id = news.company_id AND filing.fact = news.fact
    ORDER BY news.published_on, news.id
    ON CONFLICT DO NOTHING
"""
_UPDATE_FILING = f"""
    WITH RECURSIVE {_FILING}
    UPDATE {_ALERT} SET filing_from = filing.filing_from FROM filing
    WHERE {_ALERT}.company_id = filing.company_id AND {_ALERT}.fact = filing.fact
        AND {_ALERT}.status <> '{AlertStatus.CANCELLED}' AND {_ALERT}.filing_from IS DISTINCT FROM filing.filing_from
"""
_UPDATE_AMOUNTS = f"""
    WITH {_LATEST}
    UPDATE {_ALERT} SET exposure_id = found.exposure_id, at_risk = found.at_risk
    FROM (
        SELECT alert.id, exposure.id AS exposure_id, {_OWED} AS at_risk
        FROM {_ALERT} alert LEFT JOIN latest ON latest.client_id = alert.client_id
            LEFT JOIN {_EXPOSURE} exposure
                ON exposure.snapshot_id = latest.id AND exposure.company_id = alert.company_id
        WHERE alert.status = ANY(%(open)s)
    ) found
    WHERE {_ALERT}.id = found.id
        AND ({_ALERT}.exposure_id, {_ALERT}.at_risk) IS DISTINCT FROM (found.exposure_id, found.at_risk)
"""


@dataclass(frozen=True, slots=True)
class Raised:
    """How many alerts are new, and how many were cancelled."""

    new: int
    cancelled: int


@transaction.atomic
def raise_alerts() -> Raised:
    """Makes the alerts agree with what is known of all companies. Called twice, it changes nothing more.

    Only buyers of a client's latest confirmed snapshot raise alerts, and the clients themselves. Those of lost clients
    are stored too, and shown to nobody while they are lost (AlertQuerySet.followed). An alert that a cancellation may
    be about, and does not say, is news again, even handled: somebody has to read that notice.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cancelled = _cancel_withdrawn()
        restored = _restore_given_back()
        cursor.execute(_RAISE, _rules())
        new = restored + cursor.rowcount
        _cast_doubts()
        cursor.execute(_UPDATE_FILING)
        cursor.execute(_UPDATE_AMOUNTS, {"open": list(OPEN)})
    return Raised(new, cancelled)


def _rules() -> dict[str, list]:
    return {
        "kinds": list(ALERTS),
        "levels": [int(rule.level) for rule in ALERTS.values()],
        "days": [rule.news_days for rule in ALERTS.values()],
        "opened": list(OPENED),
        "endings": list(ENDINGS),
    }


def _cancel_withdrawn() -> int:
    """Cancels the alerts whose notice was taken back, whatever had been done with them."""
    withdrawn = list(
        Alert.objects.exclude(status=AlertStatus.CANCELLED)
        .filter(event__withdrawn_by__isnull=False)
        .select_related("event__withdrawn_by")
    )
    for alert in withdrawn:
        alert.status = AlertStatus.CANCELLED
        alert.cancelled_at = Now()
        alert.cancelled_because = _because(alert.event.withdrawn_by)
    Alert.objects.bulk_update(withdrawn, ["status", "cancelled_at", "cancelled_because"], batch_size=500)
    return len(withdrawn)


def _restore_given_back() -> int:
    """Makes new again the alerts whose notice stands after all: its cancellation was cancelled."""
    given_back = (
        Alert.objects.filter(
            status=AlertStatus.CANCELLED, event__withdrawn_by__isnull=True, event__is_cancellation=False
        )
        .exclude(Exists(_standing_on_the_same_fact()))
        .order_by("client_id", "company_id", "fact", "pk")
        .distinct("client_id", "company_id", "fact")
    )
    keys = list(given_back.values_list("pk", flat=True))
    return Alert.objects.filter(pk__in=keys).update(
        status=AlertStatus.NEW, created_at=Now(), cancelled_at=None, cancelled_because=""
    )


def _standing_on_the_same_fact() -> QuerySet[Alert]:
    same = {name: OuterRef(name) for name in ("client", "company", "fact")}
    return Alert.objects.filter(**same).exclude(status=AlertStatus.CANCELLED)


def _cast_doubts() -> None:
    """Makes new again the alerts that a cancellation may be about, the latest when there are several."""
    unnamed = list(CompanyEvent.objects.unnamed_cancellations().defer("content", "detail"))
    told = Alert.objects.exclude(status=AlertStatus.CANCELLED).filter(company__in={one.company_id for one in unnamed})
    doubtful = []
    for alert in told.select_related("event").defer("event__content", "event__detail"):
        # The latest comes first.
        doubt = next((event for event in unnamed if event.may_be_about(alert.event)), None)
        if doubt and doubt.pk != alert.doubt_id:
            alert.doubt, alert.status, alert.created_at = doubt, AlertStatus.NEW, Now()
            doubtful.append(alert)
    Alert.objects.bulk_update(doubtful, ["doubt", "status", "created_at"], batch_size=500)


def _because(later: CompanyEvent) -> str:
    day = french_date(later.published_on)
    if later.is_cancellation:
        return f"L’annonce a été annulée le {day}."
    if later.kind == EventKind.REVERSED:
        return f"Le jugement a été rétracté ou infirmé, annonce du {day}."
    return f"L’annonce a été rectifiée le {day}."


def alerts_settled_at() -> datetime:
    """The database's time at a moment when no alert is in the making: all that were raised before it can be read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def mark_seen(alerts: QuerySet[Alert]) -> int:
    """Says that somebody has looked at the new ones among them; how many there were."""
    return alerts.filter(status=AlertStatus.NEW).update(status=AlertStatus.SEEN)


@transaction.atomic
def handle_alert(alert: Alert, *, by: User, note: str = "") -> bool:
    """Closes an open alert, with what was done about it. False when it is not open any more: nothing changes."""
    changed = Alert.objects.filter(pk=alert.pk, status__in=OPEN).update(
        status=AlertStatus.HANDLED, handled_by=by, handled_at=Now(), note=note
    )
    if changed:
        _write(alert, f"Alerte traitée pour {alert.buyer} ({alert.event.get_kind_display()})", note, by)
    return bool(changed)


@transaction.atomic
def reopen_alert(alert: Alert, *, by: User) -> bool:
    """Opens a handled alert again; what had been noted stays to be read. False when it was not handled."""
    changed = Alert.objects.filter(pk=alert.pk, status=AlertStatus.HANDLED).update(status=AlertStatus.SEEN)
    if changed:
        _write(alert, f"Alerte rouverte pour {alert.buyer} ({alert.event.get_kind_display()})", "", by)
    return bool(changed)


def _write(alert: Alert, what: str, note: str, by: User) -> None:
    sentence = typeset(f"{what} : {note}" if note else what)
    write_entry(f"{sentence.rstrip('.')}.", client=alert.client, by=by, exposure=alert.exposure)
