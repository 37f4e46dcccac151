"""Lines of a file as somebody corrected them: only the cells that changed, by line and column, as JSON keeps them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import Record
from clients.portfolio.values import CellAsJson, as_text, cell_as_json, cell_from_json

ORIGIN = "Ligne d’origine"
"""The header, in the workbook of lines to correct, of the number that each has in the file it comes from."""

NOT_OURS = (
    "Ce n’est pas le fichier des lignes à corriger de cette liste, ou ses colonnes ont été déplacées : téléchargez-le "
    "à nouveau, corrigez ses cellules sans toucher aux en-têtes, et redéposez-le."
)
NOTHING_NEW = "Aucune cellule n’a été changée dans ce fichier : corrigez les lignes, enregistrez-le et redéposez-le."

Corrections = Mapping[str, Mapping[str, CellAsJson]]


def find_corrections(
    records: Sequence[Record], headers: Sequence[str], rejected: Mapping[int, Sequence[str]]
) -> dict[str, dict[str, CellAsJson]]:
    """What differs, in the workbook of lines to correct that came back, from the `rejected` lines' cells.

    Raises UnreadablePortfolio when it is another workbook, or when nothing differs.
    """
    titles = list(map(as_text, records[0][1]))
    width = len(headers)
    if titles[: width + 1] != [*headers, ORIGIN]:
        raise UnreadablePortfolio(NOT_OURS)
    found: dict[str, dict[str, CellAsJson]] = {}
    for _, cells in records[1:]:
        number = as_text(cells[width]) if width < len(cells) else ""
        if not (number.isascii() and number.isdigit() and int(number) in rejected):
            continue
        written = [*rejected[int(number)], *[""] * width]
        changed = {
            str(column): cell_as_json(cell)
            for column, cell in enumerate(cells[:width])
            if as_text(cell) != written[column]
        }
        if changed:
            found[number] = changed
    if not found:
        raise UnreadablePortfolio(NOTHING_NEW)
    return found


def corrected(records: Iterable[Record], corrections: Corrections) -> Iterator[Record]:
    """The records with the corrected cells in the place of those of the file."""
    by_line = {int(line): cells for line, cells in corrections.items()}
    for line, cells in records:
        if changed := by_line.get(line):
            cells = [*cells, *[""] * (max(map(int, changed)) + 1 - len(cells))]
            for column, cell in changed.items():
                cells[int(column)] = cell_from_json(cell)
        yield line, cells
