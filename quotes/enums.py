"""The lives of what the quotes floor stores, each as choices and, where it moves, as a table."""

from django.db import models


class Channel(models.TextChoices):
    API = "api", "interface informatique"
    SPREADSHEET = "spreadsheet", "tableur par e-mail"


class IndicationState(models.TextChoices):
    """Where one question to one partner stands. The last three are final: they count as answered."""

    OPEN = "open", "à poser"
    SENT = "sent", "appel en cours"
    WAITING = "waiting", "à l’étude"
    ANSWERED = "answered", "répondu"
    FAILED = "failed", "échec"
    SILENT = "silent", "sans réponse"


UNDECIDED_STATES = (IndicationState.OPEN, IndicationState.SENT, IndicationState.WAITING)
FINAL_STATES = (IndicationState.ANSWERED, IndicationState.FAILED, IndicationState.SILENT)
RETRYABLE_STATES = (IndicationState.FAILED, IndicationState.SILENT)


class ProposalStatus(models.TextChoices):
    RENDERING = "rendering", "mise en page"
    READY = "ready", "prête"
    SENT = "sent", "envoyée"
    ACCEPTED = "accepted", "acceptée"
    DECLINED = "declined", "déclinée"
    WITHDRAWN = "withdrawn", "retirée"


PROPOSAL_TRANSITIONS = {
    ProposalStatus.RENDERING: {ProposalStatus.READY, ProposalStatus.WITHDRAWN},
    ProposalStatus.READY: {ProposalStatus.SENT, ProposalStatus.WITHDRAWN},
    ProposalStatus.SENT: {ProposalStatus.ACCEPTED, ProposalStatus.DECLINED, ProposalStatus.WITHDRAWN},
    ProposalStatus.ACCEPTED: set(),
    ProposalStatus.DECLINED: set(),
    ProposalStatus.WITHDRAWN: set(),
}


class MandateState(models.TextChoices):
    """Where a client's mandate for one partner stands. No row: free. Expired is never stored, the date says it."""

    FREE = "free", "libre"
    INCUMBENT = "incumbent", "assureur en place"
    RESERVED = "reserved", "réservé par un autre courtier"
    REQUESTED = "requested", "demandé"
    ACCEPTED = "accepted", "accepté"
    EXPIRED = "expired", "expiré"


# Asked again replaces a letter that got lost; accepted again renews a mandate before its end.
MANDATE_TRANSITIONS = {
    MandateState.FREE: {
        MandateState.INCUMBENT,
        MandateState.RESERVED,
        MandateState.REQUESTED,
        MandateState.ACCEPTED,
    },
    MandateState.INCUMBENT: {MandateState.FREE, MandateState.REQUESTED, MandateState.ACCEPTED},
    MandateState.RESERVED: {MandateState.FREE, MandateState.REQUESTED, MandateState.ACCEPTED},
    MandateState.REQUESTED: {
        MandateState.FREE,
        MandateState.RESERVED,
        MandateState.REQUESTED,
        MandateState.ACCEPTED,
    },
    MandateState.ACCEPTED: {MandateState.FREE, MandateState.ACCEPTED},
    MandateState.EXPIRED: {
        MandateState.FREE,
        MandateState.INCUMBENT,
        MandateState.RESERVED,
        MandateState.REQUESTED,
        MandateState.ACCEPTED,
    },
}


class MandateScope(models.TextChoices):
    """What a client charges the firm with: each includes the one before."""

    CONSULTATION = "consultation", "consulter les assureurs"
    PLACEMENT = "placement", "consulter et placer un contrat"
    MANAGEMENT = "management", "gérer le contrat en cours (nomination)"
