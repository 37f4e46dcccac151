from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clients.enums import UNINSURABLE, CleaningStatus, PointKind, PointState
from clients.legal_categories import is_public_body
from clients.models.company import Company
from clients.models.fields import EuroField
from clients.models.snapshot import Exposure, RiskSnapshot
from factortaboite.accounts.models import TenantModel, TenantQuerySet

# Whoever works on a list holds it that long at a time; longer than a slice of work, so that nobody else starts.
HOLD = timedelta(seconds=60)


class CleaningQuerySet(TenantQuerySet):
    def running(self):
        return self.filter(status=CleaningStatus.RUNNING)

    def due(self):
        """To go on with, and nobody is at it."""
        return self.running().filter(held_until__lte=Now())

    def held(self):
        """Being worked on at this moment."""
        return self.running().filter(held_until__gt=Now())


class Cleaning(TenantModel):
    """The check of one list against the registries: how far it is, and what stopped it.

    `total` counts the questions to registries, `answered` those that were asked. `failures` are consecutive.
    """

    snapshot = models.OneToOneField(RiskSnapshot, on_delete=models.CASCADE, related_name="cleaning")
    status = models.CharField(
        "état", max_length=10, choices=CleaningStatus, default=CleaningStatus.RUNNING, editable=False
    )
    total = models.PositiveIntegerField("à demander aux registres", default=0)
    answered = models.PositiveIntegerField("demandés", default=0)
    failures = models.PositiveSmallIntegerField("échecs de suite", default=0)
    trouble = models.TextField("ce qui l’a interrompue", blank=True)
    held_until = models.DateTimeField("tenu jusqu’à", db_default=Now())
    woken_at = models.DateTimeField("dernier réveil d’un exécutant", db_default=Now())
    started_at = models.DateTimeField("commencé", db_default=Now())

    objects = CleaningQuerySet.as_manager()

    class Meta:
        verbose_name = "nettoyage"
        indexes = [
            models.Index(fields=["held_until"], name="cleaning_to_go_on", condition=Q(status=CleaningStatus.RUNNING))
        ]

    def __str__(self) -> str:
        return f"Nettoyage · {self.snapshot}"

    @property
    def is_running(self) -> bool:
        return self.status == CleaningStatus.RUNNING


class CleaningPointQuerySet(TenantQuerySet):
    def pending(self):
        """To be settled, and not settled otherwise meanwhile (the line was corrected by hand)."""
        unidentified = Q(kind=PointKind.IDENTIFIER, exposure__id_value="")
        of_a_company = Q(exposure__company=F("company")) & ~Q(exposure__set_aside__in=UNINSURABLE)
        return self.filter(unidentified | of_a_company | Q(other__isnull=False), state=PointState.OPEN)

    def proposed(self, at_least):
        """Lines whose best proposal is that similar (a share) and stands alone."""
        return self.pending().filter(kind=PointKind.IDENTIFIER, is_clear=True, best_similarity__gte=at_least)


class CleaningPoint(TenantModel):
    """One thing to settle on one line of a list, with the reason in French.

    `company` is whom the registries' facts are about. `other` is the second line of a pair; `exposure` is the one that
    stays. `weight` is the line's balance (TTC) when
    it was found: the largest come first. Of a line without identifier, `best_similarity` is that of the likeliest
    company, and `is_clear` says that no other comes near.
    """

    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.CASCADE, related_name="points")
    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="points")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    other = models.ForeignKey(Exposure, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField("sorte", max_length=30, choices=PointKind)
    reason = models.TextField("raison", blank=True)
    state = models.CharField("état", max_length=10, choices=PointState, default=PointState.OPEN, editable=False)
    weight = EuroField("encours TTC", default=0)
    compared_at = models.DateTimeField("comparé aux sociétés connues", null=True, blank=True)
    asked_at = models.DateTimeField("demandé au registre", null=True, blank=True)
    trouble = models.TextField("échec de la recherche", blank=True)
    best_similarity = models.DecimalField("ressemblance", max_digits=4, decimal_places=3, null=True, blank=True)
    is_clear = models.BooleanField("sans rivale", default=False)

    objects = CleaningPointQuerySet.as_manager()

    class Meta:
        verbose_name = "point à régler"
        verbose_name_plural = "points à régler"
        ordering = ["-weight", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exposure", "kind"], condition=Q(other=None, company=None), name="unidentified_once"
            ),
            models.UniqueConstraint(
                fields=["exposure", "kind", "company"], condition=~Q(company=None), name="finding_once"
            ),
            models.UniqueConstraint(fields=["exposure", "other"], condition=~Q(other=None), name="pair_once"),
        ]
        indexes = [
            models.Index(
                fields=["snapshot", "kind", "-weight", "id"],
                name="points_to_settle",
                condition=Q(state=PointState.OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.exposure}"

    @property
    def is_waiting(self) -> bool:
        """Is the registry still to be asked about it?"""
        return self.asked_at is None and not self.reason


class Candidate(TenantModel):
    """A company that a line without identifier may mean, as `source` knew it on `found_on`. `similarity` is a share
    (0–1) of name and place together."""

    point = models.ForeignKey(CleaningPoint, on_delete=models.CASCADE, related_name="candidates")
    siren = models.CharField("SIREN", max_length=9)
    name = models.CharField("dénomination", max_length=200)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("ville", max_length=120, blank=True)
    is_closed = models.BooleanField("fermée", default=False)
    legal_category = models.CharField("catégorie juridique", max_length=4, blank=True)
    similarity = models.DecimalField("ressemblance", max_digits=4, decimal_places=3)
    source = models.CharField("source", max_length=60)
    found_on = models.DateField("trouvée le")
    is_refused = models.BooleanField("refusée", default=False)

    class Meta:
        verbose_name = "proposition d’identifiant"
        verbose_name_plural = "propositions d’identifiant"
        ordering = ["-similarity", "siren"]
        constraints = [models.UniqueConstraint(fields=["point", "siren"], name="candidate_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.siren})"

    @property
    def doubt(self) -> str:
        """What speaks against insuring it, in a few French words; empty when nothing does."""
        if self.is_closed:
            return "fermée"
        if is_public_body(self.legal_category):
            return "acheteur public"
        return ""
