"""Buyers no insurer covers under a trade credit policy, recognised by what the file says of them.

A recognised buyer is marked, never removed: names mislead, and the broker may decide otherwise.
"""

import re
from functools import lru_cache

from clients.portfolio.values import words

CREDIT_BALANCE = "Encours négatif : solde créditeur, l’acheteur n’est pas interrogé."
BEYOND_MEASURE = "Les montants de cet acheteur s’additionnent à une somme trop grande : corrigez-les."

_COMPANY_FORM = re.compile(
    r"\b(?:sarl|eurl|sas|sasu|sa|snc|sci|sca|scs|scop|scp|selarl|selas|gie|earl|gaec|spa|srl|bv|nv|ag|gmbh|ltd|llc|inc"
    r"|freres|fils|et cie)\b"
)
_OF = r"(?:de|du|des|d|la|le|les|l)"
_REGIONS = (
    r"(?:auvergne|bourgogne|bretagne|centre val|corse|grand est|guadeloupe|guyane|hauts de france|ile de france"
    r"|martinique|mayotte|normandie|nouvelle aquitaine|occitanie|pays de la loire|provence|reunion|sud provence)"
)
_METROPOLISES = (
    r"(?:bordeaux|brest|clermont auvergne|dijon|grenoble alpes|lille|lyon|aix marseille provence|metz|montpellier"
    r"|montpellier mediterranee|nancy|nantes|nice cote d azur|orleans|rennes|rouen normandie|saint etienne|strasbourg"
    r"|toulon provence mediterranee|toulouse|tours)"
)
_PUBLIC_NAME = re.compile(
    rf"^(?:(?:la|le|les|l) )?(?:"
    rf"(?:commune|ville|departement|region|metropole|eurometropole|etat|universite|lycee|college|academie) {_OF}\b"
    rf"|commune (?:saint|sainte|st|ste)\b"
    rf"|mairie\b|prefecture\b|sous prefecture\b|ministere\b|rectorat\b|ambassade {_OF}\b"
    rf"|region {_REGIONS}\b|metropole europeenne\b|{_METROPOLISES} metropole$"
    rf"|conseil (?:departemental|general|regional|municipal)\b|collectivite (?:territoriale|europeenne|de)\b"
    rf"|communaute (?:de communes|d agglomeration|d agglo|urbaine)\b|agglomeration {_OF}\b"
    rf"|syndicat (?:intercommunal|mixte|departemental|interdepartemental)\b|(?:sivom|sivu|sictom|smictom|siaep)\b"
    rf"|chu\b|chru\b|centre hospitalier\b|hopitaux (?:universitaires|publics|civils)\b|assistance publique\b"
    rf"|lycee\b|college\b|universite\b|groupe scolaire\b|ecole (?:primaire|elementaire|maternelle|communale)\b"
    rf"|sdis\b|service departemental\b|ccas\b|cias\b|centre communal d action sociale\b"
    rf"|oph\b|opac\b|office public\b|tresor public\b|tresorerie\b|gendarmerie\b|agence regionale de sante\b"
    rf"|direction (?:generale|regionale|departementale|interdepartementale) {_OF}\b"
    rf"|chambre (?:de commerce|de metiers|des metiers|d agriculture|regionale)\b|etablissement public\b"
    rf")"
)
_PRIVATE_SCHOOL_OR_CLINIC = re.compile(r"\bprivee?s?\b")
_PUBLIC_NOTE = re.compile(
    r"\b(?:acheteurs? publics?|secteur public|organisme public|collectivites?(?: territoriales?| locales?)?"
    r"|administration|personne publique)\b|^public$|^etat$"
)

_NEGATED = re.compile(r"\b(?:pas|plus|ni|sans|hors|aucune?|non|jamais|sortie?)(?: (?:de|du|d|en|une?))? (?:\w+ )?$")
_PROCEDURE_NOTE = re.compile(
    r"\b(?:redressement judiciaire|redressement|r ?j|liquidation(?! amiable)|l ?j|sauvegarde"
    r"|procedures? collectives?)\b"
)
# One of these words stands in whatever the patterns of procedures find.
_PROCEDURE_WORDS = frozenset(
    ("rj", "lj", "r", "l", "redressement", "liquidation", "sauvegarde", "procedure", "procedures")
)
_PROCEDURE_NAME = re.compile(r"\b(?:redressement|liquidation) judiciaire\b|\b(?:en|procedure de|plan de) sauvegarde\b")
_PROCEDURE_MARK = re.compile(
    r"[(\[]\s*(?:en\s+)?(?:R\.?J\.?|L\.?J\.?|redressement|liquidation|sauvegarde)\s*[)\]]"
    r"|(?:\s[-–—/]\s*|\ben\s+)(?:RJ|LJ|R\.J\.|L\.J\.|liquidation|redressement|sauvegarde)\s*$",
    re.IGNORECASE,
)

_CIVILITY = re.compile(r"(?:m\.?|mm\.|mr\.?|mme|mlle|monsieur|madame|mademoiselle)\s+\w", re.IGNORECASE)
_PRIVATE_NOTE = re.compile(r"\bparticuliers?\b")
_RELATED_NOTE = re.compile(
    r"\bintra ?groupe\b|\binterco\b|\bintercompany\b|\bmaison mere\b|\bnotre (?:filiale|groupe)\b"
    r"|\b(?:societe|entreprise|filiale|partie)s? (?:liee|soeur|apparentee)s?\b"
    r"|\b(?:societe|entreprise|filiale|membre) (?:du|de notre|de son) groupe$"
    r"|^(?:le |du |meme )?groupe$|^filiales?(?: a? ?\d+)?$"
)


_NOTES = {
    "collective_procedure": _PROCEDURE_NOTE,
    "public_body": _PUBLIC_NOTE,
    "related_company": _RELATED_NOTE,
    "private_person": _PRIVATE_NOTE,
}


def set_aside(*, name: str, note: str = "", id_type: str = "", id_value: str = "") -> str:
    """Why the buyer is not insurable: "collective_procedure", "public_body", "related_company", "private_person", or
    "" when nothing says so.

    `note` gathers what the file says beside the name: observations, status, category, one per line.
    """
    said = _said_by(note) if note else frozenset()
    named = words(name)
    if "collective_procedure" in said or _names_a_procedure(name, named):
        return "collective_procedure"
    if "public_body" in said or _is_public(named, id_value if id_type == "siren" else ""):
        return "public_body"
    if "related_company" in said:
        return "related_company"
    if "private_person" in said or (not id_value and is_person_name(name)):
        return "private_person"
    return ""


def is_person_name(name: str) -> bool:
    """Does the name open with a civility, without a company form? A sole trader's name does so too."""
    return bool(_CIVILITY.match(name)) and not _COMPANY_FORM.search(words(name))


def doubt_about(name: str, *, id_type: str, id_value: str) -> str:
    """What to say of who a buyer is, in French; empty when it is clear."""
    if not id_value:
        return "Sans identifiant : à compléter avant d’interroger les assureurs."
    if not name:
        return "Sans nom."
    if id_type == "siren" and is_person_name(name):
        return "Nom de personne avec un SIREN : entrepreneur individuel ?"
    return ""


def _names_a_procedure(name: str, named: str) -> bool:
    if _PROCEDURE_WORDS.isdisjoint(named.split()) or not _PROCEDURE_NOTE.search(named):
        return False
    # « RJ Transports » is a name: initials count there only between parentheses or at the end after a dash.
    return bool(_PROCEDURE_NAME.search(named) or _PROCEDURE_MARK.search(name))


@lru_cache(maxsize=4096)
def _said_by(note: str) -> frozenset[str]:
    """The reasons that the lines of a note give, those they deny left out (« pas de procédure collective »)."""
    return frozenset(
        reason
        for said in map(words, note.splitlines())
        for reason, pattern in _NOTES.items()
        if any(not _NEGATED.search(said[: match.start()]) for match in pattern.finditer(said))
    )


def _is_public(named: str, siren: str) -> bool:
    if siren.startswith(("1", "2")):
        return True
    if not _PUBLIC_NAME.match(named):
        # « Commune Image » may be a company; a real municipality has a SIREN in 2.
        if not named.startswith("commune ") or siren.startswith(tuple("3456789")):
            return False
    return not (_COMPANY_FORM.search(named) or _PRIVATE_SCHOOL_OR_CLINIC.search(named))
