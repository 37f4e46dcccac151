"""The lines of a list that are to be corrected, as a workbook."""

from typing import IO

from clients.models import PortfolioFile
from clients.portfolio.corrections import ORIGIN
from factortaboite.workbooks import SheetColumn, Shown, table_file


def rejected_workbook(file: PortfolioFile) -> IO[bytes]:
    """The lines to correct under the file's own headers, then the number of each and what is wrong with it."""
    headers = file.reading["headers"]
    lines = file.skipped_lines.filter(is_rejected=True).values_list("line", "reason", "cells")
    rows = (
        [*cells[: len(headers)], *[None] * (len(headers) - len(cells)), line, reason]
        for line, reason, cells in lines.iterator()
    )
    columns = [SheetColumn(header, Shown.TEXT, 16) for header in (*headers, ORIGIN)]
    return table_file(rows, title="À corriger", columns=[*columns, SheetColumn("À corriger", Shown.TEXT, 60)])
