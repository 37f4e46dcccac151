"""Who a client is."""

from django import forms

from clients.forms.pipeline import followers, not_to_come
from clients.models import Client
from clients.services.clients import FORM_FIELDS
from factortaboite.accounts.models import User
from factortaboite.forms import DayInput, SirenFormField


class ClientForm(forms.ModelForm):
    siren = SirenFormField(label="SIREN", help_text="9 chiffres ; le SIRET convient aussi.")

    class Meta:
        model = Client
        fields = FORM_FIELDS
        widgets = {"address": forms.Textarea({"rows": 3}), "first_contact_on": DayInput}

    def __init__(self, data=None, *, by: User, instance: Client | None = None) -> None:
        super().__init__(data, instance=instance or Client(firm_id=by.firm_id, owner=by))
        owner = self.fields["owner"]
        owner.queryset = User.objects.filter(followers(self.instance)).order_by("last_name", "first_name", "pk")
        owner.empty_label = None if self.instance.owner_id else "Personne"
        self.fields["first_contact_on"].required = False

    def clean_owner(self) -> User | None:
        return self.cleaned_data["owner"] or self.instance.owner

    def clean_first_contact_on(self):
        day = self.cleaned_data["first_contact_on"] or self.instance.first_contact_on
        not_to_come(day)
        return day
