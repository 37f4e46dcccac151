"""Signing a loss statement: online by the client, or on paper by whoever records the scan."""

from django import forms
from django.utils import timezone

from clients.models.loss_statement import AGREEMENT
from factortaboite.forms import DayFormField, ScanFormField
from factortaboite.typography import typeset


class SignatoryForm(forms.Form):
    name = forms.CharField(label="Vos prénom et nom", max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    quality = forms.CharField(
        label="Votre qualité",
        max_length=120,
        widget=forms.TextInput({"autocomplete": "organization-title"}),
        help_text=typeset("Par exemple : présidente, gérant, directeur financier."),
    )


class OnlineSignatureForm(SignatoryForm):
    """`document` is the fingerprint of what the page shows: nobody signs another version."""

    agrees = forms.BooleanField(
        label=AGREEMENT,
        error_messages={"required": "Cochez cette case pour signer."},
    )
    document = forms.CharField(required=False, widget=forms.HiddenInput)


class PaperSignatureForm(SignatoryForm):
    signed_on = DayFormField(label="Signée le", initial=timezone.localdate)
    scan = ScanFormField(label="Déclaration signée")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label, self.fields["quality"].label = "Signataire", "Sa qualité"
        for name in ("name", "quality"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_signed_on(self):
        signed_on = self.cleaned_data["signed_on"]
        if signed_on > timezone.localdate():
            raise forms.ValidationError("Cette date est à venir : une déclaration compte une fois signée.")
        return signed_on
