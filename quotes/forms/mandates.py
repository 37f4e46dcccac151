"""Asking a client for mandates, recording what it signed, noting where a partner stands."""

from datetime import timedelta
from uuid import uuid4

from django import forms
from django.utils import timezone

from factortaboite.forms import DayInput, ScanFormField
from factortaboite.typography import typeset
from quotes.enums import MandateScope, MandateState
from quotes.models import PartnerAccount

USUAL_LENGTH = timedelta(days=365)


def _in_a_year():
    return timezone.localdate() + USUAL_LENGTH


class MandateForm(forms.Form):
    """What both forms share: which partners, for what, until when."""

    accounts = forms.ModelMultipleChoiceField(
        queryset=PartnerAccount.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Partenaires",
        error_messages={"required": "Choisissez au moins un partenaire."},
    )
    scope = forms.ChoiceField(label="Le client vous charge de", choices=MandateScope, widget=forms.RadioSelect)
    valid_until = forms.DateField(label="Valable jusqu’au", initial=_in_a_year, widget=DayInput)

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accounts"].queryset = PartnerAccount.objects.visible_to(user).active()

    def clean_scope(self) -> MandateScope:
        return MandateScope(self.cleaned_data["scope"])

    def clean_valid_until(self):
        valid_until = self.cleaned_data["valid_until"]
        if valid_until < timezone.localdate():
            raise forms.ValidationError("Cette date est passée.")
        return valid_until


class MandateRequestForm(MandateForm):
    """The letters to sign. `request_key` travels with the page, so that a double click prints and mails once."""

    to = forms.EmailField(
        label="Envoyer à",
        required=False,
        widget=forms.EmailInput({"autocomplete": "off"}),
        help_text=typeset("Vide : rien ne part, vous faites signer les lettres vous-même."),
    )
    message = forms.CharField(label="Message", max_length=5000, widget=forms.Textarea({"rows": 10}))
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class MandateSignatureForm(MandateForm):
    """What came back signed."""

    signed_on = forms.DateField(label="Signé le", initial=timezone.localdate, widget=DayInput)
    signed = ScanFormField(label="Document signé", required=False)

    field_order = ["accounts", "scope", "signed_on", "valid_until", "signed"]

    def clean_signed_on(self):
        signed_on = self.cleaned_data["signed_on"]
        if signed_on > timezone.localdate():
            raise forms.ValidationError("Cette date est à venir : un mandat compte une fois signé.")
        return signed_on


class MandateStateForm(forms.Form):
    """What a partner says of the client, noted in one click."""

    account = forms.ModelChoiceField(queryset=PartnerAccount.objects.none())
    state = forms.TypedChoiceField(
        choices=[(state, state.label) for state in (MandateState.FREE, MandateState.INCUMBENT, MandateState.RESERVED)],
        coerce=MandateState,
    )

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = PartnerAccount.objects.visible_to(user)
