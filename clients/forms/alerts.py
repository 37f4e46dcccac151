"""Which alerts are shown, and what was done about one."""

from django import forms
from django.db.models import QuerySet

from clients.models import Alert, AlertStatus, Client
from clients.models.alert import AlertQuerySet
from clients.monitoring.severity import Level

ALL = "toutes"
STATES = [
    ("", "À traiter"),
    (AlertStatus.NEW, "Nouvelles"),
    (AlertStatus.HANDLED, "Traitées"),
    (AlertStatus.CANCELLED, "Annulées"),
    (ALL, "Toutes"),
]


class AlertFilterForm(forms.Form):
    """What an address may ask for. What it asks for wrongly is as if it did not."""

    etat = forms.ChoiceField(label="État", required=False, choices=STATES)
    niveau = forms.TypedChoiceField(
        label="Niveau",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Tous"), *((level.value, level.label.capitalize()) for level in Level)],
    )
    client = forms.ModelChoiceField(label="Client", required=False, queryset=Client.objects.none(), empty_label="Tous")

    def __init__(self, *args, clients: QuerySet[Client], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = clients

    def chosen(self, alerts: AlertQuerySet) -> AlertQuerySet:
        self.is_valid()
        state, level, client = (self.cleaned_data.get(name) for name in ("etat", "niveau", "client"))
        if not state:
            alerts = alerts.open()
        elif state == AlertStatus.NEW:
            alerts = alerts.new()
        elif state != ALL:
            alerts = alerts.filter(status=state)
        if level:
            alerts = alerts.filter(level=level)
        return alerts.filter(client=client) if client else alerts

    @property
    def is_filtered(self) -> bool:
        """Whether it asks for anything but what is shown by itself. Call `chosen` first."""
        return any(self.cleaned_data.values())

    @property
    def shown_label(self) -> str:
        """What the list holds. Call `chosen` first."""
        state = self.cleaned_data.get("etat", "")
        return "Toutes les alertes" if state == ALL else f"Alertes {dict(STATES)[state].lower()}"


class HandleForm(forms.ModelForm):
    class Meta:
        model = Alert
        fields = ["note"]
        labels = {"note": "Ce qui a été fait"}
        help_texts = {"note": "Par exemple : créance déclarée le 12, assureur prévenu, livraisons arrêtées."}
