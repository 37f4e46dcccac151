"""API Recherche d'entreprises (DINUM): every French company, no key, 7 requests per second and address.

Format: OUTSIDE_SYSTEMS.md §2.1, from the service's own source code.
"""

from typing import Any

from clients.registries.base import PATIENCE_SECONDS, CompanyFacts, Site
from clients.registries.line import Line
from clients.registries.pace import Pace
from clients.registries.reading import Record, siren_or_empty

# A little under the limit of 7: the network bunches calls that left evenly.
LINE = Line("recherche_entreprises", "Recherche d’entreprises", Pace("recherche_entreprises", 6.5))
SHORTEST_TEXT = 3
LONGEST_TEXT = 200
RESULTS = 10
UNIT_STATES = {"A": False, "C": True}
SITE_STATES = {"A": False, "F": True}


def search(text: str, postcode: str = "", *, patience_seconds: float = PATIENCE_SECONDS) -> tuple[CompanyFacts, ...]:
    """The companies that best match a name (or a SIREN), best first, with their establishments in `postcode`.

    Open and closed ones. Texts under 3 characters find nothing.
    """
    text = " ".join(text.split())[:LONGEST_TEXT]
    if len(text) < SHORTEST_TEXT:
        return ()
    params = {"q": text, "per_page": str(RESULTS), "minimal": "true", "include": "siege,matching_etablissements"}
    if len(postcode) == 5 and postcode.isascii() and postcode.isdigit():
        params["code_postal"] = postcode
    return tuple(map(_facts, _results(params, patience_seconds)))


def fetch(siren: str, *, patience_seconds: float = PATIENCE_SECONDS) -> CompanyFacts:
    """The company of this SIREN. A number with a wrong key is not asked about: it is nobody's."""
    if not siren_or_empty(siren):
        return CompanyFacts(LINE.source, siren, is_known=False)
    found = [
        _facts(result) for result in _results({"q": siren, "minimal": "true", "include": "siege"}, patience_seconds)
    ]
    if not found:
        return CompanyFacts(LINE.source, siren, is_known=False)
    if found[0].siren != siren:
        raise LINE.unreadable("elle porte sur une autre entreprise")
    return found[0]


def _results(params: dict[str, str], patience_seconds: float) -> list[Record]:
    answer: Any = LINE.get("/search", params=params, patience_seconds=patience_seconds)
    return list(Record(answer, LINE).records("results", required=True))


def _facts(result: Record) -> CompanyFacts:
    office = result.record("siege")
    return CompanyFacts(
        source=LINE.source,
        siren=result.siren("siren"),
        name=result.first_text("nom_raison_sociale", "nom_complet"),
        acronym=result.text("sigle"),
        is_hidden=result.text("statut_diffusion") == "P" or result.hides("nom_complet"),
        is_closed=result.one_of("etat_administratif", UNIT_STATES),
        created_on=result.day("date_creation"),
        closed_on=result.day("date_fermeture"),
        head_office=_site(office) if office else None,
        legal_category=result.text("nature_juridique"),
        naf=result.text("activite_principale"),
        naf_2025=result.text("activite_principale_naf25"),
        size=result.text("categorie_entreprise"),
        updated_on=result.day("date_mise_a_jour_insee") or result.day("date_mise_a_jour"),
        sites=tuple(map(_site, result.records("matching_etablissements"))),
    )


def _site(site: Record) -> Site:
    return Site(
        siret=site.siret("siret"),
        address=site.text("adresse"),
        postcode=site.text("code_postal"),
        city=site.first_text("libelle_commune", "libelle_commune_etranger"),
        is_closed=site.one_of("etat_administratif", SITE_STATES),
        trade_name=site.text("nom_commercial") or ", ".join(site.texts("liste_enseignes")),
    )
