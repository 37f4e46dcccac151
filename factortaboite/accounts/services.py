"""The firm's own people: who gets in, with which role, and who no longer does."""

from allauth.account.forms import ResetPasswordForm
from django.db import transaction
from django.http import HttpRequest

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User


class OwnAccount(Exception):
    """Nobody takes the keys from themselves: a firm keeps a direction. The message is French."""


@transaction.atomic
def create_user(*, by: User, email: str, first_name: str, last_name: str, role: Role) -> User:
    """Somebody new in `by`'s firm, without a password until they choose one. Raises ValidationError."""
    # One at a time in a firm: the second of two clicks finds the person that the first one created.
    BrokerFirm.objects.select_for_update(no_key=True).get(pk=by.firm_id)
    user = User(firm_id=by.firm_id, email=email.lower(), first_name=first_name, last_name=last_name, role=role)
    user.set_unusable_password()
    user.full_clean(exclude=["firm", "password"])
    user.save()
    return user


def invite_user(user: User, *, request: HttpRequest) -> None:
    """Mails the link to choose a password. Raises OSError when the mail server does not answer."""
    form = ResetPasswordForm({"email": user.email})
    form.is_valid()
    form.save(request)


def change_user(user: User, *, by: User, role: Role, is_active: bool) -> None:
    """Changes what somebody may do; deactivated, they are outside at their next click. Raises OwnAccount."""
    if user == by:
        raise OwnAccount("Demandez à une autre personne de la direction de changer votre propre compte.")
    user.role, user.is_active = role, is_active
    user.save(update_fields=["role", "is_active"])
