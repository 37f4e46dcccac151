"""What holds for every page: nobody keeps a copy of it, and nobody sends more than a form can want."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[[HttpRequest], HttpResponse]


def takes_bodies_up_to(size: int) -> Callable[[View], View]:
    """For a view that takes larger files than others, from whoever is logged in; bytes."""

    def mark(view: View) -> View:
        view.largest_body = size
        return view

    return mark


class RefuseLargeBodies:
    """Files are not bounded by Django: refused before a byte is read, whoever sends them and wherever to."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: list, kwargs: dict) -> HttpResponse | None:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= settings.LARGEST_BODY:
            return None
        if size <= getattr(view, "largest_body", 0) and request.user.is_authenticated:
            return None
        return render(request, "413.html", status=413)


def keep_no_copy(get_response: View) -> View:
    """A page shows a firm's clients: after the logout, the browser's « back » may not show it again."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer
