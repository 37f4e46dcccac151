"""A partner's account: how it is asked, its keys, the firm's starting terms."""

from decimal import Decimal
from urllib.parse import urlsplit
from uuid import uuid4

from django import forms

from factortaboite.forms import EuroFormField
from quotes.enums import Channel
from quotes.forms.terms import TermsForm
from quotes.models import PartnerAccount
from quotes.models.partner import TERMS, is_our_twin
from quotes.partners.registry import connector_class

CREDENTIAL_LABELS = {
    "api_key": "Clé d’interface",
    "app_key": "Clé d’application",
    "business_unit_code": "Code de l’unité commerciale",
    "client_id": "Identifiant d’application",
    "client_secret": "Secret d’application",
    "contract_id": "Numéro de contrat",
    "customer_id": "Numéro de client",
    "password": "Mot de passe",
    "policy_id": "Numéro de police",
    "policy_number": "Numéro de police",
    "username": "Identifiant",
}


class PartnerForm(TermsForm):
    """What both channels share. `creation_key` travels with the page, so that a double click adds one partner."""

    creation_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["creation_key"].required = not self.instance.pk

    class Meta:
        model = PartnerAccount
        fields = ["name", "sandbox", "active", *TERMS]
        labels = {"sandbox": "Simulateur"}
        help_texts = {
            "sandbox": "Ses réponses sont fictives, et dites telles à l’écran et sur l’offre.",
            "active": "Un partenaire inactif n’est plus proposé ; ce qu’il a répondu reste.",
        }

    @property
    def credentials(self) -> dict[str, str]:
        return {}


class MailPartnerForm(PartnerForm):
    """A partner that is asked by mail."""

    class Meta(PartnerForm.Meta):
        fields = ["name", "contact_email", "sandbox", "active", *TERMS]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.channel = Channel.SPREADSHEET
        self.fields["contact_email"].required = True


class InterfacePartnerForm(PartnerForm):
    """A partner that is asked through its connector: one password field for each of its keys."""

    base_url = forms.URLField(
        label="Adresse de l’interface",
        assume_scheme="https",
        required=False,
        help_text="En https ; la changer demande de redonner les clés. Laissée vide pour un simulateur, c’est celui "
        "de Factortaboite qui répond.",
    )
    calls_per_second = forms.DecimalField(
        label="Appels par seconde",
        localize=True, min_value=Decimal("0.1"), max_digits=6, decimal_places=2, required=False,
        help_text="Vide : pas de limite.",
        error_messages={"min_value": "Au moins 0,1 appel par seconde."},
    )  # fmt: skip

    live = forms.BooleanField(
        label="Ouvert aux vraies demandes",
        required=False,
        help_text="Sans effet sur un simulateur.",
    )
    confirm_live = forms.BooleanField(
        label="Je confirme : les acheteurs de mes clients seront transmis à un véritable assureur, en leur nom.",
        required=False,
    )
    lookup_price = EuroFormField(
        label="Prix d’une consultation (€ HT)", required=False, help_text="Vide : elles sont gratuites."
    )
    lookup_budget = EuroFormField(
        label="Budget de consultations (€ HT)",
        required=False,
        help_text="Un test à blanc qui le dépasserait ne part pas.",
    )

    class Meta(PartnerForm.Meta):
        fields = [
            "name",
            "base_url",
            "sandbox",
            "active",
            "live",
            "lookup_price",
            "lookup_budget",
            "max_concurrent",
            "calls_per_second",
            "timeout_seconds",
            "patience_seconds",
            *TERMS,
        ]
        help_texts = PartnerForm.Meta.help_texts | {
            "patience_seconds": "Au-delà, l’acheteur est noté sans réponse. 432 000 s font cinq jours.",
        }

    def __init__(self, *args, connector: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.channel = Channel.API
        self.instance.connector = connector
        kept = self.instance.credentials if self.instance.pk and not self._is_moving() else {}
        self.key_names = connector_class(connector).credential_names
        for name in self.key_names:
            self.fields[f"key_{name}"] = forms.CharField(
                label=CREDENTIAL_LABELS.get(name, name),
                required=name not in kept and not self._is_simulated(),
                widget=forms.PasswordInput({"autocomplete": "new-password"}),
                help_text="Enregistré. Vide : inchangé." if kept.get(name) else "",
            )

    def _is_moving(self) -> bool:
        """To another address, which may not have the keys without being given them."""
        return self.is_bound and self.data.get("base_url", "").strip() != self.instance.base_url

    def _is_simulated(self) -> bool:
        """As the form is being sent, else as the account stands."""
        return bool(self.data.get("sandbox")) if self.is_bound else self.instance.sandbox

    @property
    def key_fields(self) -> list[forms.BoundField]:
        return [self[f"key_{name}"] for name in self.key_names]

    @property
    def credentials(self) -> dict[str, str]:
        """Only what was typed this time, by key name."""
        return {name: self.cleaned_data[f"key_{name}"] for name in self.key_names}

    def clean(self) -> dict:
        cleaned = super().clean()
        address, sandbox = cleaned.get("base_url", ""), cleaned.get("sandbox")
        if not address and not sandbox and "base_url" not in self.errors:
            self.add_error("base_url", "Donnez l’adresse de l’interface, ou cochez « Simulateur ».")
        if address and urlsplit(address).scheme != "https" and not (sandbox and is_our_twin(address)):
            self.add_error("base_url", "Seule une adresse en https protège vos clés.")
        if "sandbox" in self.changed_data and self._has_open_questions():
            self.add_error("sandbox", "Des questions sont en cours : attendez leur fin avant de changer qui y répond.")
        # A simulator has nothing to open.
        cleaned["live"] = cleaned.get("live", False) and not sandbox
        opens = cleaned["live"] and not self.initial.get("live")
        if opens and not cleaned.get("confirm_live"):
            self.add_error("confirm_live", "Cochez cette case pour ouvrir le partenaire aux vraies demandes.")
        return cleaned

    def _has_open_questions(self) -> bool:
        return bool(self.instance.pk) and self.instance.submissions.filter(ended_at=None).exists()
