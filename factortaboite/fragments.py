"""Which of a page and its fragment answers a request."""

from django.http import HttpRequest


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the part that it swaps: what it puts back when somebody goes back is a whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request
