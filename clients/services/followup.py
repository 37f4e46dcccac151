"""What happens next with a client, and on which day."""

from datetime import date

from django.db import transaction

from clients.models import Client
from clients.services.journal import write_entry
from factortaboite.accounts.models import User
from factortaboite.templatetags.french import french_date
from factortaboite.typography import typeset


@transaction.atomic
def plan_action(client: Client, *, action: str, on: date, by: User) -> None:
    """What to do next with a client, and when; it takes the place of what was planned."""
    if (client.next_action, client.next_action_on) == (action, on):
        return
    client.next_action, client.next_action_on = action, on
    client.save(update_fields=["next_action", "next_action_on"])
    write_entry(typeset(f"Prochaine action, le {french_date(on)} : {action}"), client=client, by=by)


@transaction.atomic
def complete_action(client: Client, *, action: str, by: User) -> bool:
    """Marks the client's next action as done, if it still is `action`; says whether it was.

    So a second click, or one on a page that somebody else's plan has overtaken, does nothing.
    """
    current = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    client.next_action, client.next_action_on = current.next_action, current.next_action_on
    if not action or current.next_action != action:
        return False
    client.next_action, client.next_action_on = "", None
    client.save(update_fields=["next_action", "next_action_on"])
    write_entry(typeset(f"Fait : {action}"), client=client, by=by)
    return True
