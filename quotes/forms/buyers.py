"""The filters of the list of buyers."""

from babel import Locale
from django import forms
from django.db.models import QuerySet

from clients.enums import SetAside
from clients.forms.lists import ANY, FilterForm
from clients.models import Client, CompanyStatus
from quotes.services.buyer_answers import BuyerAnswer, answered

FRANCE, ABROAD = "FR", "hors-de-france"
# Where French companies sell on credit; any other code in the address is understood too.
COUNTRIES = (
    "DE AT BE BG CY HR DK ES EE FI GR HU IE IT LV LT LU MT NL PL PT CZ RO SK SI SE "
    "GB CH NO MC US CA CN JP IN AE TR MA DZ TN SN CI"
).split()
NAMES = Locale("fr").territories
ASKED, SET_ASIDE, CLOSED = "demande", "ecarte", "fermee"


class CountryField(forms.ChoiceField):
    def valid_value(self, value: str) -> bool:
        return value == ABROAD or (len(value) == 2 and value in NAMES)


class BuyerFilters(FilterForm):
    number, owner, stage, amount = "id_value", "snapshot__client__owner", "snapshot__client__stage", "requested"
    alerts = {"client": "snapshot__client", "company": "company"}

    etat = forms.ChoiceField(
        label="État",
        required=False,
        choices=[
            ANY,
            (ASKED, "À demander"),
            (SET_ASIDE, "Écartés, tous motifs"),
            *((value, f"Écarté : {label}") for value, label in SetAside.choices),
            (CLOSED, "Société fermée"),
        ],
    )
    pays = CountryField(
        label="Pays",
        required=False,
        choices=[
            ANY,
            (FRANCE, "France"),
            (ABROAD, "Hors de France"),
            *sorted(((code, NAMES[code]) for code in COUNTRIES), key=lambda country: country[1]),
        ],
    )
    reponse = forms.ChoiceField(label="Réponse des assureurs", required=False, choices=[ANY, *BuyerAnswer.choices])
    client = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    field_order = ["q", "etat", "reponse", "alerte", "pays", "suivi", "etape", "min", "max"]

    def _in_words(self, name: str) -> str:
        if name == "client":
            client = Client.objects.visible_to(self.user).filter(pk=self.cleaned_data["client"]).first()
            return f"Client : {client or 'inconnu'}"
        if name == "pays" and self.cleaned_data["pays"] in NAMES:
            return f"Pays : {NAMES[self.cleaned_data['pays']]}"
        return super()._in_words(name)

    def by_client(self, rows: QuerySet, key: int) -> QuerySet:
        return rows.filter(snapshot__client=key)

    def by_etat(self, rows: QuerySet, value: str) -> QuerySet:
        if value == ASKED:
            return rows.asked()
        if value == SET_ASIDE:
            return rows.set_aside()
        if value == CLOSED:
            return rows.filter(company__status=CompanyStatus.CLOSED)
        return rows.filter(set_aside=value)

    def by_pays(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.exclude(country=FRANCE) if value == ABROAD else rows.filter(country=value)

    def by_reponse(self, rows: QuerySet, value: str) -> QuerySet:
        return answered(rows, BuyerAnswer(value))
