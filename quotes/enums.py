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
