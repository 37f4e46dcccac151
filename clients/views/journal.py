"""What was done to a client's data, and the way back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from clients.models import Client, JournalEntry
from clients.services.journal import NotUndoable, undo
from factortaboite.accounts.permissions import preparer_required

ENTRIES_PER_PAGE = 50


@require_GET
def journal_list(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    entries = client.journal.select_related("by", "undone_by", "snapshot").defer("changes")
    page = Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "clients/journal_list.html", {"client": client, "page": page})


@require_POST
@preparer_required
def journal_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes back to the page that offered it."""
    entry = get_object_or_404(JournalEntry.objects.visible_to(request.user).defer("changes"), pk=pk)
    try:
        undo(entry, by=request.user)
    except NotUndoable as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"Annulé : {entry.sentence}")
    asked_from = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(asked_from)  # an address, never the name of a view
    return redirect("clients:journal_list", pk=entry.client_id)
