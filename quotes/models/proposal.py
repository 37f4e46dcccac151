from django.conf import settings
from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils import timezone

from clients.models import Client
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.links.models import PersonalLink
from factortaboite.mail.models import MailStatus
from factortaboite.refused import Refused
from factortaboite.typography import typeset
from quotes.enums import PROPOSAL_TRANSITIONS, ProposalStatus
from quotes.models.market_test import MarketTest
from quotes.models.moving import MoveModel, MovingModel

MAX_RENDER_ATTEMPTS = 3
CLOSED_STATUSES = [status for status, nexts in PROPOSAL_TRANSITIONS.items() if not nexts]


class ProposalRefused(Refused):
    """The proposal cannot do what it was told to; the message says why in French."""


class ProposalQuerySet(TenantQuerySet):
    def to_render(self):
        """Waiting for their PDF, with tries left."""
        return self.filter(status=ProposalStatus.RENDERING, render_attempts__lt=MAX_RENDER_ATTEMPTS)

    def open(self):
        """Those the client may still be sent or answer."""
        return self.exclude(status__in=CLOSED_STATUSES)

    def with_delivery(self):
        """Adds `undelivered`: there are mails, and none of them can have arrived."""
        links = ProposalLink.objects.filter(proposal=models.OuterRef("pk"))
        on_their_way = links.exclude(mail__status__in=[MailStatus.FAILED, MailStatus.CANCELLED])
        return self.annotate(undelivered=models.Exists(links) & ~models.Exists(on_their_way))

    def with_story(self):
        """Adds when each proposal was ready, sent, first read and closed, and why; None for what is to come."""
        moves = ProposalEvent.objects.filter(proposal=models.OuterRef("pk")).order_by("pk")
        closing = moves.filter(to_status__in=CLOSED_STATUSES)
        links = ProposalLink.objects.filter(proposal=models.OuterRef("pk"))
        reads = links.filter(first_viewed_at__isnull=False)
        return self.with_delivery().annotate(
            ready_at=models.Subquery(moves.filter(to_status=ProposalStatus.READY).values("at")[:1]),
            sent_at=models.Subquery(moves.filter(to_status=ProposalStatus.SENT).values("at")[:1]),
            read_at=models.Subquery(reads.order_by("first_viewed_at").values("first_viewed_at")[:1]),
            closed_at=models.Subquery(closing.values("at")[:1]),
            closing_detail=models.Subquery(closing.values("detail")[:1]),
        )

    def with_headline(self):
        """Adds the recommended partner, its cover, its yearly cost and whose figure that is, as frozen; the content
        itself stays unread."""
        return self.annotate(
            partner_name=KT("content__comparison__partners__0__name"),
            covered=KT("content__comparison__partners__0__covered_low"),
            yearly_cost=KT("content__comparison__partners__0__priced__cost__total"),
            is_estimate=KT("content__comparison__partners__0__priced__is_estimate"),
            sandbox=KT("content__sandbox"),
        ).defer("content")


class Proposal(MovingModel):
    """*Offre*: what a prospect was shown, frozen. A change makes a new version."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="proposals")
    market_test = models.ForeignKey(MarketTest, on_delete=models.PROTECT, related_name="proposals")
    number = models.CharField("numéro", max_length=20)
    version = models.PositiveSmallIntegerField("version", default=1)
    status = models.CharField(
        "état", max_length=10, choices=ProposalStatus, default=ProposalStatus.RENDERING, editable=False
    )
    # quotes.proposal_content.ProposalContent as plain JSON: all that the document and the online page may show.
    content = models.JSONField("contenu")
    # Whether the content names the insurers by letters, as the broker chose.
    anonymous = models.BooleanField("assureurs masqués", default=False)
    valid_until = models.DateField("valable jusqu’au")
    render_attempts = models.PositiveSmallIntegerField("essais de mise en page", default=0)
    # When the sweep looks after it, should nobody have laid it out by then.
    next_render_at = models.DateTimeField("prochain essai de mise en page", db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("créée", auto_now_add=True)

    objects = ProposalQuerySet.as_manager()

    TRANSITIONS = PROPOSAL_TRANSITIONS

    class Meta:
        verbose_name = "offre"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "number", "version"], name="proposal_version_once"),
            models.CheckConstraint(condition=models.Q(status__in=ProposalStatus.values), name="proposal_status_known"),
        ]

    def __str__(self) -> str:
        return f"Offre {self.number}" + (f" v{self.version}" if self.version > 1 else "")

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED_STATUSES

    @property
    def is_expired(self) -> bool:
        return self.valid_until < timezone.localdate()

    @property
    def rendering_failed(self) -> bool:
        """Whether every try at the PDF is used up and the last one had its time."""
        return (
            self.status == ProposalStatus.RENDERING
            and self.render_attempts >= MAX_RENDER_ATTEMPTS
            and self.next_render_at <= timezone.now()
        )

    @property
    def sending_obstacle(self) -> str:
        """Why the offer cannot leave now, in French; empty when it can."""
        if self.status == ProposalStatus.RENDERING:
            return typeset("Le PDF de l’offre n’est pas encore prêt : attendez quelques secondes.")
        if not self.is_open:
            return typeset(f"Cette offre est {self.get_status_display()} : elle ne s’envoie plus.")
        if self.is_expired:
            return typeset(f"Cette offre n’est plus valable depuis le {self.valid_until:%d/%m/%Y} : refaites-la.")
        return ""

    def refusal(self, status: ProposalStatus) -> ProposalRefused:
        return ProposalRefused(
            f"Cette offre est {self.get_status_display()} : elle ne peut pas devenir {ProposalStatus(status).label}."
        )


class ProposalEvent(MoveModel):
    """One move of a proposal: from where, to where, by whom, when."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="events")
    from_status = models.CharField("de", max_length=10, choices=ProposalStatus)
    to_status = models.CharField("à", max_length=10, choices=ProposalStatus)

    class Meta(MoveModel.Meta):
        verbose_name = "événement d’une offre"
        verbose_name_plural = "événements d’une offre"


class ProposalDocument(TenantModel):
    """The PDF of a proposal: rendered once, these bytes and no others are shown and mailed."""

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="document")
    content = models.BinaryField("contenu")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    rendered_at = models.DateTimeField("mis en page", auto_now_add=True)

    class Meta:
        verbose_name = "document d’une offre"
        verbose_name_plural = "documents d’une offre"

    def __str__(self) -> str:
        return self.filename

    @property
    def filename(self) -> str:
        return f"offre-{self.proposal.number}-v{self.proposal.version}.pdf".lower()


class ProposalLink(PersonalLink):
    """The prospect's way to the proposal."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="links")
    answered_by = models.CharField("répondu par", max_length=120, blank=True)
    answer_comment = models.TextField("commentaire", blank=True)

    class Meta:
        verbose_name = "lien d’une offre"
        verbose_name_plural = "liens d’une offre"

    def __str__(self) -> str:
        return f"{self.proposal} → {self.sent_to}"
