"""A market test as a workbook: numbers are numbers, and nothing that anybody typed can become a formula."""

from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from quotes.comparison import Cell, Outcome
from quotes.enums import IndicationState
from quotes.services.board import Board, Column, Standing

FICTITIOUS = "Données fictives : des simulateurs ont répondu, aucun assureur n’a été interrogé."
PARTNER_HEADERS = ("décision", "accordé HT (€)", "dont temporaire HT (€)", "jusqu’au", "motifs et réserves")


def market_test_workbook(board: Board) -> bytes:
    """The comparison on one sheet, every answer on another. Amounts in euros HT, shares as percentages."""
    output = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(output, options)
    formats = {
        "title": workbook.add_format({"bold": True, "font_size": 14}),
        "header": workbook.add_format({"bold": True, "bg_color": "#E7EFF4", "text_wrap": True, "valign": "top"}),
        "warning": workbook.add_format({"bold": True, "bg_color": "#FDF1D7"}),
        "amount": workbook.add_format({"num_format": "#,##0.00"}),
        "share": workbook.add_format({"num_format": "0.0%"}),
        "date": workbook.add_format({"num_format": "dd/mm/yyyy"}),
    }
    _write_comparison(workbook.add_worksheet("Comparaison"), board, formats)
    _write_answers(workbook.add_worksheet("Réponses"), board, formats)
    workbook.close()
    return output.getvalue()


def _heading(sheet: Worksheet, board: Board, formats: dict[str, Format]) -> int:
    """Writes what the sheet is about; returns the line that follows."""
    sheet.write_string(0, 0, f"Test à blanc · {board.market_test.client}", formats["title"])
    sheet.write_string(1, 0, f"{board.market_test.launched_at:%d/%m/%Y} · montants en euros HT")
    if board.is_fictitious:
        sheet.write_string(2, 0, FICTITIOUS, formats["warning"])
    return 4


def _write_comparison(sheet: Worksheet, board: Board, formats: dict[str, Format]) -> None:
    amount, share = formats["amount"], formats["share"]
    first = _heading(sheet, board, formats)
    headers = (
        "Rang", "Partenaire", "Canal", "Garanti HT (€)", "Garanti si tout est accordé (€)", "Part garantie",
        "Part des 10 premiers", "Accordés", "Partiels", "Refusés", "Sans réponse", "Coût annuel, tout compris (€)",
        "Pour 1 000 € garantis (€)", "Quotité", "Plafond annuel (€)", "Conditions",
    )  # fmt: skip
    sheet.write_row(first, 0, headers, formats["header"])
    sheet.set_column(1, 2, 30)
    sheet.set_column(3, len(headers), 16)
    for line, column in enumerate(board.columns, start=first + 1):
        result, priced = column.result, column.result.priced
        sheet.write_number(line, 0, result.rank)
        sheet.write_string(line, 1, result.name)
        sheet.write_string(line, 2, result.subtitle)
        sheet.write_number(line, 3, result.covered_low, amount)
        sheet.write_number(line, 4, result.covered_high, amount)
        sheet.write_number(line, 5, result.share_low, share)
        sheet.write_number(line, 6, result.top10_share, share)
        for offset, count in enumerate((result.in_full, result.in_part, result.refused, result.no_answer)):
            sheet.write_number(line, 7 + offset, count)
        if priced:
            sheet.write_number(line, 11, priced.cost.total, amount)
            sheet.write_number(line, 13, priced.terms.insured_percentage, share)
            sheet.write_number(line, 14, priced.maximum_liability, amount)
        if result.cost_per_thousand is not None:
            sheet.write_number(line, 12, result.cost_per_thousand, amount)
        estimate = column.submission.quote.is_estimate
        sheet.write_string(line, 15, "estimation du cabinet" if estimate else "conditions du partenaire")


def _write_answers(sheet: Worksheet, board: Board, formats: dict[str, Format]) -> None:
    first = _heading(sheet, board, formats)
    sheet.write_row(first, 0, ("Acheteur", "Identifiant", "Demandé HT (€)"), formats["header"])
    for index, column in enumerate(board.listed):
        headers = [f"{column.submission.name} · {header}" for header in PARTNER_HEADERS]
        sheet.write_row(first, 3 + index * len(headers), headers, formats["header"])
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 2 + len(PARTNER_HEADERS) * len(board.listed), 17)
    sheet.freeze_panes(first + 1, 1)
    for line, (buyer, cells) in enumerate(board.rows, start=first + 1):
        sheet.write_string(line, 0, buyer.name)
        sheet.write_string(line, 1, buyer.identifier)
        sheet.write_number(line, 2, buyer.requested, formats["amount"])
        for index, (column, (cell, standing)) in enumerate(zip(board.listed, cells, strict=True)):
            _write_answer(sheet, line, 3 + index * len(PARTNER_HEADERS), column, cell, standing, formats)


def _write_answer(
    sheet: Worksheet,
    line: int,
    first: int,
    column: Column,
    cell: Cell,
    standing: Standing,
    formats: dict[str, Format],
) -> None:
    if cell.decision is None:
        waiting = column.is_mail and standing.state == IndicationState.WAITING
        sheet.write_string(line, first, "en attente" if waiting else IndicationState(standing.state).label)
        sheet.write_string(line, first + 4, standing.message)
        return
    sheet.write_string(line, first, "refusé" if cell.outcome is Outcome.REFUSED else cell.decision.label)
    sheet.write_number(line, first + 1, cell.covered, formats["amount"])
    if cell.temporary:
        sheet.write_number(line, first + 2, cell.temporary, formats["amount"])
    if cell.temporary_until:
        sheet.write_datetime(line, first + 3, cell.temporary_until, formats["date"])
    words = [reason.label for reason in cell.reasons] + list(cell.conditions)
    sheet.write_string(line, first + 4, " · ".join(words + ["provisoire"] * cell.preliminary))
