"""Launching a test à blanc."""

from collections.abc import Sequence
from uuid import uuid4

from django import forms

from quotes.models import PartnerAccount
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
