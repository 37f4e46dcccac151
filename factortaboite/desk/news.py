"""What clients have just given that leaves nothing to decide, to be known all the same."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from clients.models import LossSignature
from factortaboite.accounts.models import User
from factortaboite.desk.task import SHOWN, Task
from factortaboite.templatetags.french import french_date

NEWS = timedelta(days=7)


def signed_statements(user: User) -> Iterator[Task]:
    """The loss statements signed online for a week, the latest first.

    They leave by themselves: nobody has to say that they were seen, and they count among no one's things to do. What
    somebody of the firm recorded from paper is no news to it.
    """
    signatures = LossSignature.objects.visible_to(user).filter(ip__isnull=False, recorded_at__gt=timezone.now() - NEWS)
    for signature in (
        signatures.select_related("statement__client").defer("scan", "statement__document").order_by("-pk")[:SHOWN]
    ):
        client = signature.statement.client
        yield Task(
            client.name,
            f"Déclaration de sinistralité signée le {french_date(signature.signed_on)} par {signature}",
            "granted",
            "signée",
            "Voir la déclaration",
            reverse("clients:loss_statement", args=[client.pk]),
            False,
        )
