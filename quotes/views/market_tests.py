"""The test à blanc: launched, followed while the answers come in, read, exported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import retarget

from clients.models import Client, RiskSnapshot
from factortaboite.accounts.permissions import committer_required
from factortaboite.downloads import file_to_save
from factortaboite.fragments import wants_fragment
from factortaboite.workbooks import MIME
from quotes.exports import market_test_workbook
from quotes.forms.comparison import ToleranceForm
from quotes.forms.market_tests import LaunchForm
from quotes.models import MarketTest, PartnerAccount, Submission
from quotes.services.board import read_board
from quotes.services.coverage import best_shares
from quotes.services.mandates import read_standings
from quotes.services.market_tests import LaunchRefused, ask_again, launch_market_test
from quotes.services.progress import progress_of, read_submissions
from quotes.views.cards import cards_of
from quotes.views.comparison import matrix_page
from quotes.views.matrix import MatrixPrinter
from quotes.views.pace import News, Pace, pace_of

TESTS_PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class ListedTest:
    """A line of a list of market tests. `best_share` (0–1) is what its best partner covers."""

    test: MarketTest
    best_share: Decimal

    @property
    def is_running(self) -> bool:
        return any(s.is_running for s in self.test.submissions.all())

    @property
    def missing(self) -> int:
        return sum(s.asked_count - s.settled_count for s in self.test.submissions.all())

    @property
    def is_fictitious(self) -> bool:
        return any(s.sandbox for s in self.test.submissions.all())


def _listed(tests: Iterable[MarketTest]) -> list[ListedTest]:
    shares = best_shares(tests)
    return [ListedTest(test, shares.get(test.pk, Decimal(0))) for test in tests]


@require_GET
def market_test_list(request: HttpRequest) -> HttpResponse:
    tests = MarketTest.objects.visible_to(request.user).select_related("client", "launched_by")
    page = Paginator(tests.prefetch_related("submissions"), TESTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "quotes/market_test_list.html", {"page": page, "tests": _listed(page.object_list)})


@require_GET
def client_market_tests(request: HttpRequest, client_pk: int) -> HttpResponse:
    """The fragment of a client's page."""
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=client_pk)
    tests = client.market_tests.select_related("client", "launched_by").prefetch_related("submissions")
    return render(request, "quotes/_client_market_tests.html", {"client": client, "tests": _listed(tests)})


@require_http_methods(["GET", "POST"])
@committer_required
def market_test_create(request: HttpRequest, snapshot_pk: int) -> HttpResponse:
    snapshots = RiskSnapshot.objects.visible_to(request.user).confirmed().select_related("client")
    snapshot = get_object_or_404(snapshots, pk=snapshot_pk)
    asked = snapshot.exposures.asked().aggregate(count=Count("pk"), total=Sum("requested"))
    standings = read_standings(
        client=snapshot.client,
        accounts=PartnerAccount.objects.visible_to(request.user).active(),
        asked_count=asked["count"],
    )
    form = LaunchForm(request.POST or None, user=request.user, standings=standings)
    if form.is_valid():
        try:
            market_test = launch_market_test(snapshot=snapshot, by=request.user, **form.cleaned_data)
        except LaunchRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("quotes:market_test_detail", pk=market_test.pk)
    context = {"snapshot": snapshot, "form": form, "asked_count": asked["count"], "asked_total": asked["total"]}
    return render(request, "quotes/market_test_create.html", context, status=422 if form.errors else 200)


@require_GET
@vary_on_headers("HX-Request")
def market_test_detail(request: HttpRequest, pk: int) -> HttpResponse:
    template = "quotes/_market_test_live.html" if wants_fragment(request) else "quotes/market_test_detail.html"
    return render(request, template, _context(request, _test(request, pk)))


@require_GET
def market_test_live(request: HttpRequest, pk: int) -> HttpResponse:
    """What moved since the page last looked: nothing (204), the progress, or the whole board in its place."""
    market_test = _test(request, pk)
    submissions = read_submissions(market_test)
    pace, shown = pace_of(submissions, launched_at=market_test.launched_at), request.GET.dict()
    news = pace.news_for(shown)
    if news is News.NONE:
        return HttpResponse(status=204)
    swap = {"swapped": True, "aloud": pace.has_stepped_since(shown.get("seen", ""))}
    if news is News.BOARD:
        response = render(request, "quotes/_market_test_live.html", _context(request, market_test) | swap)
        return retarget(response, "#market-test-live")
    repeated = shown | {"seen": pace.token}
    context = {"market_test": market_test} | _progress(submissions, pace, repeated) | swap
    return render(request, "quotes/_market_test_progress.html", context)


def _test(request: HttpRequest, pk: int) -> MarketTest:
    tests = MarketTest.objects.visible_to(request.user).select_related("client", "snapshot", "firm")
    return get_object_or_404(tests, pk=pk)


def _context(request: HttpRequest, market_test: MarketTest) -> dict:
    board = read_board(market_test)
    submissions = [column.submission for column in board.listed]
    matrix = matrix_page(request, board)
    pace = pace_of(submissions, launched_at=market_test.launched_at)
    return {
        "market_test": market_test,
        "board": board,
        "cards": cards_of(board),
        "matrix": matrix,
        "rows": MatrixPrinter(board, can_ask=request.user.can_commit).rows(matrix.page),
        "tolerance_form": ToleranceForm(instance=market_test),
    } | _progress(submissions, pace, pace.shown_by_a_board() | matrix.query)


def _progress(submissions: Sequence[Submission], pace: Pace, repeated: dict[str, str]) -> dict:
    """What the progress shows. `repeated` is what the page says of itself when it looks again."""
    partners = progress_of(submissions)
    return {
        "pace": pace,
        "partners": partners,
        "settled": sum(partner.submission.settled_count for partner in partners),
        "asked": sum(partner.submission.asked_count for partner in partners),
        "repeated": urlencode(repeated),
    }


@require_GET
def market_test_export(request: HttpRequest, pk: int) -> HttpResponse:
    market_test = _test(request, pk)
    name = f"test-a-blanc-{slugify(market_test.client.name)}-{market_test.launched_at:%Y-%m-%d}.xlsx"
    return file_to_save(market_test_workbook(read_board(market_test)), name=name, content_type=MIME)


@require_POST
@committer_required
def market_test_ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts again all that failed or stayed silent, to every partner asked by machine."""
    market_test = _test(request, pk)
    ask_again_and_say(request, market_test.submissions.select_related("account", "market_test__client"))
    return redirect("quotes:market_test_detail", pk=pk)


def ask_again_and_say(request: HttpRequest, submissions: Iterable[Submission], **which) -> None:
    """Asks these partners again, and says how many questions left, or who may not be asked any longer and why."""
    count, refusals = 0, []
    for submission in submissions:
        try:
            count += ask_again(submission=submission, by=request.user, **which)
        except LaunchRefused as refusal:
            refusals.append(str(refusal))
    for refusal in refusals:
        messages.error(request, refusal)
    if count:
        messages.success(
            request, f"{count} question{'s' if count > 1 else ''} de nouveau posée{'s' if count > 1 else ''}."
        )
    elif not refusals:
        messages.info(request, "Il n’y a rien à redemander.")
