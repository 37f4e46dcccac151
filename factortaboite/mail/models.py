"""The outbox: every mail is a row before it is a conversation with a mail server."""

from datetime import UTC

from django.db import models
from django.db.models.functions import Now

from factortaboite.accounts.models import BrokerFirm, TenantModel, TenantQuerySet
from factortaboite.mail.reports import MARK_DATE


class MailStatus(models.TextChoices):
    PENDING = "pending", "à envoyer"
    SENDING = "sending", "envoi en cours"
    SENT = "sent", "envoyé"
    UNCERTAIN = "uncertain", "envoi incertain"
    FAILED = "failed", "non remis"
    CANCELLED = "cancelled", "annulé"


class OutgoingMailQuerySet(TenantQuerySet):
    def due(self):
        return self.filter(status=MailStatus.PENDING, next_try_at__lte=Now())

    def gone(self):
        """Those that a mail server may have taken: only they can come back."""
        left = models.Q(status__in=[MailStatus.SENDING, MailStatus.SENT, MailStatus.UNCERTAIN])
        return self.filter(left | models.Q(returned_at__isnull=False))


class OutgoingMail(TenantModel):
    """One mail to one person, with at most one attachment: exactly the stored bytes leave."""

    # None for what the site writes to somebody who is in no firm.
    firm = models.ForeignKey(
        BrokerFirm, on_delete=models.PROTECT, null=True, blank=True, verbose_name="cabinet", related_name="+"
    )
    to = models.EmailField("destinataire")
    reply_to = models.EmailField("répondre à", blank=True)
    subject = models.CharField("objet", max_length=200)
    body = models.TextField("texte")
    # A personal link opens the door it leads to: sealed until the mail has left, then forgotten.
    sealed_link = models.BinaryField(blank=True, default=b"", editable=False)
    attachment_name = models.CharField("nom de la pièce jointe", max_length=120, blank=True)
    attachment = models.BinaryField("pièce jointe", blank=True, default=b"")
    attachment_type = models.CharField(max_length=80, default="application/pdf")
    status = models.CharField("état", max_length=10, choices=MailStatus, default=MailStatus.PENDING, editable=False)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    next_try_at = models.DateTimeField("prochain essai", db_default=Now())
    sending_since = models.DateTimeField("envoi commencé", null=True, blank=True)
    error = models.TextField("dernière erreur", blank=True)
    created_at = models.DateTimeField("créé", auto_now_add=True)
    sent_at = models.DateTimeField("envoyé", null=True, blank=True)
    # When its non-delivery report came; `error` then says why it came back.
    returned_at = models.DateTimeField("revenu", null=True, blank=True)
    delay = models.TextField("retard annoncé", blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "courrier sortant"
        verbose_name_plural = "courriers sortants"
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=MailStatus.values), name="mail_status_known"),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(status="pending"), name="outgoing_mail_due"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def is_under_way(self) -> bool:
        """Whether its state may still change by itself."""
        return self.status in {MailStatus.PENDING, MailStatus.SENDING}

    @property
    def trouble(self) -> str:
        """What is known against its arrival, in French; nothing while all is well or still being tried."""
        return self.error if self.status in {MailStatus.FAILED, MailStatus.UNCERTAIN} else self.delay

    @property
    def mark(self) -> str:
        """What names this mail in everything that leaves, to be found again in what comes back.

        The microseconds of its creation keep those who got another mail from naming this one.
        """
        return f"{self.pk}.{self.created_at.astimezone(UTC):{MARK_DATE}}"


class BounceMailbox(models.Model):
    """How far the mailbox that receives our return path has been read."""

    address = models.CharField("adresse", max_length=250, unique=True)
    next_reading_at = models.DateTimeField("prochaine lecture", db_default=Now())
    reading_since = models.DateTimeField("lecture commencée", null=True)
    uid_validity = models.PositiveBigIntegerField(default=0)
    last_uid = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "boîte des retours"
        verbose_name_plural = "boîtes des retours"

    def __str__(self) -> str:
        return self.address
