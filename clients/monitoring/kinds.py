"""What may happen to a company, in the words that are stored and shown."""

from enum import StrEnum


class EventKind(StrEnum):
    """The value is stored, the label shown. The first group are the stages of a collective procedure."""

    LIQUIDATION = "liquidation", "liquidation judiciaire"
    RECEIVERSHIP = "receivership", "redressement judiciaire"
    SAFEGUARD = "safeguard", "sauvegarde"
    TRANSFER_PLAN = "transfer_plan", "plan de cession"
    CONTINUATION_PLAN = "continuation_plan", "plan de sauvegarde ou de redressement"
    PLAN_FAILED = "plan_failed", "résolution du plan"
    PERSONAL_RECOVERY = "personal_recovery", "rétablissement professionnel"
    CLOSED_UNPAID = "closed_unpaid", "clôture pour insuffisance d’actif"
    CLOSED_PAID = "closed_paid", "fin de la procédure, dettes réglées"
    ENDED = "ended", "fin de la procédure"
    REVERSED = "reversed", "jugement rétracté ou infirmé"
    CONCILIATION = "conciliation", "conciliation"
    SANCTION = "sanction", "sanction du dirigeant"
    PROCEEDING = "proceeding", "suite de la procédure"

    STRUCK_OFF = "struck_off", "radiation du registre du commerce"
    SALE = "sale", "vente ou cession"
    SOLD = "sold", "vente de son fonds"
    BOUGHT = "bought", "achat d’un fonds"
    ACCOUNTS = "accounts", "comptes déposés"
    OTHER_NOTICE = "other_notice", "autre annonce"
    CLOSED = "closed", "cessation d’activité"
    REOPENED = "reopened", "reprise d’activité"
    RENAMED = "renamed", "changement de dénomination"
    MOVED = "moved", "changement de siège"

    label: str

    def __new__(cls, value: str, label: str) -> "EventKind":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


# Judgments that open a procedure, and those that end one: what comes before an end is no news any more.
OPENED = frozenset({EventKind.LIQUIDATION, EventKind.RECEIVERSHIP, EventKind.SAFEGUARD})
ENDINGS = frozenset({EventKind.CLOSED_UNPAID, EventKind.CLOSED_PAID, EventKind.ENDED})
# A collective procedure is under way from the first to the second.
UNDER_WAY = OPENED | {EventKind.TRANSFER_PLAN, EventKind.PLAN_FAILED, EventKind.PERSONAL_RECOVERY}
NO_LONGER = ENDINGS | {EventKind.CONTINUATION_PLAN, EventKind.REVERSED}

# Ends the name of a source that is our twin and no registry.
SIMULATED = "(simulateur)"

# What the BODACC publishes under one heading: a notice cancels another of its own heading only.
_SALES = frozenset({EventKind.SALE, EventKind.SOLD, EventKind.BOUGHT})
_BY_THEMSELVES = frozenset({EventKind.STRUCK_OFF, EventKind.ACCOUNTS, EventKind.OTHER_NOTICE})


def heading_of(kind: EventKind) -> str:
    """The heading under which such an event is published, as a word to compare; all judgments have one."""
    if kind in _BY_THEMSELVES:
        return kind.value
    return "sale" if kind in _SALES else "judgment"
