"""What the broker sets in a comparison: which rows to read, which gap is no gap, what the client has today."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from factortaboite.accounts.permissions import preparer_required
from quotes.forms.comparison import CurrentContractForm, ToleranceForm
from quotes.models import CurrentContract, MarketTest
from quotes.services.board import Board
from quotes.services.comparison_inputs import read_buyers

BUYERS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """Which lines of the matrix are shown. Totals are over all lines, whatever is shown."""

    page: Page  # of lines
    only_differences: bool

    @property
    def query(self) -> dict[str, str]:
        """Of this very page, for what looks at it again."""
        return _query(self.page.number, self.only_differences)

    @property
    def previous_query(self) -> str:
        return urlencode(_query(self.page.previous_page_number(), self.only_differences))

    @property
    def next_query(self) -> str:
        return urlencode(_query(self.page.next_page_number(), self.only_differences))

    @property
    def differences_query(self) -> str:
        return urlencode(_query(1, True))


def _query(number: int, only_differences: bool) -> dict[str, str]:
    return ({"page": str(number)} if number > 1 else {}) | ({"differences": "1"} if only_differences else {})


def matrix_page(request: HttpRequest, board: Board) -> MatrixPage:
    """The page that `?page=` and `?differences=1` ask for; the nearest one when there are no longer that many."""
    only_differences = request.GET.get("differences") == "1"
    lines = board.comparison.differing_lines if only_differences else range(len(board.comparison.buyers))
    return MatrixPage(Paginator(lines, BUYERS_PER_PAGE).get_page(request.GET.get("page")), only_differences)


@require_POST
@preparer_required
def market_test_tolerance(request: HttpRequest, pk: int) -> HttpResponse:
    form = ToleranceForm(request.POST, instance=_market_test(request, pk))
    if form.is_valid():
        form.save()
        messages.success(request, "Le classement tient compte du nouvel écart.")
    else:
        messages.error(request, " ".join(form.errors["tolerance"]))
    return redirect("quotes:market_test_detail", pk=pk)


@require_http_methods(["GET", "POST"])
@preparer_required
def current_contract_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The client's contract in force, typed beside the market test that it is compared with."""
    market_test = _market_test(request, pk)
    contract = CurrentContract.objects.filter(client_id=market_test.client_id).first()
    contract = contract or CurrentContract(firm_id=market_test.firm_id, client_id=market_test.client_id)
    form = CurrentContractForm(request.POST or None, instance=contract, buyers=read_buyers(market_test.snapshot))
    if form.is_valid():
        form.instance.changed_by = request.user
        form.save()
        messages.success(request, f"Contrat actuel chez {form.instance.insurer} enregistré.")
        return redirect("quotes:market_test_detail", pk=pk)
    context = {"market_test": market_test, "form": form}
    return render(request, "quotes/current_contract_edit.html", context, status=422 if form.errors else 200)


@require_POST
@preparer_required
def current_contract_delete(request: HttpRequest, pk: int) -> HttpResponse:
    CurrentContract.objects.filter(client_id=_market_test(request, pk).client_id).delete()
    messages.success(request, "Contrat actuel retiré de la comparaison.")
    return redirect("quotes:market_test_detail", pk=pk)


def _market_test(request: HttpRequest, pk: int) -> MarketTest:
    tests = MarketTest.objects.visible_to(request.user).select_related("client", "snapshot")
    return get_object_or_404(tests, pk=pk)
