"""How close two covers are held equal, and the contract that the client has today."""

from collections.abc import Sequence
from decimal import Decimal

from django import forms

from factortaboite.forms import HIGHEST_AMOUNT, EuroFormField, PercentFormField
from factortaboite.money import UnreadableNumber, format_number, parse_decimal, round_euros
from quotes.comparison import AskedBuyer
from quotes.forms.terms import ExcessesForm, insured_percentage_field
from quotes.models import CurrentContract, MarketTest

SEPARATORS = ("\t", ";")
SHOWN_BUYERS = 2000


class ToleranceForm(forms.ModelForm):
    tolerance = PercentFormField(label="Écart de garantie tenu pour égal, en points")

    class Meta:
        model = MarketTest
        fields = ["tolerance"]


class CurrentContractForm(ExcessesForm):
    """One line per buyer: its identifier, the amount covered. A line without an amount says nothing."""

    yearly_cost = EuroFormField(label="Coût annuel, taxes et frais compris (€)", required=False)
    insured_percentage = insured_percentage_field(required=False)
    maximum_liability = EuroFormField(
        label="Plafond annuel (€)", required=False, help_text="La limite de décaissement ; vide, sans plafond."
    )
    ends_on = forms.DateField(label="Échéance", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    limits = forms.CharField(
        label="Garanties en vigueur (€ HT)",
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea({"rows": 12, "spellcheck": "false"}),
        help_text="Un acheteur par ligne : identifiant ; montant. Un tableau collé depuis un tableur convient aussi.",
    )

    class Meta:
        model = CurrentContract
        fields = [
            "insurer",
            "yearly_cost",
            "insured_percentage",
            "maximum_liability",
            "each_loss_excess",
            "qualifying_loss",
            "aggregate_first_loss",
            "ends_on",
            "limits",
        ]

    def __init__(self, *args, buyers: Sequence[AskedBuyer], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial["limits"] = _written(self.instance.amounts, buyers)

    def clean_limits(self) -> dict[str, str]:
        """The amounts as text, by identifier. Every line that cannot be read is named."""
        limits, errors = {}, []
        for number, line in enumerate(self.cleaned_data["limits"].splitlines(), start=1):
            try:
                identifier, amount = _read(line)
            except UnreadableNumber as error:
                errors.append(f"Ligne {number} : {error}")
                continue
            if amount is not None and identifier in limits:
                errors.append(f"Ligne {number} : {identifier} figure déjà plus haut.")
            elif amount is not None:
                limits[identifier] = f"{amount:f}"
        if errors:
            raise forms.ValidationError(errors[:10])
        return limits


def _read(line: str) -> tuple[str, Decimal | None]:
    """The identifier and the amount of a line; no amount when the line says nothing."""
    if not line.strip():
        return "", None
    separator = next((one for one in SEPARATORS if one in line), None)
    if separator is None:
        raise UnreadableNumber("séparez l’identifiant du montant par un point-virgule ou une tabulation.")
    written, amount, *_ = line.split(separator)
    identifier = _identifier(written)
    if not identifier:
        raise UnreadableNumber("l’identifiant de l’acheteur manque.")
    if not amount.strip():
        return identifier, None
    euros = round_euros(parse_decimal(amount))
    if not 0 <= euros < HIGHEST_AMOUNT:
        raise UnreadableNumber(f"« {amount.strip()} » n’est pas un montant de garantie.")
    return identifier, euros


def _identifier(written: str) -> str:
    """As buyers' identifiers are stored: no spaces, capitals, a SIRET as its SIREN."""
    plain = "".join(character for character in written.upper() if character.isalnum())
    return plain[:9] if len(plain) == 14 and plain.isdigit() else plain


def _written(amounts: dict[str, Decimal], buyers: Sequence[AskedBuyer]) -> str:
    """The buyers of the test with what is known of each, ready to be completed; then those it does not ask about."""
    asked = [buyer for buyer in buyers if buyer.identifier]
    lines = [(buyer.identifier, amounts.get(buyer.identifier), buyer.name) for buyer in asked[:SHOWN_BUYERS]]
    known = {identifier for identifier, *_ in lines}
    lines += [(identifier, amount, "") for identifier, amount in amounts.items() if identifier not in known]
    return "\n".join(
        " ; ".join([identifier, "" if amount is None else format_number(amount, 2).removesuffix(",00"), name]).rstrip(
            " ;"
        )
        for identifier, amount, name in lines
    )
