"""What a judgment published in the BODACC means for whoever is owed money: its stage in a collective procedure.

The court's own words decide, not the kind of notice: the « nature » may say nothing (« Autre jugement et ordonnance »)
and the truth stand in the « complément » (OUTSIDE_SYSTEMS.md §2.3).
"""

import re
import unicodedata

from clients.monitoring.kinds import OPENED, EventKind

# The first that matches decides. What ends a procedure names it too, so ends come before openings; « plan de
# redressement » before « redressement », and a plan that is undone before all plans.
_RULES = (
    (EventKind.REVERSED, r"\bretract|\binfirm|\bannul(?:e|ant|ation)\b"),
    (EventKind.CLOSED_UNPAID, r"\binsuffisance d.actif"),
    (EventKind.CLOSED_PAID, r"\bextinction du passif|\bdesinteress"),
    (
        EventKind.PROCEEDING,
        r"^(?:depot|liste|etat)\b.*\b(?:creances|repartition|collocation)|\b(?:report de|modifiant) la date\b"
        r"|^jugement (?:de designation|accordant un delai)\b",
    ),
    (EventKind.SANCTION, r"\bfaillite personnelle\b|\binterdiction de gerer\b|\bcomblement\b|\bresponsabilite pour"),
    (EventKind.PERSONAL_RECOVERY, r"\bretablissement professionnel\b"),
    (
        EventKind.LIQUIDATION,
        r"\b(?:resolution|conversion|convertissant|extension|ouverture|ouvrant)\b.*\bliquidation\b",
    ),
    (EventKind.RECEIVERSHIP, r"\bresolution\b.*\bet\b.*\bredressement\b"),
    (EventKind.PLAN_FAILED, r"\bresolution\b.*\bplan\b"),
    (EventKind.TRANSFER_PLAN, r"\bplan de cession\b"),
    (EventKind.ENDED, r"\bcloture\b|\bmettant fin\b|\bfin (?:de|a) la procedure\b|\bexecution du plan\b.*\bconstat"),
    (
        EventKind.CONTINUATION_PLAN,
        r"\bplan de (?:continuation|redressement|sauvegarde|traitement)\b|\bplan d.apurement\b",
    ),
    (EventKind.LIQUIDATION, r"\bliquidation\b"),
    (EventKind.RECEIVERSHIP, r"\bredressement\b|\btraitement de sortie de crise\b"),
    (EventKind.SAFEGUARD, r"\bsauvegarde\b"),
    (EventKind.CONCILIATION, r"\bconciliation\b"),
)
_COMPILED = tuple((stage, re.compile(pattern)) for stage, pattern in _RULES)
_OPENING = re.compile(r"\b(?:re)?(?:ouverture|ouvrant)\b|\b(?:extension|resolution)\b")
# « Les déclarations des créances sont à adresser au liquidateur (…) dans les deux mois à compter de la publication ».
_CALL_TO_FILE = re.compile(r"\bcreances\b.{0,400}\b(?:deux|2) mois\b")
_CONVERSION = re.compile(r"\bconver(?:sion|ti)")


def stage_of(nature: str, detail: str = "") -> EventKind:
    """The stage that the nature of a judgment says or, when that says nothing, its detail."""
    return _stage_in(nature) or _stage_in(detail) or EventKind.PROCEEDING


def _stage_in(text: str) -> EventKind | None:
    plain = _plain(text)
    return next((stage for stage, pattern in _COMPILED if pattern.search(plain)), None)


def opens_filing(nature: str, detail: str = "") -> bool:
    """Whether creditors have to file what they are owed from this publication on (art. L.622-24 and R.622-24 C. com.).

    An opening, its extension to another company, or a plan that is undone into a new procedure, by the nature (« Autre
    jugement d’ouverture » too) or, when that says nothing of its own, by the detail; or any other judgment but a
    conversion whose detail calls on creditors to file. A conversion goes on with what was filed already.
    """
    says = _plain(nature if _stage_in(nature) else f"{nature} {detail}")
    if stage_of(nature, detail) not in OPENED or _CONVERSION.search(says):
        return False
    return bool(_OPENING.search(says) or _CALL_TO_FILE.search(_plain(detail)))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join("".join(filter(lambda character: not unicodedata.combining(character), decomposed)).split())
