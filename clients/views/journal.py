"""What was done to a client's data, and the way back."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from clients.models import BulkDecision, Client, JournalEntry
from clients.services import Frozen, NotEditable
from clients.services.bulk_decisions import take_back
from clients.services.journal import NotUndoable
from factortaboite.accounts.permissions import preparer_required
from factortaboite.forms import key_in

ENTRIES_PER_PAGE = 50
# The clients whose lists one offer to undo takes back: an address has to hold their entries.
TOGETHER = 50
UNDO, ALSO = "annuler", "aussi"  # in the address of the page that offers it, and in the form


@require_GET
def journal_list(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    waiting = BulkDecision.objects.waiting().filter(undoes=OuterRef("pk"))
    entries = client.journal.select_related("by", "undone_by", "snapshot").defer("changes")
    entries = entries.annotate(is_being_undone=Exists(waiting))
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
        decision = take_back({entry, *visible.filter(pk__in=others)}, by=request.user)
    except (NotUndoable, Frozen, NotEditable) as error:
        messages.warning(request, str(error))
    else:
        if decision is None:
            messages.success(request, taken_back(entry))
    asked_from = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(asked_from)  # an address, never the name of a view
    return redirect("clients:journal_list", pk=entry.client_id)


def taken_back(entry: JournalEntry) -> str:
    return f"Annulé : {entry.sentence}"


def undoable(journal: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
    """What can still be taken back, and is not being taken back."""
    return journal.undoable().exclude(undoings__in=BulkDecision.objects.waiting()).defer("changes")


def can_offer(entries: Sequence[JournalEntry]) -> bool:
    """Whether all that was changed can be taken back by one click."""
    return 0 < len(entries) <= TOGETHER and all(entry.changes is not None for entry in entries)


def offered(request: HttpRequest, journal: QuerySet[JournalEntry]) -> dict:
    """What the address offers to undo and still can be, for `_undo.html`."""
    keys = filter(None, map(key_in, request.GET.getlist(UNDO)[:TOGETHER]))
    entries = undoable(journal).filter(pk__in=keys).order_by("pk")
    entry, *others = [*entries] or [None]
    return {"entry": entry, "others": others}
