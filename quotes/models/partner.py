import logging
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from clients.models import EuroField
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.sealing import BrokenSeal, seal, unseal
from quotes.enums import Channel
from quotes.partners.base import AccountSettings
from quotes.partners.registry import connector_choices, connector_class
from quotes.pricing.excesses import Excesses

logger = logging.getLogger(__name__)

LONGEST_CALL = 300  # seconds
LONGEST_WAIT = 90 * 24 * 3600  # seconds: no insurer's preliminary answer is worth waiting for longer


class ExcessesModel(models.Model):
    """A contract's *franchises*, in euros HT; none of a kind is empty, or zero."""

    each_loss_excess = EuroField("franchise par sinistre", null=True, blank=True)
    qualifying_loss = EuroField("franchise atteinte", null=True, blank=True)
    aggregate_first_loss = EuroField("franchise annuelle globale", null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def excesses(self) -> Excesses:
        amounts = (self.each_loss_excess, self.qualifying_loss, self.aggregate_first_loss)
        return Excesses(*(amount or Decimal(0) for amount in amounts))


class TermsModel(ExcessesModel):
    """A partner's commercial terms: what the yearly cost is computed from. Rates are shares (0.0024 for 0,24 %)."""

    premium_rate = models.DecimalField("taux de prime", max_digits=7, decimal_places=6, null=True, blank=True)
    export_premium_rate = models.DecimalField(
        "taux de prime à l’export", max_digits=7, decimal_places=6, null=True, blank=True
    )
    all_in_price = EuroField("prix forfaitaire, taxes et frais compris", null=True, blank=True)
    insured_percentage = models.DecimalField("quotité garantie", max_digits=5, decimal_places=4, null=True, blank=True)
    maximum_liability_multiple = models.PositiveSmallIntegerField(
        "limite de décaissement, en multiple de la prime", null=True, blank=True
    )
    fee_per_buyer = EuroField("frais par acheteur HT", null=True, blank=True)
    minimum_premium = EuroField("prime minimale HT", null=True, blank=True)

    class Meta:
        abstract = True


# What a market test copies from the account, and what its forms ask for, in that order.
TERMS = (
    "premium_rate",
    "export_premium_rate",
    "minimum_premium",
    "all_in_price",
    "insured_percentage",
    "maximum_liability_multiple",
    "fee_per_buyer",
    "each_loss_excess",
    "qualifying_loss",
    "aggregate_first_loss",
)


def is_our_twin(address: str) -> bool:
    """Whether an address is our own sandbox's: the only one that may be private, or without TLS."""
    return address.startswith(f"{settings.SANDBOX_URL}/")


class PartnerAccountQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(active=True)


class PartnerAccount(TenantModel, TermsModel):
    """A firm's channel to one partner: keys sealed at rest, or an underwriter's mailbox.

    The terms here are the firm's starting point for this partner; each market test copies them.
    """

    code = models.CharField(
        "code", max_length=20, validators=[RegexValidator(r"^[a-z0-9_-]+$", "Lettres minuscules, chiffres, tirets.")]
    )
    name = models.CharField("nom", max_length=120)
    channel = models.CharField("canal", max_length=12, choices=Channel)
    connector = models.CharField("format", max_length=30, blank=True, choices=connector_choices)
    sandbox = models.BooleanField("bac à sable", default=False)
    base_url = models.URLField("adresse", blank=True)
    sealed_credentials = models.BinaryField(blank=True, default=b"", editable=False)
    contact_email = models.EmailField("e-mail du souscripteur", blank=True)
    max_concurrent = models.PositiveSmallIntegerField(
        "appels simultanés", default=10, validators=[MinValueValidator(1)]
    )
    calls_per_second = models.DecimalField(
        "appels par seconde",
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1)],
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        "délai par appel, en secondes",
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CALL)],
    )
    patience_seconds = models.PositiveIntegerField(
        "attente d’une réponse, en secondes",
        default=5 * 24 * 3600,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
    )
    active = models.BooleanField("actif", default=True)
    # An interface that is not a sandbox is asked only once somebody has said so, and with the client's mandate.
    live = models.BooleanField("ouvert aux vraies demandes", default=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    opened_at = models.DateTimeField("ouvert le", null=True, blank=True, editable=False)
    lookup_price = EuroField("prix d’une consultation HT", null=True, blank=True)
    lookup_budget = EuroField("budget de consultations HT", null=True, blank=True)
    lookup_spent = EuroField("consultations engagées HT", default=0, editable=False)
    position = models.PositiveSmallIntegerField("ordre", default=0)
    # Two clicks add one partner: the form carries this key.
    creation_key = models.UUIDField(null=True, editable=False)
    # A partner that fails again and again, or asks for a pause, is left alone until then.
    rest_until = models.DateTimeField("au repos jusqu’à", null=True, editable=False)
    rest_reason = models.TextField("raison du repos", blank=True, default="", db_default="", editable=False)
    consecutive_failures = models.PositiveIntegerField("échecs de suite", default=0, db_default=0, editable=False)
    # One runner per account: whoever holds the lease, by the database's clock.
    lease_holder = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    objects = PartnerAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "partenaire"
        verbose_name_plural = "partenaires"
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "code"],
                name="partner_code_once_per_firm",
                violation_error_message="Ce code est déjà celui d’un autre partenaire.",
            ),
            models.CheckConstraint(
                condition=models.Q(channel=Channel.SPREADSHEET, connector="")
                | (models.Q(channel=Channel.API) & ~models.Q(connector="")),
                name="api_partner_has_a_connector",
                violation_error_message="Un partenaire interrogé par interface a un format, les autres n’en ont pas.",
            ),
            models.CheckConstraint(
                condition=models.Q(live=False) | models.Q(sandbox=False, channel=Channel.API),
                name="only_a_real_interface_is_live",
                violation_error_message="Seule une interface réelle s’ouvre aux vraies demandes.",
            ),
            models.UniqueConstraint(fields=["firm", "creation_key", "name"], name="partner_once_per_form"),
            models.CheckConstraint(
                condition=models.Q(timeout_seconds__gte=1, patience_seconds__gte=1),
                name="partner_is_given_time_to_answer",
                violation_error_message="Laissez au moins une seconde pour répondre.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subtitle(self) -> str:
        """What stands under the name: for a sandbox, whose format it imitates."""
        if self.sandbox and self.connector:
            return f"simulateur au format {connector_class(self.connector).label}"
        return self.get_channel_display()

    @property
    def is_real_interface(self) -> bool:
        """Whether asking it leaves for a real insurer by itself: it needs a live switch, a mandate, a budget."""
        return self.channel == Channel.API and not self.sandbox

    @property
    def lookup_left(self) -> Decimal:
        """What may still be spent on look-ups, in euros HT."""
        return max((self.lookup_budget or Decimal(0)) - self.lookup_spent, Decimal(0))

    @property
    def credentials(self) -> dict[str, str]:
        """By key name; none when the sealing key has been lost, so that they are asked for again."""
        try:
            return unseal(self.sealed_credentials)
        except BrokenSeal:
            logger.error("the keys of partner account %s were sealed with another SEALING_KEY", self.pk)
            return {}

    def set_credentials(self, credentials: dict[str, str]) -> None:
        self.sealed_credentials = seal(credentials)

    @property
    def assumed_format(self) -> bool:
        """Whether the connector's format is partly assumed (« forme supposée »)."""
        return bool(self.connector) and connector_class(self.connector).assumed_format

    def connection(self) -> AccountSettings:
        """What the connector needs; a sandbox account without an address talks to our own twin of the format."""
        twin = f"{settings.SANDBOX_URL}/{self.connector.replace('_', '-')}"
        address = self.base_url or (twin if self.sandbox else "")
        return AccountSettings(
            base_url=address,
            is_our_twin=self.sandbox and is_our_twin(address),
            credentials=self.credentials,
            max_concurrent=self.max_concurrent,
            calls_per_second=float(self.calls_per_second) if self.calls_per_second else None,
            timeout_seconds=self.timeout_seconds,
        )


class BuyerNumber(TenantModel):
    """What a partner calls a buyer, found by a look-up that may be charged: paid once a day, whichever server asks."""

    account = models.ForeignKey(PartnerAccount, on_delete=models.CASCADE, related_name="buyer_numbers")
    address = models.URLField("adresse", blank=True)  # the account's then: a simulator's number is nobody's elsewhere
    country = models.CharField("pays", max_length=2)
    id_type = models.CharField("type d’identifiant", max_length=20)
    id_value = models.CharField("identifiant", max_length=40)
    number = models.TextField("numéro chez le partenaire")
    found_at = models.DateTimeField("trouvé", db_default=Now(), db_index=True)

    class Meta:
        verbose_name = "numéro d’acheteur"
        verbose_name_plural = "numéros d’acheteurs"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "country", "id_type", "id_value"], name="buyer_number_once_per_partner"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id_value} · {self.account}"
