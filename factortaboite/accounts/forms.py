from django import forms

from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.forms import SirenFormField


class FirmForm(forms.ModelForm):
    siren = SirenFormField(label="SIREN", required=False)

    class Meta:
        model = BrokerFirm
        fields = [
            "name",
            "legal_form",
            "siren",
            "address",
            "phone",
            "email",
            "orias_number",
            "orias_categories",
            "professional_body",
        ]
        widgets = {"address": forms.Textarea({"rows": 3})}


class UserForm(forms.ModelForm):
    """Somebody new in the firm."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "role"]
        error_messages = {"email": {"unique": "Cette adresse est déjà celle d’un compte."}}

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class UserRoleForm(forms.ModelForm):
    """What somebody of the firm may do."""

    class Meta:
        model = User
        fields = ["role", "is_active"]
