"""The verbs of the clients floor."""

from clients.services.clients import change_client, create_client
from clients.services.portfolio_files import (
    NotEditable,
    correct_line,
    discard_portfolio_file,
    keep_largest,
    line_as_read,
    preview_of,
    read_portfolio_file,
    store_portfolio_file,
    sweep_portfolio_files,
)
from clients.services.snapshots import Frozen, change_exposure, change_figures, confirm_portfolio_file

__all__ = [
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
    "line_as_read",
    "preview_of",
    "read_portfolio_file",
    "store_portfolio_file",
    "sweep_portfolio_files",
]
