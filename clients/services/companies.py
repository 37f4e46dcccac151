"""What public registries say of companies, remembered: nobody waits twice, nor for a registry that is away.

    find_companies(text, postcode)   candidates for a name, for cleaning a list
    look_up(siren)                   the company, asked about when nobody has lately
    refresh_company(company)         asks now
    refresh_stale_companies()        asks about those nobody was asked about for long; a nightly task's
    company_of(number)               the company of a checked identifier, written down if it is new
    company_keys_of(identities)      the keys of many at once

A registry is never called inside a transaction.
"""

import hashlib
import logging
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from clients import registries
from clients.models import Company
from clients.registries import (
    CompanyFacts,
    RegistryError,
    RegistryUnavailable,
    recherche_entreprises,
    vies,
)
from clients.registries.base import facts_from_json, facts_to_json
from clients.registries.reading import siren_or_empty
from clients.search import fold
from clients.services.company_facts import store_facts, store_vat_check
from clients.services.intake import CHECKED_ID_TYPES, COMPANIES_LOCK

logger = logging.getLogger(__name__)

Identity = tuple[str, str, str]
"""Country, type and value of an identifier."""

PAGE_PATIENCE_SECONDS = 1.0  # somebody looks at a page that is waiting
TASK_PATIENCE_SECONDS = 60.0
SEARCH_KEPT_SECONDS = 86_400
STALE_AT_ONCE = 500
# So many answers in a row that cannot be read, and not one that can, are a registry that has changed its form.
MOST_UNREADABLE = 5
_NEW_COMPANIES = f"""
    INSERT INTO {Company._meta.db_table} (country, id_type, id_value, registered_name, source)
    SELECT *, '', '' FROM unnest(%s::text[], %s::text[], %s::text[])
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """`trouble` is the French sentence to show when no registry answered; then there are no companies."""

    companies: tuple[CompanyFacts, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LookUp:
    """The company as far as it is known; `trouble` is the French sentence to show when the registry did not answer."""

    company: Company
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many companies were asked about, and whether none is left that should be. `trouble` is the French sentence
    of a registry that is away."""

    count: int
    is_finished: bool
    trouble: str = ""


def find_companies(text: str, postcode: str = "", *, patience_seconds: float = TASK_PATIENCE_SECONDS) -> Candidates:
    """The companies that match a name, best first, closed ones and homonyms among them. Answers are kept a day."""
    asked = "|".join((recherche_entreprises.LINE.base_url, fold(text), postcode))
    key = f"registry-search:1:{hashlib.sha256(asked.encode()).hexdigest()}"
    if (kept := cache.get(key)) is not None:
        return Candidates(tuple(map(facts_from_json, kept)))
    try:
        found = registries.search(text, postcode, patience_seconds=patience_seconds)
    except RegistryError as error:
        return Candidates(trouble=error.message)
    cache.set(key, [facts_to_json(facts) for facts in found], SEARCH_KEPT_SECONDS)
    return Candidates(found)


def company_of(id_value: str, *, id_type: str = "siren", country: str = "FR") -> Company:
    """The company of an identifier whose key was checked, written down when nobody has met it yet."""
    company, _ = Company.objects.get_or_create(country=country, id_type=id_type, id_value=id_value)
    return company


def company_keys_of(identities: Iterable[Identity]) -> dict[Identity, int]:
    """The keys of the companies of identifiers, unchecked ones left out; those nobody has met yet are written down.
    Four queries at most. Call it inside a transaction."""
    checked = sorted({identity for identity in identities if identity[1] in CHECKED_ID_TYPES})
    known = _known_companies(checked)
    if missing := [identity for identity in checked if identity not in known]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COMPANIES_LOCK])
            cursor.execute(_NEW_COMPANIES, [list(column) for column in zip(*missing, strict=True)])
        known |= _known_companies(missing)
    return known


def _known_companies(identities: Sequence[Identity]) -> dict[Identity, int]:
    # By country and type first, as the index is sorted.
    wanted = Q(pk__in=[])
    for country, id_type in {identity[:2] for identity in identities}:
        values = [identity[2] for identity in identities if identity[:2] == (country, id_type)]
        wanted |= Q(country=country, id_type=id_type, id_value__in=values)
    found = Company.objects.filter(wanted).values_list("country", "id_type", "id_value", "pk")
    return {(country, id_type, value): pk for country, id_type, value, pk in found}


def look_up(siren: str) -> LookUp:
    """The company of this SIREN, after asking about it when nobody has for a month; somebody waits for the answer.

    Raises ValueError for what is no SIREN.
    """
    if not siren or siren_or_empty(siren) != siren:
        raise ValueError(f"no SIREN: {siren!r}")
    company = company_of(siren)
    if company.is_fresh(timezone.localdate()):
        return LookUp(company)
    try:
        return LookUp(refresh_company(company, patience_seconds=PAGE_PATIENCE_SECONDS))
    except RegistryError as error:
        return LookUp(company, error.message)


def refresh_company(company: Company, *, patience_seconds: float = TASK_PATIENCE_SECONDS) -> Company:
    """Asks the registry about the company now and stores every fact; the company as it is then.

    Raises RegistryError, having changed nothing. A company that no registry of ours holds comes back as it is.
    """
    if company.country == "FR" and company.id_type == "siren":
        return store_facts(company, registries.fetch(company.id_value, patience_seconds=patience_seconds))
    if company.id_type == "vat" and company.id_value[:2] in vies.COUNTRIES:
        return store_vat_check(company, registries.check_vat(company.id_value, patience_seconds=patience_seconds))
    return company


def refresh_stale_companies(
    companies: QuerySet[Company] | None = None,
    *,
    limit: int = STALE_AT_ONCE,
    seconds: float = math.inf,
    patience_seconds: float = TASK_PATIENCE_SECONDS,
) -> Refreshed:
    """Asks about the companies (all, or those given) that were not asked about for a month, the longest first.

    Stops after so many, after so long, or when the registry is away or says nothing that can be read: the rest can
    wait. One that the registry cannot say anything readable about does not hold back the others.
    """
    ends = time.monotonic() + seconds
    known = Company.objects.all() if companies is None else companies
    stale = known.stale(timezone.localdate())[: limit + 1]
    refreshed = 0
    for number, company in enumerate(stale):
        if number == limit or time.monotonic() > ends:
            return Refreshed(refreshed, is_finished=False)
        try:
            refresh_company(company, patience_seconds=patience_seconds)
        except RegistryUnavailable as error:
            logger.warning("stale companies wait: %s", error.message)
            return Refreshed(refreshed, is_finished=False, trouble=error.message)
        except RegistryError as error:
            logger.warning("%s is not refreshed: %s", company.id_value, error.message)
            if not refreshed and number + 1 == MOST_UNREADABLE:
                return Refreshed(refreshed, is_finished=False, trouble=error.message)
        else:
            refreshed += 1
    return Refreshed(refreshed, is_finished=True)
