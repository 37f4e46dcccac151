"""Who is insured and who owes them: clients, their portfolio files, the risk snapshot and its exposures; and what
public registries say of companies."""

from clients.models.alert import Alert, AlertDigest, AlertStatus
from clients.models.audit import RiskAudit
from clients.models.bulk_decision import BulkDecision
from clients.models.cleaning import Candidate, Cleaning, CleaningPoint
from clients.models.client import Client
from clients.models.client_request import AnswerState, ClientAnswer, ClientRequest, RequestItem
from clients.models.company import Company, CompanyStatus
from clients.models.fields import EuroField
from clients.models.journal import JournalEntry
from clients.models.loss_statement import LossSignature, LossStatement
from clients.models.portfolio_file import PortfolioFile, SkippedLine
from clients.models.registry import CompanyEvent, CompanyFact, FactKind
from clients.models.saved_view import FirstView, ListName, SavedView
from clients.models.snapshot import Exposure, RiskSnapshot
from clients.models.solvency import AccountsReceived, BuyerRating, RatingScale
from clients.models.stage_move import StageMove
from clients.models.watch import Duty, WatchState
from clients.monitoring.kinds import EventKind

__all__ = [
    "AccountsReceived",
    "Alert",
    "AlertDigest",
    "AlertStatus",
    "AnswerState",
    "BulkDecision",
    "BuyerRating",
    "Candidate",
    "Cleaning",
    "CleaningPoint",
    "Client",
    "ClientAnswer",
    "ClientRequest",
    "Company",
    "CompanyEvent",
    "CompanyFact",
    "CompanyStatus",
    "Duty",
    "EuroField",
    "EventKind",
    "Exposure",
    "FactKind",
    "FirstView",
    "JournalEntry",
    "ListName",
    "LossSignature",
    "LossStatement",
    "PortfolioFile",
    "RatingScale",
    "RequestItem",
    "RiskAudit",
    "RiskSnapshot",
    "SavedView",
    "SkippedLine",
    "StageMove",
    "WatchState",
]
