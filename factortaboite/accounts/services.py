"""The firm's own people: who gets in, with which role, and who no longer does."""

from allauth.account.forms import ResetPasswordForm
from django.db import transaction
from django.http import HttpRequest

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.refused import Refused


class AccountRefused(Refused):
    """This account may not be changed so: a firm keeps a direction. The message is French."""


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
    """Mails the link to choose a password."""
    form = ResetPasswordForm({"email": user.email})
    form.is_valid()
    form.save(request)


@transaction.atomic
def change_user(user: User, *, by: User, role: Role, is_active: bool, email: str = "") -> None:
    """Changes what somebody may do; deactivated, they are outside at their next click. Raises AccountRefused.

    `email` corrects the address of an invitation; the links that left to the former one no longer open anything.
    """
    if user == by:
        raise AccountRefused("Demandez à une autre personne de la direction de changer votre propre compte.")
    # One at a time in a firm: of two who shut each other out at once, the second is no longer of the direction.
    # Whoever changes somebody else stays: a firm always keeps a direction.
    BrokerFirm.objects.select_for_update(no_key=True).get(pk=by.firm_id)
    if not User.objects.filter(pk=by.pk, role=Role.DIRECTION, is_active=True).exists():
        raise AccountRefused("Votre propre compte vient de changer : vous n’êtes plus de la direction.")
    user.role, user.is_active, user.email = role, is_active, email or user.email
    user.save(update_fields=["role", "is_active", "email"])
