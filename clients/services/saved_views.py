"""The names that people give to the addresses of lists."""

from django.core.exceptions import ValidationError
from django.db import transaction

from clients.models.saved_view import LONGEST_ADDRESS, FirstView, ListName, SavedView
from factortaboite.accounts.models import User

TOO_LONG = "Cette vue retient trop de filtres pour tenir dans une adresse : retirez-en."


@transaction.atomic
def save_view(*, list_name: ListName, name: str, query: str, is_shared: bool, by: User) -> SavedView:
    """A name for `query`. One's own view of the same name shows this from now on.

    Raises ValidationError for an address that is too long.
    """
    if len(query) > LONGEST_ADDRESS:
        raise ValidationError(TOO_LONG)
    view, _ = SavedView.objects.update_or_create(
        owner=by,
        list_name=list_name,
        name=name,
        defaults={"firm_id": by.firm_id, "query": query, "is_shared": is_shared},
    )
    return view


@transaction.atomic
def change_view(view: SavedView, *, name: str, is_shared: bool) -> None:
    """Another name, other readers. Raises ValidationError (by field) when its owner has a view of that name."""
    view.name, view.is_shared = name, is_shared
    if SavedView.objects.filter(owner=view.owner_id, list_name=view.list_name, name=name).exclude(pk=view.pk).exists():
        raise ValidationError({"name": "Une autre vue porte déjà ce nom."})
    view.save(update_fields=["name", "is_shared"])
    if not is_shared:
        FirstView.objects.filter(view=view).exclude(user=view.owner_id).delete()


def open_first(view: SavedView, *, by: User) -> None:
    """`by`'s list opens with this view; another one no longer does."""
    FirstView.objects.update_or_create(
        user=by, list_name=view.list_name, defaults={"firm_id": by.firm_id, "view": view}
    )


def open_first_no_longer(view: SavedView, *, by: User) -> None:
    FirstView.objects.filter(user=by, view=view).delete()


def delete_view(view: SavedView) -> None:
    view.delete()
