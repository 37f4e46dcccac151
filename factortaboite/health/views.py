"""What a container engine, a load balancer or a monitor asks. Public: they say words, never numbers or names."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from factortaboite.health.readiness import Word, check, worst


@login_not_required
@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked. Whoever hears nothing here may restart it."""
    return JsonResponse({"status": Word.OK})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether the site can serve people, and the work behind it moves on. 503 only when it cannot serve."""
    parts = check()
    status = worst(parts.values())
    return JsonResponse({"status": status, **parts}, status=503 if status == Word.KO else 200)
