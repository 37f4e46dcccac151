"""The year-end adjustment on screen: where its terms come from, and V10–V11 (DOMAIN.md §9) as a broker types them."""

from decimal import Decimal

import pytest
from django.urls import reverse

from quotes.models import PartnerQuote, TariffLine
from quotes.services.answers import record_terms
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db

CONTRACT = {"french_rate": "0,22", "minimum_premium": "8 800", "maximum_liability_multiple": "30"}
YEAR = {"french_turnover": "5 600 000", "french_deposit": "8 800", "due_on": "2026-12-31"}


@pytest.fixture
def desk(client, broker):
    client.force_login(broker)
    return client


def page(client, **typed) -> str:
    return reverse("quotes:year_end", args=[client.pk], query=typed)


def values_of(response) -> dict[str, str]:
    """What stands in the form, with plain spaces."""
    fields = part_of(response, "main form").select("input[name]")
    return {field["name"]: " ".join(field.get("value", "").split()) for field in fields}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param(
            {},
            [
                "Reste à payer 3 836,80 € taxes comprises · prime due 12 320,00 € HT",
                "Plafond annuel d’indemnisation sur cette prime : 369 600,00 €",
                "Acomptes déjà versés 8 800,00 € déduits −8 800,00 €",
            ],
            id="V10",
        ),
        pytest.param(
            {"french_turnover": "3 600 000"},
            [
                "Rien à payer 0,00 € taxes comprises · prime due 8 800,00 € HT",
                "elle reste due en entier",
                "Plafond annuel d’indemnisation sur cette prime : 264 000,00 €",
            ],
            id="V11",
        ),
        pytest.param(
            {"french_turnover": "4 500 000", "french_deposit": "11 000"},
            ["À rembourser par l’assureur 1 199,00 €"],  # 9 900 due, 1 100 and its tax come back
            id="a refund",
        ),
        pytest.param(
            # 1 M€ at 0.30 % for export, untaxed: 3 000 beside the 12 320.
            {"export_turnover": "1 000 000", "export_rate": "0,30"},
            ["Reste à payer 6 836,80 €", "Prime, ventes à l’export 1 000 000,00 € 0,3 % 3 000,00 €"],
            id="export at its own rate",
        ),
        pytest.param({"maximum_liability_multiple": ""}, ["Sans plafond annuel."], id="no cap"),
    ],
)
def test_the_balance_of_a_year(desk, snapshot, typed, said):
    text = text_of(desk.get(page(snapshot.client, **CONTRACT | YEAR | typed)))
    for words in said:
        assert words in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"french_turnover": ""}, "Ce champ est obligatoire.", id="no turnover"),
        pytest.param({"french_rate": "beaucoup"}, "« beaucoup » n’est pas un nombre.", id="a rate in words"),
        pytest.param({"due_on": "2019-01-01"}, "Les taxes de ce jour-là ne sont pas connues.", id="before any tax"),
    ],
)
def test_what_is_wrong_is_said_in_french(desk, snapshot, typed, said):
    answer = desk.get(page(snapshot.client, **CONTRACT | YEAR | typed))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "Reste à payer" not in text_of(answer)


def test_starts_empty_without_any_terms(desk, snapshot):
    answer = desk.get(page(snapshot.client))
    assert values_of(answer)["french_rate"] == ""
    assert "Reprenez les conditions du contrat." in text_of(answer)


def test_starts_from_the_tariff_as_long_as_no_partner_has_quoted(desk, market_test):
    answer = desk.get(page(market_test.client))
    values = values_of(answer)
    assert (values["french_rate"], values["minimum_premium"]) == ("0,2888", "13 862,40")
    # 5 % of the insurable turnover is export.
    assert (values["french_deposit"], values["export_deposit"]) == ("13 169,28", "693,12")
    assert "estimation du cabinet" in text_of(answer)
    # A deposit of 60 % of the minimum: 8 317.44, of which 5 % for export.
    TariffLine.objects.filter(firm=market_test.firm, code="deposit_share").update(value=Decimal("0.60"))
    values = values_of(desk.get(page(market_test.client)))
    assert (values["minimum_premium"], values["french_deposit"], values["export_deposit"]) == (
        "13 862,40",
        "7 901,57",
        "415,87",
    )


def test_starts_from_what_a_partner_quoted_and_from_any_other_on_demand(desk, market_test, broker):
    for code, rate, minimum in (("a", "0.0017", None), ("b", "0.0024", 16_000)):
        quote = PartnerQuote.objects.get(submission__market_test=market_test, submission__account__code=code)
        quote.premium_rate, quote.minimum_premium = Decimal(rate), minimum
        record_terms(quote=quote, by=broker)
    latest = desk.get(page(market_test.client))
    assert (values_of(latest)["french_rate"], values_of(latest)["french_deposit"]) == ("0,24", "15 200")
    assert "Conditions données par Assureur B" in text_of(latest)
    choices = [link["href"] for link in part_of(latest, "nav[aria-label='Conditions de départ']").select("a")]
    assert len(choices) == 3
    other = values_of(desk.get(page(market_test.client) + choices[1]))
    assert (other["french_rate"], other["french_deposit"]) == ("0,17", "")
    assert "tarif" in choices[2]
    queries = count_queries(desk, page(market_test.client))
    PartnerQuote.objects.update(is_estimate=False)
    assert count_queries(desk, page(market_test.client)) == queries


def test_is_found_from_the_client_and_from_a_quote(desk, market_test, broker):
    quote = PartnerQuote.objects.filter(submission__market_test=market_test).first()
    record_terms(quote=quote, by=broker)
    tests = desk.get(reverse("quotes:client_market_tests", args=[market_test.client_id]))
    assert f'href="{page(market_test.client)}"' in tests.content.decode()
    terms = desk.get(reverse("quotes:submission_quote", args=[quote.submission_id]))
    assert f'href="{page(market_test.client, conditions=quote.submission_id)}"' in terms.content.decode()
