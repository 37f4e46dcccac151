"""Telling the firm by mail what a client gave through its link."""

from django.conf import settings
from django.template.loader import render_to_string

from clients.models import ClientRequest
from factortaboite.mail.services import queue_mail
from factortaboite.typography import typeset

LONGEST_SUBJECT = 200


def tell_follower(request: ClientRequest, *, what: str, to_do: str, address: str) -> None:
    """Writes to whoever follows the client, or asked it, in the caller's transaction.

    `what` came and what `to_do` with it, two French sentences without their stops; `address` of the page to do it on.
    """
    client = request.client
    context = {
        "request": request,
        "what": what,
        "to_do": to_do,
        "url": settings.SITE_URL + address,
    }
    queue_mail(
        firm=client.firm,
        to=client.told(otherwise=request.created_by).email,
        reply_to=request.sent_to,
        subject=typeset(f"{client} : {what}")[:LONGEST_SUBJECT],
        body=typeset(render_to_string("emails/client_gave.txt", context).strip()),
    )
