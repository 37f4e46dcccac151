from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from clients.models import Client, EuroField
from factortaboite.accounts.models import TenantModel
from quotes.models.partner import ExcessesModel


class CurrentContract(TenantModel, ExcessesModel):
    """The credit insurance that a client already has: compared with what partners answer, never recommended."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="current_contract")
    insurer = models.CharField("assureur", max_length=120)
    yearly_cost = EuroField("coût annuel, taxes et frais compris", null=True, blank=True)
    insured_percentage = models.DecimalField(
        "quotité garantie",
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    maximum_liability = EuroField("plafond annuel", null=True, blank=True)
    ends_on = models.DateField("échéance", null=True, blank=True)
    # Euros HT as text by the buyer's identifier: {"000100017": "300000.00"}. It outlives any one list of buyers.
    limits = models.JSONField("garanties par acheteur", default=dict, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField("modifié", auto_now=True)

    class Meta:
        verbose_name = "contrat actuel"
        verbose_name_plural = "contrats actuels"

    def __str__(self) -> str:
        return f"{self.insurer}, contrat actuel de {self.client}"

    @property
    def amounts(self) -> dict[str, Decimal]:
        """The limits in euros HT, by identifier."""
        return {identifier: Decimal(amount) for identifier, amount in self.limits.items()}
