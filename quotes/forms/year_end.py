"""What a year-end adjustment starts from: the contract's rates, the real turnover, what was already paid."""

from decimal import Decimal

from django import forms
from django.utils import timezone

from factortaboite.forms import AmountInput, EuroFormField
from quotes.forms.terms import premium_rate_field
from quotes.pricing.year_end import DeclaredTerms

CONTRACT = ("french_rate", "export_rate", "minimum_premium", "maximum_liability_multiple")
YEAR = ("french_turnover", "export_turnover", "french_deposit", "export_deposit", "due_on")


class YearEndForm(forms.Form):
    """Amounts in euros HT. What is left empty is zero, or the same as in France for the export rate."""

    french_rate = premium_rate_field("Taux de prime, France (%)")
    export_rate = premium_rate_field("Taux de prime, export (%)", required=False, help_text="Vide : le même.")
    minimum_premium = EuroFormField(label="Prime minimale (€ HT)", required=False)
    maximum_liability_multiple = forms.IntegerField(
        label="Plafond annuel (× la prime)",
        min_value=1,
        max_value=1000,
        required=False,
        widget=AmountInput,
        help_text="Vide : sans plafond.",
    )
    french_turnover = EuroFormField(
        label="Chiffre d’affaires, France (€ HT)", help_text="Réel et assurable, comme déclaré à l’assureur."
    )
    export_turnover = EuroFormField(label="Chiffre d’affaires, export (€ HT)", required=False)
    french_deposit = EuroFormField(label="Acomptes, France (€ HT)", required=False)
    export_deposit = EuroFormField(label="Acomptes, export (€ HT)", required=False)
    due_on = forms.DateField(
        label="Échéance",
        initial=timezone.localdate,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text="La taxe est celle de ce jour.",
    )

    @property
    def contract_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in CONTRACT]

    @property
    def year_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in YEAR]

    @property
    def terms(self) -> DeclaredTerms:
        data = self.cleaned_data
        multiple = data["maximum_liability_multiple"]
        return DeclaredTerms(
            french_rate=data["french_rate"],
            export_rate=data["french_rate"] if data["export_rate"] is None else data["export_rate"],
            minimum_premium=data["minimum_premium"] or Decimal(0),
            maximum_liability_multiple=None if multiple is None else Decimal(multiple),
        )

    @property
    def year(self) -> dict[str, Decimal]:
        """Turnovers and deposits, under the names of `settle_year`."""
        return {name: self.cleaned_data[name] or Decimal(0) for name in YEAR if name != "due_on"}
