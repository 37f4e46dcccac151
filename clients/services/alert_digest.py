"""The morning mail: what is new for each broker, once, on working days, and nothing when nothing is new."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from clients.models import Alert, AlertDigest, AlertStatus, Duty, WatchState
from clients.models.alert import AlertQuerySet
from clients.monitoring.deadlines import is_working_day
from clients.monitoring.hours import MORNING, NIGHT, NOON, PARIS, next_mail_at
from clients.monitoring.severity import Level
from clients.services.alerts import alerts_settled_at
from clients.services.night import Go
from clients.services.watch_report import WatchReport, report_on_watch
from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import User
from factortaboite.mail.services import queue_mail
from factortaboite.money import euros
from factortaboite.typography import typeset

SHOWN = 40
# How far the first mail of somebody looks back.
FIRST_NEWS = timedelta(days=7)
WAIT_FOR_THE_NIGHT = timedelta(minutes=10)


def send_digests(go: Go) -> datetime:
    """Mails everybody who wants it what is new to them; when to look again.

    Waits for the night's reading until noon, then tells what there is.
    """
    here = go.now.astimezone(PARIS)
    if not is_working_day(go.today) or here.time() < MORNING:
        return next_mail_at(go.now)
    tonight = datetime.combine(go.today, NIGHT, PARIS)
    was_read = WatchState.objects.filter(duty=Duty.NOTICES, done_at__gte=tonight).exists()
    if not was_read and here.time() < NOON:
        return go.now + WAIT_FOR_THE_NIGHT
    until, report = alerts_settled_at(), report_on_watch(go.now)
    for person in User.objects.filter(is_active=True, wants_alert_mail=True).select_related("firm").order_by("pk"):
        send_digest(person, go=go, until=until, report=report)
    return next_mail_at(go.now)


@transaction.atomic
def send_digest(person: User, *, go: Go, until: datetime, report: WatchReport) -> bool:
    """Puts the person's mail in the outbox, unless nothing calls for one or today's is there; whether it did.

    News of mere information waits for a mail that says more; a watch that has missed a whole night does not: whoever
    hears nothing believes that all is well.
    """
    last = AlertDigest.objects.filter(user=person).first()
    since = last.until if last else until - FIRST_NEWS
    mine = for_person(person).for_display()
    news = list(mine.new().filter(created_at__gt=since, created_at__lte=until).order_by("-at_risk", "level", "pk"))
    news.sort(key=lambda alert: alert.level == Level.INFORMATION)  # nothing is at risk there
    cancelled = list(
        mine.filter(status=AlertStatus.CANCELLED, cancelled_at__gt=since, cancelled_at__lte=until)
        .filter(created_at__lte=since)
        .order_by("-at_risk", "pk")
    )
    if not cancelled and all(alert.level == Level.INFORMATION for alert in news) and not report.is_late:
        return False
    digest, is_first = AlertDigest.objects.get_or_create(
        user=person, day=go.today, defaults={"firm": person.firm, "until": until}
    )
    if not is_first:
        return False
    body = _body(person, news, cancelled, report)
    queue_mail(firm=person.firm, to=person.email, subject=_subject(news, cancelled), body=body)
    return True


def for_person(person: User) -> AlertQuerySet:
    """The alerts that concern this person: all of the firm's for its direction, else those of their own clients."""
    visible = Alert.objects.visible_to(person).followed()
    return visible if person.role == Role.DIRECTION else visible.filter(client__owner=person)


def _subject(news: list[Alert], cancelled: list[Alert]) -> str:
    if not news and not cancelled:
        return "La surveillance de vos acheteurs est interrompue"
    if not news:
        return "Une alerte est annulée" if len(cancelled) == 1 else f"{len(cancelled)} alertes sont annulées"
    count = "1 nouvelle alerte" if len(news) == 1 else f"{len(news)} nouvelles alertes"
    # What a buyer owes is at risk once, however much is published about it.
    owed = {(alert.client_id, alert.company_id): alert.at_risk for alert in news if alert.level != Level.INFORMATION}
    at_risk = sum(owed.values())
    return f"{count} sur vos acheteurs" + (f", {euros(at_risk)} en jeu" if at_risk else "")


def _body(person: User, news: list[Alert], cancelled: list[Alert], report: WatchReport) -> str:
    context = {
        "person": person,
        "news": news[:SHOWN],
        "more": max(0, len(news) - SHOWN),
        "cancelled": cancelled[:SHOWN],
        "report": None if report.is_well else report.sentence,
        "address": settings.SITE_URL + reverse("alerts:alert_list"),
        "preferences": settings.SITE_URL + reverse("accounts:preferences"),
        "is_fictitious": any(alert.event.is_fictitious for alert in [*news, *cancelled]),
    }
    return typeset(render_to_string("emails/alert_digest.txt", context).strip()) + "\n"
