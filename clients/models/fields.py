from django.db import models

from factortaboite.forms import EuroFormField


class EuroField(models.DecimalField):
    """Euros with cents. Whether HT or TTC, the field's name or label says."""

    def __init__(self, *args, **kwargs) -> None:
        kwargs = {"max_digits": 14, "decimal_places": 2, **kwargs}
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        # Not DecimalField's own: people type « 1 090 000,00 € ».
        return models.Field.formfield(self, **{"form_class": EuroFormField, **kwargs})
