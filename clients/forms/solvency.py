"""What is put into a buyer's file: a year's accounts, an insurer's rating."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients.advice.ratings import SCALES
from clients.models import AccountsReceived, BuyerRating
from factortaboite.forms import DayInput, ScanFormField, SignedEuroFormField
from factortaboite.typography import typeset


class AccountsForm(forms.ModelForm):
    """Figures, a document, or both; a loss or a debt is typed with a minus."""

    turnover = SignedEuroFormField(label="Chiffre d’affaires HT", required=False)
    equity = SignedEuroFormField(label="Capitaux propres", required=False)
    net_result = SignedEuroFormField(label="Résultat net", required=False, help_text="Une perte, avec un signe moins.")
    document = ScanFormField(label="Document", required=False)

    class Meta:
        model = AccountsReceived
        fields = ["year_end", "turnover", "equity", "net_result"]
        widgets = {"year_end": DayInput()}

    def clean_year_end(self):
        year_end = self.cleaned_data["year_end"]
        if year_end > timezone.localdate():
            raise ValidationError("Cet exercice n’est pas clos.")
        return year_end

    def clean(self) -> None:
        data = self.cleaned_data
        if not self.errors and not any(data.get(name) is not None for name in ("turnover", "equity", "net_result")):
            if not data.get("document"):
                raise ValidationError("Indiquez au moins un chiffre, ou joignez le document.")

    @property
    def figures(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class RatingForm(forms.ModelForm):
    class Meta:
        model = BuyerRating
        fields = ["scale", "value", "rated_on"]
        widgets = {"rated_on": DayInput()}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rated_on"].initial = timezone.localdate
        self.fields["value"].help_text = typeset(
            " ; ".join(f"{scale.label} : {scale.direction}" for scale in SCALES.values()) + "."
        )

    def clean_rated_on(self):
        rated_on = self.cleaned_data["rated_on"]
        if rated_on > timezone.localdate():
            raise ValidationError("Cette date est à venir.")
        return rated_on
