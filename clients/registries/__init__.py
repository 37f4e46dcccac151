"""Public registries of companies: who they are, whether they still live, and what the courts say of them.

    search(text, postcode)     companies that match a name       Recherche d'entreprises, else Sirene
    fetch(siren)               what is known of one company      Recherche d'entreprises, else Sirene
    notices_since(day)         court notices for all portfolios  BODACC
    notices_about_all(sirens)  notices on a few dozen companies  BODACC
    check_vat(number)          a VAT number of the Union         VIES

All block until the answer: at most `patience_seconds` for their turn, then as long again for each answer (two seconds
at least, REGISTRY_TIMEOUT_SECONDS at most). All raise RegistryError with a French sentence, and nothing else. Nothing
is stored here: screens and tasks go through `clients.services.companies`, which remembers.
"""

import logging
from collections.abc import Callable
from typing import TypeVar

from clients.registries import recherche_entreprises, sirene
from clients.registries.base import (
    PATIENCE_SECONDS,
    CompanyFacts,
    RegistryError,
    RegistryRefused,
    RegistryUnavailable,
    Site,
    UnreadableRegistry,
    VatCheck,
)
from clients.registries.bodacc import Notice, NoticeKind, notices_about_all, notices_since
from clients.registries.vies import check_vat

__all__ = [
    "CompanyFacts",
    "Notice",
    "NoticeKind",
    "RegistryError",
    "RegistryRefused",
    "RegistryUnavailable",
    "Site",
    "UnreadableRegistry",
    "VatCheck",
    "check_vat",
    "fetch",
    "notices_about_all",
    "notices_since",
    "search",
]

logger = logging.getLogger(__name__)
Found = TypeVar("Found")


def search(text: str, postcode: str = "", *, patience_seconds: float = PATIENCE_SECONDS) -> tuple[CompanyFacts, ...]:
    """Companies that match a name (or are a SIREN), best first, each with its establishments in `postcode`.

    Closed ones are among them, and homonyms: nothing here says which one is meant. Raises RegistryError.
    """
    return _first_that_answers(
        lambda: recherche_entreprises.search(text, postcode, patience_seconds=patience_seconds),
        lambda: sirene.search(text, postcode, patience_seconds=patience_seconds),
    )


def fetch(siren: str, *, patience_seconds: float = PATIENCE_SECONDS) -> CompanyFacts:
    """What is known of the company; not `is_known` when the registry does not have it. Raises RegistryError."""
    return _first_that_answers(
        lambda: recherche_entreprises.fetch(siren, patience_seconds=patience_seconds),
        lambda: sirene.fetch(siren, patience_seconds=patience_seconds),
    )


def _first_that_answers(first: Callable[[], Found], second: Callable[[], Found]) -> Found:
    """The second is slower and may not be ours to ask: of two failures, the first one is told."""
    try:
        return first()
    except RegistryError as error:
        if not sirene.is_open_to_us():
            raise
        logger.info("asking Sirene instead: %s", error.message)
        try:
            return second()
        except RegistryError:
            raise error from None
