"""A list of buyers: its file, one of its lines."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from clients.enums import SetAside
from clients.forms.snapshots import ASK
from clients.models import Exposure
from clients.portfolio.countries import country_code
from clients.portfolio.identifiers import BadIdentifier, identify
from clients.portfolio.reading import Row
from factortaboite.forms import EuroFormField
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
