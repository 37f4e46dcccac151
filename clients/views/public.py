"""What a client gives through its personal link, on a phone if it likes: its list, its figures, its signature."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clients.forms.client_requests import ClientFiguresForm
from clients.forms.loss_statements import OnlineSignatureForm
from clients.forms.portfolio_files import PortfolioUploadForm
from clients.models import Client, ClientRequest, RequestItem
from clients.services.client_answers import RequestRefused, figures_asked
from clients.services.client_requests import receive_figures, receive_list
from clients.services.loss_statements import StatementRefused, is_current, sign_online
from factortaboite.downloads import pdf_to_read
from factortaboite.links.views import client_ip, is_a_reading, opened_by_link

_with_link = opened_by_link(
    lambda: ClientRequest.objects.select_related("client__firm", "created_by", "statement__signature").defer(
        "statement__document", "statement__signature__scan"
    ),
    gone="public/request_gone.html",
)


def _latest_year(client: Client) -> int:
    """The last year of the losses: the one before its snapshot, where they will be written."""
    snapshot = client.snapshots.confirmed().first()
    day: date = snapshot.taken_on if snapshot and not snapshot.frozen_at else timezone.localdate()
    return day.year - 1


def _figures_form(link: ClientRequest, data=None) -> ClientFiguresForm | None:
    names = figures_asked(link.items)
    return ClientFiguresForm(data, names=names, latest_year=_latest_year(link.client)) if names else None


def _show(request: HttpRequest, link: ClientRequest, token: str, status: int = 200, **forms) -> HttpResponse:
    statement = link.statement
    wants_list, files = (
        RequestItem.BUYERS in link.items,
        link.files.order_by("pk").only("filename", "uploaded_at", "request_id"),
    )
    figures_form, answer = _figures_form(link), link.answers.first()
    context = {
        "link": link,
        "token": token,
        "client": link.client,
        "firm": link.client.firm,
        "wants_list": wants_list,
        "files": files,
        "answer": answer,
        "statement": statement,
        "is_signable": statement is not None
        and not statement.is_signed
        and is_current(statement, link.client.snapshots.confirmed().first()),
        "upload_form": PortfolioUploadForm(),
        "figures_form": figures_form,
        "is_complete": bool(
            (files or not wants_list) and (answer or not figures_form) and (not statement or statement.is_signed)
        ),
        "signature_form": OnlineSignatureForm(initial={"document": statement.sha256}) if statement else None,
        **forms,
    }
    return render(request, "public/request.html", context, status=status)


@require_safe
@_with_link
def public_request(request: HttpRequest, link: ClientRequest, token: str) -> HttpResponse:
    if is_a_reading(request):
        link.record_view()
    return _show(request, link, token)


@require_POST
@_with_link
def public_request_list(request: HttpRequest, link: ClientRequest, token: str) -> HttpResponse:
    if RequestItem.BUYERS not in link.items:
        return _show(request, link, token, status=409)
    form = PortfolioUploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            receive_list(request=link, **form.brought)
        except RequestRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("clients:public_request", token=token)
    return _show(request, link, token, status=422, upload_form=form)


@require_POST
@_with_link
def public_request_figures(request: HttpRequest, link: ClientRequest, token: str) -> HttpResponse:
    form = _figures_form(link, request.POST)
    if form is None:
        return _show(request, link, token, status=409)
    if form.is_valid():
        try:
            receive_figures(request=link, figures={name: form.cleaned_data[name] for name in form.fields})
        except RequestRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("clients:public_request", token=token)
    return _show(request, link, token, status=422, figures_form=form)


@require_safe
@_with_link
def public_statement_pdf(request: HttpRequest, link: ClientRequest, token: str) -> HttpResponse:
    """The stored bytes, as they were mailed."""
    if link.statement is None:
        return render(request, "public/request_gone.html", status=404)
    return pdf_to_read(link.statement.document, name=link.statement.filename)


@require_POST
@_with_link
def public_statement_sign(request: HttpRequest, link: ClientRequest, token: str) -> HttpResponse:
    if link.statement is None:
        return _show(request, link, token, status=409)
    form = OnlineSignatureForm(request.POST)
    if not form.is_valid():
        return _show(request, link, token, status=422, signature_form=form)
    try:
        sign_online(
            request=link,
            name=form.cleaned_data["name"],
            quality=form.cleaned_data["quality"],
            sha256=form.cleaned_data["document"],
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
    except StatementRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, link, token, status=409, signature_form=form)
    return redirect("clients:public_request", token=token)
