from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients.models import Client, Exposure
from clients.services.watch_report import report_on_watch
from factortaboite.desk.todo import tasks_of

SHORTEST_QUERY = 2
SHOWN = 30


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    tasks = tasks_of(request.user)
    context = {
        "ours": [task for task in tasks if task.ours],
        "theirs": [task for task in tasks if not task.ours],
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
    query = request.GET.get("q", "").strip()
    context = {"query": query, "too_short": len(query) < SHORTEST_QUERY}
    if not context["too_short"]:
        context["clients"] = Client.objects.visible_to(request.user).search(query)[:SHOWN]
        context["buyers"] = _latest(
            Exposure.objects.visible_to(request.user)
            .confirmed()
            .search(query)
            .select_related("snapshot__client")
            .order_by("-snapshot_id", "name")[: SHOWN * 10]
        )[:SHOWN]
    return render(request, "desk/search.html", context)


def _latest(exposures) -> list[Exposure]:
    """Each buyer of each client once, as its newest snapshot has it."""
    latest: dict[tuple, Exposure] = {}
    for exposure in exposures:
        latest.setdefault((exposure.snapshot.client_id, exposure.id_value or exposure.name), exposure)
    return list(latest.values())
