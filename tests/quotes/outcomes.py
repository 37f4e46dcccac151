"""What the engine stores when a partner answers, without asking anybody."""

from decimal import Decimal

from factortaboite.demo.buyers import DEMO_BUYERS
from quotes.engine.store import Outcome, store_outcomes
from quotes.enums import Channel, IndicationState
from quotes.models import LimitIndication, MarketTest, Submission
from quotes.vocabulary import Decision, Reason

ANSWERS = {buyer.id_value: buyer.answers for buyer in DEMO_BUYERS}


def granted(row: LimitIndication, amount: Decimal, **more) -> Outcome:
    """The outcome of a partner that grants `amount` euros; zero is a refusal for weak financials."""
    if not amount:
        decision, more = Decision.REFUSED, {"reasons": [Reason.WEAK_FINANCIALS.value], **more}
    else:
        decision = Decision.GRANTED if amount >= row.requested else Decision.PARTIAL
    answer = {"decision": decision.value, "asked": row.requested, "permanent": amount, "raw": b"{}"} | more
    return Outcome(row.pk, IndicationState.ANSWERED, **answer)


def answer_as_the_demo(submission: Submission) -> None:
    """All that the demo's insurer answers in this submission; its one missing reply stays silent."""
    outcomes = []
    for row in submission.indications.select_related("exposure"):
        amount = ANSWERS[row.exposure.id_value][submission.account.code.upper()]
        silent = Outcome(row.pk, IndicationState.SILENT)
        outcomes.append(silent if amount is None else granted(row, amount))
    store_outcomes(outcomes)


def answer_all(market_test: MarketTest) -> None:
    """The demo's story, told to its end, by every insurer that is asked by machine."""
    for submission in market_test.submissions.filter(channel=Channel.API).select_related("account"):
        answer_as_the_demo(submission)
