"""Whom to ask in a snapshot: how many, from how much, and what the season adds."""

from decimal import Decimal

from django import forms

from clients.forms.portfolio_files import TOPS
from factortaboite.forms import DecimalTextField, EuroFormField

HIGHEST_SEASON = Decimal(10)


class FactorFormField(DecimalTextField):
    """A factor with two decimals: « 1,3 »."""

    def to_python(self, value) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if not value.strip():
            return None
        factor = self.parse(value)
        if not 0 < factor <= HIGHEST_SEASON or factor != round(factor, 2):
            raise forms.ValidationError("Entre 0,01 et 10, avec deux décimales au plus.", code="out_of_range")
        return factor

    def prepare_value(self, value):
        return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value


class SelectionForm(forms.Form):
    """`top` comes from the button that was pressed: a number of buyers, empty for all of them."""

    all_optional = True
    top = forms.TypedChoiceField(
        choices=TOPS,
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": "Choisissez 10, 20 ou tous les acheteurs."},
    )
    season = FactorFormField(
        label="Coefficient de saison",
        required=False,
        help_text="1,3 si les ventes d’un mois fort dépassent la moyenne de 30 %.",
    )
    discretionary_limit = EuroFormField(
        label="Limite discrétionnaire HT",
        required=False,
        help_text="Jusqu’à ce montant, l’assureur couvre sans qu’on le lui demande.",
    )

    def clean_season(self) -> Decimal:
        return self.cleaned_data["season"] or Decimal(1)
