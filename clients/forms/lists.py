"""The filters of a list, as its address says them."""

from collections.abc import Iterator
from decimal import Decimal

from django import forms
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from clients.enums import ClientStage
from clients.models import Alert, Client
from clients.search import alike, matching
from factortaboite.accounts.models import User
from factortaboite.forms import EuroFormField
from factortaboite.money import euros

ALIKE = 200  # names that resemble what was typed: more than that resembles nothing
MINE, NOBODY = "moi", "personne"
OPEN, CRITICAL = "a-traiter", "critique"
ANY = ("", "Peu importe")


class FilterForm(forms.Form):
    """What every list is narrowed by: a name or a number, the amount asked, who follows the client, where it stands
    and whether something alarming was published.

    A field that cannot be read narrows nothing, and `misread` says why. `name`, `number`, `owner`, `stage` and
    `amount` are columns of the rows, and so are those that `alerts` names beside the alerts' own.
    """

    all_optional = True
    name, number, owner, stage, amount = "name", "siren", "owner", "stage", "asked_total"
    alerts: dict[str, str] = {"client": "pk"}

    q = forms.CharField(label="Nom ou numéro", required=False, max_length=200)
    min = EuroFormField(label="Demandé HT, au moins", required=False)
    max = EuroFormField(label="Demandé HT, au plus", required=False)
    suivi = forms.ChoiceField(label="Suivi par", required=False)
    etape = forms.ChoiceField(label="Étape du client", required=False, choices=[ANY, *ClientStage.choices])
    alerte = forms.ChoiceField(
        label="Alerte", required=False, choices=[ANY, (OPEN, "À traiter"), (CRITICAL, "Critique, à traiter")]
    )

    def __init__(self, params, *, user: User) -> None:
        super().__init__(params)
        self.user = user
        self.has_guessed = False  # whether rows only resemble what was typed
        self.has_more_alike = False  # and whether there would be more of them
        # Oneself by name too: « Clients d’Ada » that a colleague shares shows Ada what it shows the others. And
        # whoever left while clients still wait for somebody else.
        follows = Exists(Client.objects.filter(owner=OuterRef("pk")))
        people = User.objects.filter(Q(is_active=True) | follows, firm_id=user.firm_id)
        self.fields["suivi"].choices = [
            ANY,
            (MINE, "Moi"),
            *((str(person.pk), str(person)) for person in people.order_by("first_name", "last_name", "pk")),
            (NOBODY, "Personne"),
        ]

    def said(self) -> Iterator[tuple[str, str]]:
        """The fields that narrow the list, with their text in the address."""
        for name in self.fields:
            if self.cleaned_data.get(name) not in (None, ""):
                yield name, self.data.get(name, "").strip()

    def misread(self) -> Iterator[str]:
        """Why each field that cannot be read narrows nothing."""
        for name, errors in self.errors.items():
            yield f"{self.fields[name].label} : {errors[0]}"

    def chips(self) -> Iterator[tuple[str, list[str]]]:
        """Each filter that is on in words, and the fields that say it."""
        for name, _ in self.said():
            yield self._in_words(name), [name]

    def _in_words(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if name == "q":
            return f"« {value} »"
        if isinstance(field, EuroFormField):
            return f"{field.label} {euros(value)}"
        return f"{field.label} : {dict(field.choices).get(value, value)}" if hasattr(field, "choices") else str(value)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """The rows of these filters. What resembles the name is shown only when nothing contains it."""
        for name, _ in self.said():
            if name != "q":
                rows = getattr(self, f"by_{name}")(rows, self.cleaned_data[name])
        return self._named(rows, self.cleaned_data.get("q", ""))

    def _named(self, rows: QuerySet, text: str) -> QuerySet:
        if not text:
            return rows
        exact = rows.filter(matching(text, name=self.name, number=self.number))
        if exact.exists():
            return exact
        resembling = alike(rows.values_list("pk", flat=True), text, name=self.name, limit=ALIKE)
        self.has_guessed, self.has_more_alike = bool(resembling), len(resembling) == ALIKE
        return rows.filter(pk__in=resembling)

    def by_min(self, rows: QuerySet, amount: Decimal) -> QuerySet:
        return rows.filter(**{f"{self.amount}__gte": amount})

    def by_max(self, rows: QuerySet, amount: Decimal) -> QuerySet:
        return rows.filter(**{f"{self.amount}__lte": amount})

    def by_etape(self, rows: QuerySet, stage: str) -> QuerySet:
        return rows.filter(**{self.stage: stage})

    def by_alerte(self, rows: QuerySet, value: str) -> QuerySet:
        alerts = Alert.objects.open().filter(**{name: OuterRef(column) for name, column in self.alerts.items()})
        return rows.filter(Exists(alerts.critical() if value == CRITICAL else alerts))

    def by_suivi(self, rows: QuerySet[Model], value: str) -> QuerySet:
        if value == NOBODY:
            return rows.filter(Q(**{f"{self.owner}__isnull": True}))
        return rows.filter(**{self.owner: self.user.pk if value == MINE else int(value)})


class ClientFilters(FilterForm):
    NO_LIST, READY, TESTED = "sans-liste", "a-tester", "testee"

    etat = forms.ChoiceField(
        label="Photographie",
        required=False,
        choices=[
            ANY,
            (NO_LIST, "Aucune liste importée"),
            (READY, "À soumettre aux assureurs"),
            (TESTED, "Soumise à un test à blanc"),
        ],
    )

    field_order = ["q", "etat", "etape", "suivi", "alerte", "min", "max"]

    def by_etat(self, rows: QuerySet, value: str) -> QuerySet:
        if value == self.NO_LIST:
            return rows.filter(snapshot_id=None)
        return rows.filter(snapshot_id__isnull=False, frozen_at__isnull=value == self.READY)
