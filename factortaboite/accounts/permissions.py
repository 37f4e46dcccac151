"""One decorator per permission question, for the views that change something."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from factortaboite.accounts.enums import Role

View = Callable[..., HttpResponse]


def preparer_required(view: View) -> View:
    """Direction, brokers and assistants: whoever may change the firm's data."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.can_prepare:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def committer_required(view: View) -> View:
    """Direction and brokers: whoever may commit the firm towards partners and prospects."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.can_commit:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def direction_required(view: View) -> View:
    """The direction alone: whoever says who works in the firm and how it presents itself."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.role != Role.DIRECTION:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
