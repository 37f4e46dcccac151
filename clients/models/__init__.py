"""Who is insured and who owes them: clients, their portfolio files, the risk snapshot and its exposures; and what
public registries say of companies."""

from clients.models.cleaning import Candidate, Cleaning, CleaningPoint
from clients.models.client import Client
from clients.models.company import Company, CompanyStatus
from clients.models.fields import EuroField
from clients.models.journal import JournalEntry
from clients.models.portfolio_file import PortfolioFile, SkippedLine
from clients.models.registry import CompanyEvent, CompanyFact, EventKind, FactKind
from clients.models.snapshot import Exposure, RiskSnapshot
from clients.models.stage_move import StageMove

__all__ = [
    "Candidate",
    "Cleaning",
    "CleaningPoint",
    "Client",
    "Company",
    "CompanyEvent",
    "CompanyFact",
    "CompanyStatus",
    "EuroField",
    "EventKind",
    "Exposure",
    "FactKind",
    "JournalEntry",
    "PortfolioFile",
    "RiskSnapshot",
    "SkippedLine",
    "StageMove",
]
