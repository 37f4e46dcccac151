"""What can be decided on many buyers at once."""

from django import forms

from clients.enums import SetAside
from factortaboite.forms import EuroFormField

SET_ASIDE, ASK, AMOUNT = "ecarter", "demander", "montant"


class BulkForm(forms.Form):
    """The button that was pressed, and the field beside it."""

    action = forms.ChoiceField(choices=[(SET_ASIDE, ""), (ASK, ""), (AMOUNT, "")])
    motif = forms.ChoiceField(
        label="Motif", required=False, choices=SetAside.choices, initial=SetAside.BROKER_CHOICE.value
    )
    requested = EuroFormField(label="Montant à demander, HT", required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, auto_id="bulk_%s", **kwargs)

    def clean(self) -> None:
        action = self.cleaned_data.get("action")
        if action == AMOUNT and not self.errors and not self.cleaned_data["requested"]:
            self.add_error("requested", "Indiquez le montant à demander, HT.")
        if action == SET_ASIDE and not self.errors and not self.cleaned_data["motif"]:
            self.add_error("motif", "Choisissez un motif.")
