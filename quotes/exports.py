"""A market test as a workbook."""

from decimal import Decimal
from io import BytesIO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from factortaboite.workbooks import HEADING, Shown, workbook_in
from quotes.comparison import Cell, CurrentCover, Outcome
from quotes.enums import IndicationState
from quotes.pricing.annual_cost import CostKind
from quotes.pricing.excesses import Excesses
from quotes.services.board import Board, Column, Standing

FICTITIOUS = "Données fictives : des simulateurs ont répondu, aucun assureur n’a été interrogé."
PARTNER_HEADERS = ("décision", "accordé HT (€)", "dont temporaire HT (€)", "jusqu’au", "motifs et réserves")


def market_test_workbook(board: Board) -> bytes:
    """The comparison on one sheet, every answer on another, what each contract costs line by line on a third.

    Amounts in euros HT, shares as percentages.
    """
    output = BytesIO()
    workbook = workbook_in(output)
    formats = {
        "title": workbook.add_format({"bold": True, "font_size": 14}),
        "header": workbook.add_format(HEADING),
        "warning": workbook.add_format({"bold": True, "bg_color": "#FDF1D7"}),
        "amount": workbook.add_format({"num_format": Shown.EUROS.value}),
        "share": workbook.add_format({"num_format": "0.0%"}),
        "rate": workbook.add_format({"num_format": "0.00####%"}),
        "date": workbook.add_format({"num_format": Shown.DAY.value}),
    }
    _write_comparison(workbook.add_worksheet("Comparaison"), board, formats)
    _write_answers(workbook.add_worksheet("Réponses"), board, formats)
    _write_costs(workbook.add_worksheet("Coûts"), board, formats)
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
    first = _heading(sheet, board, formats)
    headers = (
        "Rang", "Partenaire", "Canal", "Garanti HT (€)", "Garanti si tout est accordé (€)", "Part garantie",
        "Part des 10 premiers", "Accordés", "Partiels", "Refusés", "Sans réponse", "Coût annuel, tout compris (€)",
        "Pour 1 000 € garantis (€)", "Quotité", "Plafond annuel (€)", "Franchise par sinistre (€)",
        "Franchise atteinte (€)", "Franchise annuelle globale (€)", "Conditions", "À savoir",
    )  # fmt: skip
    sheet.write_row(first, 0, headers, formats["header"])
    sheet.set_column(1, 2, 30)
    sheet.set_column(3, len(headers) - 2, 16)
    sheet.set_column(len(headers) - 1, len(headers) - 1, 60)
    for line, column in enumerate(board.columns, start=first + 1):
        _write_partner(sheet, line, column, formats)
    line = first + 1 + len(board.columns)
    if board.comparison.current:
        _write_current(sheet, line, board.comparison.current, formats)
    _write_what_ifs(sheet, line + 2, board, formats)


def _write_partner(sheet: Worksheet, line: int, column: Column, formats: dict[str, Format]) -> None:
    result, priced = column.result, column.result.priced
    amount, share = formats["amount"], formats["share"]
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
        _write_known(sheet, line, 11, priced.cost.total, amount)
        _write_known(sheet, line, 13, priced.terms.insured_percentage, share)
        _write_known(sheet, line, 14, priced.maximum_liability, amount)
        _write_excesses(sheet, line, priced.terms.excesses, amount)
    _write_known(sheet, line, 12, result.cost_per_thousand, amount)
    estimate = column.submission.quote.is_estimate
    sheet.write_string(line, 18, "estimation du cabinet" if estimate else "conditions du partenaire")
    sheet.write_string(line, 19, " ".join(result.warnings))


def _write_current(sheet: Worksheet, line: int, current: CurrentCover, formats: dict[str, Format]) -> None:
    amount, share = formats["amount"], formats["share"]
    sheet.write_string(line, 1, current.insurer)
    sheet.write_string(line, 2, "contrat actuel")
    sheet.write_number(line, 3, current.covered, amount)
    sheet.write_number(line, 5, current.share, share)
    _write_known(sheet, line, 11, current.yearly_cost, amount)
    _write_known(sheet, line, 12, current.cost_per_thousand, amount)
    _write_known(sheet, line, 13, current.insured_percentage, share)
    _write_known(sheet, line, 14, current.maximum_liability, amount)
    _write_excesses(sheet, line, current.excesses, amount)


def _write_excesses(sheet: Worksheet, line: int, excesses: Excesses, number_format: Format) -> None:
    amounts = (excesses.each_loss_excess, excesses.qualifying_loss, excesses.aggregate_first_loss)
    for offset, amount in enumerate(amounts):
        sheet.write_number(line, 15 + offset, amount, number_format)


def _write_what_ifs(sheet: Worksheet, first: int, board: Board, formats: dict[str, Format]) -> None:
    """The losses, and what each partner would pay of them: partners in ranking order."""
    lines = board.comparison.what_ifs
    if not lines:
        return
    headers = ["Et si…", "Perte HT (€)", *(f"{partner.name} (€)" for partner in board.comparison.partners)]
    if board.comparison.current:
        headers.append("Contrat actuel (€)")
    sheet.write_row(first, 1, headers, formats["header"])
    for line, one in enumerate(lines, start=first + 1):
        sheet.write_string(line, 1, one.event)
        for offset, number in enumerate((one.loss, *one.indemnities, one.current)):
            _write_known(sheet, line, 2 + offset, number, formats["amount"])


def _write_known(sheet: Worksheet, line: int, column: int, number: Decimal | None, number_format: Format) -> None:
    if number is not None:
        sheet.write_number(line, column, number, number_format)


def _write_costs(sheet: Worksheet, board: Board, formats: dict[str, Format]) -> None:
    """Each line of each contract's cost; for fees the base counts buyers and the rate is in euros."""
    line = _heading(sheet, board, formats)
    headers = ("Partenaire", "Poste", "Base", "Taux", "Montant (€)", "Conditions")
    sheet.write_row(line, 0, headers, formats["header"])
    sheet.set_column(0, 1, 38)
    sheet.set_column(2, len(headers) - 1, 20)
    for partner in board.comparison.partners:
        if partner.priced is None:
            continue
        for cost in partner.priced.cost.lines:
            line += 1
            is_fees = cost.kind is CostKind.FEES
            sheet.write_string(line, 0, partner.name)
            sheet.write_string(line, 1, cost.label)
            sheet.write_number(line, 2, cost.base, None if is_fees else formats["amount"])
            sheet.write_number(line, 3, cost.rate, formats["amount" if is_fees else "rate"])
            sheet.write_number(line, 4, cost.amount, formats["amount"])
            sheet.write_string(
                line, 5, "estimation du cabinet" if partner.priced.is_estimate else "conditions du partenaire"
            )


def _write_answers(sheet: Worksheet, board: Board, formats: dict[str, Format]) -> None:
    """Every buyer, whatever page the screen shows."""
    first, comparison = _heading(sheet, board, formats), board.comparison
    known = ["Acheteur", "Identifiant", "Demandé HT (€)"] + ["Contrat actuel HT (€)"] * bool(comparison.current)
    sheet.write_row(first, 0, known, formats["header"])
    for index, column in enumerate(board.listed):
        headers = [f"{column.submission.name} · {header}" for header in PARTNER_HEADERS]
        sheet.write_row(first, len(known) + index * len(headers), headers, formats["header"])
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, len(known) - 1 + len(PARTNER_HEADERS) * len(board.listed), 17)
    sheet.freeze_panes(first + 1, 1)
    standings = board.standings(comparison.buyers)
    for position, buyer in enumerate(comparison.buyers):
        line = first + 1 + position
        sheet.write_string(line, 0, buyer.name)
        sheet.write_string(line, 1, buyer.identifier)
        sheet.write_number(line, 2, buyer.requested, formats["amount"])
        if comparison.current:
            sheet.write_number(line, 3, comparison.current.covers[position], formats["amount"])
        for index, column in enumerate(board.listed):
            standing, cell = standings[column.submission.pk, buyer.key], column.result.cells[position]
            _write_answer(sheet, line, len(known) + index * len(PARTNER_HEADERS), column, cell, standing, formats)


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
