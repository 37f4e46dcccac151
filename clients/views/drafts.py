"""A list on its way to a snapshot: waiting, preview line by line, corrections, confirmation."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from clients import services
from clients.enums import PortfolioFileStatus
from clients.exports import rejected_workbook
from clients.forms.portfolio_files import TOPS, CorrectedLinesForm, CorrectionForm, PortfolioUploadForm
from clients.forms.readings import ColumnsForm, DatesForm, ReadingForm
from clients.forms.snapshots import FiguresForm
from clients.models import PortfolioFile
from clients.paging import CountedPaginator
from clients.portfolio.reading import UnreadablePortfolio
from clients.services import DraftSummary, NotEditable
from clients.services.client_answers import proposed_figures
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in
from factortaboite.fragments import wants_fragment
from factortaboite.workbooks import MIME

LINES_PER_PAGE = 100
# The name in the address, and what it shows.
FATES = {"demandes": "À demander", "ecartes": "Écartés", "a-corriger": "À corriger", "ignorees": "Lignes ignorées"}


def _visible(request: HttpRequest) -> QuerySet[PortfolioFile]:
    return PortfolioFile.objects.visible_to(request.user).select_related("client").defer("packed")


@require_GET
@vary_on_headers("HX-Request")
def portfolio_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file wherever it stands: waiting (polled), unreadable, or its preview. A confirmed one is its snapshot."""
    file = get_object_or_404(_visible(request), pk=pk)
    if file.status == PortfolioFileStatus.CONFIRMED:
        return redirect("clients:snapshot_detail", pk=file.snapshot.pk)
    params = request.GET.copy()
    (changed,) = params.pop("champ", [""])[-1:]
    if file.status == PortfolioFileStatus.PENDING:
        return _rendered(request, file, request.GET)
    request.GET = params  # the focus is given once, not by every link of the page
    return _rendered(request, file, params, reading_form=_reading_form(file, changed=changed))


def _rendered(
    request: HttpRequest, file: PortfolioFile, params: QueryDict, **given: forms.Form | None
) -> HttpResponse:
    """The whole page, or what htmx puts in place of the old one; `given` forms with errors answer with 422."""
    context = {"file": file, "upload_form": PortfolioUploadForm(), "reading_form": _reading_form(file)} | given
    if file.status in (PortfolioFileStatus.READ, PortfolioFileStatus.CONFIRMED):
        context |= _preview_context(file, params, given.get("form"))
    template = "clients/_portfolio_file.html" if wants_fragment(request) else "clients/portfolio_file.html"
    is_refused = any(form is not None and form.errors for form in given.values())
    response = render(request, template, context, status=422 if is_refused else 200)
    return push_url(response, False) if is_refused else response


def _preview_context(file: PortfolioFile, params: QueryDict, form: CorrectionForm | None) -> dict:
    """The chosen fate's lines, one page of them; `form` is the refused correction of the line under edit."""
    summary = services.summary_of(file)
    exposures = file.snapshot.exposures
    rejected, ignored = file.skipped_lines.filter(is_rejected=True), file.skipped_lines.filter(is_rejected=False)
    fates = {
        "demandes": (exposures.asked(), summary.asked),
        "ecartes": (exposures.set_aside(), summary.buyers - summary.asked),
        "a-corriger": (rejected, summary.to_correct),
        "ignorees": (ignored, summary.ignored),
    }
    fate = params.get("etat") if params.get("etat") in FATES else "demandes"
    edited = key_in(params.get("ligne", ""))
    return {
        "summary": summary,
        "fates": [(name, label, fates[name][1]) for name, label in FATES.items()],
        "fate": fate,
        "page": CountedPaginator(*fates[fate], LINES_PER_PAGE).get_page(params.get("page")),
        "edited": edited,
        "corrected_form": CorrectedLinesForm(),
        "form": form or (_correction_form(file, edited) if edited is not None else None),
        "tops": [(value, label, value == str(file.reading.get("top") or "")) for value, label in TOPS],
    }


def _reading_form(
    file: PortfolioFile, data: QueryDict | None = None, changed: str | None = None
) -> ReadingForm | None:
    """None where there is nothing to choose: a file that was never read. The field that was `changed` has the focus,
    which the reading took from it."""
    if not file.reading:
        return None
    form_class = DatesForm if file.reading.get("form") else ColumnsForm
    form = form_class(data, reading=file.reading, choices=file.choices)
    if changed in form.fields:
        form.fields[changed].widget.attrs["autofocus"] = True
    return form


def _correction_form(file: PortfolioFile, line: int) -> CorrectionForm | None:
    if exposure := file.snapshot.exposures.filter(line=line).first():
        return CorrectionForm.for_exposure(exposure, services.proposed_amount(exposure))
    if rejected := file.skipped_lines.filter(line=line, is_rejected=True).first():
        return CorrectionForm.for_rejected(services.read_rejected(rejected, file))
    return None


@require_POST
@preparer_required
def portfolio_line_correct(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    file = get_object_or_404(_visible(request), pk=pk)
    form = CorrectionForm(request.POST)
    # The address keeps which lines were shown: they are shown again.
    params = request.GET.copy()
    if form.is_valid():
        try:
            services.correct_line(file, line=line, **form.cleaned_data, by=request.user)
        except KeyError as error:
            raise Http404 from error
        except NotEditable as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(f"{reverse('clients:portfolio_file', args=[pk])}?{params.urlencode()}")
    params["ligne"] = str(line)
    return _rendered(request, file, params, form=form)


@require_POST
@preparer_required
def portfolio_keep_largest(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(_visible(request), pk=pk)
    top = request.POST.get("top", "")
    if top not in dict(TOPS):
        raise Http404
    try:
        services.keep_largest(file, top=int(top) if top else None, by=request.user)
    except NotEditable as error:
        messages.warning(request, str(error))
    return redirect("clients:portfolio_file", pk=pk)


@require_POST
@preparer_required
def portfolio_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """The columns, or the dates, as the broker says they are: the file is read again."""
    file = get_object_or_404(_visible(request), pk=pk)
    form = _reading_form(file, request.POST)
    if form is None:
        raise Http404
    if not form.is_valid():
        return _rendered(request, file, request.GET, reading_form=form)
    if form.has_changed():
        try:
            services.read_again(file, choices=form.new_choices)
        except NotEditable as error:
            messages.warning(request, str(error))
    changed = urlencode({"champ": (form.changed_data or [""])[0]})
    return redirect(f"{reverse('clients:portfolio_file', args=[pk])}?{changed}")


@require_GET
def portfolio_to_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines to correct as a workbook with the file's own columns: corrected, it can be dropped again."""
    file = get_object_or_404(_visible(request), pk=pk, reading__has_key="headers")
    name = f"lignes-a-corriger-{file.pk}.xlsx"
    return FileResponse(rejected_workbook(file), as_attachment=True, filename=name, content_type=MIME)


@require_POST
@preparer_required
def portfolio_corrected(request: HttpRequest, pk: int) -> HttpResponse:
    """That workbook again, corrected: the list is read once more with its lines."""
    file = get_object_or_404(_visible(request), pk=pk, status=PortfolioFileStatus.READ)
    form = CorrectedLinesForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            count = services.read_corrected_lines(file, content=form.cleaned_data["file"].read())
        except (UnreadablePortfolio, NotEditable) as error:
            messages.warning(request, str(error))
        else:
            lines = "1 ligne corrigée est relue" if count == 1 else f"{count} lignes corrigées sont relues"
            messages.success(request, f"{lines} avec la liste.")
    else:
        messages.warning(request, form.errors["file"][0])
    return redirect(f"{reverse('clients:portfolio_file', args=[pk])}?etat=a-corriger")


@require_http_methods(["GET", "POST"])
@preparer_required
def portfolio_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(_visible(request), pk=pk)
    if file.status != PortfolioFileStatus.READ:
        return redirect("clients:portfolio_file", pk=pk)
    summary = services.summary_of(file)
    form = FiguresForm(request.POST or None, initial=_likely_figures(file, summary))
    if request.method == "POST" and form.is_valid():
        try:
            snapshot = services.confirm_portfolio_file(file, figures=form.cleaned_data, by=request.user)
        except NotEditable as error:  # a colleague has it read again
            messages.warning(request, str(error))
            return redirect("clients:portfolio_file", pk=pk)
        return redirect("clients:snapshot_detail", pk=snapshot.pk)
    return render(request, "clients/portfolio_confirm.html", {"file": file, "form": form, "summary": summary})


def _likely_figures(file: PortfolioFile, summary: DraftSummary) -> dict:
    """What the client itself typed lately, what the list says of the turnover's parts, and the rest as the client's
    last snapshot had it."""
    last = file.client.snapshots.confirmed().first()
    figures = {}
    if last:
        figures = {name: getattr(last, name) for name in FiguresForm.Meta.fields}
        figures |= last.losses_before(timezone.localdate().year)
    likely = figures | {name: amount for name, amount in summary.parts.items() if amount or name not in figures}
    return likely | proposed_figures(file.client)
