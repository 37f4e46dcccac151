"""Launching a test à blanc, and the terms a partner quotes for it."""

from collections.abc import Sequence
from uuid import uuid4

from django import forms

from factortaboite.forms import AmountInput, EuroFormField, PercentFormField
from quotes.models import PartnerAccount, PartnerQuote
from quotes.services.mandates import Standing


class LaunchForm(forms.Form):
    """Whom to ask. `launch_key` travels with the page, so that a double click launches one test."""

    accounts = forms.ModelMultipleChoiceField(
        queryset=PartnerAccount.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Partenaires à interroger",
        error_messages={"required": "Choisissez au moins un partenaire à interroger."},
    )
    launch_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args, user, standings: Sequence[Standing], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accounts"].queryset = PartnerAccount.objects.visible_to(user).active()
        self.fields["accounts"].initial = [each.account.pk for each in standings if not each.obstacle]
        self.standings = {each.account.pk: each for each in standings}

    @property
    def lines(self) -> list[tuple[forms.boundfield.BoundWidget, Standing]]:
        """Each partner's checkbox, beside what would keep it from being asked."""
        boxes = self["accounts"].subwidgets
        return [(box, self.standings[box.data["value"].value]) for box in boxes]


class TermsForm(forms.ModelForm):
    """A partner's commercial terms as it wrote them."""

    premium_rate = PercentFormField(label="Taux de prime (%)", places=6, help_text="Du chiffre d’affaires assurable.")
    insured_percentage = PercentFormField(label="Quotité garantie (%)")
    maximum_liability_multiple = forms.IntegerField(
        label="Plafond annuel (multiple de la prime)",
        min_value=1,
        max_value=1000,
        required=False,
        widget=AmountInput,
        help_text="30 pour « 30 fois la prime » ; vide, sans plafond.",
    )
    fee_per_buyer = EuroFormField(label="Frais par acheteur (€ HT)", required=False)
    minimum_premium = EuroFormField(label="Prime minimale (€ HT)", required=False)

    class Meta:
        model = PartnerQuote
        fields = [
            "premium_rate",
            "insured_percentage",
            "maximum_liability_multiple",
            "fee_per_buyer",
            "minimum_premium",
        ]
