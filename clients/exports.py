"""What leaves as a workbook. Texts stay texts: nothing of a client's file becomes a formula."""

from io import BytesIO

import xlsxwriter

from clients.models import PortfolioFile
from clients.portfolio.corrections import ORIGIN

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FORMULA = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def rejected_workbook(file: PortfolioFile) -> bytes:
    """The lines to correct under the file's own headers, then the number of each and what is wrong with it."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, NO_FORMULA)
    sheet = book.add_worksheet("À corriger")
    headers = [*file.reading["headers"], ORIGIN, "À corriger"]
    sheet.write_row(0, 0, headers, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    width = len(headers) - 2
    lines = file.skipped_lines.filter(is_rejected=True).values_list("line", "reason", "cells")
    for row, (line, reason, cells) in enumerate(lines.iterator(), start=1):
        for column, text in enumerate(cells[:width]):
            sheet.write_string(row, column, text)
        sheet.write_number(row, width, line)
        sheet.write_string(row, width + 1, reason)
    sheet.set_column(0, width, 16)
    sheet.set_column(width + 1, width + 1, 60)
    book.close()
    return target.getvalue()
