"""Form fields that read what French brokers type: amounts, percentages, SIRENs."""

from datetime import date
from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.fr import siren

from factortaboite.money import UnreadableNumber, format_number, parse_decimal, round_euros

HIGHEST_AMOUNT = Decimal(10) ** 12
LONGEST_KEY = 19  # digits
FAR_OFF = "Ce jour est trop loin : vérifiez l’année."
LARGEST_SCAN = 10_000_000
# By the first bytes: what a file is called proves nothing.
SCAN_TYPES = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def key_in(text: str) -> int | None:
    """The key of a row that an address or a form names; None for what names none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY else None


class AmountInput(forms.TextInput):
    """A number typed the French way, aligned like the numbers of a table."""

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "amount", **(attrs or {})})


class DayInput(forms.DateInput):
    """A day, in the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayFormField(forms.DateField):
    """A day that people work with. What is centuries away is a slip of the keyboard: nothing can count from there."""

    widget = DayInput
    default_validators = [
        MinValueValidator(date(2000, 1, 1), FAR_OFF),
        MaxValueValidator(date(2099, 12, 31), FAR_OFF),
    ]


class DecimalTextField(forms.Field):
    """What both number fields share: a text that `money.parse_decimal` reads; None when empty."""

    widget = AmountInput
    default_error_messages = {"negative": "Ce nombre ne peut pas être négatif."}

    def parse(self, text: str) -> Decimal:
        try:
            number = parse_decimal(text)
        except UnreadableNumber as error:
            raise forms.ValidationError(str(error), code="unreadable") from error
        if number < 0:
            raise forms.ValidationError(self.error_messages["negative"], code="negative")
        return number


class EuroFormField(DecimalTextField):
    """Euros as a Decimal with cents: « 1 090 000 », « 1090000,00 € ». HT or TTC is for the label to say."""

    def to_python(self, value) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if not value.strip():
            return None
        amount = round_euros(self.parse(value))
        if abs(amount) >= HIGHEST_AMOUNT:
            raise forms.ValidationError("Ce montant est trop grand.", code="too_big")
        return amount

    def prepare_value(self, value):
        if isinstance(value, Decimal):
            return format_number(value, 0 if value == value.to_integral_value() else 2)
        return value


class SignedEuroFormField(EuroFormField):
    """Euros that may be negative: a loss, a debt."""

    def parse(self, text: str) -> Decimal:
        try:
            return parse_decimal(text)
        except UnreadableNumber as error:
            raise forms.ValidationError(str(error), code="unreadable") from error


class PercentFormField(DecimalTextField):
    """A percentage as a share between 0 and 1: « 5 % », « 0,24 » (0.0024), « 2,4 ‰ » too. `places` are the share's
    decimals."""

    def __init__(self, *, places: int = 4, **kwargs) -> None:
        self.places = places
        super().__init__(**kwargs)

    def to_python(self, value) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if not value.strip():
            return None
        text = value.strip()
        percentage = (
            self.parse(text.removesuffix("‰")) / 10 if text.endswith("‰") else self.parse(text.removesuffix("%"))
        )
        if percentage > 100:
            raise forms.ValidationError("Un pourcentage ne dépasse pas 100.", code="too_big")
        share = (percentage / 100).quantize(Decimal(1).scaleb(-self.places))
        if share * 100 != percentage:
            raise forms.ValidationError(f"{self.places - 2} décimales au plus.", code="too_precise")
        return share

    def prepare_value(self, value):
        if isinstance(value, Decimal):
            return f"{(value * 100).normalize():f}".replace(".", ",")
        return value


class SirenFormField(forms.CharField):
    """A SIREN, checked by its key. Spaces are fine, and so is a whole SIRET."""

    def __init__(self, **kwargs) -> None:
        super().__init__(widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}), **kwargs)

    def to_python(self, value) -> str:
        digits = "".join(super().to_python(value).split()).replace(".", "")
        if len(digits) == 14 and digits.isdigit():
            digits = digits[:9]
        return digits

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value:
            return
        if not (value.isascii() and value.isdigit() and len(value) == 9):
            raise forms.ValidationError("Un SIREN compte 9 chiffres.", code="format")
        try:
            siren.validate(value)
        except BadNumber as error:
            raise forms.ValidationError(
                "La clé de contrôle de ce SIREN est fausse : un chiffre a sans doute été mal recopié.", code="key"
            ) from error


class ScanFormField(forms.FileField):
    """A signed paper or a document received: its name, its type as its bytes tell, and its bytes; None when empty."""

    def __init__(self, **kwargs) -> None:
        kwargs = {"help_text": "PDF, PNG ou JPEG, 10 Mo au plus.", **kwargs}
        super().__init__(widget=forms.FileInput({"accept": ".pdf,.png,.jpg,.jpeg"}), **kwargs)

    def clean(self, data, initial=None) -> tuple[str, str, bytes] | None:
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > LARGEST_SCAN:
            raise forms.ValidationError("Ce document dépasse 10 Mo : numérisez-le en noir et blanc.", code="too_big")
        content = file.read()
        for beginning, content_type in SCAN_TYPES:
            if content.startswith(beginning):
                return file.name[-200:], content_type, content
        raise forms.ValidationError("Ce fichier n’est ni un PDF, ni une image PNG ou JPEG.", code="type")
