"""Asking a client for what its file lacks, and what the client types in return."""

from collections.abc import Collection

from django import forms

from clients.forms.snapshots import FiguresForm
from clients.models import RequestItem
from clients.models.snapshot import LOSS_YEARS, loss_field_names
from factortaboite.typography import typeset


class ClientRequestForm(forms.Form):
    items = forms.TypedMultipleChoiceField(
        label="Ce que vous demandez",
        choices=RequestItem,
        coerce=RequestItem,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une chose à demander."},
    )
    to = forms.EmailField(label="Envoyer à", widget=forms.EmailInput({"autocomplete": "off"}))
    subject = forms.CharField(label="Objet", max_length=200)
    message = forms.CharField(
        label="Message",
        max_length=5000,
        widget=forms.Textarea({"rows": 12}),
        help_text="La liste de ce qui est demandé, le lien personnel et les mentions du cabinet s’ajoutent à la fin.",
    )


class ClientFiguresForm(FiguresForm):
    """The figures that a client was asked for, in its own words."""

    all_optional = False

    def __init__(self, *args, names: Collection[str], latest_year: int, **kwargs) -> None:
        super().__init__(*args, latest_year=latest_year, **kwargs)
        # A model's noughts are no answer of the client's.
        self.initial = {}
        for field in self.fields.values():
            field.initial = None
        for name in set(self.fields) - set(names):
            del self.fields[name]
        if "total_turnover" in self.fields:
            self.fields["total_turnover"].required = True
            self.fields["total_turnover"].help_text = "De douze mois, hors taxes."
        if "margin_rate" in self.fields:
            self.fields["margin_rate"].help_text = typeset("Ce qui reste d’une vente une fois payé ce qu’elle coûte.")
        if loss_field_names(LOSS_YEARS[0])[0] in self.fields:
            for amount, count, _ in map(loss_field_names, LOSS_YEARS):
                # A blank is no answer: « none » is said with a nought.
                self.fields[amount].required = self.fields[count].required = True

    @property
    def shown_turnover(self) -> list[forms.BoundField]:
        return self.turnover_fields if "total_turnover" in self.fields else []

    @property
    def shown_losses(self) -> list[list[forms.BoundField]]:
        if loss_field_names(LOSS_YEARS[0])[0] not in self.fields:
            return []
        return [[count, amount, largest] for amount, count, largest in self.loss_fields]
