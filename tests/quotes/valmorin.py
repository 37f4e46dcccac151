"""The demo client’s market test as literals (DEMO.md): the figures expected of it cannot drift with the code."""

from datetime import date
from decimal import Decimal

from quotes.comparison import AskedBuyer, BuyerAnswer, PartnerAnswers
from quotes.pricing.annual_cost import PolicyTerms, price, tax_rates_on
from quotes.vocabulary import Decision, Reason

DAY = date(2026, 11, 22)

# name, yearly turnover, asked, then what A, B and C grant: k€ HT, 0 a refusal, None no reply
ROWS = (
    ("Halbronne Promotion", 1500, 300, 0, 300, 200),
    ("Centrale Ostrevan", 900, 150, 0, 100, 120),
    ("Méca-Lorvalle", 500, 100, 100, 100, 60),
    ("Tôlerie Brisquenot", 400, 80, 80, 60, 80),
    ("Norvik Handels GmbH", 300, 70, 40, 70, 70),
    ("Élec Vaucassin", 300, 60, 60, 60, 40),
    ("Garonnel", 320, 50, 10, 50, 0),
    ("Serrurerie Ambrelin", 250, 50, 50, 50, 30),
    ("Transports Quévelin", 260, 40, 40, 30, 40),
    ("Plomberie Oursanne", 200, 40, 20, 40, 40),
    ("Ferroval", 200, 30, 30, 30, 30),
    ("Boisement Talliers", 150, 30, 30, 30, 15),
    ("Chauff’Est Rimbault", 120, 25, 25, 25, 25),
    ("Atelier Nivoisy", 130, 20, 20, 0, 20),
    ("Jardins Peltrac", 100, 20, 20, 20, None),
    ("Bâtisseurs Gâtinel", 75, 15, 15, 15, 15),
    ("Quincaillerie Delmorne", 100, 10, 10, 10, 10),
)

BUYERS = tuple(
    AskedBuyer(
        key=f"buyer-{number}",
        name=name,
        requested=Decimal(asked * 1000),
        identifier="DE 136 695 976" if name.startswith("Norvik") else f"000 100 {number:03}",
        foreign=name.startswith("Norvik"),
        turnover=Decimal(turnover * 1000),
    )
    for number, (name, turnover, asked, *_) in enumerate(ROWS, start=1)
)


def answer(granted: Decimal, asked: Decimal) -> BuyerAnswer:
    if not granted:
        return BuyerAnswer(Decision.REFUSED, granted, reasons=(Reason.WEAK_FINANCIALS,))
    return BuyerAnswer(Decision.GRANTED if granted == asked else Decision.PARTIAL, granted)


def answers_of(column: int) -> dict[str, BuyerAnswer]:
    return {
        buyer.key: answer(Decimal(row[3 + column] * 1000), buyer.requested)
        for buyer, row in zip(BUYERS, ROWS, strict=True)
        if row[3 + column] is not None
    }


def priced(rate: str, insured: str, multiple: int | None, *, is_estimate: bool = True):
    terms = PolicyTerms(
        premium_rate=Decimal(rate),
        french_turnover=Decimal(5_700_000),
        export_turnover=Decimal(300_000),
        buyers_asked=17,
        fee_per_buyer=Decimal(40),
        insured_percentage=Decimal(insured),
        maximum_liability_multiple=None if multiple is None else Decimal(multiple),
    )
    return price(terms, tax_rates_on(DAY), is_estimate=is_estimate)


PARTNERS = (
    PartnerAnswers(
        "a", "Assureur A", answers_of(0), priced("0.0017", "0.90", 20), "simulateur au format Allianz Trade"
    ),
    PartnerAnswers("b", "Assureur B", answers_of(1), priced("0.0024", "0.90", 30), "simulateur au format Atradius"),
    PartnerAnswers("c", "Assureur C", answers_of(2), priced("0.0021", "0.85", 25), "simulateur au format Coface"),
)
