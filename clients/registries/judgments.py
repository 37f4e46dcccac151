"""What a judgment published in the BODACC means for whoever is owed money: its stage in a collective procedure.

The court's own words decide, not the kind of notice: the « nature » may say nothing (« Autre jugement et ordonnance »)
and the truth stand in the « complément » (OUTSIDE_SYSTEMS.md §2.3).
"""

import re
import unicodedata

from clients.monitoring.kinds import OPENED, EventKind

# The first that matches decides. What ends a procedure names it too, so ends come before openings; « plan de
# redressement » before « redressement ».
_RULES = (
    (EventKind.REVERSED, r"\bretract|\binfirm|\bannul(?:e|ant|ation)\b"),
    (EventKind.CLOSED_UNPAID, r"\binsuffisance d.actif"),
    (EventKind.CLOSED_PAID, r"\bextinction du passif|\bdesinteress"),
    (EventKind.PROCEEDING, r"^(?:depot|liste|etat)\b.*\b(?:creances|repartition|collocation)|\breport de la date\b"),
    (EventKind.SANCTION, r"\bfaillite personnelle\b|\binterdiction de gerer\b|\bcomblement\b|\bresponsabilite pour"),
    (EventKind.PERSONAL_RECOVERY, r"\bretablissement professionnel\b"),
    (
        EventKind.LIQUIDATION,
        r"\b(?:resolution|conversion|convertissant|extension|ouverture|ouvrant)\b.*\bliquidation\b",
    ),
    (EventKind.TRANSFER_PLAN, r"\bplan de cession\b"),
    (EventKind.ENDED, r"\bcloture\b|\bmettant fin\b|\bfin (?:de|a) la procedure\b|\bexecution du plan\b.*\bconstat"),
    (EventKind.CONTINUATION_PLAN, r"\bplan de (?:continuation|redressement|sauvegarde)\b|\bplan d.apurement\b"),
    (EventKind.LIQUIDATION, r"\bliquidation\b"),
    (EventKind.RECEIVERSHIP, r"\bredressement\b"),
    (EventKind.SAFEGUARD, r"\bsauvegarde\b"),
    (EventKind.CONCILIATION, r"\bconciliation\b"),
)
_COMPILED = tuple((stage, re.compile(pattern)) for stage, pattern in _RULES)
_OPENING = re.compile(r"\b(?:ouverture|ouvrant|extension|resolution)\b")


def stage_of(nature: str, detail: str = "") -> EventKind:
    """The stage that the nature of a judgment says or, when that says nothing, its detail."""
    for text in (nature, detail):
        plain = _plain(text)
        for stage, pattern in _COMPILED:
            if pattern.search(plain):
                return stage
    return EventKind.PROCEEDING


def opens_filing(nature: str, detail: str = "") -> bool:
    """Whether creditors have to file what they are owed from this publication on (art. L.622-24 and R.622-24 C. com.).

    An opening, its extension to another company, or a plan that is undone into a new procedure. A conversion goes on
    with what was filed already.
    """
    if stage_of(nature, detail) not in OPENED:
        return False
    says = nature if stage_of(nature) is not EventKind.PROCEEDING else detail
    return bool(_OPENING.search(_plain(says)))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join("".join(filter(lambda character: not unicodedata.combining(character), decomposed)).split())
