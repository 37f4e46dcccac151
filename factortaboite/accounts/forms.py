from allauth.account import forms as allauth_forms
from django import forms

from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.forms import SirenFormField

# allauth's French has another word for it than every other screen.
EMAIL_LABEL = "E-mail"
EMAIL_TAKEN = {"unique": "Cette adresse est déjà celle d’un compte."}


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = EMAIL_LABEL


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = EMAIL_LABEL


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


class PreferencesForm(forms.ModelForm):
    """What each person decides for themselves."""

    class Meta:
        model = User
        fields = ["wants_alert_mail"]


class UserForm(forms.ModelForm):
    """Somebody new in the firm."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "role"]
        error_messages = {"email": EMAIL_TAKEN}

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class UserRoleForm(forms.ModelForm):
    """What somebody of the firm may do; and their address, as long as they have not chosen a password by it."""

    class Meta:
        model = User
        fields = ["role", "is_active", "email"]
        error_messages = {"email": EMAIL_TAKEN}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.has_usable_password():
            del self.fields["email"]

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()
