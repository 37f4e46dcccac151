"""The demo client's proposal from the order to the stored PDF, through the worker, against bare WeasyPrint."""

import statistics
import sys
import time
from uuid import uuid4

import django

django.setup()

from django.template.loader import render_to_string  # noqa: E402
from weasyprint import CSS, HTML  # noqa: E402

from benchmarks.report import report  # noqa: E402
from clients.services import confirm_portfolio_file, read_portfolio_file, store_portfolio_file  # noqa: E402
from factortaboite.accounts.models import User  # noqa: E402
from factortaboite.pdf import print_stylesheet  # noqa: E402
from quotes.demo import PORTFOLIO_FILE, TURNOVER, demo_client, load_demo_firm  # noqa: E402
from quotes.enums import ProposalStatus  # noqa: E402
from quotes.models import MarketTest, PartnerAccount, Proposal  # noqa: E402
from quotes.proposal_content import ProposalContent  # noqa: E402
from quotes.services.market_tests import launch_market_test  # noqa: E402
from quotes.services.proposals import prepare_proposal, withdraw_proposal  # noqa: E402

ROUNDS = 7
GOAL = 1.15


def main() -> int:
    broker = User.objects.get(firm=load_demo_firm(), role="broker")
    market_test = answered_market_test(broker)
    through_the_worker, bare = [], []
    first, _ = _render(market_test, broker)  # the worker's first PDF pays for its imports
    withdraw_proposal(proposal=first, by=broker)
    for _ in range(ROUNDS):
        proposal, seconds = _render(market_test, broker)
        through_the_worker.append(seconds)
        bare.append(_bare_seconds(proposal))
        withdraw_proposal(proposal=proposal, by=broker)  # else the next round gets the same offer back
    print(f"proposal PDF of {len(proposal.document.content)} bytes, medians of {ROUNDS} interleaved rounds")
    return report(
        "proposal PDF through the worker ÷ bare WeasyPrint",
        statistics.median(through_the_worker),
        statistics.median(bare),
        GOAL,
    )


def answered_market_test(broker: User) -> MarketTest:
    client = demo_client(broker.firm)
    content = PORTFOLIO_FILE.read_bytes()
    file = store_portfolio_file(client=client, filename=PORTFOLIO_FILE.name, content=[content], by=broker)
    read_portfolio_file(file.pk)
    file.refresh_from_db()
    snapshot = confirm_portfolio_file(file, figures=TURNOVER)
    accounts = PartnerAccount.objects.filter(firm=broker.firm, code__in="abc")
    accounts.update(active=True)  # another bench may have put its own in their place
    market_test = launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=uuid4(), by=broker)
    while market_test.submissions.filter(ended_at=None).exists():
        time.sleep(0.2)
    return market_test


def _render(market_test: MarketTest, broker: User) -> tuple[Proposal, float]:
    """Seconds from the saved order to the stored document."""
    proposal = prepare_proposal(market_test=market_test, by=broker)
    started = time.perf_counter()
    while Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.RENDERING).exists():
        time.sleep(0.005)
    return proposal, time.perf_counter() - started


def _bare_seconds(proposal: Proposal) -> float:
    html = render_to_string("quotes/pdf/proposal.html", {"proposal": ProposalContent.from_dict(proposal.content)})
    css = print_stylesheet()
    started = time.perf_counter()
    HTML(string=html).write_pdf(stylesheets=[CSS(string=css)], pdf_variant="pdf/ua-1", pdf_tags=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
