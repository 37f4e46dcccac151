"""API Sirene 3.11 (Insee): the same companies at their source, with a key and 30 requests per minute.

The second choice, for when Recherche d'entreprises is down. Format: OUTSIDE_SYSTEMS.md §2.2, assembled from public
clients rather than from one recorded answer.
"""

import re
from dataclasses import replace
from typing import Any

from django.conf import settings

from clients.registries.base import PATIENCE_SECONDS, CompanyFacts, RegistryRefused, Site
from clients.registries.line import Line
from clients.registries.pace import Pace
from clients.registries.reading import Record, siren_or_empty
from factortaboite.sandbox.credentials import SIRENE_KEY

LINE = Line("sirene", "Sirene (Insee)", Pace("sirene", 0.5))
RESULTS = 20
STATES = {"A": False, "C": True}
SITE_STATES = {"A": False, "F": True}
STREET = (
    "complementAdresseEtablissement",
    "numeroVoieEtablissement",
    "indiceRepetitionEtablissement",
    "typeVoieEtablissement",
    "libelleVoieEtablissement",
    "distributionSpecialeEtablissement",
)
TOWN = ("libelleCommuneEtablissement", "libelleCommuneEtrangerEtablissement", "libelleCedexEtablissement")
_NOT_A_WORD = re.compile(r"[^\w]+")


def is_open_to_us() -> bool:
    """Whether we hold a key."""
    return bool(_key())


def search(text: str, postcode: str = "", *, patience_seconds: float = PATIENCE_SECONDS) -> tuple[CompanyFacts, ...]:
    """The companies whose name holds all the words of the text, with their establishments in `postcode`."""
    words = _NOT_A_WORD.sub(" ", text).split()[:8]
    if sum(map(len, words)) < 3:
        return ()
    phrase = " ".join(words)
    where = f'(denominationUniteLegale:"{phrase}" OR nomUniteLegale:"{phrase}")'
    if len(postcode) == 5 and postcode.isascii() and postcode.isdigit():
        where += f" AND codePostalEtablissement:{postcode}"
    found: dict[str, CompanyFacts] = {}
    for site in _sites(where, RESULTS, patience_seconds):
        facts = _facts(site)
        earlier = found.get(facts.siren)
        found[facts.siren] = _merged(earlier, facts) if earlier else facts
    return tuple(found.values())


def fetch(siren: str, *, patience_seconds: float = PATIENCE_SECONDS) -> CompanyFacts:
    """The company of this SIREN. A number with a wrong key is not asked about: it is nobody's."""
    if not siren_or_empty(siren):
        return CompanyFacts(LINE.source, siren, is_known=False)
    sites = _sites(f"siren:{siren} AND etablissementSiege:true", 1, patience_seconds)
    if not sites:
        return CompanyFacts(LINE.source, siren, is_known=False)
    facts = _facts(sites[0])
    if facts.siren != siren:
        raise LINE.unreadable("elle porte sur une autre entreprise")
    return replace(facts, sites=())


def _sites(where: str, count: int, patience_seconds: float) -> list[Record]:
    key = _key()
    if not key:
        raise RegistryRefused("Sirene (Insee) n’est pas branché : il manque la clé d’accès (SIRENE_KEY).")
    answer: Any = LINE.get(
        "/siret",
        params={"q": where, "nombre": str(count)},
        headers={"X-INSEE-Api-Key-Integration": key},
        may_be_absent=True,
        patience_seconds=patience_seconds,
    )
    return [] if answer is None else list(Record(answer, LINE).records("etablissements", required=True))


def _key() -> str:
    return settings.SIRENE_KEY or (SIRENE_KEY if LINE.is_our_twin else "")


def _facts(site: Record) -> CompanyFacts:
    unit = site.record("uniteLegale")
    if unit is None:
        raise LINE.unreadable("unité légale attendue")
    place = _site(site)
    return CompanyFacts(
        source=LINE.source,
        siren=site.siren("siren"),
        name=unit.text("denominationUniteLegale") or _person(unit),
        acronym=unit.text("sigleUniteLegale"),
        is_hidden=unit.text("statutDiffusionUniteLegale") == "P" or unit.hides("denominationUniteLegale"),
        is_closed=unit.one_of("etatAdministratifUniteLegale", STATES),
        created_on=unit.day("dateCreationUniteLegale"),
        head_office=place if site.raw("etablissementSiege") is True else None,
        legal_category=unit.text("categorieJuridiqueUniteLegale"),
        naf=unit.text("activitePrincipaleUniteLegale"),
        naf_2025=unit.text("activitePrincipaleNAF25UniteLegale"),
        size=unit.text("categorieEntreprise"),
        updated_on=unit.day("dateDernierTraitementUniteLegale"),
        sites=(place,),
    )


def _person(unit: Record) -> str:
    """The name of somebody in business under their own: first names, then the one they use; empty if kept."""
    name = unit.first_text("nomUsageUniteLegale", "nomUniteLegale")
    given = unit.first_text("prenomUsuelUniteLegale", "prenom1UniteLegale")
    return f"{given} {name}".strip() if name else ""


def _site(site: Record) -> Site:
    address = site.record("adresseEtablissement")
    periods = list(site.records("periodesEtablissement"))
    current = next((period for period in periods if not period.text("dateFin")), None)
    postcode = address.text("codePostalEtablissement") if address else ""
    city = address.first_text(*TOWN) if address else ""
    street = address.joined(*STREET) if address else ""
    return Site(
        siret=site.siret("siret"),
        address=" ".join(filter(None, (street, postcode, city))),
        postcode=postcode,
        city=city,
        is_closed=current.one_of("etatAdministratifEtablissement", SITE_STATES) if current else False,
        trade_name=current.first_text("enseigne1Etablissement", "denominationUsuelleEtablissement") if current else "",
    )


def _merged(one: CompanyFacts, other: CompanyFacts) -> CompanyFacts:
    """The same company, found by two of its establishments."""
    return replace(one, head_office=one.head_office or other.head_office, sites=one.sites + other.sites)
