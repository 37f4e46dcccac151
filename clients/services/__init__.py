"""The verbs of the clients floor."""

from clients.services.clients import change_client, create_client
from clients.services.drafts import (
    DraftSummary,
    NotEditable,
    confirm_portfolio_file,
    correct_line,
    keep_largest,
    proposed_amount,
    read_rejected,
    summary_of,
)
from clients.services.portfolio_files import (
    discard_portfolio_file,
    lines_of_file,
    read_again,
    read_confirmed_again,
    read_corrected_lines,
    read_portfolio_file,
    store_portfolio_file,
    sweep_portfolio_files,
)
from clients.services.snapshots import Frozen, change_exposure, change_figures

__all__ = [
    "DraftSummary",
    "Frozen",
    "NotEditable",
    "change_client",
    "change_exposure",
    "change_figures",
    "confirm_portfolio_file",
    "correct_line",
    "create_client",
    "discard_portfolio_file",
    "keep_largest",
    "lines_of_file",
    "proposed_amount",
    "read_again",
    "read_confirmed_again",
    "read_corrected_lines",
    "read_portfolio_file",
    "read_rejected",
    "store_portfolio_file",
    "summary_of",
    "sweep_portfolio_files",
]
