from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from clients.models import Client
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.mail.models import OutgoingMail
from factortaboite.refused import Refused
from quotes.enums import MANDATE_TRANSITIONS, MandateScope, MandateState
from quotes.models.moving import MoveModel, MovingModel
from quotes.models.partner import PartnerAccount

STORED_STATES = [state for state in MandateState if state != MandateState.EXPIRED]


class MandateRefused(Refused):
    """The mandate cannot be what it was told to be; the message says why in French."""


class MandateDocument(TenantModel):
    """A letter of mandate as it was printed, or as it came back signed: these bytes and no others."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="mandate_documents")
    filename = models.CharField("fichier", max_length=200)
    content_type = models.CharField("type", max_length=80)
    content = models.BinaryField("contenu")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    mail = models.OneToOneField(OutgoingMail, on_delete=models.PROTECT, null=True, related_name="+")
    # Two clicks print and mail one letter: the form carries this key.
    request_key = models.UUIDField(unique=True, null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("créé", auto_now_add=True)

    class Meta:
        verbose_name = "document de mandat"
        verbose_name_plural = "documents de mandat"

    def __str__(self) -> str:
        return self.filename

    @property
    def download_name(self) -> str:
        """Its name in ASCII, with the ending of its type."""
        stem, _, _ = self.filename.rpartition(".")
        return f"{slugify(stem) or 'mandat'}.{self.content_type.rpartition('/')[2]}"


class MandateQuerySet(TenantQuerySet):
    def in_force(self, on: date):
        """Accepted, and not past their last day."""
        return self.filter(status=MandateState.ACCEPTED, valid_until__gte=on)


class Mandate(MovingModel):
    """What a client charges the firm with towards one partner. No row: the partner is free."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="mandates")
    account = models.ForeignKey(PartnerAccount, on_delete=models.PROTECT, related_name="mandates")
    status = models.CharField("état", max_length=10, choices=MandateState, default=MandateState.FREE, editable=False)
    scope = models.CharField("portée", max_length=12, choices=MandateScope, blank=True)
    signed_on = models.DateField("signé le", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    letter = models.ForeignKey(
        MandateDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="mandates"
    )
    signed = models.ForeignKey(MandateDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = MandateQuerySet.as_manager()

    TRANSITIONS = MANDATE_TRANSITIONS

    class Meta:
        verbose_name = "mandat"
        constraints = [
            models.UniqueConstraint(fields=["client", "account"], name="one_mandate_per_client_and_partner"),
            models.CheckConstraint(condition=models.Q(status__in=STORED_STATES), name="mandate_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status=MandateState.ACCEPTED)
                | models.Q(signed_on__isnull=False, valid_until__gte=models.F("signed_on")),
                name="accepted_mandate_has_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} · {self.account}"

    @property
    def state(self) -> MandateState:
        """The status, read with today's date."""
        if self.status == MandateState.ACCEPTED and self.valid_until < timezone.localdate():
            return MandateState.EXPIRED
        return MandateState(self.status)

    def refusal(self, status: str) -> MandateRefused:
        return MandateRefused(
            f"{self.account} : ce mandat est « {self.state.label} », il ne peut pas passer à "
            f"« {MandateState(status).label} »."
        )


class MandateEvent(MoveModel):
    """One move of a mandate: from where, to where, by whom, when."""

    mandate = models.ForeignKey(Mandate, on_delete=models.CASCADE, related_name="events")
    from_status = models.CharField("de", max_length=10, choices=MandateState)
    to_status = models.CharField("à", max_length=10, choices=MandateState)

    class Meta(MoveModel.Meta):
        verbose_name = "événement d’un mandat"
        verbose_name_plural = "événements d’un mandat"
