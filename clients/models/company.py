from django.db import models


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
