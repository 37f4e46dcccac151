from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from factortaboite.accounts.models import TenantModel

# What a client ticks when it signs online.
AGREEMENT = "J’ai lu la déclaration, ses chiffres sont exacts et complets, et j’ai pouvoir de la signer."


class LossStatement(TenantModel):
    """*Déclaration de sinistralité*: the bad debts of three years as the client answers for them, one version for
    each set of figures.

    `years` is a list of {year, amount, count, largest}, latest first, amounts HT as strings. `document` is the PDF,
    laid out once: these bytes are mailed, shown and signed.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.PROTECT, related_name="loss_statements")
    version = models.PositiveSmallIntegerField("version")
    years = models.JSONField("années")
    document = models.BinaryField("document")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("créée", auto_now_add=True)

    class Meta:
        verbose_name = "déclaration de sinistralité"
        verbose_name_plural = "déclarations de sinistralité"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["client", "version"], name="loss_statement_version_once"),
        ]

    def __str__(self) -> str:
        return f"Déclaration de sinistralité v{self.version}"

    @property
    def filename(self) -> str:
        return f"declaration-de-sinistralite-v{self.version}.pdf"

    @property
    def is_signed(self) -> bool:
        return hasattr(self, "signature")


class LossSignature(TenantModel):
    """Who signed a loss statement, and the proof of it: online, with `ip` and `user_agent`, or on paper, with the
    `scan` that somebody of the firm recorded. `document_sha256` is the fingerprint of the very document signed."""

    statement = models.OneToOneField(LossStatement, on_delete=models.PROTECT, related_name="signature")
    name = models.CharField("signataire", max_length=120)
    quality = models.CharField("qualité", max_length=120)
    document_sha256 = models.CharField("empreinte SHA-256 du document signé", max_length=64)
    signed_on = models.DateField("signée le")
    recorded_at = models.DateTimeField("enregistrée", db_default=Now())
    sent_to = models.EmailField("lien envoyé à", blank=True)
    ip = models.GenericIPAddressField("adresse IP", null=True, blank=True)
    user_agent = models.TextField("navigateur", blank=True)
    scan = models.BinaryField("document signé", blank=True, default=b"")
    scan_type = models.CharField(max_length=80, blank=True)
    scan_sha256 = models.CharField("empreinte SHA-256 du scan", max_length=64, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "signature d’une déclaration"
        verbose_name_plural = "signatures de déclarations"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ip__isnull=False) | ~models.Q(scan_sha256=""), name="loss_signature_has_a_proof"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.quality}"

    @property
    def filename(self) -> str:
        return f"{self.statement.filename.removesuffix('.pdf')}-signee"
