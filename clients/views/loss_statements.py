"""A client's loss statement: prepared, sent to be signed or signed on paper, and the proof of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from clients.forms.loss_statements import PaperSignatureForm
from clients.models import Client, LossSignature, LossStatement
from clients.services.loss_statements import (
    StatementRefused,
    is_current,
    prepare_statement,
    read_standing,
    record_scan,
    signed_copy,
)
from factortaboite.accounts.permissions import preparer_required
from factortaboite.downloads import file_to_save, pdf_to_read


def _show(request: HttpRequest, client: Client, status: int = 200, form: PaperSignatureForm | None = None):
    statements = list(
        client.loss_statements.select_related("signature__recorded_by", "created_by").defer(
            "document", "signature__scan"
        )
    )
    snapshot = client.snapshots.confirmed().first()
    latest = statements[0] if statements else None
    context = {
        "client": client,
        "snapshot": snapshot,
        "standing": read_standing(client, snapshot).value,
        "statement": latest if latest and is_current(latest, snapshot) else None,
        "statements": statements,
        "form": form or PaperSignatureForm(initial={"name": client.contact_name}),
    }
    return render(request, "clients/loss_statement.html", context, status=status)


@require_GET
def loss_statement(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, get_object_or_404(Client.objects.visible_to(request.user), pk=pk))


@require_POST
@preparer_required
def loss_statement_prepare(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user).select_related("firm"), pk=pk)
    try:
        prepare_statement(client=client, by=request.user)
    except StatementRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect("clients:loss_statement", pk=pk)


@require_POST
@preparer_required
def loss_statement_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """What came back signed on paper."""
    statement = get_object_or_404(LossStatement.objects.visible_to(request.user).select_related("client"), pk=pk)
    form = PaperSignatureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            record_scan(statement=statement, by=request.user, **form.cleaned_data)
        except StatementRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Signature enregistrée.")
            return redirect("clients:loss_statement", pk=statement.client_id)
    return _show(request, statement.client, status=422, form=form)


@require_GET
def loss_statement_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored bytes."""
    statement = get_object_or_404(LossStatement.objects.visible_to(request.user), pk=pk)
    return pdf_to_read(statement.document, name=statement.filename)


@require_GET
def loss_statement_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """What came back signed: saved, never shown in our own pages."""
    signatures = LossSignature.objects.visible_to(request.user).select_related("statement").exclude(scan_sha256="")
    signature = get_object_or_404(signatures, pk=pk)
    name = f"{signature.filename}.{signature.scan_type.rpartition('/')[2]}"
    return file_to_save(signature.scan, name=name, content_type=signature.scan_type)


@require_GET
def loss_statement_signed(request: HttpRequest, pk: int) -> HttpResponse:
    """What was signed online, as insurers are sent it."""
    signatures = LossSignature.objects.visible_to(request.user).select_related("statement__client__firm")
    signature = get_object_or_404(signatures.defer("scan", "statement__document").exclude(ip=None), pk=pk)
    return pdf_to_read(signed_copy(signature), name=f"{signature.filename}.pdf")
