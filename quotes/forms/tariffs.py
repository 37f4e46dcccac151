"""Tariffs as people type them: percentages, euros, factors with a comma, each with its source."""

from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.utils.text import slugify

from factortaboite.forms import DecimalTextField, EuroFormField, PercentFormField
from factortaboite.money import UnreadableNumber, format_number, parse_decimal
from quotes.models import ClientProfile
from quotes.pricing.tariffs import PARAMETERS, Parameter, Rate, Table, Tariff, TariffIncoherent, Unit, check_rates

HIGHEST_FACTOR, HIGHEST_COUNT = Decimal(1000), Decimal(1_000_000)
FACTOR_PLACES = 4
MOST_LINES = 40
SOURCE_LENGTH = 160


class PlainNumberField(DecimalTextField):
    """A factor (« 1,05 ») or, without decimals, a count. Both « 1,125 » and « 1.125 » are a little more than one."""

    def __init__(self, *, places: int, **kwargs) -> None:
        self.places = places
        super().__init__(**kwargs)

    def parse(self, text: str) -> Decimal:
        try:
            number = parse_decimal(text.replace(".", ","), decimal_separator=",")
        except UnreadableNumber as error:
            raise forms.ValidationError(str(error), code="unreadable") from error
        if number < 0:
            raise forms.ValidationError(self.error_messages["negative"], code="negative")
        return number

    def to_python(self, value) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if not value.strip():
            return None
        number = self.parse(value.strip().removeprefix("×"))
        if number != round(number, self.places):
            said = f"{self.places} décimales au plus." if self.places else "Ce nombre est entier."
            raise forms.ValidationError(said, code="too_precise")
        if number > (HIGHEST_FACTOR if self.places else HIGHEST_COUNT):
            raise forms.ValidationError("Ce nombre est trop grand.", code="too_big")
        return number

    def prepare_value(self, value):
        if isinstance(value, Decimal):
            exponent = value.normalize().as_tuple().exponent
            return format_number(value, max(2 if self.places else 0, -exponent))
        return value


def _number_field(unit: Unit, label: str) -> forms.Field:
    if unit is Unit.EUROS:
        return EuroFormField(label=f"{label} (€)")
    if unit is Unit.SHARE:
        return PercentFormField(label=f"{label} (%)", places=6)
    return PlainNumberField(label=label, places=FACTOR_PLACES if unit is Unit.FACTOR else 0)


def _source_field(label: str) -> forms.Field:
    return forms.CharField(label=label, max_length=SOURCE_LENGTH)


class ParametersForm(forms.Form):
    """The single values of a tariff, each beside its source."""

    def __init__(self, *args, parameters: Iterable[Parameter], tariff: Tariff, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.parameters = tuple(parameters)
        for parameter in self.parameters:
            value, source = f"value-{parameter.code}", f"source-{parameter.code}"
            self.fields[value] = _number_field(parameter.unit, parameter.label)
            self.fields[source] = _source_field(f"Source : {parameter.label}")
            if rate := tariff.named(PARAMETERS, parameter.code):
                self.initial |= {value: rate.value, source: rate.source}

    @property
    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"value-{each.code}"], self[f"source-{each.code}"]) for each in self.parameters]

    @property
    def rates(self) -> list[Rate]:
        data = self.cleaned_data
        return [
            Rate(PARAMETERS, each.code, data[f"value-{each.code}"], data[f"source-{each.code}"])
            for each in self.parameters
        ]


class FactorForm(forms.Form):
    """One line of a table of factors: a step of a scale, or a sector."""

    def __init__(self, *args, table: Table, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        if table.bound_unit:
            self.fields["bound"] = _number_field(table.bound_unit, table.bound_label)
        else:
            self.fields["label"] = forms.CharField(label=table.label, max_length=80)
            self.fields["code"] = forms.SlugField(required=False, max_length=40, widget=forms.HiddenInput)
        self.fields["value"] = _number_field(table.unit, table.value_label)
        self.fields["source"] = _source_field("Source")

    @property
    def key(self) -> forms.BoundField:
        """What the line is found by."""
        return self["bound" if self.table.bound_unit else "label"]

    @property
    def rate(self) -> Rate:
        data = self.cleaned_data
        label = data.get("label", "")
        return Rate(
            table=self.table.code,
            code="" if self.table.bound_unit else data["code"] or slugify(label)[:40],
            value=data["value"],
            source=data["source"],
            label=label,
            bound=data.get("bound"),
        )


FactorFormSet = forms.formset_factory(
    FactorForm, extra=1, can_delete=True, max_num=MOST_LINES, absolute_max=2 * MOST_LINES
)


class TariffForm:
    """A whole tariff on one screen: its parameters and its tables, checked together."""

    def __init__(self, data, *, tariff: Tariff) -> None:
        self.product = tariff.product
        self.problem = ""
        self.is_bound = bool(data)
        layout = tariff.product.layout
        self.parameters = ParametersForm(data or None, parameters=layout.parameters, tariff=tariff)
        self.tables = [
            (
                table,
                FactorFormSet(
                    data or None,
                    prefix=table.code,
                    form_kwargs={"table": table},
                    initial=[
                        {"bound": rate.bound, "label": rate.label, "code": rate.code, "value": rate.value}
                        | {"source": rate.source}
                        for rate in (tariff.steps(table.code) if table.bound_unit else tariff.rates)
                        if rate.table == table.code
                    ],
                ),
            )
            for table in layout.tables
        ]

    def is_valid(self) -> bool:
        if not self.is_bound:
            return False
        if not all([self.parameters.is_valid(), *(formset.is_valid() for _, formset in self.tables)]):
            self.problem = "Une valeur est à corriger."
            return False
        try:
            check_rates(self.product, self.rates)
        except TariffIncoherent as error:
            self.problem = str(error)
        return not self.problem

    @property
    def rates(self) -> list[Rate]:
        """What was typed, scales in the order of their bounds."""
        rates = self.parameters.rates
        for table, formset in self.tables:
            kept = [
                form.rate
                for form in formset.forms
                if form not in formset.deleted_forms and (form.initial or form.has_changed())
            ]
            rates += sorted(kept, key=lambda rate: rate.limit) if table.bound_unit else kept
        return rates


class NewVersionForm(forms.Form):
    valid_from = forms.DateField(label="En vigueur à partir du", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))


class ProfileForm(forms.ModelForm):
    """What the client's figures do not say. The sectors are those of the firm's tariffs."""

    sector = forms.ChoiceField(label="Secteur")

    class Meta:
        model = ClientProfile
        fields = ["sector", "has_history", "is_marketplace"]
        labels = {
            "has_history": "Trois ans d’historique de pertes",
            "is_marketplace": "Place de marché : beaucoup de petits acheteurs, qui changent",
        }

    def __init__(self, *args, sectors: Iterable[Rate], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sector"].choices = [(rate.code, rate.label) for rate in sectors]
