"""From a dropped list to a checked one: upload, waiting, preview line by line, corrections, confirmation."""

from io import BytesIO

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from clients import services
from clients.enums import PortfolioFileStatus
from clients.exports import XLSX, rejected_workbook
from clients.forms.portfolio_files import TOPS, ColumnsForm, CorrectionForm, PortfolioUploadForm
from clients.forms.snapshots import FiguresForm
from clients.models import Client, Exposure, PortfolioFile
from clients.paging import CountedPaginator
from clients.portfolio.reading import UnreadablePortfolio
from clients.services import DraftSummary, NotEditable
from clients.services.client_requests import proposed_figures
from factortaboite.accounts.permissions import preparer_required

LINES_PER_PAGE = 100
# The name in the address, and what it shows.
FATES = {"demandes": "À demander", "ecartes": "Écartés", "a-corriger": "À corriger", "ignorees": "Lignes ignorées"}


def _visible(request: HttpRequest) -> QuerySet[PortfolioFile]:
    return PortfolioFile.objects.visible_to(request.user).select_related("client").defer("content")


@require_http_methods(["GET", "POST"])
@preparer_required
def portfolio_upload(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    form = PortfolioUploadForm(request.POST, request.FILES) if request.method == "POST" else PortfolioUploadForm()
    if form.is_valid():
        upload = form.cleaned_data["file"]
        file = services.store_portfolio_file(
            client=client,
            filename=upload.name if upload else "Liste collée",
            content=upload.read() if upload else form.cleaned_data["pasted"].encode(),
            pasted=not upload,
            by=request.user,
        )
        return redirect("clients:portfolio_file", pk=file.pk)
    return render(request, "clients/portfolio_upload.html", {"client": client, "form": form})


@require_GET
@vary_on_headers("HX-Request")
def portfolio_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file wherever it stands: waiting (polled), unreadable, or its preview. A confirmed one is its snapshot."""
    file = get_object_or_404(_visible(request), pk=pk)
    if file.status == PortfolioFileStatus.CONFIRMED:
        return redirect("clients:snapshot_detail", pk=file.snapshot.pk)
    context = {"file": file, "upload_form": PortfolioUploadForm()}
    if file.status == PortfolioFileStatus.READ:
        context |= _preview_context(file, request.GET)
    elif file.status == PortfolioFileStatus.UNREADABLE:
        context["columns_form"] = _columns_form(file)  # a choice that led nowhere can be taken back
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "clients/_portfolio_file.html" if is_fragment else "clients/portfolio_file.html"
    return render(request, template, context)


def _preview_context(file: PortfolioFile, params: QueryDict, form: CorrectionForm | None = None) -> dict:
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
    edited = int(params["ligne"]) if params.get("ligne", "").isdecimal() else None
    return {
        "summary": summary,
        "fates": [(name, label, fates[name][1]) for name, label in FATES.items()],
        "fate": fate,
        "page": CountedPaginator(*fates[fate], LINES_PER_PAGE).get_page(params.get("page")),
        "edited": edited,
        "form": form or (_correction_form(file, edited) if edited is not None else None),
        "columns_form": _columns_form(file),
        "tops": [(value, label, value == str(file.reading.get("top") or "")) for value, label in TOPS],
    }


def _columns_form(file: PortfolioFile) -> ColumnsForm | None:
    """None where there are no columns to choose: a file that was never read, entries, invoices."""
    return ColumnsForm(reading=file.reading) if file.reading and not file.reading.get("form") else None


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
            services.correct_line(file, line=line, **form.cleaned_data)
        except KeyError as error:
            raise Http404 from error
        except NotEditable as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(f"{reverse('clients:portfolio_file', args=[pk])}?{params.urlencode()}")
    params["ligne"] = str(line)
    context = {"file": file, **_preview_context(file, params, form)}
    template = "clients/_portfolio_file.html" if request.htmx else "clients/portfolio_file.html"
    return push_url(render(request, template, context, status=422), False)


@require_POST
@preparer_required
def portfolio_keep_largest(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(_visible(request), pk=pk)
    top = request.POST.get("top", "")
    if top not in dict(TOPS):
        raise Http404
    try:
        services.keep_largest(file, top=int(top) if top else None)
    except NotEditable as error:
        messages.warning(request, str(error))
    return redirect("clients:portfolio_file", pk=pk)


@require_POST
@preparer_required
def portfolio_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """The columns as the broker says they are: the file is read again."""
    file = get_object_or_404(_visible(request), pk=pk)
    if not file.reading:
        raise Http404
    form = ColumnsForm(request.POST, reading=file.reading)
    if not form.is_valid():
        messages.warning(request, "Ces colonnes ne sont pas celles du fichier : choisissez à nouveau.")
    elif form.has_changed():
        chosen = {} if form.SHEET in form.changed_data else file.choices.get("columns", {})
        try:
            services.read_again(file, sheet=form.sheet, columns={**chosen, **form.changed_columns})
        except NotEditable as error:
            messages.warning(request, str(error))
    return redirect("clients:portfolio_file", pk=pk)


@require_GET
def portfolio_to_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines to correct as a workbook with the file's own columns: corrected, it can be dropped again."""
    file = get_object_or_404(_visible(request), pk=pk)
    content = rejected_workbook(file)
    name = f"lignes-a-corriger-{file.pk}.xlsx"
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)


@require_GET
def exposure_source(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a buyer's figures come from: the lines of the original file, as they are written."""
    exposure = get_object_or_404(
        Exposure.objects.visible_to(request.user).select_related("snapshot__file").filter(is_typed=False),
        pk=pk,
        snapshot__file__isnull=False,
    )
    context = {"exposure": exposure, "file": exposure.snapshot.file}
    try:
        context["lines"] = services.lines_of_file(exposure)
    except UnreadablePortfolio as error:
        context["error"] = str(error)
    return render(request, "clients/_exposure_source.html", context)


@require_POST
@preparer_required
def portfolio_discard(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(_visible(request), pk=pk)
    services.discard_portfolio_file(file)
    messages.success(request, f"« {file.filename} » est abandonné.")
    return redirect("clients:client_detail", pk=file.client_id)


@require_http_methods(["GET", "POST"])
@preparer_required
def portfolio_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(_visible(request), pk=pk)
    if file.status != PortfolioFileStatus.READ:
        return redirect("clients:portfolio_file", pk=pk)
    summary = services.summary_of(file)
    form = FiguresForm(request.POST or None, initial=_likely_figures(file, summary))
    if request.method == "POST" and form.is_valid():
        snapshot = services.confirm_portfolio_file(file, figures=form.cleaned_data, by=request.user)
        return redirect("clients:snapshot_detail", pk=snapshot.pk)
    return render(request, "clients/portfolio_confirm.html", {"file": file, "form": form, "summary": summary})


def _likely_figures(file: PortfolioFile, summary: DraftSummary) -> dict:
    """What the client itself typed lately, what the list says of the turnover's parts, and the rest as the client's
    last snapshot had it."""
    last = file.client.snapshots.confirmed().first()
    figures = {name: getattr(last, name) for name in FiguresForm.Meta.fields} if last else {}
    read = {
        "private_persons_turnover": summary.turnover("private_person"),
        "public_bodies_turnover": summary.turnover("public_body"),
        "related_companies_turnover": summary.turnover("related_company"),
        "procedure_turnover": summary.turnover("collective_procedure"),
        "other_excluded_turnover": summary.turnover("closed_company"),
        "export_turnover": summary.export_turnover,
    }
    likely = figures | {name: amount for name, amount in read.items() if amount or name not in figures}
    return likely | proposed_figures(file.client)


@require_GET
def portfolio_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they came."""
    file = get_object_or_404(PortfolioFile.objects.visible_to(request.user), pk=pk)
    return HttpResponse(
        bytes(file.content),
        content_type="application/octet-stream",
        headers={"Content-Disposition": content_disposition_header(True, file.filename)},
    )
