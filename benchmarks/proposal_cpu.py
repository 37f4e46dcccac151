"""CPU of the proposal's layout, against the same pages with tables that find their column widths by themselves."""

import re
import sys
import time
from statistics import median

import django

django.setup()

from django.template.loader import render_to_string  # noqa: E402
from weasyprint import CSS, HTML  # noqa: E402

from benchmarks.market_tests import broker  # noqa: E402
from benchmarks.proposal_pdf import answered_market_test  # noqa: E402
from benchmarks.report import report  # noqa: E402
from factortaboite.pdf import print_stylesheet, render_pdf  # noqa: E402
from quotes.proposal_content import ProposalContent  # noqa: E402
from quotes.services.proposals import prepare_proposal  # noqa: E402

ROUNDS = 9
GOAL = 0.75


def main() -> int:
    user = broker()
    proposal = prepare_proposal(market_test=answered_market_test(user), by=user)
    html = render_to_string("quotes/pdf/proposal.html", {"proposal": ProposalContent.from_dict(proposal.content)})
    css = print_stylesheet()
    free_html = re.sub(r"<colgroup>.*?</colgroup>", "", html, flags=re.DOTALL)
    free_css = css.replace("table-layout: fixed", "table-layout: auto")
    assert free_html != html
    assert free_css != css
    render_pdf(html)
    ours, reference = [], []
    for _ in range(ROUNDS):
        ours.append(_cpu(lambda: render_pdf(html)))
        reference.append(
            _cpu(
                lambda: HTML(string=free_html).write_pdf(
                    stylesheets=[CSS(string=free_css)], pdf_variant="pdf/ua-1", pdf_tags=True
                )
            )
        )
    return report("proposal CPU ÷ the same without fixed widths, medians", median(ours), median(reference), GOAL)


def _cpu(work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
