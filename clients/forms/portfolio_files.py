"""A list of buyers: its file, the columns it was read from, one of its lines."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from clients.enums import SetAside
from clients.forms.snapshots import ASK
from clients.models import Exposure
from clients.portfolio.choices import Choices
from clients.portfolio.countries import country_code
from clients.portfolio.identifiers import BadIdentifier, identify
from clients.portfolio.open_items import DEFAULT_TERMS
from clients.portfolio.reading import Row
from clients.portfolio.terms import LONGEST_TERMS
from factortaboite.forms import DayFormField, EuroFormField
from factortaboite.money import euros

LARGEST_WORKBOOK, LARGEST_TEXT = 20_000_000, 200_000_000
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
VAT_RATES = (
    ("0.2000", "20 %"),
    ("0.1000", "10 %"),
    ("0.0850", "8,5 % (outre-mer)"),
    ("0.0550", "5,5 %"),
    ("0.0210", "2,1 %"),
    ("0.0000", "sans TVA (export, autoliquidation, montants HT)"),
)
# What somebody decides; the other reasons follow from the line itself.
DECIDED = (
    SetAside.PUBLIC_BODY,
    SetAside.COLLECTIVE_PROCEDURE,
    SetAside.PRIVATE_PERSON,
    SetAside.RELATED_COMPANY,
    SetAside.CLOSED_COMPANY,
    SetAside.NOT_AMONG_LARGEST,
    SetAside.BROKER_CHOICE,
)
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
TOPS = (("10", "les 10 plus gros"), ("20", "les 20 plus gros"), ("", "tous"))


class PortfolioUploadForm(forms.Form):
    """A file, or a pasted list: one of them."""

    file = forms.FileField(label="Fichier", required=False)
    pasted = forms.CharField(
        label="Liste collée",
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 8, "spellcheck": "false"}),
        help_text="Copiez les cellules dans votre tableur, en-têtes compris, et collez-les ici.",
    )

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_WORKBOOK:
            is_workbook = file.read(4).startswith(_WORKBOOKS)
            file.seek(0)
            if is_workbook:
                raise forms.ValidationError(
                    "Ce classeur dépasse 20 Mo : gardez seulement la feuille des acheteurs, ou enregistrez-la en CSV."
                )
            if file.size > LARGEST_TEXT:
                raise forms.ValidationError(
                    "Ce fichier dépasse 200 Mo : demandez un FEC limité aux comptes 411, 413 et 416, ou la balance "
                    "âgée des clients."
                )
        return file

    def clean(self) -> None:
        if not self.errors and not self.cleaned_data.get("file") and not self.cleaned_data.get("pasted", "").strip():
            raise forms.ValidationError("Choisissez un fichier, ou collez une liste.")

    @property
    def brought(self) -> dict[str, Any]:
        """What was brought, as services take it: its name, its bytes in chunks, whether it was pasted."""
        if file := self.cleaned_data["file"]:
            return {"filename": file.name, "content": file.chunks(), "pasted": False}
        return {"filename": "Liste collée", "content": [self.cleaned_data["pasted"].encode()], "pasted": True}


class CorrectedLinesForm(forms.Form):
    """The workbook of lines to correct, as it comes back."""

    file = forms.FileField(label="Fichier corrigé", widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv"}))

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_WORKBOOK:
            raise forms.ValidationError("Ce fichier dépasse 20 Mo : ne gardez que les lignes à corriger.")
        return file


class CorrectionForm(forms.Form):
    """One line of a list, in the broker's words."""

    name = forms.CharField(label="Acheteur", max_length=200)
    country = forms.CharField(label="Pays", max_length=60, help_text="Nom ou code à deux lettres.")
    identifier = forms.CharField(
        label="SIREN ou n° de TVA",
        max_length=60,
        required=False,
        help_text="Hors de France : n° de TVA ou de registre.",
    )
    requested = EuroFormField(label="À demander, HT", required=False, help_text="Vide : montant calculé.")
    vat_rate = forms.TypedChoiceField(label="TVA de l’encours", choices=VAT_RATES, coerce=Decimal)
    set_aside = forms.ChoiceField(
        label="Décision", required=False, choices=[ASK, *((reason, f"Écarter : {reason.label}") for reason in DECIDED)]
    )

    @classmethod
    def for_exposure(cls, exposure: Exposure, proposed: Decimal | None) -> "CorrectionForm":
        """The form on a buyer as it stands; `proposed` is the amount that its own figures say, HT."""
        is_typed = exposure.requested is not None and exposure.requested != proposed
        form = cls(
            initial={
                "name": exposure.name,
                "country": exposure.country,
                "identifier": exposure.id_value,
                "requested": exposure.requested if is_typed else None,
                "vat_rate": f"{exposure.vat_rate:.4f}",
                "set_aside": exposure.set_aside if exposure.set_aside in DECIDED else ASK[0],
            }
        )
        form.fields["name"].widget.attrs["autofocus"] = True
        if proposed is not None:
            form.fields["requested"].widget.attrs["placeholder"] = euros(proposed)
        return form

    @classmethod
    def for_rejected(cls, row: Row) -> "CorrectionForm":
        """The form on what could be read of a line to correct."""
        form = cls(
            initial={
                "name": row.name,
                "country": row.country,
                "identifier": row.id_value,
                "requested": row.requested,
                "vat_rate": VAT_RATES[0][0],
            }
        )
        form.fields["name"].widget.attrs["autofocus"] = True
        return form

    def clean_country(self) -> str:
        code = country_code(self.cleaned_data["country"])
        if code is None:
            raise forms.ValidationError("Ce pays n’est pas reconnu : essayez son code à deux lettres (DE, BE…).")
        return code

    def clean(self) -> None:
        data = self.cleaned_data
        if "country" not in data or "identifier" not in data:
            return
        try:
            data["identifier"] = identify(data["identifier"], country=data["country"])
        except BadIdentifier as error:
            self.add_error("identifier", str(error))
            return
        if data["identifier"] is None and not data.get("set_aside"):
            self.add_error(
                "identifier", "Sans identifiant, aucun assureur ne répond : indiquez-le, ou écartez l’acheteur."
            )


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
