"""What holds for every page: nobody keeps a copy of it, and nobody sends more than a form can want."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[[HttpRequest], HttpResponse]


def refuse_large_bodies(get_response: View) -> View:
    """Files are not bounded by Django: refused before a byte is read, whoever sends them and wherever to."""

    def answer(request: HttpRequest) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.LARGEST_BODY:
            return render(request, "413.html", status=413)
        return get_response(request)

    return answer


def keep_no_copy(get_response: View) -> View:
    """A page shows a firm's clients: after the logout, the browser's « back » may not show it again."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer
