from decimal import Decimal

from django.db import models
from django.db.models.functions import Coalesce

from factortaboite.forms import EuroFormField


class EuroField(models.DecimalField):
    """Euros with cents. Whether HT or TTC, the field's name or label says."""

    def __init__(self, *args, **kwargs) -> None:
        kwargs = {"max_digits": 14, "decimal_places": 2, **kwargs}
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        # Not DecimalField's own: people type « 1 090 000,00 € ».
        return models.Field.formfield(self, **{"form_class": EuroFormField, **kwargs})


def amount_or_nothing(name: str) -> Coalesce:
    """An amount to sort rows by: what is not known counts as less than any amount."""
    return Coalesce(models.F(name), models.Value(Decimal(-(10**12))))
