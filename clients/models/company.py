from datetime import date, timedelta

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.lookups import TrigramSimilar
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models

from clients.legal_categories import is_individual, is_public_body
from clients.search import Folded, fold

FRESH_DAYS = 30  # after which what a registry said is asked again
LEAST_SIMILARITY = 0.3  # what the database's index is asked for
NAMED = ~models.Q(registered_name="")


class CompanyStatus(models.TextChoices):
    """What the registry says of it; empty until it was asked."""

    ACTIVE = "active", "en activité"
    CLOSED = "closed", "fermée"
    UNKNOWN = "unknown", "inconnue du registre"


class CompanyQuerySet(models.QuerySet):
    def in_french_register(self):
        return self.filter(country="FR", id_type="siren")

    def stale(self, today: date):
        """French companies that no registry was asked about for a while, the longest first."""
        fresh_since = today - timedelta(days=FRESH_DAYS)
        return (
            self.in_french_register()
            .exclude(checked_on__gt=fresh_since)
            .order_by(models.F("checked_on").asc(nulls_first=True), "pk")
        )

    def resembling(self, name: str, at_least: float = 0.4):
        """Those whose registered name resembles `name` as a whole, the most alike first, each with its `similarity`
        (0–1, at least `at_least`).

        Raises ValueError below 0.3, where the index would leave some out.
        """
        if at_least < LEAST_SIMILARITY:
            raise ValueError(f"at_least is {at_least}, below {LEAST_SIMILARITY}")
        column, folded = Folded("registered_name"), fold(name)
        return (
            self.filter(NAMED, TrigramSimilar(column, folded))
            .annotate(similarity=TrigramSimilarity(column, folded))
            .filter(similarity__gte=at_least)
            .order_by("-similarity", "pk")
        )


class Company(models.Model):
    """A legal entity as public registries know it, shared by all firms: never what somebody typed.

    These columns are the latest word of `source` on `checked_on`; `facts` keeps each with its own source and dates.
    A name that a person keeps from the public stays empty (`is_hidden`). `notices_read_on` says when all that was
    published about it was last read: the nightly watch reads new notices only, and no filed accounts. Defaults stand
    in the database too: imports write companies by SQL.
    """

    country = models.CharField("pays", max_length=2)
    id_type = models.CharField("type d’identifiant", max_length=10)
    id_value = models.CharField("identifiant", max_length=30)
    registered_name = models.CharField("dénomination au registre", max_length=200, blank=True)
    status = models.CharField("état", max_length=10, choices=CompanyStatus, blank=True, default="", db_default="")
    is_hidden = models.BooleanField("diffusion restreinte", default=False, db_default=False)
    created_on = models.DateField("créée le", null=True, blank=True)
    closed_on = models.DateField("fermée le", null=True, blank=True)
    head_office_siret = models.CharField("SIRET du siège", max_length=14, blank=True, default="", db_default="")
    address = models.CharField("adresse du siège", max_length=300, blank=True, default="", db_default="")
    postcode = models.CharField("code postal du siège", max_length=10, blank=True, default="", db_default="")
    city = models.CharField("ville du siège", max_length=120, blank=True, default="", db_default="")
    legal_category = models.CharField("catégorie juridique", max_length=4, blank=True, default="", db_default="")
    naf = models.CharField("activité (NAF rév. 2)", max_length=6, blank=True, default="", db_default="")
    naf_2025 = models.CharField("activité (NAF 2025)", max_length=6, blank=True, default="", db_default="")
    size = models.CharField("taille", max_length=3, blank=True, default="", db_default="")
    source = models.CharField("source", max_length=60, blank=True)
    checked_on = models.DateField("vérifié le", null=True, blank=True)
    notices_read_on = models.DateField("annonces antérieures lues le", null=True, blank=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = "société"
        constraints = [
            models.UniqueConstraint(fields=["country", "id_type", "id_value"], name="company_identity"),
        ]
        # Most companies of a list have no name yet: they stay out of both.
        indexes = [
            models.Index(Folded("registered_name"), name="company_by_name", condition=NAMED),
            GinIndex(
                OpClass(Folded("registered_name"), "gin_trgm_ops"), name="company_name_trigrams", condition=NAMED
            ),
        ]

    def __str__(self) -> str:
        return self.registered_name or self.id_value

    @property
    def is_closed(self) -> bool:
        return self.status == CompanyStatus.CLOSED

    @property
    def is_public_body(self) -> bool:
        return is_public_body(self.legal_category)

    @property
    def is_individual(self) -> bool:
        return is_individual(self.legal_category)

    def is_fresh(self, today: date) -> bool:
        """Whether a registry was asked about it lately."""
        return self.checked_on is not None and self.checked_on > today - timedelta(days=FRESH_DAYS)
