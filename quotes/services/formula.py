"""Which formula to advise for a snapshot, and what to expect of a partner, from the firm's own tariffs."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from clients.models import Client, RiskSnapshot
from quotes.models import ClientProfile, PartnerAccount
from quotes.models.partner import TERMS
from quotes.pricing.formula import Advice, FirmTariffs, advise
from quotes.pricing.risk import LargestBuyer, Risk
from quotes.pricing.tariffs import OnStudy, Rate
from quotes.pricing.turnover_declaration import estimate_declaration
from quotes.services.tariffs import firm_tariffs


class AdviceMissing(Exception):
    """No advice yet; the message says in French what is missing."""


class NoTariff(AdviceMissing):
    """The firm has no tariff."""


def profile_of(client: Client) -> ClientProfile:
    """The client's profile, or an unsaved one that supposes the first sector of the default tariff."""
    found = ClientProfile.objects.filter(client=client).first()
    return found or ClientProfile(firm_id=client.firm_id, client=client, sector="wholesale")


@transaction.atomic
def save_profile(*, profile: ClientProfile) -> None:
    """What somebody said of the client; saying it twice changes nothing."""
    ClientProfile.objects.update_or_create(
        client=profile.client,
        defaults={
            "firm_id": profile.client.firm_id,
            "sector": profile.sector,
            "has_history": profile.has_history,
            "is_marketplace": profile.is_marketplace,
        },
    )


def current_tariffs(snapshot: RiskSnapshot) -> FirmTariffs:
    """The firm's tariffs of today. Raises NoTariff."""
    tariffs = firm_tariffs(snapshot.firm, on=timezone.localdate())
    if tariffs is None:
        raise NoTariff("Le cabinet n’a pas encore de tarif.")
    return tariffs


def sectors(tariffs: FirmTariffs) -> list[Rate]:
    """The sectors that any formula has a factor for, in the tariff's order."""
    named = {}
    for tariff in (tariffs.declaration, tariffs.flat_fee):
        for rate in tariff.rates:
            if rate.table == "sector":
                named.setdefault(rate.code, rate)
    return list(named.values())


def advise_on(snapshot: RiskSnapshot, profile: ClientProfile, tariffs: FirmTariffs) -> Advice:
    """Raises AdviceMissing when the snapshot says too little."""
    return advise(_risk(snapshot, profile), tariffs)


def tariff_terms(snapshot: RiskSnapshot) -> dict[str, Decimal | int]:
    """The terms (TERMS) that the firm's tariff by declaration gives this client, and its `deposit`; none when the case
    is on study, or when the tariff or the client's figures are missing."""
    try:
        tariffs = current_tariffs(snapshot)
        risk = _risk(snapshot, profile_of(snapshot.client))
    except AdviceMissing:
        return {}
    estimate = estimate_declaration(risk, tariffs.declaration, tariffs.taxes)
    if isinstance(estimate, OnStudy):
        return {}
    return {
        "premium_rate": estimate.french_rate,
        "export_premium_rate": estimate.export_rate,
        "minimum_premium": estimate.minimum_premium,
        "insured_percentage": estimate.insured_percentage,
        "maximum_liability_multiple": int(tariffs.declaration.value("maximum_liability_multiple")),
        "fee_per_buyer": tariffs.declaration.value("fee_per_buyer"),
        "deposit": estimate.deposit,
    }


def starting_terms(account: PartnerAccount, tariff: Mapping[str, Decimal | int]) -> dict[str, Decimal | int | None]:
    """What a partner is supposed to ask until it quotes: its account's terms, completed by the tariff's unless the
    account has a rate of its own, whose blanks then mean what they say."""
    own = {term: getattr(account, term) for term in TERMS}
    if account.premium_rate is not None or account.all_in_price is not None:
        return own
    return {term: tariff.get(term) if value is None else value for term, value in own.items()}


def _risk(snapshot: RiskSnapshot, profile: ClientProfile) -> Risk:
    turnover = snapshot.insurable_turnover
    if not turnover:
        raise AdviceMissing("Sans chiffre d’affaires assurable, aucune formule ne se chiffre.")
    asked = snapshot.exposures.asked()
    largest = asked.order_by(F("turnover").desc(nulls_last=True), "-requested", "line").first()
    if largest is None:
        raise AdviceMissing("Aucun acheteur n’est à garantir : donnez un montant à au moins un acheteur.")
    sums = asked.aggregate(highest=Max("requested"), requested=Sum("requested"))
    # Without turnovers by buyer, what is asked on each is the best measure of its weight.
    share = largest.turnover / turnover if largest.turnover else largest.requested / sums["requested"]
    return Risk(
        french_turnover=turnover - snapshot.export_turnover,
        export_turnover=snapshot.export_turnover,
        sector=profile.sector,
        buyers=asked.count(),
        losses=sum(snapshot.losses, Decimal(0)) if profile.has_history else None,
        largest=LargestBuyer(largest.name, min(share, Decimal(1)), largest.requested, largest.country != "FR"),
        highest_request=sums["highest"],
        is_marketplace=profile.is_marketplace,
        losses_are_said=snapshot.losses_are_said,
    )
