from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Min, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from clients.enums import ClientStage
from clients.models.client import Client
from clients.models.company import Company
from clients.models.fields import EuroField
from clients.models.registry import CompanyEvent
from clients.models.snapshot import Exposure
from clients.monitoring.deadlines import filing_deadline, relief_deadline
from clients.monitoring.kinds import EventKind
from clients.monitoring.severity import Level, doubt_of, says, todo, todo_when_late
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.money import NBSP
from factortaboite.templatetags.french import euros, french_date


class AlertStatus(models.TextChoices):
    NEW = "new", "nouvelle"
    SEEN = "seen", "vue"
    HANDLED = "handled", "traitée"
    CANCELLED = "cancelled", "annulée"


OPEN = (AlertStatus.NEW, AlertStatus.SEEN)


class AlertQuerySet(TenantQuerySet):
    def followed(self):
        """Those of clients that somebody works for. A lost client has another broker or none: nobody here may file a
        debt for it or write to its insurer, and what its buyers owe is at risk for somebody else. What was published
        meanwhile is there as soon as the client is taken up again."""
        return self.exclude(client__stage=ClientStage.LOST)

    def new(self):
        return self.followed().filter(status=AlertStatus.NEW)

    def open(self):
        """Those that somebody still has to deal with."""
        return self.followed().filter(status__in=OPEN)

    def critical(self):
        return self.filter(level=Level.CRITICAL)

    def for_display(self):
        """With all that a line shows, in one query."""
        return self.select_related("event", "doubt", "client__company", "company", "exposure", "handled_by")


class Alert(TenantModel):
    """Something published about a buyer that one client has to know, once.

    `fact` names what happened (kind and day): a court's judgment that is published twice is one alert. A notice that
    is cancelled or rectified cancels its alert, and the rectified notice makes a new one. `at_risk` is the buyer's
    balance TTC in the client's latest list, kept up to date while the alert is open; without `exposure` the buyer is
    no longer in it, or is the client itself. `filing_from` is the publication that starts the time to file the debt.
    `doubt` is a cancellation that may be about this notice, and does not say.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="alerts")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(CompanyEvent, on_delete=models.PROTECT, related_name="alerts")
    doubt = models.ForeignKey(CompanyEvent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    exposure = models.ForeignKey(Exposure, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    buyer = models.CharField("acheteur", max_length=200)
    fact = models.CharField("fait", max_length=40)
    level = models.PositiveSmallIntegerField("niveau", choices=[(level.value, level.label) for level in Level])
    at_risk = EuroField("encours TTC", default=0)
    filing_from = models.DateField("délai de déclaration à compter du", null=True, blank=True)
    status = models.CharField("état", max_length=10, choices=AlertStatus, default=AlertStatus.NEW, editable=False)
    created_at = models.DateTimeField("créée", db_default=Now())
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="traitée par",
    )
    handled_at = models.DateTimeField("traitée le", null=True, blank=True)
    note = models.CharField("ce qui a été fait", max_length=300, blank=True)
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)
    cancelled_because = models.CharField("motif d’annulation", max_length=300, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = "alerte"
        ordering = ["level", "-at_risk", "-created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "company", "fact"],
                condition=~Q(status=AlertStatus.CANCELLED),
                name="one_standing_alert_per_fact",
            ),
            models.UniqueConstraint(fields=["client", "company", "event"], name="one_alert_per_event"),
            models.CheckConstraint(condition=Q(status__in=AlertStatus.values), name="alert_status_known"),
        ]
        indexes = [
            models.Index(fields=["firm", "status", "level", "-at_risk"], name="alerts_of_a_firm"),
        ]

    def __str__(self) -> str:
        return f"{self.buyer} : {self.event.get_kind_display()}"

    @property
    def is_own_client(self) -> bool:
        """Whether the company in trouble is the client itself."""
        return self.company_id == self.client.company_id

    @property
    def says(self) -> str:
        said = says(EventKind(self.event.kind), opens_filing=self.filing_from is not None)
        return f"{said} {doubt_of(french_date(self.doubt.published_on))}" if self.is_doubtful else said

    @property
    def is_doubtful(self) -> bool:
        """Whether a cancellation that stands may be about it."""
        return self.status != AlertStatus.CANCELLED and self.doubt is not None and self.doubt.withdrawn_by_id is None

    @property
    def todo(self) -> str:
        if self.days_to_file is not None and self.days_to_file < 0:
            return todo_when_late(french_date(self.relief_by))
        opens_filing = self.filing_from is not None
        return todo(EventKind(self.event.kind), opens_filing=opens_filing, is_own_client=self.is_own_client)

    @property
    def file_by(self) -> date | None:
        """The last day to file the debt; None when the event starts no such time, or nothing is owed."""
        if self.filing_from is None or self.is_own_client:
            return None
        creditor = self.client.company.postcode if self.client.company else ""
        return filing_deadline(self.filing_from, creditor_postcode=creditor, debtor_postcode=self.company.postcode)

    @property
    def days_to_file(self) -> int | None:
        """Days left to file the debt, negative when they are over; None when there is nothing to file."""
        return (self.file_by - timezone.localdate()).days if self.file_by else None

    @property
    def stakes(self) -> str:
        """How much is at risk and until when to file it, or to ask for leave to, in French sentences; empty when
        nothing is."""
        sentences = []
        if self.at_risk and self.level != Level.INFORMATION:
            sentences.append(f"{euros(self.at_risk)} TTC en jeu.")
        if self.days_to_file is not None and self.days_to_file >= 0:
            left = f"{self.days_to_file}{NBSP}jour{'s' if self.days_to_file >= 2 else ''}"
            sentences.append(f"Créance à déclarer au plus tard le {french_date(self.file_by)} ({left}).")
        elif self.relief_by:
            sentences.append(
                f"Délai de déclaration passé{NBSP}; relevé de forclusion jusqu’au {french_date(self.relief_by)}."
            )
        return " ".join(sentences)

    @property
    def relief_by(self) -> date | None:
        """When it is too late to file, the last day to ask the judge for leave all the same; None when that is over
        too, or not needed."""
        if self.days_to_file is None or self.days_to_file >= 0:
            return None
        last_day = relief_deadline(self.filing_from)
        return last_day if last_day >= timezone.localdate() else None


def worst_alert_level() -> Subquery:
    """To annotate exposures: the most serious level among the open alerts on this buyer of this client, or None."""
    alerts = Alert.objects.open().filter(client=OuterRef("snapshot__client"), company=OuterRef("company"))
    return Subquery(alerts.order_by().values("client").annotate(worst=Min("level")).values("worst"))


class AlertDigest(TenantModel):
    """The morning mail of one person, once a day; `until` is how far it tells."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_digests")
    day = models.DateField("jour")
    until = models.DateTimeField("jusqu’à")

    class Meta:
        verbose_name = "courriel d’alertes"
        verbose_name_plural = "courriels d’alertes"
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.user} · {self.day:%d/%m/%Y}"
