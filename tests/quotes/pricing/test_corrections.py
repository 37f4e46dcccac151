from dataclasses import replace
from decimal import Decimal

import pytest

from quotes.pricing.corrections import differences
from quotes.pricing.default_tariff import DEFAULT_RATES
from quotes.pricing.tariffs import Product, Rate

RATES = DEFAULT_RATES[Product.DECLARATION]
LAYOUT = Product.DECLARATION.layout


def changed(code: str, bound: str | None = None, **fields) -> list[Rate]:
    step = None if bound is None else Decimal(bound)
    return [replace(rate, **fields) if (rate.code, rate.bound) == (code, step) else rate for rate in RATES]


def without(code: str) -> list[Rate]:
    return [rate for rate in RATES if rate.code != code]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(RATES[::-1], [], id="another order is no change"),
        pytest.param(changed("base_rate_french", value=Decimal("0.00220")), [], id="nor is a zero more"),
        pytest.param(
            changed("base_rate_french", value=Decimal("0.00265")),
            [("Taux de base, ventes en France", "0,22 %", "0,265 %")],
            id="a value",
        ),
        pytest.param(
            changed("instalments", source="contrat type"),
            [("Nombre d’échéances de l’acompte", "4 · usage du marché, sources publiques", "4 · contrat type")],
            id="its source alone",
        ),
        pytest.param(
            changed("transport", label="Transport routier", value=Decimal("1.25")),
            [("Secteur : Transport routier", "× 1,20 · Transport", "× 1,25 · Transport routier")],
            id="a sector and its name",
        ),
        pytest.param(without("transport"), [("Secteur : Transport", "× 1,20", "")], id="a line taken out"),
        pytest.param(
            [*RATES, Rate("losses", "", Decimal("0.95"), "note", bound=Decimal("0.25"))],
            [("Pertes de trois ans, en part des primes : moins de 25 %", "", "× 0,95")],
            id="a step more",
        ),
        pytest.param(
            changed("", "0.60", value=Decimal("1.15")),
            [("Part de l’export : jusqu’à 60 %", "× 1,10", "× 1,15")],
            id="a step",
        ),
    ],
)
def test_what_changed(after, said):
    plain = [
        tuple(text.replace("\u00a0", " ").replace("\u202f", " ") for text in (each.label, each.before, each.after))
        for each in differences(LAYOUT, RATES, after)
    ]
    assert plain == said


def test_parameters_come_first_then_the_tables_in_order():
    after = changed("transport", value=Decimal(2))
    after = [replace(rate, value=Decimal(9)) if rate.code == "instalments" else rate for rate in after]
    assert [each.label for each in differences(LAYOUT, RATES, after)] == [
        "Nombre d’échéances de l’acompte",
        "Secteur : Transport",
    ]
