from django.db import models


class PortfolioFileStatus(models.TextChoices):
    PENDING = "pending", "lecture en attente"
    READ = "read", "à vérifier"
    UNREADABLE = "unreadable", "illisible"
    CONFIRMED = "confirmed", "importé"


class SetAside(models.TextChoices):
    """Why a buyer is not asked. The values are the reader's and the selection's own words."""

    PUBLIC_BODY = "public_body", "acheteur public"
    COLLECTIVE_PROCEDURE = "collective_procedure", "procédure collective"
    PRIVATE_PERSON = "private_person", "particulier"
    RELATED_COMPANY = "related_company", "société liée"
    CLOSED_COMPANY = "closed_company", "entreprise fermée"
    CREDIT_BALANCE = "credit_balance", "solde créditeur"
    NO_IDENTIFIER = "no_identifier", "identifiant manquant"
    NO_AMOUNT = "no_amount", "montant manquant"
    NOT_AMONG_LARGEST = "not_among_largest", "hors des plus gros acheteurs"
    BELOW_DISCRETIONARY_LIMIT = "below_discretionary_limit", "sous la limite discrétionnaire"
    BROKER_CHOICE = "broker_choice", "écarté par le courtier"


# The parts of the turnover that a set-aside buyer belongs to (DOMAIN.md §1.2).
UNINSURABLE = (
    SetAside.PUBLIC_BODY,
    SetAside.COLLECTIVE_PROCEDURE,
    SetAside.PRIVATE_PERSON,
    SetAside.RELATED_COMPANY,
    SetAside.CLOSED_COMPANY,
)


class CleaningStatus(models.TextChoices):
    RUNNING = "running", "en cours"
    STOPPED = "stopped", "interrompue"
    DONE = "done", "terminée"


class PointKind(models.TextChoices):
    """What is to be settled on a line, in the order in which it is shown. The values are the pure core's own words."""

    IDENTIFIER = "identifier", "Sans identifiant"
    UNKNOWN_NUMBER = "unknown_number", "SIREN inconnu"
    DUPLICATE = "duplicate", "Doublons"
    COLLECTIVE_PROCEDURE = "collective_procedure", "Procédure collective"
    CLOSED_COMPANY = "closed_company", "Entreprises fermées"
    PUBLIC_BODY = "public_body", "Acheteurs publics"
    RELATED_COMPANY = "related_company", "Sociétés liées"
    PRIVATE_PERSON = "private_person", "Personnes physiques"
    SAME_GROUP = "same_group", "Même groupe"


class PointState(models.TextChoices):
    OPEN = "open", "à régler"
    TREATED = "treated", "réglé"
    LEFT = "left", "laissé tel quel"


class ClientStage(models.TextChoices):
    """Where a client stands on the way from the first contact to the renewal (DOMAIN.md §0.3), in this order."""

    PROSPECT = "prospect", "prospect"
    SNAPSHOT = "snapshot", "photographie"
    MARKET_TEST = "market_test", "test à blanc"
    OFFER = "offer", "offre"
    PLACEMENT = "placement", "placement"
    CONTRACT = "contract", "contrat"
    RENEWAL = "renewal", "renouvellement"
    LOST = "lost", "perdu"


# What the product sees for itself takes a client as far as the placement, never back, and out of no other stage.
STAGES_BEFORE_CONTRACT = (
    ClientStage.PROSPECT,
    ClientStage.SNAPSHOT,
    ClientStage.MARKET_TEST,
    ClientStage.OFFER,
    ClientStage.PLACEMENT,
)
# By hand, a file that runs already is taken up where it stands: up to the contract, stages may be skipped, and gone
# back to. Nobody renews without a contract, whose date of effect the stage before asks for; and a contract that runs
# is no longer on offer.
STAGE_TRANSITIONS = {
    **{
        stage: {*STAGES_BEFORE_CONTRACT, ClientStage.CONTRACT, ClientStage.LOST} - {stage}
        for stage in STAGES_BEFORE_CONTRACT
    },
    ClientStage.CONTRACT: {ClientStage.PLACEMENT, ClientStage.RENEWAL, ClientStage.LOST},
    ClientStage.RENEWAL: {ClientStage.CONTRACT, ClientStage.LOST},
    ClientStage.LOST: {*STAGES_BEFORE_CONTRACT, ClientStage.CONTRACT},
}
COVERED_STAGES = (ClientStage.CONTRACT, ClientStage.RENEWAL)
# Whoever stands here without a next action is forgotten: a contract lives by its own deadlines.
STAGES_TO_PLAN = (*STAGES_BEFORE_CONTRACT, ClientStage.RENEWAL)


class Need(models.TextChoices):
    """Which of a buyer's figures says how much it needs."""

    BALANCE = "balance", "encours"
    PEAK = "peak", "encours maximum"
    TURNOVER = "turnover", "ventes et délai"
