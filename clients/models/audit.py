from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from clients.models.snapshot import RiskSnapshot
from factortaboite.accounts.models import TenantModel, TenantQuerySet

MAX_RENDER_ATTEMPTS = 3


class RiskAuditQuerySet(TenantQuerySet):
    def to_render(self):
        """Waiting for their PDF, with tries left."""
        return self.filter(rendered_at=None, render_attempts__lt=MAX_RENDER_ATTEMPTS)

    def light(self):
        """Without the PDF itself."""
        return self.defer("content")


class RiskAudit(TenantModel):
    """*Audit risque-client*: what a snapshot says on the day it was asked for, in three pages for the client.

    Laid out once: these bytes and no others are shown, whatever becomes of the snapshot.
    """

    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.CASCADE, related_name="audits")
    content = models.BinaryField("contenu", null=True, blank=True)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    rendered_at = models.DateTimeField("mis en page", null=True, blank=True)
    render_attempts = models.PositiveSmallIntegerField("essais de mise en page", default=0)
    # When the sweep looks after it, should nobody have laid it out by then.
    next_render_at = models.DateTimeField("prochain essai de mise en page", db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("demandé", auto_now_add=True)

    objects = RiskAuditQuerySet.as_manager()

    class Meta:
        verbose_name = "audit risque-client"
        verbose_name_plural = "audits risque-client"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rendered_at=None, content=None, sha256="")
                | models.Q(rendered_at__isnull=False, content__isnull=False) & ~models.Q(sha256=""),
                name="audit_has_its_pdf_once_rendered",
            ),
        ]

    def __str__(self) -> str:
        return f"Audit risque-client du {timezone.localdate(self.created_at):%d/%m/%Y}"

    @property
    def is_ready(self) -> bool:
        return self.rendered_at is not None

    @property
    def failed(self) -> bool:
        """Whether every try is used up and the last one had its time."""
        return (
            not self.is_ready and self.render_attempts >= MAX_RENDER_ATTEMPTS and self.next_render_at <= timezone.now()
        )

    @property
    def filename(self) -> str:
        return f"audit-risque-client-{self.pk}-{timezone.localdate(self.created_at).isoformat()}.pdf"
