"""The contract of the public registries: what they tell about a company, and how they fail.

A registry is one module that speaks one registry's format. The two that know companies offer the same functions:

    search(text, postcode="", *, patience_seconds) -> tuple[CompanyFacts, ...]
    fetch(siren, *, patience_seconds) -> CompanyFacts

They store nothing: `clients.services.companies` does, with source and date.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from clients.legal_categories import is_individual, is_public_body
from factortaboite.typography import typeset

PATIENCE_SECONDS = 5.0  # how long a caller waits for its turn at a registry, when it does not say otherwise


class RegistryError(Exception):
    """`message` is French and shown to the broker."""

    def __init__(self, message: str) -> None:
        self.message = typeset(message)
        super().__init__(self.message)


class RegistryUnavailable(RegistryError):
    """Temporary: worth trying again later. `retry_after_seconds` is the registry's own wish, when it gave one."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RegistryRefused(RegistryError):
    """The registry refuses the call itself: a missing or wrong key, a query it does not understand."""


class UnreadableRegistry(RegistryError):
    """The registry answered something that its format does not allow. Nothing of it is used."""


@dataclass(frozen=True, slots=True)
class Site:
    """An establishment. `address` is the whole address on one line; what is kept from the public is empty."""

    siret: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    is_closed: bool = False
    trade_name: str = ""


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What one registry says of one company. Empty is unknown, or kept from the public (`is_hidden`).

    A SIREN that the registry does not know comes back without anything else, and not `is_known`.
    `sites` are those that matched a search; none after a fetch. Codes: `legal_category` has 4 digits (INSEE), `naf` is
    in revision 2, `naf_2025` in the one that applies from 2027, `size` is PME, ETI or GE.
    """

    source: str  # the registry's name, as shown and stored
    siren: str
    is_known: bool = True
    name: str = ""
    acronym: str = ""
    is_hidden: bool = False
    is_closed: bool = False
    created_on: date | None = None
    closed_on: date | None = None
    head_office: Site | None = None
    legal_category: str = ""
    naf: str = ""
    naf_2025: str = ""
    size: str = ""
    updated_on: date | None = None  # by the registry
    sites: tuple[Site, ...] = ()

    @property
    def is_public_body(self) -> bool:
        return is_public_body(self.legal_category)

    @property
    def is_individual(self) -> bool:
        return is_individual(self.legal_category)


@dataclass(frozen=True, slots=True)
class VatCheck:
    """What VIES says of one VAT number. Name and address are empty where the member state keeps them."""

    source: str
    number: str  # with its country prefix
    is_valid: bool
    name: str = ""
    address: str = ""


def facts_to_json(facts: CompanyFacts) -> dict[str, Any]:
    """For a cache; `facts_from_json` reads it back."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(facts).items()}


def facts_from_json(stored: dict[str, Any]) -> CompanyFacts:
    days = {
        name: stored[name] and date.fromisoformat(stored[name]) for name in ("created_on", "closed_on", "updated_on")
    }
    office, sites = stored["head_office"], stored["sites"]
    return CompanyFacts(
        **{**stored, **days, "head_office": office and Site(**office), "sites": tuple(Site(**site) for site in sites)}
    )
