"""A contract's terms as people type them: a partner's, the firm's own estimate, the current contract."""

from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from factortaboite.forms import AmountInput, EuroFormField, PercentFormField
from factortaboite.typography import typeset
from quotes.models import PartnerQuote
from quotes.models.partner import TERMS

RATED = ("premium_rate", "export_premium_rate", "minimum_premium", "fee_per_buyer")
HIGHEST_RATE = LOWEST_PERCENTAGE = Decimal("0.10")
EXCESSES = ("each_loss_excess", "qualifying_loss", "aggregate_first_loss")


def premium_rate_field(label: str, **kwargs) -> PercentFormField:
    """A share of the turnover. « 24 » for 0,24 % would be a hundred times the price: no contract costs that."""
    message = "Un taux de prime ne dépasse pas 10 %% : pour 0,24 %%, tapez 0,24."  # Django fills in validators' words
    return PercentFormField(
        label=label, places=6, validators=[MaxValueValidator(HIGHEST_RATE, typeset(message))], **kwargs
    )


def insured_percentage_field(**kwargs) -> PercentFormField:
    """A share of the loss. « 0,9 » for 90 % would pay a hundredth of it."""
    message = "Une quotité est d’au moins 10 %% : pour 90 %%, tapez 90."
    validator = MinValueValidator(LOWEST_PERCENTAGE, typeset(message))
    return PercentFormField(label="Quotité garantie (%)", validators=[validator], **kwargs)


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

    premium_rate = premium_rate_field(
        "Taux de prime (%)", required=False, help_text="Du chiffre d’affaires assurable."
    )
    export_premium_rate = premium_rate_field(
        "Taux de prime à l’export (%)", required=False, help_text="Vide : le même."
    )
    minimum_premium = EuroFormField(label="Prime minimale (€ HT)", required=False)
    all_in_price = EuroFormField(
        label="Prix d’un forfait (€, tout compris)",
        required=False,
        help_text="À la place du taux, du minimum et des frais, alors vidés.",
    )
    insured_percentage = insured_percentage_field(required=False)
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

    def clean(self) -> dict:
        """A forfait comes instead of a rate: what else stood in the form, our estimate perhaps, goes."""
        cleaned = super().clean()
        return cleaned if cleaned.get("all_in_price") is None else cleaned | dict.fromkeys(RATED)


class QuoteForm(TermsForm):
    """The terms of one partner for one client: without a price and a percentage nothing can be compared."""

    class Meta:
        model = PartnerQuote
        fields = TERMS

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insured_percentage"].required = True

    def clean(self) -> dict:
        cleaned = super().clean()
        price = {"premium_rate", "all_in_price"}
        if not price & set(self.errors) and all(cleaned.get(name) is None for name in price):
            self.add_error("premium_rate", "Donnez un taux de prime, ou le prix d’un forfait.")
        return cleaned
