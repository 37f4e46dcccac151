"""What the twin of the BODACC has published: one notice of every kind that is easily misread, among many others."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from factortaboite.sandbox.register import BY_SIREN, fictitious_siren

FAMILIES = {
    "collective": ("A", "Procédures collectives"),
    "conciliation": ("A", "Procédures de conciliation"),
    "retablissement_professionnel": ("A", "Procédures de rétablissement professionnel"),
    "vente": ("A", "Ventes et cessions"),
    "radiation": ("B", "Radiations"),
    "dpc": ("C", "Dépôts des comptes"),
}
KINDS = {"annonce": "Avis initial", "rectificatif": "Avis rectificatif", "annulation": "Avis d'annulation"}
OPENS_LIQUIDATION = "Jugement d'ouverture de liquidation judiciaire"
OPENS_RECEIVERSHIP = "Jugement d'ouverture d'une procédure de redressement judiciaire"
OPENS_SAFEGUARD = "Jugement d'ouverture d'une procédure de sauvegarde"


@dataclass(frozen=True)
class Publication:
    """`number` is the notice's own in its bulletin, `corrects` that of the one it rectifies or cancels, published
    `corrects_days_ago`. `other` is a second SIREN (who sells the business)."""

    siren: str
    days_ago: int = 0
    nature: str = ""
    detail: str = ""
    family: str = "collective"
    kind: str = "annonce"
    number: int = 0
    corrects: int = 0
    corrects_days_ago: int = 0
    other: str = ""
    old_register: bool = False  # one string, as older rows have it
    as_object: bool = False  # members that are objects rather than JSON in strings


# Companies that are in nobody's portfolio: three dozen notices a day for a week.
_OTHERS = tuple(
    Publication(fictitious_siren(30_000 + number), number % 7, (OPENS_LIQUIDATION, OPENS_RECEIVERSHIP)[number % 2])
    for number in range(252)
)

STANDING: tuple[Publication, ...] = (
    *_OTHERS,
    Publication(
        "000100180", 40, OPENS_RECEIVERSHIP, "Désignant mandataire judiciaire la SELARL Exemple.", number=9001
    ),
    # Of two companies with the same name, one fails; the other's failure was a mistake.
    Publication("000200048", 9, OPENS_LIQUIDATION, number=9002),
    Publication("000200055", 8, OPENS_LIQUIDATION, number=9003),
    Publication("000200055", 6, kind="annulation", number=9004, corrects=9003, corrects_days_ago=8),
    # A judgment published again with the right date.
    Publication("000200097", 5, OPENS_SAFEGUARD, number=9005),
    Publication("000200097", 3, OPENS_SAFEGUARD, kind="rectificatif", number=9006, corrects=9005, corrects_days_ago=5),
    # The nature says nothing, the detail all.
    Publication("000200089", 4, "Autre jugement et ordonnance", "Jugement arrêtant le plan de cession.", number=9007),
    Publication("000200105", 3, family="vente", number=9008, other="000100107", as_object=True),
    Publication("000200030", 4, family="radiation", number=9009),
    Publication(
        "000200030",
        2,
        detail="Rapport de la radiation d'office.",
        family="radiation",
        kind="rectificatif",
        number=9010,
        corrects=9009,
        corrects_days_ago=4,
    ),
    Publication("000200022", 20, OPENS_SAFEGUARD, number=9011, old_register=True),
    Publication("000100016", 25, family="dpc", number=9012),
)


def record(publication: Publication, place: int, published: date) -> dict[str, Any]:
    """The record of the API; `place` numbers the notices that have no number of their own."""
    letter, family_label = FAMILIES[publication.family]
    number = publication.number or place
    decided = published - timedelta(days=7)
    company = BY_SIREN.get(publication.siren)
    reference = f"{letter}{_bulletin(published)}{number}"

    def member(value: dict[str, Any] | None) -> Any:
        return value if value is None or publication.as_object else json.dumps(value, ensure_ascii=False)

    judgment = removal = sale = accounts = earlier = None
    if publication.family == "radiation":
        removal = {"radiationPM": "O", "commentaire": publication.detail}
    elif publication.family == "vente":
        sale = {
            "dateCommencementActivite": decided.isoformat(),
            "descriptif": "Acte sous seing privé.",
            "vente": {"categorieVente": "Achat d'un fonds par une personne morale (insertion provisoire)"},
        }
    elif publication.family == "dpc":
        accounts = {"dateCloture": "2025-12-31", "typeDepot": "Comptes annuels et rapports"}
    elif publication.nature:
        judgment = {
            "famille": "Jugement d'ouverture" if "ouverture" in publication.nature else "Autre jugement",
            "nature": publication.nature,
            "date": decided.isoformat(),
            "complementJugement": publication.detail,
        }
    if publication.corrects:
        day = published - timedelta(days=publication.corrects_days_ago - publication.days_ago)
        earlier = {
            "nomPublication": f"BODACC {letter}",
            "numeroParution": _bulletin(day),
            "dateParution": day.isoformat(),
            "numeroAnnonce": str(publication.corrects),
        }
    return {
        "id": reference,
        "publicationavis": letter,
        "publicationavis_facette": f"Bodacc {letter}",
        "parution": _bulletin(published),
        "dateparution": published.isoformat(),
        "numeroannonce": number,
        "typeavis": publication.kind,
        "typeavis_lib": KINDS[publication.kind],
        "familleavis": publication.family,
        "familleavis_lib": family_label,
        "numerodepartement": company.postcode[:2] if company else "75",
        "departement_nom_officiel": None,
        "region_code": 32,
        "region_nom_officiel": None,
        "tribunal": f"Greffe du Tribunal de Commerce de {company.city.title() if company else 'Paris'}",
        "commercant": company.public_name if company else "SOCIETE SANS RAPPORT",
        "ville": company.city if company else "PARIS",
        "cp": company.postcode if company else "75011",
        "registre": _register(publication),
        "listepersonnes": json.dumps({"personne": {"typePersonne": "pm", "denomination": "…"}}, ensure_ascii=False),
        "listeetablissements": None,
        "listeprecedentproprietaire": member(_seller(publication)),
        "listeprecedentexploitant": None,
        "jugement": member(judgment),
        "acte": member(sale),
        "modificationsgenerales": None,
        "radiationaurcs": member(removal),
        "depot": member(accounts),
        "divers": None,
        "parutionavisprecedent": member(earlier),
        "ispdf_unitaire": "1",
        "url_complete": f"https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:{reference}",
    }


def _seller(publication: Publication) -> dict[str, Any] | None:
    number = publication.other
    if not number:
        return None
    written = f"{number[:3]} {number[3:6]} {number[6:]}"
    identity = {"numeroIdentification": written, "codeRCS": "RCS", "nomGreffeImmat": "Douai"}
    return {"personne": {"typePersonne": "pm", "denomination": "…", "numeroImmatriculation": identity}}


def _register(publication: Publication) -> list[str] | str:
    if publication.old_register:
        return f"{publication.siren} R.C.S. Douai"
    numbers = [number for number in (publication.siren, publication.other) if number]
    return [form for number in numbers for form in (number, f"{number[:3]} {number[3:6]} {number[6:]}")]


def _bulletin(day: date) -> str:
    """The number of the bulletin of a day: « 20260176 »."""
    return f"{day.year}{day.timetuple().tm_yday:04d}"
