from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients.models import Client, Exposure
from clients.search import alike, best_matches
from clients.services.watch_report import report_on_watch
from factortaboite.desk.news import signed_statements
from factortaboite.desk.todo import tasks_of

SHORTEST_QUERY = 2
SHOWN = 30


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    tasks = tasks_of(request.user)
    context = {
        "ours": [task for task in tasks if task.ours],
        "theirs": [task for task in tasks if not task.ours],
        "news": list(signed_statements(request.user)),
        "report": report_on_watch(),
        "has_clients": Client.objects.visible_to(request.user).exists(),
    }
    return render(request, "desk/today.html", context)


@require_GET
def counter(request: HttpRequest) -> HttpResponse:
    """How many things wait for the firm, for the rail."""
    return render(request, "desk/_counter.html", {"count": sum(task.ours for task in tasks_of(request.user))})


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The clients and buyers of that name or number; when there are none, those that resemble what was typed."""
    query = request.GET.get("q", "").strip()
    context = {"query": query, "too_short": len(query) < SHORTEST_QUERY}
    if not context["too_short"]:
        clients = Client.objects.visible_to(request.user)
        buyers = Exposure.objects.visible_to(request.user).confirmed().select_related("snapshot__client")
        context["clients"] = best_matches(clients, query, name="name", number="siren", limit=SHOWN)
        found = best_matches(buyers, query, name="name", number="id_value", limit=SHOWN * 10)
        if not context["clients"] and not found:
            context["clients"] = alike(clients, query, name="name", limit=SHOWN)
            found = alike(buyers, query, name="name", limit=SHOWN * 10)
            context["are_alike"] = bool(context["clients"] or found)
        context["buyers"] = _latest(found)[:SHOWN]
    return render(request, "desk/search.html", context)


def _latest(exposures: list[Exposure]) -> list[Exposure]:
    """Each buyer of each client once, as its newest snapshot has it."""
    latest: dict[tuple, Exposure] = {}
    for exposure in exposures:
        key = (exposure.snapshot.client_id, exposure.id_value or exposure.name)
        if key not in latest or latest[key].snapshot.confirmed_at < exposure.snapshot.confirmed_at:
            latest[key] = exposure
    return list(latest.values())
