"""The figures of a snapshot, and what is asked on one of its buyers."""

from decimal import Decimal

from django import forms
from django.utils import timezone

from clients.enums import SetAside
from clients.models import RiskSnapshot
from clients.models.snapshot import LOSS_YEARS, TURNOVER_FIELDS, loss_field_names
from clients.portfolio.losses import LossesDoNotAddUp, LossYear
from clients.portfolio.turnover import TurnoverDoesNotAddUp
from factortaboite.forms import EuroFormField, PercentFormField

ASK = ("", "Demander une garantie")


class FiguresForm(forms.ModelForm):
    """The turnover and its parts, three years of losses, the margin: all HT. An empty part is nothing.

    `latest_year` is the last year of the losses: the one before the snapshot's, or before today's.
    """

    all_optional = True
    margin_rate = PercentFormField(
        label="Taux de marge, en %", required=False, help_text="Dit combien de ventes il faut pour absorber une perte."
    )

    class Meta:
        model = RiskSnapshot
        fields = [
            *TURNOVER_FIELDS,
            *(name for when in LOSS_YEARS for name in loss_field_names(when)),
            "margin_rate",
        ]

    def __init__(self, *args, latest_year: int | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
        latest = latest_year or (self.instance.taken_on or timezone.localdate()).year - 1
        for year, when in zip(range(latest, latest - 3, -1), LOSS_YEARS, strict=True):
            amount, count, largest = (self.fields[name] for name in loss_field_names(when))
            amount.label, count.label = f"Pertes de {year}, HT", f"Impayés de {year}, combien"
            largest.label = f"Le plus gros de {year}, HT"
            count.widget.attrs["class"] = "amount"

    @property
    def turnover_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields[:8]]

    @property
    def loss_fields(self) -> list[list[forms.BoundField]]:
        """Each of three years with its total, how many, and the largest."""
        return [[self[name] for name in loss_field_names(when)] for when in LOSS_YEARS]

    def clean(self) -> None:
        data = self.cleaned_data
        for name in self.Meta.fields:
            if name in data and data[name] is None and not RiskSnapshot._meta.get_field(name).null:
                data[name] = Decimal(0)
        if data.get("margin_rate") == 0:
            self.add_error("margin_rate", "Une marge nulle ne dit rien : laissez vide si vous ne la connaissez pas.")
        if self.errors:
            return
        self._check_losses()
        if self.errors:
            return
        try:
            insurable = RiskSnapshot(**data).insurable_turnover
        except TurnoverDoesNotAddUp as error:
            self.add_error("total_turnover", str(error))
            return
        if insurable is not None and data["export_turnover"] > insurable:
            self.add_error("export_turnover", "L’export dépasse le chiffre d’affaires assurable.")

    def _check_losses(self) -> None:
        for when in LOSS_YEARS:
            if f"loss_{when}" not in self.fields:
                continue
            fields = dict(zip(("amount", "count", "largest"), loss_field_names(when), strict=True))
            try:
                LossYear(**{figure: self.cleaned_data[name] for figure, name in fields.items()})
            except LossesDoNotAddUp as error:
                self.add_error(fields[error.field], str(error))


class ExposureForm(forms.Form):
    """What is asked on one buyer of a snapshot."""

    requested = EuroFormField(label="À demander, HT", required=False)
    set_aside = forms.ChoiceField(
        label="Décision",
        required=False,
        choices=[ASK, *((value, f"Écarter : {label}") for value, label in SetAside.choices)],
    )

    def clean(self) -> None:
        data = self.cleaned_data
        if not self.errors and not data["set_aside"] and not data["requested"]:
            self.add_error("requested", "Indiquez un montant, ou écartez l’acheteur.")
