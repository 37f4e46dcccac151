from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from factortaboite.forms import EuroFormField, PercentFormField, SirenFormField


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("  ", None, id="blanks"),
        pytest.param("1 090 000 €", Decimal(1_090_000), id="spaces and unit"),
        pytest.param("7 000,505", Decimal("7000.51"), id="half a cent rounds up"),
        pytest.param("0", Decimal(0), id="zero is an amount"),
    ],
)
def test_euros(typed, amount):
    assert EuroFormField(required=False).clean(typed) == amount


@pytest.mark.parametrize(
    "typed",
    [
        "beaucoup", "-5", "(5)", "1000000000000", "12,34,5", "NaN", "Infinity", "1e30", "٣",
        pytest.param("9" * 30, id="more digits than arithmetic keeps"),
        pytest.param("9" * 5000, id="more digits than Python reads"),
        pytest.param("0," + "3" * 100_000, id="endless decimals"),
    ],
)  # fmt: skip
def test_euros_refused(typed):
    with pytest.raises(ValidationError):
        EuroFormField().clean(typed)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        pytest.param(Decimal("1090000.00"), "1 090 000", id="whole"),
        pytest.param(Decimal("16447.20"), "16 447,20", id="cents"),
        pytest.param(Decimal("0.00"), "0", id="zero"),
        pytest.param("12 k", "12 k", id="what was typed is shown again"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_euros_shown_can_be_read_again(amount, shown):
    field = EuroFormField(required=False)
    prepared = field.prepare_value(amount)
    assert prepared == (shown and shown.replace("1 090 000", "1\u202f090\u202f000").replace("16 447", "16\u202f447"))
    if isinstance(amount, Decimal):
        assert field.clean(prepared) == amount


@pytest.mark.parametrize(
    ("typed", "places", "share"),
    [
        pytest.param("5", 4, Decimal("0.05"), id="whole"),
        pytest.param("5,25 %", 4, Decimal("0.0525"), id="decimals and sign"),
        pytest.param("0,165", 6, Decimal("0.00165"), id="a premium rate"),
        pytest.param("2,4 ‰", 6, Decimal("0.0024"), id="per mille, as insurers quote"),
        pytest.param("100", 4, Decimal(1), id="all"),
        pytest.param("", 4, None, id="nothing"),
    ],
)
def test_percentages_are_shares(typed, places, share):
    field = PercentFormField(places=places, required=False)
    assert field.clean(typed) == share
    if share is not None:
        assert field.clean(field.prepare_value(share)) == share


@pytest.mark.parametrize("typed", ["101", "-1", "5,255", "cinq"])
def test_percentages_refused(typed):
    with pytest.raises(ValidationError):
        PercentFormField().clean(typed)


@pytest.mark.parametrize("typed", ["000100990", "000 100 990", "000.100.990", "00010099000013"])
def test_sirens(typed):
    assert SirenFormField().clean(typed) == "000100990"


@pytest.mark.parametrize("typed", ["", "000100991", "12345678", "00010099O", "०००१००९९०"])
def test_sirens_refused(typed):
    with pytest.raises(ValidationError):
        SirenFormField().clean(typed)
