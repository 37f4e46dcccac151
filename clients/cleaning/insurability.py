"""What a register's facts mean for an insurer: who leaves the insurable base, and why (DOMAIN.md §1.2 and §5)."""

from dataclasses import dataclass
from datetime import date

from clients.cleaning.names import core_of
from clients.legal_categories import is_individual, is_public_body
from clients.portfolio.values import words
from factortaboite.typography import typeset

SHORTEST_TELLING_WORD = 5
MONACO_POSTCODES = "980"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a buyer's company. `status` is "active", "closed", "unknown" to the register, or "" when nobody
    asked. `procedure` is the French name of the collective procedure that is open on it, empty without one."""

    siren: str
    name: str = ""
    status: str = ""
    closed_on: date | None = None
    legal_category: str = ""
    address: str = ""
    source: str = ""
    checked_on: date | None = None
    procedure: str = ""
    procedure_on: date | None = None
    procedure_source: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """The client, whose own group is not insurable."""

    siren: str = ""
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What to do with a buyer: its `kind`, the reason to set it aside (a SetAside value, empty for a number that
    should go), and the French sentence that says why."""

    kind: str
    set_aside: str
    reason: str


def finding(company: Known, seller: Seller) -> Finding | None:
    """The first reason, the most certain one, why no insurer would cover a buyer; None when nothing speaks against it.

    La Poste is a company like another (a société anonyme, category 5510), though the State owns it. A company of
    Monaco has no SIREN and stands in no French register: nothing is known of it here.
    """
    found = _of_the_seller(company, seller) or _by_status(company) or _by_category(company)
    found = found or _related(company, seller) or _person(company)
    if found is None and company.status == "unknown":
        found = Finding(
            "unknown_number",
            "",
            f"Le registre ne connaît pas ce SIREN ({_source(company)}) : retirez-le, puis cherchez l’acheteur par son "
            "nom.",
        )
    return found and Finding(found.kind, found.set_aside, typeset(found.reason))


def _of_the_seller(company: Known, seller: Seller) -> Finding | None:
    if seller.siren and company.siren == seller.siren:
        return Finding("related_company", "related_company", "C’est votre client lui-même : même SIREN.")
    return None


def _by_status(company: Known) -> Finding | None:
    if company.procedure:
        since = f", annonce du {company.procedure_on:%d/%m/%Y}" if company.procedure_on else ""
        return Finding(
            "collective_procedure",
            "collective_procedure",
            f"Procédure collective ouverte ({company.procedure}{since}, {company.procedure_source}) : plus aucune "
            "garantie n’est accordée.",
        )
    if company.status == "closed":
        since = f" depuis le {company.closed_on:%d/%m/%Y}" if company.closed_on else ""
        return Finding(
            "closed_company",
            "closed_company",
            f"Entreprise fermée{since} ({_source(company)}) : cherchez qui a repris l’activité, ou écartez-la.",
        )
    return None


def _by_category(company: Known) -> Finding | None:
    if is_public_body(company.legal_category):
        return Finding(
            "public_body",
            "public_body",
            f"Acheteur public, catégorie juridique {company.legal_category} ({_source(company)}) : ni garanti, ni "
            "dans l’assiette.",
        )
    return None


def _related(company: Known, seller: Seller) -> Finding | None:
    if seller.address and words(seller.address) == words(company.address):
        return Finding(
            "related_company",
            "related_company",
            f"Même adresse de siège que votre client ({_source(company)}) : sans doute une société liée.",
        )
    telling = {word for word in core_of(seller.name) if len(word) >= SHORTEST_TELLING_WORD}
    if telling and telling <= set(core_of(company.name)):
        return Finding(
            "related_company",
            "related_company",
            f"Porte le nom de votre client ({_source(company)}) : peut-être une société liée.",
        )
    return None


def _person(company: Known) -> Finding | None:
    if is_individual(company.legal_category):
        return Finding(
            "private_person",
            "private_person",
            f"Personne physique, catégorie juridique {company.legal_category} ({_source(company)}) : à écarter si "
            "elle achète pour elle-même ou si le contrat exclut les personnes physiques.",
        )
    return None


def why_not_searched(country: str, postcode: str) -> str:
    """Why the French registers are not asked about a line without identifier, in French; empty when they are."""
    if country == "MC" or "".join(postcode.split()).startswith(MONACO_POSTCODES):
        return typeset("Monaco : pas de SIREN. Saisissez son n° de TVA (FR, deux caractères, puis 000…).")
    if country != "FR":
        return typeset("Acheteur étranger : saisissez son n° de TVA ou d’immatriculation.")
    return ""


def _source(company: Known) -> str:
    return f"{company.source}, {company.checked_on:%d/%m/%Y}" if company.checked_on else company.source
