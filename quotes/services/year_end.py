"""Where the terms of a year-end adjustment come from: what partners quoted for the client, else the firm's tariff."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from clients.models import Client, RiskSnapshot
from factortaboite.money import round_euros
from quotes.models import PartnerQuote
from quotes.services.formula import tariff_terms

MOST_QUOTES = 8
TARIFF = "tarif"


@dataclass(frozen=True, slots=True)
class KnownTerms:
    """Terms to start from; `values` are initial values of the form, in euros HT and shares."""

    key: str
    label: str
    values: Mapping[str, Decimal | int | None]


def known_terms(client: Client) -> list[KnownTerms]:
    """The terms that partners quoted, the latest first, then those of the firm's tariff. A handful of queries."""
    quotes = PartnerQuote.objects.filter(
        submission__market_test__client=client, is_estimate=False, premium_rate__isnull=False
    ).select_related("submission__market_test__snapshot")
    known = [
        KnownTerms(
            key=str(quote.submission_id),
            label=f"{quote.submission.name}, test du {quote.submission.market_test.launched_at:%d/%m/%Y}",
            values=_values(quote.submission.market_test.snapshot, vars(quote)),
        )
        for quote in quotes.order_by("-changed_at")[:MOST_QUOTES]
    ]
    latest = client.market_tests.select_related("snapshot__client", "snapshot__firm").first()
    tariff = tariff_terms(latest.snapshot) if latest else {}
    if tariff:
        known.append(KnownTerms(TARIFF, "Tarif du cabinet", _values(latest.snapshot, tariff)))
    return known


def _values(snapshot: RiskSnapshot, terms: Mapping) -> dict[str, Decimal | int | None]:
    """The deposit is the tariff's share of the minimum premium, with a partner usually all of it; it is taxed as the
    expected turnover is spread."""
    minimum, turnover = terms["minimum_premium"], snapshot.insurable_turnover
    deposit = terms.get("deposit", minimum)
    values = {
        "french_rate": terms["premium_rate"],
        "export_rate": terms["export_premium_rate"],
        "minimum_premium": minimum,
        "maximum_liability_multiple": terms["maximum_liability_multiple"],
    }
    if deposit and turnover:
        export = round_euros(deposit * snapshot.export_turnover / turnover)
        values |= {"french_deposit": deposit - export, "export_deposit": export}
    return values
