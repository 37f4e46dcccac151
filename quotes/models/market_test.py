from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from clients.models import Client, EuroField, Exposure, RiskSnapshot
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.mail.models import OutgoingMail
from quotes.enums import FINAL_STATES, UNDECIDED_STATES, Channel, IndicationState
from quotes.models.partner import PartnerAccount, TermsModel
from quotes.vocabulary import DECISION_LABELS, Decision


class MarketTest(TenantModel):
    """*Test à blanc*: one snapshot's buyers put to several partners at once."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="market_tests")
    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.PROTECT, related_name="market_tests")
    launched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    launched_at = models.DateTimeField("lancé", db_default=Now())
    # Two clicks, or two tabs, launch one test: the form carries this key.
    launch_key = models.UUIDField(unique=True)
    tolerance = models.DecimalField(
        "écart de garantie tenu pour égal",
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.02"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )

    class Meta:
        verbose_name = "test à blanc"
        verbose_name_plural = "tests à blanc"
        ordering = ["-launched_at"]

    def __str__(self) -> str:
        return f"{self.client} · {self.launched_at:%d/%m/%Y}"


class Submission(TenantModel):
    """One partner in a market test. The counters are kept by the same transaction that stores the answers.

    They also stand for the answers: what is remembered of a comparison is good for as long as no `settled_count` and
    no `last_answer_at` moves.
    """

    market_test = models.ForeignKey(MarketTest, on_delete=models.CASCADE, related_name="submissions")
    account = models.ForeignKey(PartnerAccount, on_delete=models.PROTECT, related_name="submissions")
    name = models.CharField("nom", max_length=120)
    channel = models.CharField("canal", max_length=12, choices=Channel)
    sandbox = models.BooleanField("bac à sable")
    position = models.PositiveSmallIntegerField("ordre")
    asked_count = models.PositiveIntegerField("questions", default=0)
    settled_count = models.PositiveIntegerField("questions réglées", default=0)
    first_answer_at = models.DateTimeField("première réponse", null=True, blank=True)
    last_answer_at = models.DateTimeField("dernière réponse", null=True, blank=True)
    ended_at = models.DateTimeField("terminé", null=True, blank=True)
    # The last mail that carried the questions, for a partner that is asked by mail.
    request_mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "consultation"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["market_test", "account"], name="partner_once_per_market_test"),
            models.CheckConstraint(
                condition=models.Q(settled_count__lte=models.F("asked_count")), name="settled_at_most_asked"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Whether machines are still at work on it. A partner asked by mail answers when it does."""
        return self.channel == Channel.API and self.ended_at is None

    @property
    def subtitle(self) -> str:
        """« simulateur au format Atradius »: nothing invented ever stands under a real insurer's name."""
        return self.account.subtitle


class PartnerQuote(TenantModel, TermsModel):
    """A partner's terms for this client: the firm's starting point until somebody types what the partner quoted."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="quote")
    is_estimate = models.BooleanField("estimation du cabinet", default=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField("modifié", auto_now=True)

    class Meta:
        verbose_name = "conditions proposées"
        verbose_name_plural = "conditions proposées"

    def __str__(self) -> str:
        return f"Conditions de {self.submission}"


class LimitIndicationQuerySet(TenantQuerySet):
    def undecided(self):
        return self.filter(state__in=UNDECIDED_STATES)

    def settled(self):
        return self.filter(state__in=FINAL_STATES)


class LimitIndication(TenantModel):
    """One buyer × one partner: the question, the answer, the proof. Amounts in euros HT.

    `requested` is the broker's figure, `asked` what the partner's own rules made of it.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="indications")
    account = models.ForeignKey(PartnerAccount, on_delete=models.PROTECT, related_name="+")
    exposure = models.ForeignKey(Exposure, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("référence", max_length=40, unique=True)
    requested = EuroField("demandé HT")
    asked = EuroField("posé HT", null=True, blank=True)
    state = models.CharField(
        "état", max_length=10, choices=IndicationState, default=IndicationState.OPEN, db_default=IndicationState.OPEN
    )
    attempts = models.PositiveSmallIntegerField("essais", default=0, db_default=0)
    next_call_at = models.DateTimeField("prochain appel", db_default=Now())
    give_up_at = models.DateTimeField("fin de l’attente", null=True, blank=True)
    ticket = models.TextField("ticket", blank=True, default="", db_default="")
    decision = models.CharField("décision", max_length=24, blank=True, default="", db_default="")
    permanent = EuroField("accordé HT", null=True, blank=True)
    temporary = EuroField("temporaire HT", default=0, db_default=0)
    temporary_until = models.DateField("jusqu’au", null=True, blank=True)
    preliminary = models.BooleanField("provisoire", default=True, db_default=True)
    conditions = ArrayField(models.TextField(), verbose_name="réserves", default=list, blank=True)
    reasons = ArrayField(models.CharField(max_length=40), verbose_name="motifs", default=list, blank=True)
    partner_reference = models.CharField("référence du partenaire", max_length=80, blank=True, default="")
    message = models.TextField("message", blank=True, default="", db_default="")
    raw = models.BinaryField("réponse reçue", blank=True, default=b"")
    settled_at = models.DateTimeField("réglé", null=True, blank=True)
    typed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = LimitIndicationQuerySet.as_manager()

    class Meta:
        verbose_name = "indication de garantie"
        verbose_name_plural = "indications de garantie"
        constraints = [
            models.UniqueConstraint(fields=["submission", "exposure"], name="question_once_per_partner"),
            models.CheckConstraint(
                condition=~models.Q(state=IndicationState.ANSWERED)
                | (~models.Q(decision="") & models.Q(permanent__isnull=False)),
                name="answer_has_a_decision",
            ),
            models.CheckConstraint(
                condition=models.Q(permanent__isnull=True) | models.Q(permanent__gte=0), name="granted_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "next_call_at"],
                condition=models.Q(state__in=UNDECIDED_STATES),
                name="indication_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exposure} · {self.submission}"

    @property
    def decision_label(self) -> str:
        return DECISION_LABELS[Decision(self.decision)] if self.decision else ""
