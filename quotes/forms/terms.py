"""A contract's terms as people type them: a partner's, the firm's own estimate, the current contract."""

from django import forms

from factortaboite.forms import AmountInput, EuroFormField, PercentFormField
from quotes.models import PartnerQuote
from quotes.models.partner import TERMS

EXCESSES = ("each_loss_excess", "qualifying_loss", "aggregate_first_loss")


class ExcessesForm(forms.ModelForm):
    each_loss_excess = EuroFormField(
        label="Franchise par sinistre (€)", required=False, help_text="Retirée de chaque indemnité."
    )
    qualifying_loss = EuroFormField(
        label="Franchise atteinte, ou seuil d’intervention (€)",
        required=False,
        help_text="Une perte qui ne le dépasse pas n’est pas indemnisée ; au-delà, elle l’est en entier.",
    )
    aggregate_first_loss = EuroFormField(
        label="Franchise annuelle globale (€)",
        required=False,
        help_text="Les premières pertes de l’année, après quotité.",
    )


class TermsForm(ExcessesForm):
    """The fields of TERMS, none of them required."""

    premium_rate = PercentFormField(
        label="Taux de prime (%)", places=6, required=False, help_text="Du chiffre d’affaires assurable."
    )
    export_premium_rate = PercentFormField(
        label="Taux de prime à l’export (%)", places=6, required=False, help_text="Vide : le même."
    )
    minimum_premium = EuroFormField(label="Prime minimale (€ HT)", required=False)
    insured_percentage = PercentFormField(label="Quotité garantie (%)", required=False)
    maximum_liability_multiple = forms.IntegerField(
        label="Plafond annuel (× la prime)",
        min_value=1,
        max_value=1000,
        required=False,
        widget=AmountInput,
        help_text="30 pour « 30 fois la prime » ; vide, sans plafond.",
    )
    fee_per_buyer = EuroFormField(label="Frais par acheteur (€ HT)", required=False)

    @property
    def terms_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in TERMS if name not in EXCESSES]

    @property
    def excess_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in EXCESSES]


class QuoteForm(TermsForm):
    """The terms of one partner for one client: without a rate and a percentage there is nothing to price."""

    class Meta:
        model = PartnerQuote
        fields = TERMS

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("premium_rate", "insured_percentage"):
            self.fields[name].required = True
