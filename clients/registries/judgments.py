"""What a judgment published in the BODACC means for whoever is owed money: its stage in a collective procedure.

The court's own words decide, not the kind of notice: the « nature » may say nothing (« Autre jugement et ordonnance »)
and the truth stand in the « complément » (OUTSIDE_SYSTEMS.md §2.3).
"""

import re
import unicodedata
from enum import Enum


class Stage(Enum):
    """The value is stored; the label is shown."""

    LIQUIDATION = "liquidation", "liquidation judiciaire"
    RECEIVERSHIP = "receivership", "redressement judiciaire"
    SAFEGUARD = "safeguard", "sauvegarde"
    TRANSFER_PLAN = "transfer_plan", "plan de cession"
    CONTINUATION_PLAN = "continuation_plan", "plan de sauvegarde ou de redressement"
    PERSONAL_RECOVERY = "personal_recovery", "rétablissement professionnel"
    CLOSED_UNPAID = "closed_unpaid", "clôture pour insuffisance d’actif"
    CLOSED_PAID = "closed_paid", "fin de la procédure, dettes réglées"
    ENDED = "ended", "fin de la procédure"
    REVERSED = "reversed", "jugement rétracté ou infirmé"
    CONCILIATION = "conciliation", "conciliation"
    SANCTION = "sanction", "sanction du dirigeant"
    PROCEEDING = "proceeding", "suite de la procédure"

    label: str

    def __new__(cls, value: str, label: str) -> "Stage":
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        return member


# The first that matches decides. What ends a procedure names it too, so ends come before openings; « plan de
# redressement » before « redressement ».
_RULES = (
    (Stage.REVERSED, r"\bretract|\binfirm|\bannul(?:e|ant|ation)\b"),
    (Stage.CLOSED_UNPAID, r"\binsuffisance d.actif"),
    (Stage.CLOSED_PAID, r"\bextinction du passif|\bdesinteress"),
    (Stage.PROCEEDING, r"^(?:depot|liste|etat)\b.*\b(?:creances|repartition|collocation)|\breport de la date\b"),
    (Stage.SANCTION, r"\bfaillite personnelle\b|\binterdiction de gerer\b|\bcomblement\b|\bresponsabilite pour"),
    (Stage.PERSONAL_RECOVERY, r"\bretablissement professionnel\b"),
    (Stage.LIQUIDATION, r"\b(?:resolution|conversion|convertissant|extension|ouverture|ouvrant)\b.*\bliquidation\b"),
    (Stage.TRANSFER_PLAN, r"\bplan de cession\b"),
    (Stage.ENDED, r"\bcloture\b|\bmettant fin\b|\bfin (?:de|a) la procedure\b|\bexecution du plan\b.*\bconstat"),
    (Stage.CONTINUATION_PLAN, r"\bplan de (?:continuation|redressement|sauvegarde)\b|\bplan d.apurement\b"),
    (Stage.LIQUIDATION, r"\bliquidation\b"),
    (Stage.RECEIVERSHIP, r"\bredressement\b"),
    (Stage.SAFEGUARD, r"\bsauvegarde\b"),
    (Stage.CONCILIATION, r"\bconciliation\b"),
)
_COMPILED = tuple((stage, re.compile(pattern)) for stage, pattern in _RULES)
_OPENING = re.compile(r"\b(?:ouverture|ouvrant|extension|resolution)\b")
_OPENED = frozenset({Stage.LIQUIDATION, Stage.RECEIVERSHIP, Stage.SAFEGUARD})


def stage_of(nature: str, detail: str = "") -> Stage:
    """The stage that the nature of a judgment says or, when that says nothing, its detail."""
    for text in (nature, detail):
        plain = _plain(text)
        for stage, pattern in _COMPILED:
            if pattern.search(plain):
                return stage
    return Stage.PROCEEDING


def opens_filing(nature: str, detail: str = "") -> bool:
    """Whether creditors have to file what they are owed from this publication on (art. L.622-24 and R.622-24 C. com.).

    An opening, its extension to another company, or a plan that is undone into a new procedure. A conversion goes on
    with what was filed already.
    """
    if stage_of(nature, detail) not in _OPENED:
        return False
    says = nature if stage_of(nature) is not Stage.PROCEEDING else detail
    return bool(_OPENING.search(_plain(says)))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join("".join(filter(lambda character: not unicodedata.combining(character), decomposed)).split())
