"""What was done to a client's data, and the way back."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from clients.models import Client, JournalEntry
from clients.services.journal import NotUndoable, undo_together
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in

ENTRIES_PER_PAGE = 50
# The clients whose lists one offer to undo takes back: an address has to hold their entries.
TOGETHER = 50
UNDO, ALSO = "annuler", "aussi"  # in the address of the page that offers it, and in the form


@require_GET
def journal_list(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    entries = client.journal.select_related("by", "undone_by", "snapshot").defer("changes")
    page = Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "clients/journal_list.html", {"client": client, "page": page})


@require_POST
@preparer_required
def journal_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes back to the page that offered it. What the same decision changed for others goes with it."""
    visible = JournalEntry.objects.visible_to(request.user).defer("changes")
    entry = get_object_or_404(visible, pk=pk)
    others = filter(None, map(key_in, request.POST.getlist(ALSO)[:TOGETHER]))
    try:
        undo_together({entry, *visible.filter(pk__in=others)}, by=request.user)
    except NotUndoable as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"Annulé : {entry.sentence}")
    asked_from = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(asked_from)  # an address, never the name of a view
    return redirect("clients:journal_list", pk=entry.client_id)


def can_offer(entries: Sequence[JournalEntry]) -> bool:
    """Whether all that was changed can be taken back by one click."""
    return 0 < len(entries) <= TOGETHER and all(entry.changes is not None for entry in entries)


def offered(request: HttpRequest, journal: QuerySet[JournalEntry]) -> dict:
    """What the address offers to undo and still can be, for `_undo.html`."""
    keys = filter(None, map(key_in, request.GET.getlist(UNDO)[:TOGETHER]))
    entries = journal.undoable().filter(pk__in=keys).defer("changes").order_by("pk")
    entry, *others = [*entries] or [None]
    return {"entry": entry, "others": others}
