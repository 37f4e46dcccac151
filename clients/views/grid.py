"""The grid of a snapshot: its lines edited where they stand, and blocks pasted from a spreadsheet."""

from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.grid import CORRECTION, BlockForm, GridRow, PostedLine, wrong_cells
from clients.models import Client, Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.grid import COLUMNS
from clients.services import Frozen
from clients.services.grid import Edited, add_line, edit_line, remove_buyer, start_list
from clients.services.grid_paste import ChangedMeanwhile, apply_paste, plan_paste
from clients.views.journal import UNDO, offered
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in

LINES_PER_PAGE = 100
# Of a pasted block's wrong cells and of the lines it changes; what is left out is counted.
SHOWN = 100

REMOVED = "Cette ligne a été retirée entre-temps."


def _snapshots(request: HttpRequest) -> QuerySet[RiskSnapshot]:
    """Those that may have a grid: confirmed ones, and lists that are being typed."""
    mine = RiskSnapshot.objects.visible_to(request.user).select_related("client")
    return mine.filter(Q(confirmed_at__isnull=False) | Q(file=None))


def _address(snapshot: RiskSnapshot, line: int | None = None, entry: JournalEntry | None = None) -> str:
    """The grid on the page of a line, with the journal's entry to undo."""
    query = {name: value for name, value in (("ligne", line), (UNDO, entry and entry.pk)) if value}
    fragment = f"ligne-{line}" if line else None
    return reverse("clients:grid_detail", args=[snapshot.pk], query=query, fragment=fragment)


def _asked(snapshot: RiskSnapshot) -> dict:
    """How many buyers are asked, and for how much HT."""
    return snapshot.exposures.asked().aggregate(count=Count("pk"), total=Sum("requested", default=Decimal(0)))


@require_POST
@preparer_required
def grid_start(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    return redirect(_address(start_list(client)))


@require_GET
@preparer_required
def grid_detail(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    if snapshot.frozen_at:
        return redirect("clients:snapshot_detail", pk=pk)
    context = offered(request, snapshot.journal) | {"back": _address(snapshot)}
    return render(request, "clients/grid_detail.html", _grid(request, snapshot) | context)


def _grid(request: HttpRequest, snapshot: RiskSnapshot, row: GridRow | None = None) -> dict:
    """A page of the grid; `row` is the line that was just sent, with what is wrong with it."""
    lines = snapshot.exposures.order_by("line", "pk")
    number = request.GET.get("page")
    wanted = row.exposure.pk if row and row.exposure else key_in(request.GET.get("ligne", ""))
    if wanted and (line := lines.filter(pk=wanted).first()):
        before = lines.filter(Q(line__lt=line.line) | Q(line=line.line, pk__lt=line.pk)).count()
        number = before // LINES_PER_PAGE + 1
    elif row:
        number = "last"
    page = Paginator(lines, LINES_PER_PAGE).get_page(number)
    is_sent = {row.exposure.pk: row} if row and row.exposure else {}
    return {
        "snapshot": snapshot,
        "client": snapshot.client,
        "page": page,
        "columns": COLUMNS.items(),
        "rows": [is_sent.get(exposure.pk) or GridRow(exposure) for exposure in page],
        "empty_row": None if page.has_next() else (row if row and not row.exposure else GridRow()),
        "asked": _asked(snapshot),
        "decision": snapshot.bulk_decisions.under_way(),
    }


def _answer(
    request: HttpRequest, snapshot: RiskSnapshot, row: GridRow, *, is_good: bool, next_row: GridRow | None = None
) -> HttpResponse:
    """The line alone for a script; for a browser without, the grid again, at the line."""
    if request.htmx:
        context = {"snapshot": snapshot, "row": row, "next_row": next_row, "asked": _asked(snapshot)}
        return render(request, "clients/_grid_answer.html", context, status=200 if is_good else 422)
    if is_good and row.exposure:
        return redirect(_address(snapshot, row.exposure.pk))
    return render(request, "clients/grid_detail.html", _grid(request, snapshot, row), status=422)


@require_POST
@preparer_required
def grid_line_edit(request: HttpRequest, pk: int, exposure_pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    posted = PostedLine.read(request.POST)
    exposure = Exposure(pk=exposure_pk, snapshot=snapshot)
    try:
        edited = edit_line(exposure, texts=posted.texts, before=posted.before, by=request.user)
    except Frozen as error:
        stored = get_object_or_404(snapshot.exposures, pk=exposure_pk)
        return _answer(request, snapshot, GridRow(stored, posted.texts, problem=str(error)), is_good=False)
    except Exposure.DoesNotExist:
        return _gone(request, snapshot, exposure_pk, posted)
    row = GridRow(edited.exposure, posted.texts, edited)
    return _answer(request, snapshot, row, is_good=not edited.errors and not edited.conflicts)


def _gone(request: HttpRequest, snapshot: RiskSnapshot, exposure_pk: int, posted: PostedLine) -> HttpResponse:
    """Somebody removed the line: what was typed there is told, so that it is not lost."""
    changed = {column: text for column, text in posted.texts.items() if text != posted.before[column]}
    typed = ", ".join(f"{COLUMNS[column]} « {text} »" for column, text in changed.items())
    sentence = f"{REMOVED} Vous y écriviez : {typed}." if typed else REMOVED
    if request.htmx:
        context = {"exposure_pk": exposure_pk, "sentence": sentence}
        return render(request, "clients/_grid_gone.html", context, status=422)
    messages.warning(request, sentence)
    return redirect(_address(snapshot))


@require_POST
@preparer_required
def grid_line_add(request: HttpRequest, pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    texts = {column: request.POST.get(column, "") for column in COLUMNS}
    try:
        edited = add_line(snapshot, texts=texts, by=request.user)
    except Frozen as error:
        return _answer(request, snapshot, GridRow(None, texts, problem=str(error)), is_good=False)
    row = GridRow(edited.exposure, texts, edited)
    if edited.exposure is None:
        return _answer(request, snapshot, row, is_good=False)
    return _answer(request, snapshot, row, is_good=True, next_row=GridRow())


@require_POST
@preparer_required
def grid_line_remove(request: HttpRequest, pk: int, exposure_pk: int) -> HttpResponse:
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    context: dict = {"exposure_pk": exposure_pk}
    try:
        context |= {"entry": remove_buyer(Exposure(pk=exposure_pk, snapshot=snapshot), by=request.user)}
    except Frozen as error:
        context |= {"sentence": str(error)}
    except Exposure.DoesNotExist:
        context |= {"sentence": REMOVED}
    if request.htmx:
        context |= {"asked": _asked(snapshot), "next": request.htmx.current_url_abs_path}
        return render(request, "clients/_grid_gone.html", context)
    if "entry" in context:
        context |= {"back": _address(snapshot)}
        return render(request, "clients/grid_detail.html", _grid(request, snapshot) | context)
    messages.warning(request, context["sentence"])
    return redirect(_address(snapshot))


@require_http_methods(["GET", "POST"])
@preparer_required
def grid_paste(request: HttpRequest, pk: int) -> HttpResponse:
    """A block: first the box for it, then what it would change, then what is left to correct."""
    snapshot = get_object_or_404(_snapshots(request), pk=pk)
    if snapshot.frozen_at:
        return redirect("clients:snapshot_detail", pk=pk)
    form = BlockForm(request.POST) if request.method == "POST" else BlockForm(initial=request.GET.dict())
    context = {"snapshot": snapshot, "client": snapshot.client, "form": form, "columns": COLUMNS.items()}
    if not form.is_valid():
        context["first"] = snapshot.exposures.filter(pk=form.first).first()
        return render(request, "clients/grid_paste.html", context, status=422 if form.is_bound else 200)
    if request.POST.get("step") == "apply":
        return _apply(request, snapshot, form, context)
    return _preview(request, snapshot, form, context)


def _preview(request: HttpRequest, snapshot: RiskSnapshot, form: BlockForm, context: dict, notice: str = ""):
    plan = plan_paste(snapshot, form.read, start=form.cleaned_data["start"], corrections=form.corrections)
    wrong = wrong_cells(plan)
    shown = {cell.name for cell in wrong[:SHOWN]}
    context |= {
        "plan": plan,
        "notice": notice,
        "wrong": wrong[:SHOWN],
        "changing": [*plan.edited, *plan.added][:SHOWN],
        "changing_count": len(plan.edited) + len(plan.added),
        "corrected": [
            (name, text) for name, text in request.POST.items() if name.startswith(CORRECTION) and name not in shown
        ],
    }
    return render(request, "clients/grid_preview.html", context, status=409 if notice else 200)


def _apply(request: HttpRequest, snapshot: RiskSnapshot, form: BlockForm, context: dict) -> HttpResponse:
    data = form.cleaned_data
    try:
        plan, entry = apply_paste(
            snapshot,
            form.read,
            start=data["start"],
            seal=data["seal"],
            corrections=form.corrections,
            by=request.user,
        )
    except Frozen as error:
        messages.warning(request, str(error))
        return redirect("clients:snapshot_detail", pk=snapshot.pk)
    except ChangedMeanwhile as error:
        return _preview(request, snapshot, form, context, notice=str(error))
    if not plan.wrong:
        if entry is None:
            messages.success(request, "Bloc enregistré.")
        return redirect(_address(snapshot, plan.first.pk if plan.first else None, entry))
    wrong = plan.wrong[:SHOWN]
    context |= {
        "plan": plan,
        "rows": [
            GridRow(line.exposure, line.texts, Edited(line.exposure, line.errors)) for line in wrong if line.exposure
        ],
        "refused": [line for line in wrong if not line.exposure],
        "asked": _asked(snapshot),
        "entry": entry,
        "back": _address(snapshot),
    }
    return render(request, "clients/grid_rest.html", context)
