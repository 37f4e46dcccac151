"""What every list of the product does with an address: show it, export it, act on its rows."""

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django_htmx.http import push_url

from clients.forms.saved_views import NewViewForm, SavedViewForm
from clients.lists.exports import text_of, workbook_of
from clients.lists.listing import PER_PAGE, Listing, ListKind
from clients.models.saved_view import FirstView, SavedView
from factortaboite.forms import key_in
from factortaboite.fragments import wants_fragment
from factortaboite.workbooks import MIME, MOST_ROWS


def show_list(request: HttpRequest, kind: ListKind, *, page: str, fragment: str, **context) -> HttpResponse:
    """The list as its address says; without any, the view that this person wants first."""
    if not request.GET and (first := _first_address(request, kind)):
        return redirect(f"{request.path}?{first}")
    listing = Listing(kind, request.user, request.GET)
    context |= {"listing": listing, **_views(request, listing)}
    if wants_fragment(request):
        return push_url(render(request, fragment, context), listing.address)
    return render(request, page, context)


def _first_address(request: HttpRequest, kind: ListKind) -> str:
    visible = SavedView.objects.visible_to(request.user)
    first = FirstView.objects.filter(user=request.user, list_name=kind.name, view__in=visible)
    return first.values_list("view__query", flat=True).first() or ""


def _views(request: HttpRequest, listing: Listing) -> dict:
    """The saved views beside the list, and the forms that save this one or change it."""
    first = FirstView.objects.filter(user=request.user, view=OuterRef("pk"))
    visible = SavedView.objects.visible_to(request.user).filter(list_name=listing.kind.name)
    views = list(visible.annotate(is_first=Exists(first)))
    current = next((view for view in views if view.query == listing.query), None)
    if current:
        form = SavedViewForm(instance=current, auto_id="view_%s")
    else:
        form = NewViewForm(initial={"list_name": listing.kind.name, "query": listing.query}, auto_id="view_%s")
    return {
        "views": views,
        "current_view": current,
        "view_form": form,
        "may_change_view": current is not None and current.is_changeable_by(request.user),
    }


def export_workbook(request: HttpRequest, kind: ListKind, *, title: str) -> HttpResponseBase:
    listing = Listing(kind, request.user, request.GET)
    if listing.found.values("pk")[: MOST_ROWS + 1].count() > MOST_ROWS:
        messages.warning(
            request, "Aucun tableur ne tient autant de lignes : filtrez la liste, ou prenez le fichier texte."
        )
        return redirect(listing.address)
    file = workbook_of(listing, title=title)
    return FileResponse(file, as_attachment=True, filename=_filename(title, "xlsx"), content_type=MIME)


def export_text(request: HttpRequest, kind: ListKind, *, title: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        text_of(Listing(kind, request.user, request.GET)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = content_disposition_header(True, _filename(title, "csv"))
    return response


def _filename(title: str, extension: str) -> str:
    return f"{title.lower()}-{timezone.localdate():%Y-%m-%d}.{extension}"


def chosen_rows(request: HttpRequest, listing: Listing) -> QuerySet:
    """The rows that were ticked, or all of the filter when that was asked for."""
    if request.POST.get("tous"):
        return listing.found
    keys = list(filter(None, map(key_in, request.POST.getlist("ligne")[:PER_PAGE])))
    return listing.kind.rows(request.user).filter(pk__in=keys).order_by()


def confirmed(request: HttpRequest) -> bool:
    """What concerns more than the page is asked about once, with its numbers."""
    return bool(not request.POST.get("tous") or request.POST.get("confirme"))


def ask_to_confirm(request: HttpRequest, listing: Listing, *, heading: str, sentences: list[str]) -> HttpResponse:
    repeated = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    context = {
        "listing": listing,
        "heading": heading,
        "sentences": sentences,
        "repeated": [(name, value) for name, value in repeated if name not in ("csrfmiddlewaretoken", "confirme")],
    }
    return render(request, "clients/list_confirm.html", context)
