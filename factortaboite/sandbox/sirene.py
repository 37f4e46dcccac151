"""Twin of Insee's API Sirene 3.11: establishments with their legal unit, a key, and 30 requests per minute."""

import re
from typing import Any

from aiohttp import web

from factortaboite.sandbox.credentials import SIRENE_KEY
from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.register import BY_SIREN, INDIVIDUAL, Registered, find
from factortaboite.sandbox.twin import Twin

NOT_SAID = "[ND]"
_SIREN = re.compile(r"siren:(\d{9})")
_NAME = re.compile(r'denominationUniteLegale:"([^"]*)"')
_POSTCODE = re.compile(r"codePostalEtablissement:(\d{5})")


class SireneTwin(Twin):
    def __init__(self) -> None:
        super().__init__("sirene")
        self.latency_seconds = (0.1, 0.3)
        self.rate_per_second = 0.5

    def error(self, status: int, text: str) -> web.Response:
        return web.json_response({"header": {"statut": status, "message": text}}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/siret", self.establishments)]

    async def establishments(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        siren, name, postcode = (_first(pattern, query) for pattern in (_SIREN, _NAME, _POSTCODE))
        step = "company" if siren else "search"
        self.reach(request, step, siren)
        if request.headers.get("X-INSEE-Api-Key-Integration") != SIRENE_KEY:
            self.reject(401, "Clé d'API absente ou inconnue")
        if not siren and not name:
            self.reject(400, "Erreur de syntaxe dans le paramètre q")
        lie = self.take_fault(step, siren, LIES)
        if lie and lie.kind == "wrong_shape":
            return web.json_response(
                {"header": {"statut": 200, "message": "ok"}, "etablissements": [{"siren": siren}]}
            )
        if siren:
            known = BY_SIREN.get("000200147" if lie else siren)
            companies = [known] if known else []
        else:
            companies = find(name, postcode)
        found = [
            _establishment(company, site, number == 0)
            for company in companies
            for number, site in enumerate(company.all_sites())
            if (not postcode or site[2] == postcode) and (number == 0 or "etablissementSiege:true" not in query)
        ][: int(request.query.get("nombre", "20"))]
        if not found:
            self.reject(404, f"Aucun élément trouvé pour q={query}")
        header = {"statut": 200, "message": "ok", "total": len(found), "debut": 0, "nombre": len(found)}
        return web.json_response({"header": header, "etablissements": found})


def _first(pattern: re.Pattern[str], query: str) -> str:
    found = pattern.search(query)
    return found[1] if found else ""


def _establishment(company: Registered, site: tuple[str, str, str, str], is_office: bool) -> dict[str, Any]:
    siret, street, postcode, city = site
    number, _, way = street.partition(" ")
    individual, hidden = company.category == INDIVIDUAL, company.is_hidden

    def said(text: str | None) -> str | None:
        return NOT_SAID if hidden else text

    return {
        "siren": company.siren,
        "nic": siret[9:],
        "siret": siret,
        "statutDiffusionEtablissement": "P" if hidden else "O",
        "dateCreationEtablissement": company.created_on,
        "etablissementSiege": is_office,
        "uniteLegale": {
            "etatAdministratifUniteLegale": "C" if company.is_closed else "A",
            "statutDiffusionUniteLegale": "P" if hidden else "O",
            "dateCreationUniteLegale": company.created_on,
            "categorieJuridiqueUniteLegale": company.category,
            "denominationUniteLegale": None if individual else company.public_name,
            "sigleUniteLegale": company.acronym or None,
            "activitePrincipaleUniteLegale": company.naf,
            "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
            "activitePrincipaleNAF25UniteLegale": company.naf_2025,
            "trancheEffectifsUniteLegale": "NN",
            "categorieEntreprise": company.size or None,
            "dateDernierTraitementUniteLegale": "2026-10-30T14:26:06.000",
            "nomUniteLegale": said(company.name.upper()) if individual else None,
            "nomUsageUniteLegale": None,
            "prenom1UniteLegale": said(company.first_name.upper()) if individual else None,
            "prenomUsuelUniteLegale": said(company.first_name.upper()) if individual else None,
        },
        "adresseEtablissement": {
            "complementAdresseEtablissement": None,
            "numeroVoieEtablissement": said(number if number.isdigit() else None),
            "indiceRepetitionEtablissement": None,
            "typeVoieEtablissement": None,
            "libelleVoieEtablissement": said(way if number.isdigit() else street),
            "codePostalEtablissement": said(postcode),
            "libelleCommuneEtablissement": said(city),
            "libelleCommuneEtrangerEtablissement": None,
        },
        "periodesEtablissement": [
            {
                "dateFin": None,
                "dateDebut": company.closed_on or company.created_on,
                "etatAdministratifEtablissement": "F" if company.is_closed else "A",
                "enseigne1Etablissement": company.trade_name or None,
            }
        ],
    }
