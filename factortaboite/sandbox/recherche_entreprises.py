"""Twin of the API Recherche d'entreprises: its members, its null for missing, its marks for what is kept back."""

from typing import Any

from aiohttp import web

from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.register import BY_SIREN, HIDDEN, INDIVIDUAL, Registered, find
from factortaboite.sandbox.twin import Twin

MOST_PER_PAGE = 25
MOST_RESULTS = 10_000
SHORTEST_QUERY = 3
OPTIONAL = ("siege", "dirigeants", "finances", "complements", "matching_etablissements", "score")
UPDATED_AT = "2026-11-16T08:34:38"


class RechercheEntreprisesTwin(Twin):
    def __init__(self) -> None:
        super().__init__("recherche-entreprises")
        self.latency_seconds = (0.05, 0.15)
        self.rate_per_second = 7.0

    def error(self, status: int, text: str) -> web.Response:
        if status >= 500:
            text = "Une erreur inattendue s'est produite. Veuillez réessayer plus tard."
        return web.json_response({"erreur": text}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/search", self.search)]

    async def search(self, request: web.Request) -> web.Response:
        query = " ".join(request.query.get("q", "").split())
        is_number = query.isdigit() and len(query) in (9, 14)
        step, identifier = ("company", query[:9]) if is_number else ("search", "")
        self.reach(request, step, identifier)
        if not query:
            self.reject(400, "Veuillez indiquer au moins un paramètre de recherche.")
        if len(query) < SHORTEST_QUERY:
            self.reject(400, "3 caractères minimum pour les termes de la requête.")
        page, per_page = self._whole(request, "page", 1), self._whole(request, "per_page", 10)
        if not 1 <= per_page <= MOST_PER_PAGE or page < 1 or page * per_page > MOST_RESULTS:
            self.reject(400, "Veuillez indiquer un paramètre `per_page` entre 1 et 25, par défaut 10.")
        postcode = request.query.get("code_postal", "")
        lie = self.take_fault(step, identifier, LIES)
        if lie and lie.kind == "wrong_shape":
            return web.json_response({"results": {"siren": identifier}, "total_results": "beaucoup"})
        if is_number:
            known = BY_SIREN.get("000200147" if lie else identifier)
            companies, postcode = [known] if known else [], ""
        else:
            companies = find(query, postcode)
        shown = companies[(page - 1) * per_page : page * per_page]
        wanted = OPTIONAL
        if request.query.get("minimal") == "true":
            wanted = tuple(request.query.get("include", "").split(","))
        return web.json_response(
            {
                "results": [_result(company, wanted, postcode, is_siren=len(query) == 9) for company in shown],
                "total_results": len(companies),
                "page": page,
                "per_page": per_page,
                "total_pages": -(-len(companies) // per_page),
            }
        )

    def _whole(self, request: web.Request, name: str, otherwise: int) -> int:
        text = request.query.get(name, str(otherwise))
        if not text.isdigit():
            self.reject(400, f"Veuillez indiquer un paramètre `{name}` entier.")
        return int(text)


def _result(company: Registered, wanted: tuple[str, ...], postcode: str, *, is_siren: bool) -> dict[str, Any]:
    hidden = company.is_hidden
    individual = company.category == INDIVIDUAL
    name = company.public_name
    trade = f" ({company.acronym or company.trade_name})" if company.acronym or company.trade_name else ""
    sites = company.all_sites()
    result: dict[str, Any] = {
        "siren": company.siren,
        "nom_complet": HIDDEN if hidden else name + trade,
        "nom_raison_sociale": None if individual else name,
        "sigle": company.acronym or None,
        "nombre_etablissements": len(sites),
        "nombre_etablissements_ouverts": 0 if company.is_closed else len(sites),
        "activite_principale": company.naf,
        "activite_principale_naf25": company.naf_2025,
        "categorie_entreprise": company.size or None,
        "caractere_employeur": None,
        "annee_categorie_entreprise": "2024" if company.size else None,
        "date_creation": company.created_on,
        "date_fermeture": company.closed_on or None,
        "date_mise_a_jour": UPDATED_AT,
        "date_mise_a_jour_insee": "2026-10-30T14:26:06",
        "date_mise_a_jour_rne": None,
        "etat_administratif": "C" if company.is_closed else "A",
        "nature_juridique": company.category,
        "section_activite_principale": "G",
        "tranche_effectif_salarie": "NN",
        "annee_tranche_effectif_salarie": None,
        "statut_diffusion": "P" if hidden else "O",
    }
    optional = {
        "siege": _site(company, sites[0], True),
        "dirigeants": [],
        "finances": None,
        "complements": {
            "collectivite_territoriale": None,
            "convention_collective_renseignee": False,
            "liste_idcc": None,
            "est_association": company.category.startswith("9"),
            "est_entrepreneur_individuel": individual,
            "est_service_public": company.category.startswith("7"),
            "identifiant_association": None,
        },
        # Of a SIREN no establishment matches: that is how the service answers.
        "matching_etablissements": [
            _site(company, site, number == 0)
            for number, site in enumerate(sites)
            if not is_siren and (not postcode or site[2] == postcode)
        ],
        "score": 100.0,
    }
    return result | {key: value for key, value in optional.items() if key in wanted}


def _site(company: Registered, site: tuple[str, str, str, str], is_office: bool) -> dict[str, Any]:
    siret, street, postcode, city = site
    hidden = company.is_hidden
    return {
        "activite_principale": company.naf,
        "adresse": HIDDEN if hidden else f"{street} {postcode} {city}",
        "caractere_employeur": "N",
        "code_pays_etranger": None,
        "code_postal": HIDDEN if hidden else postcode,
        "commune": None,
        "complement_adresse": None,
        "date_creation": company.created_on,
        "date_fermeture": company.closed_on or None,
        "departement": None if hidden else postcode[:2],
        "est_siege": is_office,
        "etat_administratif": "F" if company.is_closed else "A",
        "latitude": HIDDEN if hidden else "50.370000",
        "libelle_commune": HIDDEN if hidden else city,
        "libelle_commune_etranger": None,
        "liste_enseignes": [company.trade_name] if company.trade_name else None,
        "longitude": HIDDEN if hidden else "3.080000",
        "nom_commercial": None,
        "siret": siret,
        "statut_diffusion_etablissement": "P" if hidden else "O",
        "tranche_effectif_salarie": "NN",
    }
