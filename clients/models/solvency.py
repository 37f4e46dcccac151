from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from clients.advice.ratings import SCALES, BadRating, Band
from clients.models.company import Company
from clients.models.fields import EuroField
from factortaboite.accounts.models import TenantModel


class AccountsReceived(TenantModel):
    """A company's yearly accounts as the firm received them: figures, the document, or both. Euros."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    year_end = models.DateField("clôture de l’exercice")
    turnover = EuroField("chiffre d’affaires HT", null=True, blank=True)
    equity = EuroField("capitaux propres", null=True, blank=True)
    net_result = EuroField("résultat net", null=True, blank=True)
    document = models.BinaryField("document", blank=True, default=b"")
    document_name = models.CharField("nom du document", max_length=200, blank=True)
    document_type = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField("reçus", auto_now_add=True)

    class Meta:
        verbose_name = "comptes reçus"
        verbose_name_plural = "comptes reçus"
        ordering = ["-year_end", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "company", "year_end"],
                name="accounts_once_per_year",
                violation_error_message="Les comptes de cet exercice sont déjà dans le dossier.",
            ),
        ]

    def __str__(self) -> str:
        return f"Comptes au {self.year_end:%d/%m/%Y}"

    @property
    def download_name(self) -> str:
        """Its name in ASCII, with the ending of its type."""
        stem, _, _ = self.document_name.rpartition(".")
        return f"{slugify(stem) or 'comptes'}.{self.document_type.rpartition('/')[2]}"


class RatingScale(models.TextChoices):
    COFACE_DRA = "coface_dra", SCALES["coface_dra"].label
    ALLIANZ_GRADE = "allianz_grade", SCALES["allianz_grade"].label
    ATRADIUS_RATING = "atradius_rating", SCALES["atradius_rating"].label


class BuyerRating(TenantModel):
    """What an insurer thinks of a company, on its own scale. The firm may see it, and the insured; nobody else
    (DOMAIN.md §1.6): it never stands on a page that a link opens."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    scale = models.CharField("échelle", max_length=20, choices=RatingScale)
    value = models.PositiveSmallIntegerField("note")
    rated_on = models.DateField("date de la note")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistrée", auto_now_add=True)

    class Meta:
        verbose_name = "note d’assureur"
        verbose_name_plural = "notes d’assureurs"
        ordering = ["-rated_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "company", "scale", "rated_on"],
                name="rating_once_per_day",
                violation_error_message="Cette note est déjà dans le dossier.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scale_display()} {self.value}"

    def clean(self) -> None:
        if self.scale not in SCALES or self.value is None:
            return
        try:
            SCALES[self.scale].band(self.value)
        except BadRating as error:
            raise ValidationError({"value": str(error)}) from error

    @property
    def band(self) -> Band:
        """The firm's own reading."""
        return SCALES[self.scale].band(self.value)

    @property
    def direction(self) -> str:
        return SCALES[self.scale].direction
