"""The channel of the partners that are asked by mail: a spreadsheet goes out, an answer in any shape comes back."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from factortaboite.money import UnreadableNumber, parse_decimal
from factortaboite.typography import typeset
from factortaboite.workbooks import HEADING, workbook_in
from quotes.partners.base import Answer, Question
from quotes.partners.matching import Directory
from quotes.partners.wording import Reading, StillWaiting, ToClarify, Unit, fold, parse_cell

__all__ = ["ReadCell", "Reading", "StillWaiting", "ToClarify", "Unit", "parse_cell", "read_answer", "write_request"]

# title, column width, the name it is recognised by when it comes back
_COLUMNS = (
    ("Référence", 14, "reference"),
    ("Acheteur", 38, "name"),
    ("Pays", 6, "country"),
    ("Identifiant", 20, "identifier"),
    ("Montant demandé HT (€)", 18, "asked"),
    ("Montant accordé", 18, "answer"),
    ("Unité", 8, "unit"),
    ("Observation", 44, "note"),
)
_ALIASES = {
    "answer": ("accordé", "garantie", "montant garanti", "limite", "agrément", "décision", "réponse"),
    "note": ("observations", "commentaire", "commentaires", "remarque", "remarques", "motif"),
    "identifier": ("siren", "n° tva", "numéro de tva"),
    "name": ("nom", "raison sociale", "débiteur"),
}
_KEYS = ("reference", "identifier", "name")
_UNITS = {
    "€": Unit.EUR,
    "eur": Unit.EUR,
    "euros": Unit.EUR,
    "k€": Unit.KEUR,
    "keur": Unit.KEUR,
    "ke": Unit.KEUR,
    "k": Unit.KEUR,
}
_WRITTEN_UNIT = re.compile(r"(?<=[\d ])(?:k€|€|(?:keur|ke|k|euros|eur)\b)")
_REMARK_MATTERS = re.compile(r"\d|temp|refus|accord|\bnc\b|\bok\b|couvert|reserve|condition|etude|en cours")


@dataclass(frozen=True, slots=True)
class ReadCell:
    """One row of an answer. `reference` is that of the question it answers, None when the row matches none."""

    line: int  # 1 is the first row of the file or of the pasted block
    text: str
    reference: str | None
    reading: Reading


def write_request(questions: Sequence[Question], *, broker: str, client: str, sandbox: bool) -> bytes:
    """The XLSX file sent to a partner: one row per buyer, amounts in euros HT, three columns left to fill in."""
    output = BytesIO()
    workbook = workbook_in(output)
    title = workbook.add_format({"bold": True, "font_size": 14})
    header = workbook.add_format({**HEADING, "bottom": 1})
    text = workbook.add_format({"num_format": "@"})
    amount = workbook.add_format({"num_format": "#,##0"})
    to_fill = workbook.add_format({"bg_color": "#FDF1D7", "border": 1, "border_color": "#CFC9BD"})
    sheet = workbook.add_worksheet("Demande")
    intro = [
        "Demande d’indications de garantie (test à blanc)",
        f"Cabinet : {broker}",
        f"Client : {client}",
        "À remplir : un montant HT et son unité, « OK » pour le montant demandé, « NC » si non "
        "couvert, ou « 50 dont 30 temp. jusqu’au 31/12/2026 ».",
        "Données fictives, envoyées par un environnement d’essai." if sandbox else "",
    ]
    for row, line in enumerate(intro):
        sheet.write_string(row, 0, typeset(line), title if row == 0 else None)
    first = len(intro)
    for column, (label, width, _) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(first, column, label, header)
    for row, question in enumerate(questions, start=first + 1):
        for column, value in enumerate((question.reference, question.name, question.country, question.id_value)):
            sheet.write_string(row, column, value, text)
        sheet.write_number(row, 4, question.requested, amount)
        for column in (5, 6, 7):
            sheet.write_blank(row, column, None, to_fill)
    if questions:
        sheet.data_validation(first + 1, 6, first + len(questions), 6, {"validate": "list", "source": ["€", "k€"]})
    sheet.freeze_panes(first + 1, 2)
    sheet.repeat_rows(first)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    workbook.close()
    return output.getvalue()


def read_answer(answer: str | Sequence[Sequence[object]], questions: Sequence[Question], unit: Unit) -> list[ReadCell]:
    """Read an answer, the grid of cells of a file or a pasted block of text: one ReadCell per row that says something.

    A row answers the question whose reference it carries, else whose identifier, else whose exact name, accents, case
    and punctuation apart. `unit` holds for the amounts that carry none, neither in their cell nor in the unit column.
    """
    directory = Directory(questions)
    columns: Mapping[str, int] = {}
    cells: list[ReadCell] = []
    for line, row in enumerate(_rows(answer), start=1):
        if not any(row):
            continue
        if not columns and (columns := _header(row)):
            cells = []  # what stood above the header introduces the table
            continue
        question, said, stated, note = _split(row, columns or _own_layout(row, directory), directory)
        text = " ".join(filter(None, (said, stated, note) if question else row))
        if question is None:
            reading: Reading = ToClarify(text, f"« {text} » : de quel acheteur demandé s’agit-il ?")
        else:
            reading = _read(said, stated, note, question, unit)
            if isinstance(reading, Answer):
                reading = replace(reading, raw=text.encode())
        cells.append(ReadCell(line, text, question.reference if question else None, reading))
    return _contradictions_asked(cells, questions)


def _rows(answer: str | Sequence[Sequence[object]]) -> list[list[str]]:
    if not isinstance(answer, str):
        return [[_as_text(value) for value in row] for row in answer]
    lines = answer.splitlines()
    filled = [line for line in lines if line.strip()]
    if any("\t" in line for line in filled):
        return [[cell.strip() for cell in line.split("\t")] for line in lines]
    if all(";" in line for line in filled):
        return [[cell.strip() for cell in line.split(";")] for line in lines]
    return [[line.strip()] for line in lines]


def _as_text(value: object) -> str:
    """A cell as a person would type it. A fraction keeps four decimals: its point cannot be taken for thousands."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
        return f"{number:.0f}" if number == number.to_integral_value() else f"{number:.4f}"
    return "" if value is None else str(value).strip()


def _title(cell: str) -> str:
    return re.sub(r"\(.*\)|\bht\b|k?€", "", fold(cell)).strip()


_HEADERS = {_title(label): name for label, _, name in _COLUMNS} | {
    fold(alias): name for name, aliases in _ALIASES.items() for alias in aliases
}


def _header(row: Sequence[str]) -> dict[str, int]:
    """Where each column stands, if this row is a header: it names the answer and one way to know the buyer."""
    found: dict[str, int] = {}
    for column, cell in enumerate(row):
        if name := _HEADERS.get(_title(cell)):
            found.setdefault(name, column)
    return found if "answer" in found and any(key in found for key in _KEYS) else {}


def _own_layout(row: Sequence[str], directory: Directory) -> dict[str, int]:
    """The columns of our own file, when one of its rows was pasted without the header."""
    question = directory.find(row[:1])
    if question is None or len(row) < 5 or not _is_amount(row[4], question.requested):
        return {}
    return {name: column for column, (_, _, name) in enumerate(_COLUMNS)}


def _split(
    row: Sequence[str], columns: Mapping[str, int], directory: Directory
) -> tuple[Question | None, str, str, str]:
    """The question a row answers, then the answer, its unit and the remark, as written."""
    if columns:
        cells = {name: row[column] if column < len(row) else "" for name, column in columns.items()}
        question = directory.find([cells.get(key, "") for key in _KEYS])
        return question, cells["answer"], cells.get("unit", ""), cells.get("note", "")
    filled = [cell for cell in row if cell]
    if len(filled) == 1:
        return *directory.split(filled[0]), "", ""
    question = directory.find(filled)
    if question is None:
        return None, "", "", ""
    rest = [cell for cell in filled if directory.find([cell]) is None and cell != question.country]
    if len(rest) > 1 and _is_amount(rest[0], question.requested):
        rest = rest[1:]  # the amount asked, repeated before the answer
    if len(rest) == 2 and fold(rest[1]) in _UNITS:
        return question, rest[0], rest[1], ""
    return question, " | ".join(rest), "", ""


def _is_amount(cell: str, amount: Decimal) -> bool:
    try:
        return parse_decimal(cell) == amount
    except UnreadableNumber:
        return False


def _read(said: str, stated: str, note: str, question: Question, unit: Unit) -> Reading:
    if not said:
        said, note = note, ""
    if stated and said:
        if fold(stated) not in _UNITS:
            return ToClarify(said, f"« {stated} » n’est pas une unité connue : euros ou k€ ?")
        unit = _UNITS[fold(stated)]
        written = {_UNITS[match[0]] for match in _WRITTEN_UNIT.finditer(fold(said))}
        if written - {unit}:
            return ToClarify(
                said,
                f"La réponse dit « {said} » et sa colonne « {stated} » : quelle est l’unité ?",
            )
    reading = parse_cell(said, asked=question.requested, unit=unit)
    if not note:
        return reading
    for together in (f"{said} : {note}", f"{said} {note}"):
        both = parse_cell(together, asked=question.requested, unit=unit)
        if isinstance(both, Answer):
            return both
    if _REMARK_MATTERS.search(fold(note)):
        return ToClarify(
            f"{said} {note}",
            f"« {said} » avec la remarque « {note} » : quel montant est accordé ?",
        )
    if isinstance(reading, Answer):
        return replace(reading, conditions=(*reading.conditions, note))
    return reading


def _contradictions_asked(cells: Sequence[ReadCell], questions: Sequence[Question]) -> list[ReadCell]:
    """Two rows that answer the same question: neither is believed."""
    names = {question.reference: question.name for question in questions}
    said = Counter(cell.reference for cell in cells if not isinstance(cell.reading, StillWaiting))
    return [
        replace(
            cell,
            reading=ToClarify(
                cell.text,
                f"Plusieurs lignes répondent sur {names[cell.reference]} : laquelle est la bonne ?",
            ),
        )
        if cell.reference and said[cell.reference] > 1
        else cell
        for cell in cells
    ]
