from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from clients.enums import SetAside
from clients.models.company import Company
from clients.models.fields import EuroField, amount_or_nothing
from clients.models.portfolio_file import PortfolioFile
from clients.portfolio.losses import LossYear
from clients.portfolio.turnover import TurnoverParts
from clients.search import Folded, matching
from factortaboite.accounts.models import TenantModel, TenantQuerySet

# The turnover and its parts, in the order in which they are asked for.
TURNOVER_FIELDS = (
    "total_turnover",
    "private_persons_turnover",
    "public_bodies_turnover",
    "related_companies_turnover",
    "cash_turnover",
    "procedure_turnover",
    "other_excluded_turnover",
    "export_turnover",
)
# How the fields on losses name their year, latest first.
LOSS_YEARS = ("last_year", "two_years_ago", "three_years_ago")


def loss_field_names(when: str) -> tuple[str, str, str]:
    """The fields of one of LOSS_YEARS, in the order of LossYear: amount, count, largest."""
    return f"loss_{when}", f"loss_count_{when}", f"largest_loss_{when}"


class RiskSnapshotQuerySet(TenantQuerySet):
    def confirmed(self):
        """Without the drafts: what the broker has checked."""
        return self.filter(confirmed_at__isnull=False)

    def latest(self):
        """The confirmed snapshot of each client that no other one has replaced."""
        newer = RiskSnapshot.objects.confirmed().filter(client=models.OuterRef("client"))
        later = models.Q(confirmed_at__gt=models.OuterRef("confirmed_at"))
        later |= models.Q(confirmed_at=models.OuterRef("confirmed_at"), pk__gt=models.OuterRef("pk"))
        return self.confirmed().filter(~models.Exists(newer.filter(later)))


class RiskSnapshot(TenantModel):
    """*Photographie des risques*: one client's risk on one day. Turnovers and losses HT. A market test freezes it.

    A list that was read is a draft until the broker confirms it. `ageing_from` says what the columns of its exposures'
    ageing hold: the first day overdue of each, 0 for what is not due yet.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="snapshots")
    file = models.OneToOneField(
        PortfolioFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="snapshot"
    )
    taken_on = models.DateField("date", auto_now_add=True)
    total_turnover = EuroField("chiffre d’affaires total HT", null=True, blank=True)
    private_persons_turnover = EuroField("ventes aux particuliers HT", default=Decimal(0))
    public_bodies_turnover = EuroField("acheteurs publics HT", default=Decimal(0))
    related_companies_turnover = EuroField("sociétés liées HT", default=Decimal(0))
    cash_turnover = EuroField("ventes au comptant HT", default=Decimal(0))
    procedure_turnover = EuroField("acheteurs en procédure collective HT", default=Decimal(0))
    other_excluded_turnover = EuroField("autres exclusions HT", default=Decimal(0))
    export_turnover = EuroField("dont export HT", default=Decimal(0))
    loss_last_year = EuroField("pertes de l’année dernière HT", default=Decimal(0))
    loss_two_years_ago = EuroField("pertes d’il y a deux ans HT", default=Decimal(0))
    loss_three_years_ago = EuroField("pertes d’il y a trois ans HT", default=Decimal(0))
    # Without them nobody said how the year went: a loss of nought may be a blank.
    loss_count_last_year = models.PositiveIntegerField("impayés de l’année dernière", null=True, blank=True)
    loss_count_two_years_ago = models.PositiveIntegerField("impayés d’il y a deux ans", null=True, blank=True)
    loss_count_three_years_ago = models.PositiveIntegerField("impayés d’il y a trois ans", null=True, blank=True)
    largest_loss_last_year = EuroField("le plus gros, l’année dernière HT", null=True, blank=True)
    largest_loss_two_years_ago = EuroField("le plus gros, il y a deux ans HT", null=True, blank=True)
    largest_loss_three_years_ago = EuroField("le plus gros, il y a trois ans HT", null=True, blank=True)
    margin_rate = models.DecimalField(
        "taux de marge", max_digits=5, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    # How the largest buyers are chosen and what is proposed for each (clients.portfolio.selection).
    season = models.DecimalField(
        "coefficient de saison",
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    discretionary_limit = EuroField("limite discrétionnaire HT", null=True, blank=True)
    ageing_from = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, editable=False)
    confirmed_at = models.DateTimeField("confirmée", null=True, blank=True, editable=False, default=timezone.now)
    frozen_at = models.DateTimeField("figée", null=True, blank=True, editable=False)
    watched_at = models.DateTimeField("sous surveillance depuis", null=True, blank=True, editable=False)

    objects = RiskSnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = "photographie des risques"
        verbose_name_plural = "photographies des risques"
        ordering = ["-confirmed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.client} · {self.taken_on:%d/%m/%Y}"

    @property
    def turnover_parts(self) -> TurnoverParts | None:
        if self.total_turnover is None:
            return None
        return TurnoverParts(
            total=self.total_turnover,
            private_persons=self.private_persons_turnover,
            public_bodies=self.public_bodies_turnover,
            related_companies=self.related_companies_turnover,
            cash=self.cash_turnover,
            collective_procedures=self.procedure_turnover,
            other=self.other_excluded_turnover,
        )

    @property
    def insurable_turnover(self) -> Decimal | None:
        """HT; None while the total is not known."""
        return self.turnover_parts.insurable if self.turnover_parts else None

    @property
    def losses(self) -> list[Decimal]:
        """Of the last three years, oldest first."""
        return [self.loss_three_years_ago, self.loss_two_years_ago, self.loss_last_year]

    @property
    def losses_are_said(self) -> bool:
        """Whether somebody answered for each of the three years."""
        return None not in (self.loss_count_last_year, self.loss_count_two_years_ago, self.loss_count_three_years_ago)

    @property
    def loss_years(self) -> dict[int, LossYear]:
        """The last three years as they were told, latest first, by calendar year.

        Raises LossesDoNotAddUp for figures that no form has checked.
        """
        return {
            self.taken_on.year - position: LossYear(*(getattr(self, name) for name in loss_field_names(when)))
            for position, when in enumerate(LOSS_YEARS, start=1)
        }

    def losses_before(self, year: int) -> dict[str, Decimal | int | None]:
        """The fields on losses of a snapshot taken in `year`: what this one knows of the three years before, each in
        its place, and None for those that were still to come."""
        known = {
            self.taken_on.year - position: loss_field_names(when) for position, when in enumerate(LOSS_YEARS, start=1)
        }
        fields = {}
        for position, when in enumerate(LOSS_YEARS, start=1):
            sources = known.get(year - position, (None, None, None))
            for name, source in zip(loss_field_names(when), sources, strict=True):
                fields[name] = getattr(self, source) if source else None
        return fields


class ExposureQuerySet(TenantQuerySet):
    def search(self, text: str):
        """By name without accents, or by the beginning of the identifier."""
        return self.filter(matching(text, name="name", number="id_value"))

    def confirmed(self):
        """Without those of drafts."""
        return self.filter(snapshot__confirmed_at__isnull=False)

    def asked(self):
        return self.filter(set_aside="", requested__gt=0)

    def set_aside(self):
        return self.exclude(set_aside="")


class Exposure(TenantModel):
    """One buyer in a snapshot, under the name the client gave it.

    Balances and ageing are TTC, turnover and request HT. `account` is the client's own number for it, `warnings` what
    the reader doubts (French sentences). One typed into the grid has a line number and no line in the file. The
    default stands in the database too: imports write exposures by SQL.
    """

    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.CASCADE, related_name="exposures")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    line = models.PositiveIntegerField("ligne du fichier")
    is_typed = models.BooleanField("saisi dans la grille", default=False, db_default=False, editable=False)
    merged_lines = ArrayField(
        models.PositiveIntegerField(), verbose_name="lignes fusionnées", default=list, blank=True
    )
    account = models.CharField("compte", max_length=60, blank=True)
    name = models.CharField("acheteur", max_length=200)
    city = models.CharField("ville", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=200, blank=True)
    country = models.CharField("pays", max_length=2, default="FR")
    id_type = models.CharField("type d’identifiant", max_length=10, blank=True)
    id_value = models.CharField("identifiant", max_length=30, blank=True)
    outstanding = EuroField("encours TTC", null=True, blank=True)
    peak = EuroField("encours maximum TTC", null=True, blank=True)
    turnover = EuroField("chiffre d’affaires HT", null=True, blank=True)
    terms_days = models.PositiveSmallIntegerField("délai en jours", null=True, blank=True)
    vat_rate = models.DecimalField("taux de TVA", max_digits=5, decimal_places=4)
    requested = EuroField("montant demandé HT", null=True, blank=True)
    set_aside = models.CharField("écarté", max_length=30, choices=SetAside, blank=True)
    note = models.CharField("observations", max_length=200, blank=True)
    warnings = ArrayField(models.TextField(), verbose_name="doutes", default=list, blank=True)
    ageing = ArrayField(EuroField(), verbose_name="ancienneté TTC", default=list, blank=True)

    objects = ExposureQuerySet.as_manager()

    class Meta:
        verbose_name = "encours"
        ordering = ["-requested", "line"]
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "country", "id_type", "id_value"],
                condition=~models.Q(id_value=""),
                name="buyer_once_per_snapshot",
                violation_error_message="Cet acheteur figure déjà dans la photographie.",
            ),
        ]
        indexes = [
            models.Index("firm", Folded("name"), "id", name="buyer_by_name"),
            models.Index("firm", amount_or_nothing("requested"), "id", name="buyer_by_requested"),
            models.Index("firm", amount_or_nothing("outstanding"), "id", name="buyer_by_outstanding"),
            models.Index("firm", amount_or_nothing("turnover"), "id", name="buyer_by_turnover"),
            GinIndex(OpClass(Folded("name"), "gin_trgm_ops"), name="buyer_name_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def line_url(self) -> str:
        """Where its snapshot shows it."""
        return reverse(
            "clients:snapshot_detail",
            args=[self.snapshot_id],
            query={"ligne": self.pk},
            fragment=f"acheteur-{self.pk}",
        )

    def get_absolute_url(self) -> str:
        """The buyer's file; of one without identifier, its line."""
        return reverse("clients:company_detail", args=[self.company_id]) if self.company_id else self.line_url

    @property
    def overdue(self) -> Decimal | None:
        """TTC; None when the list does not say how old its balances are."""
        if not self.ageing:
            return None
        ages = zip(self.snapshot.ageing_from, self.ageing, strict=True)
        return sum((amount for first_day, amount in ages if first_day > 0), Decimal(0))
