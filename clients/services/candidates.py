"""Which companies a line without identifier may mean: those that we know, then those that the registry finds."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from clients.cleaning.matching import LEAST_SHOWN, Listed, Place, Registered, is_clear, similarity
from clients.cleaning.names import core_of
from clients.models import Candidate, CleaningPoint, Company
from clients.registries import CompanyFacts
from clients.services.companies import find_companies

SHOWN = 5


def compare_with_known(point: CleaningPoint) -> None:
    """Proposes companies of ours whose name resembles the line's. Nobody is asked."""
    line = _listed(point)
    resembling = Company.objects.in_french_register().resembling(" ".join(core_of(line.name)))[:SHOWN]
    found = [
        Candidate(
            siren=company.id_value,
            name=company.registered_name,
            postcode=company.postcode,
            city=company.city,
            is_closed=company.is_closed,
            legal_category=company.legal_category,
            source=company.source,
            found_on=company.checked_on or timezone.localdate(),
            similarity=similarity(
                line,
                Registered((company.registered_name,), (Place(company.postcode, company.city),), company.is_closed),
            ),
        )
        for company in resembling
    ]
    point.compared_at = timezone.now()
    _propose(point, found)


def ask_registry(point: CleaningPoint, *, patience_seconds: float) -> str:
    """Asks the registry by name and postcode, then without the postcode when nobody is there; stores what it finds.

    The French sentence of what went wrong, empty when it answered.
    """
    line = _listed(point)
    text = " ".join(core_of(line.name))
    answer = find_companies(text, line.place.postcode, patience_seconds=patience_seconds)
    if not answer.companies and not answer.trouble and line.place.postcode:
        answer = find_companies(text, patience_seconds=patience_seconds)
    point.trouble = answer.trouble
    if not answer.trouble:
        point.asked_at = timezone.now()
    _propose(point, [_candidate(line, facts) for facts in answer.companies])
    return answer.trouble


def rank(point: CleaningPoint) -> None:
    """Says which proposal is the best, and whether it stands alone, from those that nobody refused; unsaved."""
    ranked = list(point.candidates.filter(is_refused=False).order_by("-similarity", "siren"))
    point.best_similarity = ranked[0].similarity if ranked else None
    # A closed company is never chosen by itself.
    point.is_clear = is_clear([float(one.similarity) for one in ranked]) and not ranked[0].is_closed


def _listed(point: CleaningPoint) -> Listed:
    exposure = point.exposure
    return Listed(exposure.name, Place(exposure.postcode, exposure.city))


def _candidate(line: Listed, facts: CompanyFacts) -> Candidate:
    office = facts.head_office
    # The establishment that was found where the line says, rather than a head office elsewhere.
    shown = next(iter(facts.sites), None) or office
    places = [Place(site.postcode, site.city) for site in (*facts.sites, office) if site]
    names = (facts.name, facts.acronym, *(site.trade_name for site in facts.sites))
    return Candidate(
        siren=facts.siren,
        name=facts.name[:200],
        postcode=shown.postcode[:10] if shown else "",
        city=shown.city[:120] if shown else "",
        is_closed=facts.is_closed,
        legal_category=facts.legal_category[:4],
        source=facts.source,
        found_on=timezone.localdate(),
        similarity=similarity(line, Registered(names, tuple(places), facts.is_closed)),
    )


@transaction.atomic
def _propose(point: CleaningPoint, found: Iterable[Candidate]) -> None:
    """The most similar ones, beside those proposed already; the point is saved."""
    likely = sorted(
        (one for one in found if one.similarity >= LEAST_SHOWN), key=lambda one: (-one.similarity, one.siren)
    )
    for candidate in likely[:SHOWN]:
        candidate.firm_id, candidate.point = point.firm_id, point
    Candidate.objects.bulk_create(
        likely[:SHOWN],
        update_conflicts=True,
        unique_fields=["point", "siren"],
        update_fields=["name", "postcode", "city", "is_closed", "legal_category", "similarity", "source", "found_on"],
    )
    rank(point)
    point.save(update_fields=["compared_at", "asked_at", "trouble", "best_similarity", "is_clear"])
