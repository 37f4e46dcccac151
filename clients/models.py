"""Who is insured and who owes them: clients, their portfolio files, the risk snapshot and its exposures."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Now

from clients.enums import PortfolioFileStatus, SetAside
from clients.portfolio.turnover import TurnoverParts
from clients.search import matching
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.forms import EuroFormField


class EuroField(models.DecimalField):
    """Euros with cents. Whether HT or TTC, the field's name or label says."""

    def __init__(self, *args, **kwargs) -> None:
        kwargs = {"max_digits": 14, "decimal_places": 2, **kwargs}
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        # Not DecimalField's own: people type « 1 090 000,00 € ».
        return models.Field.formfield(self, **{"form_class": EuroFormField, **kwargs})


class Company(models.Model):
    """A legal entity as public registries know it, shared by all firms: never what somebody typed."""

    country = models.CharField("pays", max_length=2)
    id_type = models.CharField("type d’identifiant", max_length=10)
    id_value = models.CharField("identifiant", max_length=30)
    registered_name = models.CharField("dénomination au registre", max_length=200, blank=True)
    source = models.CharField("source", max_length=60, blank=True)
    checked_on = models.DateField("vérifié le", null=True, blank=True)

    class Meta:
        verbose_name = "société"
        constraints = [
            models.UniqueConstraint(fields=["country", "id_type", "id_value"], name="company_identity"),
        ]

    def __str__(self) -> str:
        return self.registered_name or self.id_value


class ClientQuerySet(TenantQuerySet):
    def search(self, text: str):
        """By name without accents, or by the beginning of the SIREN."""
        return self.filter(matching(text, name="name", number="siren"))

    def with_latest_snapshot(self):
        """Adds the latest snapshot's `snapshot_id`, `taken_on`, and its `asked_count` and `asked_total` (HT)."""
        latest = RiskSnapshot.objects.filter(client=OuterRef("pk")).order_by("-pk")
        asked = Exposure.objects.asked().filter(snapshot=OuterRef("snapshot_id")).order_by().values("snapshot")
        return self.annotate(
            snapshot_id=Subquery(latest.values("pk")[:1]), taken_on=Subquery(latest.values("taken_on")[:1])
        ).annotate(
            asked_count=Subquery(asked.annotate(count=Count("pk")).values("count")),
            asked_total=Subquery(asked.annotate(total=Sum("requested")).values("total")),
        )


class Client(TenantModel):
    """A company in a firm's book."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField("nom", max_length=200)
    # Empty only for a list that arrived before its owner was identified.
    siren = models.CharField("SIREN", max_length=9, blank=True)
    contact_name = models.CharField("interlocuteur", max_length=120, blank=True)
    contact_email = models.EmailField("e-mail de l’interlocuteur", blank=True)
    address = models.TextField("adresse", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, verbose_name="suivi par"
    )
    created_at = models.DateTimeField("créé", auto_now_add=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = "client"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "siren"],
                condition=~models.Q(siren=""),
                name="client_once_per_firm",
                violation_error_message="Ce client est déjà dans votre portefeuille.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PortfolioFileQuerySet(TenantQuerySet):
    def unconfirmed(self):
        return self.exclude(status=PortfolioFileStatus.CONFIRMED)

    def due(self):
        """Waiting to be read, and nobody has been at it lately."""
        return self.filter(status=PortfolioFileStatus.PENDING, next_try_at__lte=Now())


class PortfolioFile(TenantModel):
    """A buyer list as it arrived. `reading` is what the reader understood (clients.portfolio.reading.to_json), with
    the broker's corrections; the original bytes never change."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="files")
    filename = models.CharField("fichier", max_length=200)
    content = models.BinaryField("contenu")
    sha256 = models.CharField(max_length=64)
    pasted = models.BooleanField("collé", default=False)
    status = models.CharField(
        "état", max_length=10, choices=PortfolioFileStatus, default=PortfolioFileStatus.PENDING, editable=False
    )
    reading = models.JSONField("lecture", null=True, blank=True)
    error = models.TextField("erreur", blank=True)
    attempts = models.PositiveSmallIntegerField("essais de lecture", default=0)
    next_try_at = models.DateTimeField("prochain essai", db_default=Now())
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("déposé", auto_now_add=True)

    objects = PortfolioFileQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier de portefeuille"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.filename


class RiskSnapshot(TenantModel):
    """*Photographie des risques*: one client's risk on one day. Turnovers and losses HT. A market test freezes it."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="snapshots")
    file = models.ForeignKey(PortfolioFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
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
    margin_rate = models.DecimalField(
        "taux de marge", max_digits=5, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    frozen_at = models.DateTimeField("figée", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "photographie des risques"
        verbose_name_plural = "photographies des risques"
        ordering = ["-pk"]

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


class ExposureQuerySet(TenantQuerySet):
    def search(self, text: str):
        """By name without accents, or by the beginning of the identifier."""
        return self.filter(matching(text, name="name", number="id_value"))

    def asked(self):
        return self.filter(set_aside="", requested__gt=0)

    def set_aside(self):
        return self.exclude(set_aside="")


class Exposure(TenantModel):
    """One buyer in a snapshot, under the name the client gave it. Balances are TTC, turnover and request HT."""

    snapshot = models.ForeignKey(RiskSnapshot, on_delete=models.CASCADE, related_name="exposures")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    line = models.PositiveIntegerField("ligne du fichier")
    merged_lines = ArrayField(
        models.PositiveIntegerField(), verbose_name="lignes fusionnées", default=list, blank=True
    )
    name = models.CharField("acheteur", max_length=200)
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

    def __str__(self) -> str:
        return self.name
