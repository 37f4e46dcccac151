"""Pages that a personal link opens, without an account: whoever has the link may use it.

A GET changes nothing but the count of readings: mail servers open links, too.
"""

import re
from collections.abc import Callable
from functools import wraps

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from factortaboite.links.models import PersonalLinkQuerySet, hash_token

# What mail scanners, chat previews and scripts call themselves.
MACHINES = re.compile(
    r"bot\b|crawl|spider|scan|preview|prefetch|proofpoint|mimecast|barracuda|safelinks|ironport|symantec|trend ?micro"
    r"|python|curl|wget|go-http|java/|okhttp|axios|facebookexternalhit|whatsapp|slack|skype|teams",
    re.IGNORECASE,
)


def opened_by_link(links: Callable[[], PersonalLinkQuerySet], *, gone: str) -> Callable:
    """Gives the view the link that the token in its path opens: `view(request, link, token)`.

    A dead link and an unknown one show the same page, the template `gone`, which may tell whoever holds a dead one
    what became of it (`link`). Nothing shown may be kept by a cache, found by a search engine, or named to another
    site.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        # No cookie gives any right here: the token does, and no other site knows it. A page that is not named to other
        # sites (no-referrer) posts with the origin "null", which Django's check would refuse.
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def opened(request: HttpRequest, token: str, **kwargs) -> HttpResponse:
            link = links().filter(token_sha256=hash_token(token)).first()
            if link and (link.takes_answers if request.method == "POST" else link.is_usable):
                response = view(request, link, token, **kwargs)
            else:
                response = render(request, gone, {"link": link}, status=410 if link else 404)
            response["Referrer-Policy"] = "no-referrer"
            response["Cache-Control"] = "no-store"
            response["X-Robots-Tag"] = "noindex, nofollow"
            return response

        return opened

    return decorate


def is_a_reading(request: HttpRequest) -> bool:
    """Whether the person it was sent to opens the page: no machine, no prefetch, nobody of the firm."""
    purpose = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    agent = request.headers.get("User-Agent", "")
    is_by_hand = request.method == "GET" and agent and not MACHINES.search(agent) and not purpose.strip()
    return bool(is_by_hand) and not request.user.is_authenticated


def client_ip(request: HttpRequest) -> str:
    """The address that a signature is stamped with, as the last trusted proxy saw it."""
    return get_adapter(request).get_client_ip(request)
