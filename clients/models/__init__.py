"""Who is insured and who owes them: clients, their portfolio files, the risk snapshot and its exposures."""

from clients.models.client import Client
from clients.models.company import Company
from clients.models.fields import EuroField
from clients.models.portfolio_file import PortfolioFile, SkippedLine
from clients.models.snapshot import Exposure, RiskSnapshot

__all__ = ["Client", "Company", "EuroField", "Exposure", "PortfolioFile", "RiskSnapshot", "SkippedLine"]
