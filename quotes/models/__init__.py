from quotes.models.current_contract import CurrentContract
from quotes.models.mandate import Mandate, MandateDocument, MandateEvent
from quotes.models.market_test import LimitIndication, MarketTest, PartnerQuote, Submission
from quotes.models.partner import BuyerNumber, PartnerAccount
from quotes.models.proposal import Proposal, ProposalDocument, ProposalEvent, ProposalLink
from quotes.models.tariff import ClientProfile, TariffCorrection, TariffLine, TariffVersion

__all__ = [
    "BuyerNumber",
    "ClientProfile",
    "CurrentContract",
    "LimitIndication",
    "Mandate",
    "MandateDocument",
    "MandateEvent",
    "MarketTest",
    "PartnerAccount",
    "PartnerQuote",
    "Proposal",
    "ProposalDocument",
    "ProposalEvent",
    "ProposalLink",
    "Submission",
    "TariffCorrection",
    "TariffLine",
    "TariffVersion",
]
