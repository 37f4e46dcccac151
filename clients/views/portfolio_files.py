"""The file of a list: dropped, kept as it came, read again or thrown away; and the lines that a figure comes from."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients import services
from clients.enums import PortfolioFileStatus
from clients.forms.portfolio_files import LARGEST_TEXT, PortfolioUploadForm
from clients.models import Client, Exposure, PortfolioFile
from clients.portfolio.reading import UnreadablePortfolio
from clients.services.portfolio_files import TooLarge
from factortaboite.accounts.permissions import preparer_required
from factortaboite.middleware import takes_bodies_up_to

FORM_AROUND = 1_000_000  # bytes: fields and boundaries around a file


@takes_bodies_up_to(LARGEST_TEXT + FORM_AROUND)
@require_http_methods(["GET", "POST"])
@preparer_required
def portfolio_upload(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    form = PortfolioUploadForm(request.POST, request.FILES) if request.method == "POST" else PortfolioUploadForm()
    already = None
    if form.is_valid():
        try:
            file = services.store_portfolio_file(client=client, by=request.user, **form.brought)
        except TooLarge as error:
            form.add_error("file", str(error))
        else:
            if file.status != PortfolioFileStatus.CONFIRMED:
                return redirect("clients:portfolio_file", pk=file.pk)
            already = file
    return render(request, "clients/portfolio_upload.html", {"client": client, "form": form, "already": already})


@require_GET
def portfolio_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they came."""
    file = get_object_or_404(PortfolioFile.objects.visible_to(request.user), pk=pk)
    return StreamingHttpResponse(
        file.chunks(),
        content_type="application/octet-stream",
        headers={"Content-Disposition": content_disposition_header(True, file.filename)},
    )


@require_POST
@preparer_required
def portfolio_read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A confirmed list as a new draft."""
    file = get_object_or_404(
        PortfolioFile.objects.visible_to(request.user), pk=pk, status=PortfolioFileStatus.CONFIRMED
    )
    draft = services.read_confirmed_again(file, by=request.user)
    return redirect("clients:portfolio_file", pk=draft.pk)


@require_POST
@preparer_required
def portfolio_discard(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(PortfolioFile.objects.visible_to(request.user).defer("packed"), pk=pk)
    services.discard_portfolio_file(file)
    messages.success(request, f"« {file.filename} » est abandonné.")
    return redirect("clients:client_detail", pk=file.client_id)


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
