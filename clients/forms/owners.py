from django import forms

from factortaboite.accounts.enums import PREPARING_ROLES
from factortaboite.accounts.models import User


class OwnerForm(forms.Form):
    """Who will follow the chosen clients: somebody who may change them, or nobody."""

    owner = forms.ModelChoiceField(User.objects.none(), label="Suivi par", required=False, empty_label="Personne")

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, auto_id="bulk_%s", **kwargs)
        people = User.objects.filter(firm_id=user.firm_id, is_active=True, role__in=PREPARING_ROLES)
        self.fields["owner"].queryset = people.order_by("first_name", "last_name", "pk")
