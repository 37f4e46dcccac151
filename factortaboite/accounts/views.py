"""The firm's settings, for its direction: its legal identity, its people; and each one's preferences."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from factortaboite.accounts import services
from factortaboite.accounts.forms import FirmForm, PreferencesForm, UserForm, UserRoleForm
from factortaboite.accounts.models import User
from factortaboite.accounts.permissions import direction_required


@require_http_methods(["GET", "POST"])
@direction_required
def firm_edit(request: HttpRequest) -> HttpResponse:
    form = FirmForm(request.POST or None, instance=request.user.firm)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(
            request, "Identité du cabinet enregistrée\N{NO-BREAK SPACE}; les prochaines offres la porteront."
        )
        return redirect("accounts:firm_edit")
    return render(request, "account/firm_edit.html", {"form": form})


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    # A form without any field is an unticked box.
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Préférences enregistrées.")
        return redirect("accounts:preferences")
    return render(request, "account/preferences.html", {"form": form})


@require_http_methods(["GET", "POST"])
@direction_required
def user_list(request: HttpRequest) -> HttpResponse:
    """The firm's people, and the form that adds one."""
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.create_user(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _invite(request, user)
            return redirect("accounts:user_list")
    people = User.objects.filter(firm_id=request.user.firm_id).order_by("-is_active", "last_name", "pk")
    return render(request, "account/user_list.html", {"form": form, "people": people})


def _invite(request: HttpRequest, user: User) -> None:
    services.invite_user(user, request=request)
    messages.success(request, f"{user.email} reçoit un lien pour choisir son mot de passe.")


@require_http_methods(["GET", "POST"])
@direction_required
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk, firm_id=request.user.firm_id)
    form = UserRoleForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_user(user, by=request.user, **form.cleaned_data)
        except services.AccountRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Compte de {user} enregistré.")
            if "email" in form.changed_data:
                _invite(request, user)
            return redirect("accounts:user_list")
    return render(request, "account/user_edit.html", {"form": form, "person": user})


@require_POST
@direction_required
def user_invite(request: HttpRequest, pk: int) -> HttpResponse:
    _invite(request, get_object_or_404(User, pk=pk, firm_id=request.user.firm_id, is_active=True))
    return redirect("accounts:user_list")
