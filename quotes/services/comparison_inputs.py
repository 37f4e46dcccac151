"""What a comparison starts from, read from the database as plain rows: 10 000 model instances would cost 0.4 s."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from clients.models import RiskSnapshot
from quotes.comparison import AskedBuyer, BuyerAnswer, CurrentContract, PastYear
from quotes.models import CurrentContract as StoredContract
from quotes.models import LimitIndication, MarketTest, PartnerQuote
from quotes.pricing.annual_cost import PolicyTerms, PricedTerms, TaxRates, price
from quotes.vocabulary import Decision, Reason

DECISIONS = {decision.value: decision for decision in Decision}
REASONS = {reason.value: reason for reason in Reason}


def read_buyers(snapshot: RiskSnapshot) -> list[AskedBuyer]:
    """Those that partners are asked about. Their key is the exposure's."""
    rows = snapshot.exposures.asked().values_list("pk", "name", "requested", "id_value", "country", "turnover")
    return [
        AskedBuyer(str(pk), name, requested, id_value, country != "FR", turnover)
        for pk, name, requested, id_value, country, turnover in rows
    ]


def read_answers(market_test: MarketTest) -> dict[str, dict[str, BuyerAnswer]]:
    """By partner code, then by buyer key; a question without an answer is missing."""
    rows = (
        LimitIndication.objects.filter(submission__market_test=market_test)
        .exclude(decision="")
        .values_list(
            "submission__account__code",
            "exposure_id",
            "decision",
            "permanent",
            "temporary",
            "temporary_until",
            "reasons",
            "conditions",
            "preliminary",
        )
    )
    answers: dict[str, dict[str, BuyerAnswer]] = {}
    for code, exposure_id, decision, permanent, temporary, until, reasons, conditions, preliminary in rows:
        answers.setdefault(code, {})[str(exposure_id)] = BuyerAnswer(
            DECISIONS[decision],
            permanent,
            temporary,
            until,
            tuple(REASONS[reason] for reason in reasons) if reasons else (),
            tuple(conditions),
            preliminary,
        )
    return answers


def read_past(snapshot: RiskSnapshot) -> list[PastYear]:
    """The three years before the snapshot, oldest first; empty when no loss was declared."""
    last = snapshot.taken_on.year - 1
    years = [PastYear(last - 2 + position, loss) for position, loss in enumerate(snapshot.losses)]
    return years if any(snapshot.losses) else []


def read_current(market_test: MarketTest) -> CurrentContract | None:
    """The client's contract in force, its limits by the buyers' identifiers."""
    stored = StoredContract.objects.filter(client_id=market_test.client_id).first()
    if stored is None:
        return None
    return CurrentContract(
        insurer=stored.insurer,
        limits=stored.amounts,
        yearly_cost=stored.yearly_cost,
        insured_percentage=stored.insured_percentage,
        maximum_liability=stored.maximum_liability,
        excesses=stored.excesses,
        ends_on=stored.ends_on,
    )


def match_limits(contract: CurrentContract, buyers: Sequence[AskedBuyer]) -> CurrentContract:
    """The same contract, its limits by buyer key."""
    amounts = contract.limits
    return replace(
        contract, limits={buyer.key: amounts[buyer.identifier] for buyer in buyers if buyer.identifier in amounts}
    )


def priced_terms(
    snapshot: RiskSnapshot, quote: PartnerQuote, buyers_asked: int, taxes: TaxRates
) -> PricedTerms | None:
    """None while the partner's terms or the insurable turnover are not known."""
    turnover = snapshot.insurable_turnover
    is_priced = quote.all_in_price is not None or not (turnover is None or quote.premium_rate is None)
    if not is_priced or quote.insured_percentage is None:
        return None
    export = min(snapshot.export_turnover, turnover or Decimal(0))
    terms = PolicyTerms(
        premium_rate=quote.premium_rate or Decimal(0),
        french_turnover=(turnover or Decimal(0)) - export,
        export_turnover=export,
        buyers_asked=buyers_asked,
        fee_per_buyer=quote.fee_per_buyer or Decimal(0),
        insured_percentage=quote.insured_percentage,
        maximum_liability_multiple=quote.maximum_liability_multiple,
        minimum_premium=quote.minimum_premium,
        export_premium_rate=quote.export_premium_rate,
        all_in_price=quote.all_in_price,
        excesses=quote.excesses,
    )
    return price(terms, taxes, is_estimate=quote.is_estimate)
