"""Who a client is."""

from django import forms

from clients.models import Client
from factortaboite.forms import SirenFormField


class ClientForm(forms.ModelForm):
    siren = SirenFormField(label="SIREN", help_text="9 chiffres ; le SIRET convient aussi.")

    class Meta:
        model = Client
        fields = ["name", "siren", "contact_name", "contact_email", "address"]
        widgets = {"address": forms.Textarea({"rows": 3})}
