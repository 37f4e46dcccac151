"""The buyers of all the firm's clients, as their latest lists have them, with what insurers answer about them."""

from collections.abc import Sequence

from django.db.models import F, QuerySet

from clients.lists.listing import Column, Kind, ListKind
from clients.models import Exposure, ListName, RiskSnapshot
from clients.models.alert import worst_alert_level
from clients.models.fields import amount_or_nothing
from clients.monitoring.severity import Level
from clients.search import Folded
from factortaboite.accounts.models import User
from quotes.forms.buyers import NAMES, BuyerFilters
from quotes.services.buyer_answers import NEVER, standings_of


def _rows(user: User) -> QuerySet[Exposure]:
    latest = RiskSnapshot.objects.visible_to(user).latest()
    return (
        Exposure.objects.visible_to(user)
        .filter(snapshot__in=list(latest.values_list("pk", flat=True)))
        # Many buyers are of few lists: these are read once.
        .prefetch_related("snapshot__client__owner")
        .annotate(company_status=F("company__status"), alert_level=worst_alert_level())
        .defer("merged_lines", "warnings", "ageing", "note")
    )


def _with_answers(buyers: Sequence[Exposure]) -> None:
    """Adds each buyer’s `standing` with the insurers, its worst `alert` in a word and the name of its country."""
    standings = standings_of(buyers)
    for buyer in buyers:
        buyer.standing = standings.get(buyer.pk, NEVER)
        buyer.alert = Level(buyer.alert_level).label if buyer.alert_level else ""
        buyer.country_name = NAMES.get(buyer.country, buyer.country)


BUYERS = ListKind(
    name=ListName.BUYERS,
    noun="acheteur",
    url_name="quotes:buyer_list",
    workbook_url_name="quotes:buyer_workbook",
    text_url_name="quotes:buyer_text",
    subject=Column("acheteur", "Acheteur", lambda buyer: buyer.name, order=Folded("name")),
    identity=(
        Column("identifiant", "Identifiant", lambda buyer: buyer.id_value),
        Column("code_pays", "Pays (code)", lambda buyer: buyer.country),
    ),
    columns=(
        Column("client", "Client", lambda buyer: buyer.snapshot.client.name),
        Column(
            "demande",
            "Demandé HT",
            # What a buyer set aside would need is no part of what is asked: nobody's sum may count it.
            lambda buyer: None if buyer.set_aside else buyer.requested,
            Kind.EUROS,
            order=amount_or_nothing("requested"),
        ),
        Column("etat", "État", lambda buyer: buyer.get_set_aside_display() or "à demander", is_shown=False),
        Column(
            "encours",
            "Encours TTC",
            lambda buyer: buyer.outstanding,
            Kind.EUROS,
            order=amount_or_nothing("outstanding"),
        ),
        Column("plafond", "Encours maximum TTC", lambda buyer: buyer.peak, Kind.EUROS, is_shown=False),
        Column("ca", "CA HT", lambda buyer: buyer.turnover, Kind.EUROS, order=amount_or_nothing("turnover")),
        Column("delai", "Délai (jours)", lambda buyer: buyer.terms_days, Kind.COUNT, is_shown=False),
        Column("reponse", "Réponse des assureurs", lambda buyer: buyer.standing.answer.label),
        Column("alerte", "Alerte", lambda buyer: buyer.alert),
        Column("accorde", "Meilleur accord HT", lambda buyer: buyer.standing.amount, Kind.EUROS, is_shown=False),
        Column("pays", "Pays", lambda buyer: buyer.country_name, is_shown=False),
        Column("ville", "Ville", lambda buyer: f"{buyer.postcode} {buyer.city}".strip(), is_shown=False),
        Column("compte", "Compte", lambda buyer: buyer.account, is_shown=False),
        Column("etape", "Étape du client", lambda buyer: buyer.snapshot.client.get_stage_display(), is_shown=False),
        Column("suivi", "Suivi par", lambda buyer: str(buyer.snapshot.client.owner or ""), is_shown=False),
        Column("photographie", "Photographie", lambda buyer: buyer.snapshot.taken_on, Kind.DATE, is_shown=False),
    ),
    first_order="-demande",
    filters=BuyerFilters,
    rows=_rows,
    complete=_with_answers,
)
