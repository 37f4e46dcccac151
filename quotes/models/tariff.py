from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now

from clients.models import Client
from factortaboite.accounts.models import TenantModel, TenantQuerySet
from quotes.pricing import tariffs
from quotes.pricing.corrections import Difference, differences


class TariffVersionQuerySet(TenantQuerySet):
    def in_force(self, on: date):
        """The version of each product and firm that counts on that day."""
        begun = self.model.objects.filter(
            firm=OuterRef("firm"), product=OuterRef("product"), valid_from__lte=on
        ).order_by("-valid_from")
        return self.filter(pk=Subquery(begun.values("pk")[:1]))

    def with_end(self):
        """Adds `next_from`, the day the version gives way to its follower; None for the last one."""
        later = self.model.objects.filter(
            firm=OuterRef("firm"), product=OuterRef("product"), valid_from__gt=OuterRef("valid_from")
        ).order_by("valid_from")
        return self.annotate(next_from=Subquery(later.values("valid_from")[:1]))


class TariffVersion(TenantModel):
    """A firm's tariff of one product, from a day until its next version begins: two can never overlap."""

    product = models.CharField(
        "produit", max_length=12, choices=[(each.value, each.layout.label) for each in tariffs.Product]
    )
    valid_from = models.DateField("en vigueur depuis le")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField("modifié", auto_now=True)

    objects = TariffVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version de tarif"
        verbose_name_plural = "versions de tarif"
        ordering = ["product", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "product", "valid_from"],
                name="tariff_version_once_per_day",
                violation_error_message="Une version de ce tarif commence déjà ce jour-là.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_product_display()} · {self.valid_from:%d/%m/%Y}"

    @property
    def layout(self) -> tariffs.Layout:
        return tariffs.Product(self.product).layout

    def changes(self) -> list[tuple["TariffCorrection", list[Difference]]]:
        """Each correction since it came into force with what it changed, the last one first. Two queries."""
        after, changes = self.tariff().rates, []
        for correction in self.corrections.select_related("by"):
            changes.append((correction, differences(self.layout, correction.rates, after)))
            after = correction.rates
        return changes

    def tariff(self) -> tariffs.Tariff:
        """What the pure cores price with."""
        return tariffs.Tariff(
            tariffs.Product(self.product), self.valid_from, tuple(line.rate() for line in self.lines.all())
        )


class TariffCorrection(TenantModel):
    """The lines of a version in force as they were until somebody corrected them: they have priced offers."""

    version = models.ForeignKey(TariffVersion, on_delete=models.CASCADE, related_name="corrections")
    before = models.JSONField("lignes d’avant", encoder=DjangoJSONEncoder)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("le", db_default=Now())

    class Meta:
        verbose_name = "correction d’un tarif"
        verbose_name_plural = "corrections d’un tarif"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version}, avant le {self.at:%d/%m/%Y}"

    @property
    def rates(self) -> tuple[tariffs.Rate, ...]:
        return tuple(
            tariffs.Rate(**line | {name: line[name] and Decimal(line[name]) for name in ("value", "bound")})
            for line in self.before
        )


class TariffLine(TenantModel):
    """One number of a tariff and where it comes from (quotes.pricing.tariffs.Rate)."""

    version = models.ForeignKey(TariffVersion, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField("ordre")
    table = models.CharField("tableau", max_length=20)
    code = models.SlugField("code", max_length=40, blank=True)
    label = models.CharField("libellé", max_length=80, blank=True)
    bound = models.DecimalField("jusqu’à", max_digits=18, decimal_places=6, null=True, blank=True)
    value = models.DecimalField("valeur", max_digits=18, decimal_places=6)
    source = models.CharField("source", max_length=160)

    class Meta:
        verbose_name = "ligne de tarif"
        verbose_name_plural = "lignes de tarif"
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.table} {self.code or self.bound}"

    def rate(self) -> tariffs.Rate:
        return tariffs.Rate(
            table=self.table,
            code=self.code,
            value=self.value,
            source=self.source,
            label=self.label,
            bound=self.bound,
        )


class ClientProfile(TenantModel):
    """What a client's figures do not say and its price depends on."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="pricing_profile")
    sector = models.SlugField("secteur", max_length=40)  # a code of the tariff's sector table
    has_history = models.BooleanField("trois ans d’historique", default=True)
    is_marketplace = models.BooleanField("place de marché", default=False)

    class Meta:
        verbose_name = "profil tarifaire"
        verbose_name_plural = "profils tarifaires"

    def __str__(self) -> str:
        return f"Profil de {self.client}"
