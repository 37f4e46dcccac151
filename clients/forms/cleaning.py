"""What the broker types or chooses while a list is cleaned."""

from decimal import Decimal

from django import forms

from clients.portfolio.countries import country_code
from clients.portfolio.identifiers import BadIdentifier, Identifier, identify

THRESHOLDS = (95, 90, 85, 80)
USUAL_THRESHOLD = 90


class IdentifierForm(forms.Form):
    """The number of one line's company, as it is written anywhere."""

    identifier = forms.CharField(label="SIREN, SIRET ou n° de TVA", max_length=60)

    def __init__(self, *args, country: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.country = country_code(country)

    def clean_identifier(self) -> Identifier:
        try:
            found = identify(self.cleaned_data["identifier"], country=self.country)
        except BadIdentifier as error:
            raise forms.ValidationError(str(error)) from error
        if found is None:
            raise forms.ValidationError("Ce n’est pas un numéro d’entreprise.")
        return found


def threshold_in(text: str) -> int:
    """The chosen threshold in percent; the usual one for what is none of THRESHOLDS."""
    return int(text) if text in map(str, THRESHOLDS) else USUAL_THRESHOLD


def as_share(threshold: int) -> Decimal:
    return Decimal(threshold) / 100
