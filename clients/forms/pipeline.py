"""The pipeline's small forms, shown inside a card: a move, the next action, who follows a client.

Each names its title, its button and the URL it is sent to.
"""

from datetime import date, timedelta

from django import forms
from django.db.models import Q
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import Client
from clients.monitoring.deadlines import next_working_day
from clients.services.stages import needs_effective_date, needs_reason
from factortaboite.accounts.enums import PREPARING_ROLES
from factortaboite.accounts.models import User
from factortaboite.forms import DayFormField
from factortaboite.typography import typeset

# What brokers hear most, to be picked in one key; anything else may be typed.
LOST_BECAUSE = ("Trop cher", "Garanties insuffisantes", "Parti chez un concurrent", "Ne répond plus", "Besoin disparu")
BACK_BECAUSE = ("Déplacé par erreur", "Le client a changé d’avis", "Des pièces manquent", "Le client revient")
TOMORROW = timedelta(days=1)


def followers(client: Client) -> Q:
    """Who can follow a client: those of its firm who may change its clients, and whoever follows it already."""
    return Q(firm_id=client.firm_id) & (Q(is_active=True, role__in=PREPARING_ROLES) | Q(pk=client.owner_id))


def not_to_come(day: date) -> None:
    """Nobody has been in contact tomorrow."""
    if day > timezone.localdate():
        raise forms.ValidationError("Ce jour est encore à venir.", code="future")


class MoveForm(forms.Form):
    """What a move to `stage` asks for, which may be nothing."""

    url_name = "pipeline:client_move"
    reason = forms.CharField(label="Motif", max_length=200)
    effective_on = DayFormField(label="Date d’effet du contrat")
    first_contact_on = DayFormField(
        label="Nouveau premier contact", validators=[not_to_come], help_text="Les 10 jours repartent de là."
    )

    def __init__(self, data=None, *, client: Client, stage: ClientStage) -> None:
        today = timezone.localdate()
        comes_back = client.stage == ClientStage.LOST and stage != ClientStage.CONTRACT
        initial = {"effective_on": client.effective_on or today, "first_contact_on": today}
        super().__init__(data, initial=initial, auto_id=ids_in_card(client))
        self.stage = stage
        self.title = self.submit = typeset(f"Passer à « {stage.label} »")
        self.suggestions = LOST_BECAUSE if stage == ClientStage.LOST else BACK_BECAUSE
        self.suggestions_id = f"client-{client.pk}-reasons"
        asked = {
            "reason": needs_reason(client.stage, stage),
            "effective_on": needs_effective_date(client.stage, stage),
            "first_contact_on": comes_back,
        }
        for name, is_asked in asked.items():
            if not is_asked:
                del self.fields[name]
        if "reason" in self.fields:
            self.fields["reason"].widget.attrs |= {"list": self.suggestions_id, "autocomplete": "off"}
        focus_first(self)


class PlanForm(forms.Form):
    """The next action and its day."""

    url_name = "pipeline:client_plan"
    submit = "Enregistrer"
    next_action = forms.CharField(
        label="Prochaine action",
        max_length=200,
        widget=forms.TextInput({"placeholder": "Relancer pour la balance âgée", "autocomplete": "off"}),
    )
    next_action_on = DayFormField(label="Le")

    def __init__(self, data=None, *, client: Client, title: str = "") -> None:
        self.planned_on = client.next_action_on
        self.title = title
        day = self.planned_on or next_working_day(timezone.localdate() + TOMORROW)
        initial = {"next_action": client.next_action, "next_action_on": day}
        super().__init__(data, initial=initial, auto_id=ids_in_card(client))
        focus_first(self)

    def clean_next_action_on(self) -> date:
        day = self.cleaned_data["next_action_on"]
        if day < timezone.localdate() and day != self.planned_on:
            raise forms.ValidationError("Ce jour est passé : choisissez aujourd’hui ou plus tard.", code="past")
        return day


class OwnerForm(forms.Form):
    """Who follows a client: always somebody."""

    url_name = "pipeline:client_assign"
    title = ""
    submit = "Enregistrer"
    owner = forms.ModelChoiceField(User.objects.none(), label="Suivi par")

    def __init__(self, data=None, *, client: Client) -> None:
        super().__init__(data, initial={"owner": client.owner_id}, auto_id=ids_in_card(client))
        self.fields["owner"].queryset = User.objects.filter(followers(client)).order_by(
            "last_name", "first_name", "pk"
        )
        self.fields["owner"].empty_label = None if client.owner_id else "Personne"
        focus_first(self)


def ids_in_card(client: Client) -> str:
    """Several cards of a board may have their forms open."""
    return f"client-{client.pk}-%s"


def focus_first(form: forms.Form) -> None:
    """The form opens where somebody works: its first field takes the keyboard."""
    for field in list(form.fields.values())[:1]:
        field.widget.attrs["data-focus"] = True
