from datetime import date

from django.db import models
from django.db.models.functions import Now

from clients.models.company import Company, CompanyStatus
from clients.monitoring.kinds import NO_LONGER, SIMULATED, UNDER_WAY, EventKind, heading_of
from factortaboite.templatetags.french import french_date


class FactKind(models.TextChoices):
    NAME = "name", "dénomination"
    ACRONYM = "acronym", "sigle"
    STATUS = "status", "état"
    CREATED = "created", "création"
    CLOSED = "closed", "fermeture"
    HEAD_OFFICE = "head_office", "SIRET du siège"
    ADDRESS = "address", "adresse du siège"
    LEGAL_CATEGORY = "legal_category", "catégorie juridique"
    NAF = "naf", "activité (NAF rév. 2)"
    NAF_2025 = "naf_2025", "activité (NAF 2025)"
    SIZE = "size", "taille"
    VAT = "vat", "n° de TVA valable"


class CompanyFact(models.Model):
    """One thing that one registry said of a company, from the first day it was heard to the last. Never changed: a
    new value is a new fact, and the former one stays as history."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField("fait", max_length=20, choices=FactKind)
    value = models.CharField("valeur", max_length=300)
    source = models.CharField("source", max_length=60)
    stated_on = models.DateField("mis à jour par la source le", null=True, blank=True)
    first_seen_on = models.DateField("lu la première fois le")
    last_seen_on = models.DateField("lu la dernière fois le")
    is_current = models.BooleanField("en vigueur", default=True)

    class Meta:
        verbose_name = "fait de registre"
        verbose_name_plural = "faits de registre"
        ordering = ["kind", "-first_seen_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "source"],
                condition=models.Q(is_current=True),
                name="one_current_fact_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.value}"

    @property
    def shown(self) -> str:
        """The value as people read it."""
        if self.kind == FactKind.STATUS and self.value in CompanyStatus.values:
            return CompanyStatus(self.value).label
        if self.kind in (FactKind.CREATED, FactKind.CLOSED):
            return french_date(date.fromisoformat(self.value))
        return self.value


class CompanyEventQuerySet(models.QuerySet):
    def standing(self):
        """Neither cancelled nor replaced by a later notice, and no cancellation itself."""
        return self.filter(withdrawn_by__isnull=True, is_cancellation=False)

    def latest_among(self, kinds):
        """Of each company the latest of these kinds that stands, without its long texts."""
        told = self.standing().filter(kind__in=kinds).order_by("company_id", "-published_on", "-pk")
        return told.distinct("company_id").defer("content", "detail")

    def procedures(self) -> dict[int, "CompanyEvent"]:
        """What says last which collective procedure is under way, by company; those in none are missing."""
        latest = self.latest_among(UNDER_WAY | NO_LONGER)
        return {event.company_id: event for event in latest if event.kind in UNDER_WAY}

    def unnamed_cancellations(self):
        """Those that stand and do not say of which notice."""
        return self.filter(withdrawn_by__isnull=True, is_cancellation=True, corrects="")


class CompanyEvent(models.Model):
    """What a registry published about a company, once per reference, shared by all firms.

    A rectified or cancelled event stays, `withdrawn_by` the one that says so: a rectification stands in its place, a
    cancellation (`is_cancellation`) leaves nothing. `happened_on` is the day of the judgment or change, or the end of
    the year of filed accounts; `published_on` starts the time limits. `content` is the notice as received (JSON),
    without the persons it names.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField("événement", max_length=20, choices=[(kind.value, kind.label) for kind in EventKind])
    source = models.CharField("source", max_length=60)
    reference = models.CharField("référence", max_length=60)
    published_on = models.DateField("publié le")
    happened_on = models.DateField("date", null=True, blank=True)
    title = models.CharField("annonce", max_length=300, blank=True)
    detail = models.TextField("précisions", blank=True)
    court = models.CharField("tribunal", max_length=200, blank=True)
    url = models.URLField("lien", max_length=300, blank=True)
    opens_filing = models.BooleanField("fait courir le délai de déclaration", default=False)
    is_cancellation = models.BooleanField("annulation", default=False)
    corrects = models.CharField("annonce visée", max_length=60, blank=True)
    withdrawn_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="withdraws", verbose_name="remplacé par"
    )
    content = models.TextField("contenu", blank=True)
    recorded_at = models.DateTimeField("enregistré", db_default=Now())

    objects = CompanyEventQuerySet.as_manager()

    class Meta:
        verbose_name = "événement d’une société"
        verbose_name_plural = "événements des sociétés"
        ordering = ["-published_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "source", "reference"], name="company_event_once"),
        ]
        indexes = [
            models.Index(fields=["reference"], name="company_event_reference"),
            models.Index(fields=["corrects"], name="company_event_corrects", condition=~models.Q(corrects="")),
            models.Index(
                fields=["company"],
                name="company_event_unnamed",
                condition=models.Q(is_cancellation=True, corrects=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.published_on:%d/%m/%Y}"

    @property
    def is_fictitious(self) -> bool:
        """Whether our twin said so, and no registry."""
        return self.source.endswith(SIMULATED)

    def may_be_about(self, earlier: "CompanyEvent") -> bool:
        """Whether this notice may correct the earlier one as far as company, source, heading, court and day go."""
        return (
            (self.company_id, self.source) == (earlier.company_id, earlier.source)
            and heading_of(EventKind(self.kind)) == heading_of(EventKind(earlier.kind))
            and (not self.court or not earlier.court or self.court.casefold() == earlier.court.casefold())
            and self.published_on >= earlier.published_on
        )
