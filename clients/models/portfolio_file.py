import zlib
from collections.abc import Iterator

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from clients.enums import PortfolioFileStatus
from factortaboite.accounts.models import TenantModel, TenantQuerySet

CHUNK_BYTES = 1 << 20


class PortfolioFileQuerySet(TenantQuerySet):
    def unconfirmed(self):
        return self.exclude(status=PortfolioFileStatus.CONFIRMED)

    def due(self):
        """Waiting to be read, and nobody has been at it lately."""
        return self.filter(status=PortfolioFileStatus.PENDING, next_try_at__lte=Now())


class PortfolioFile(TenantModel):
    """A buyer list as it arrived: its bytes never change, and are kept compressed.

    `reading` says how it was read (columns, encoding, notices); its buyers are a draft snapshot, its other lines are
    skipped lines.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="files")
    filename = models.CharField("fichier", max_length=200)
    packed = models.BinaryField("contenu compressé")
    sha256 = models.CharField(max_length=64)
    pasted = models.BooleanField("collé", default=False)
    status = models.CharField(
        "état", max_length=10, choices=PortfolioFileStatus, default=PortfolioFileStatus.PENDING, editable=False
    )
    reading = models.JSONField("lecture", null=True, blank=True)
    # What the broker chose where the reader chose otherwise (portfolio.choices.Choices).
    choices = models.JSONField("choix de lecture", default=dict, blank=True, editable=False)
    error = models.TextField("erreur", blank=True)
    attempts = models.PositiveSmallIntegerField("essais de lecture", default=0)
    next_try_at = models.DateTimeField("prochain essai", db_default=Now())
    # Whoever brought it; with a request, the client did, and this is whom the firm asked it for.
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        "clients.ClientRequest", on_delete=models.PROTECT, null=True, blank=True, related_name="files"
    )
    uploaded_at = models.DateTimeField("déposé", auto_now_add=True)

    objects = PortfolioFileQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier de portefeuille"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.filename

    @property
    def depositor(self) -> str:
        return f"le client ({self.request.sent_to})" if self.request else str(self.uploaded_by)

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they came, some at a time."""
        unpacked = zlib.decompressobj()
        rest = bytes(self.packed)
        while chunk := unpacked.decompress(rest, CHUNK_BYTES):
            yield chunk
            rest = unpacked.unconsumed_tail


class SkippedLine(TenantModel):
    """A line of a file that is no buyer: one to correct, or one to leave out (title, total, blank line)."""

    file = models.ForeignKey(PortfolioFile, on_delete=models.CASCADE, related_name="skipped_lines")
    line = models.PositiveIntegerField("ligne du fichier")
    is_rejected = models.BooleanField("à corriger")
    reason = models.TextField("raison")
    cells = ArrayField(models.TextField(), verbose_name="cellules", default=list, blank=True)

    class Meta:
        verbose_name = "ligne écartée"
        verbose_name_plural = "lignes écartées"
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="skipped_line_once")]

    def __str__(self) -> str:
        return f"Ligne {self.line} : {self.reason}"
