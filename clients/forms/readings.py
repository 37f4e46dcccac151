"""How a file was read, and what somebody may choose otherwise: its sheet, its columns, its dates."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from clients.portfolio.choices import Choices
from clients.portfolio.open_items import DEFAULT_TERMS
from clients.portfolio.terms import LONGEST_TERMS
from factortaboite.forms import DayFormField

# The columns of a list of buyers that the broker may choose, in the order of the screen.
COLUMN_LABELS = {
    "name": "Nom",
    "siren": "SIREN",
    "siret": "SIRET",
    "vat": "N° de TVA",
    "country": "Pays",
    "postcode": "Code postal",
    "city": "Ville",
    "outstanding": "Encours",
    "peak": "Plus haut encours",
    "turnover": "Chiffre d’affaires HT",
    "terms_days": "Délai de paiement",
    "requested": "Montant demandé HT",
    "note": "Observations",
}
SURE = 0.75  # below, somebody should look


class ReadingForm(forms.Form):
    """How a file was read, as far as somebody may choose otherwise; a change has the file read again."""

    SHEET = "sheet"
    prefix = "column"  # a line under edit on the same page has a name and a country too
    title = explanation = ""

    def __init__(self, *args, reading: Mapping[str, Any], choices: Choices, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.reading, self.choices = reading, choices
        sheets = reading.get("sheets", [])
        if len(sheets) > 1:
            self.fields = {self.SHEET: forms.ChoiceField(label="Feuille"), **self.fields}
            self.fields[self.SHEET].choices = [(sheet, sheet) for sheet in sheets]
            self.fields[self.SHEET].initial = choices.get("sheet", reading["sheet"])

    @property
    def to_check(self) -> int:
        """How many fields somebody should look at."""
        return 0

    @property
    def new_choices(self) -> Choices:
        """What was chosen before, with what is chosen now. Of another sheet nothing is known."""
        if self.SHEET in self.changed_data:
            return {"sheet": self.cleaned_data[self.SHEET]}
        return {**self.choices, **self.changed_choices()}

    def changed_choices(self) -> Choices:
        raise NotImplementedError


class ColumnsForm(ReadingForm):
    """Which column of a list of buyers holds what."""

    SEVERAL = "+"  # as read from several columns
    title = "Colonnes lues"
    explanation = (
        "Changez une colonne : le fichier est relu aussitôt, et le choix est retenu pour les prochaines listes de ce "
        "client aux mêmes en-têtes."
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        reading, chosen = self.reading, self.choices.get("columns", {})
        headers = [(header, header) for header in dict.fromkeys(filter(None, reading["headers"]))]
        for name, label in COLUMN_LABELS.items():
            read_from = reading["columns"].get(name, "")
            is_several = bool(read_from) and read_from not in reading["headers"]
            several = [(self.SEVERAL, read_from)] if is_several else []
            sure = reading.get("sureness", {}).get(name, 1.0)
            self.fields[name] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", "aucune"), *several, *headers],
                # A choice that led nowhere was not read, and can be taken back.
                initial=chosen.get(name, self.SEVERAL if is_several else read_from),
                help_text="à vérifier" if read_from and sure < SURE else "",
            )

    @property
    def to_check(self) -> int:
        return sum(bool(field.help_text) for field in self.fields.values())

    def changed_choices(self) -> Choices:
        """Without the fields that are still read from several columns."""
        chosen = {name: self.cleaned_data[name] for name in self.changed_data}
        named = {name: header for name, header in chosen.items() if header != self.SEVERAL}
        return {"columns": {**self.choices.get("columns", {}), **named}}


class DatesForm(ReadingForm):
    """The dates of entries and invoices, and the terms that stand for missing due dates."""

    title = "Dates et échéances"
    explanation = (
        "Changez une réponse : le fichier est relu aussitôt. L’ordre et le délai sont retenus pour les prochaines "
        "listes de ce client aux mêmes en-têtes."
    )

    order = forms.ChoiceField(
        label="Ordre des dates",
        required=False,
        choices=[
            ("", "tel que le fichier l’indique"),
            ("dmy", "jour/mois/année"),
            ("mdy", "mois/jour/année"),
            ("ymd", "année/mois/jour"),
        ],
    )
    terms_days = forms.IntegerField(
        label="Délai de paiement estimé, en jours",
        min_value=0,
        max_value=LONGEST_TERMS,
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text="Là où le fichier n’a pas d’échéance.",
    )
    cut_off = DayFormField(
        label="Arrêtée au",
        required=False,
        widget=forms.DateInput,
        help_text="Les écritures plus récentes sont laissées de côté.",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        read_with = {**self.reading, **self.choices}
        self.fields["order"].initial = read_with.get("order", "")
        self.fields["terms_days"].initial = read_with.get("terms_days", DEFAULT_TERMS)
        if day := self.choices.get("cut_off") or self.reading.get("cut_off"):
            self.fields["cut_off"].initial = date.fromisoformat(day)

    def changed_choices(self) -> Choices:
        """An emptied cut-off is that of the file again."""
        chosen = {name: self.cleaned_data[name] for name in self.changed_data}
        if "cut_off" in chosen:
            chosen["cut_off"] = chosen["cut_off"].isoformat() if chosen["cut_off"] else ""
        return chosen
