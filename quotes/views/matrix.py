"""The table of buyers × partners as HTML. Written in Python: a template takes ten times longer over 10 000 cells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from clients.models import Exposure
from factortaboite import money
from factortaboite.templatetags.ui import grouped
from quotes.comparison import AskedBuyer, Cell, Outcome
from quotes.enums import IndicationState
from quotes.services.board import Board, Column, Standing

STATE_CLASSES = {
    Outcome.IN_FULL: "granted",
    Outcome.IN_PART: "partial",
    Outcome.REFUSED: "refused",
    Outcome.NO_ANSWER: "waiting",
}
WAITING_WORDS = {
    IndicationState.OPEN: "à poser",
    IndicationState.SENT: "question posée",
    IndicationState.WAITING: "à l’étude",
    IndicationState.ANSWERED: "à l’instant",
    IndicationState.SILENT: "sans réponse",
}


NOTE_SHOWN = 24  # characters; a longer note is cut by the page and told in full by the title

euros = lru_cache(maxsize=4096)(money.euros)
label_of = lru_cache(maxsize=64)(lambda word: word.label)


@dataclass(frozen=True, slots=True)
class MatrixPrinter:
    """Prints rows of one board. `can_ask` is whether the reader may put questions again."""

    board: Board
    can_ask: bool

    def rows(self, lines: Iterable[int]) -> Iterator[SafeString]:
        """`lines` are those of the comparison's buyers, largest first."""
        lines, comparison = list(lines), self.board.comparison
        standings = self.board.standings([comparison.buyers[line] for line in lines])
        mixed = [_is_mixed(column) for column in self.board.listed]
        exposures = Exposure.objects.filter(pk__in=[comparison.buyers[line].key for line in lines])
        files = {str(pk): company for pk, company in exposures.values_list("pk", "company_id")}
        file_before, file_after = _pattern("clients:company_detail")
        detail = _pattern("quotes:indication_detail")
        again = _pattern("quotes:indication_ask_again") if self.can_ask else None
        for line in lines:
            buyer = comparison.buyers[line]
            printed = "".join(
                _cell(
                    buyer,
                    column.result.cells[line],
                    standings[column.submission.pk, buyer.key],
                    column,
                    is_mixed,
                    detail,
                    again,
                )
                for column, is_mixed in zip(self.board.listed, mixed, strict=True)
            )
            current = f"<td>{_current(comparison.current.covers[line])}</td>" if comparison.current else ""
            identity = escape(grouped(buyer.identifier)) + (" · export" if buyer.foreign else "")
            name = escape(buyer.name)
            if company := files.get(buyer.key):
                name = f'<a href="{file_before}{company}{file_after}">{name}</a>'
            yield mark_safe(
                f'<tr><th scope="row">{name}<small>{identity}</small></th>'
                f"<td>{euros(buyer.requested)}</td>{current}{printed}</tr>\n"
            )


def _current(cover: Decimal) -> str:
    """What the contract in force covers. Nothing is no refusal: the buyer may never have been asked."""
    return euros(cover) if cover else "non nommé"


def _is_mixed(column: Column) -> bool:
    """Whether some of a partner's answers are firm: only then has each cell to say that it is provisional."""
    return len({cell.preliminary for cell in column.result.cells if cell.decision}) > 1


def _pattern(name: str) -> tuple[str, str]:
    """What stands before and after the key in an address: `reverse` is too slow to be called for every cell."""
    before, _, after = reverse(name, args=[0]).partition("0")
    return before, after


def _cell(
    buyer: AskedBuyer,
    cell: Cell,
    standing: Standing,
    column: Column,
    is_mixed: bool,
    detail: tuple[str, str],
    again: tuple[str, str] | None,
) -> str:
    state, word, notes = _said(buyer, cell, standing, column, is_mixed)
    note = " · ".join(notes)
    button = ""
    if again and not column.is_mail and standing.state in (IndicationState.FAILED, IndicationState.SILENT):
        button = (
            f'<button form="ask-again" formaction="{again[0]}{standing.pk}{again[1]}" '
            f'aria-label="Redemander {escape(buyer.name)} à {escape(column.submission.name)}">Redemander</button>'
        )
    small = f"<small>{escape(note)}</small>" if note else ""
    is_told = len(note) <= NOTE_SHOWN and not cell.conditions
    title = "" if is_told else f' title="{escape(_story(cell, notes))}"'
    return (
        f'<td><a id="i{standing.pk}" class="{state}" href="{detail[0]}{standing.pk}{detail[1]}"{title}>{word}</a>'
        f"{small}{button}</td>"
    )


def _said(
    buyer: AskedBuyer, cell: Cell, standing: Standing, column: Column, is_mixed: bool
) -> tuple[str, str, list[str]]:
    """The state, its word or amount as HTML, and what the amount alone does not say."""
    if cell.decision is None:
        return _not_answered(standing, column)
    notes = [cell.note] if cell.note else []
    if cell.outcome is Outcome.REFUSED:
        word = "refusé"
    else:
        word = f"<i>{label_of(cell.outcome)} </i>{euros(cell.covered)}"
        notes += ["avec réserves"] if cell.conditions and not cell.note else []
    if cell.outcome is not Outcome.IN_FULL:
        notes += [label_of(reason) for reason in cell.reasons]
    if standing.asked is not None and standing.asked != buyer.requested:
        notes.append(f"posé : {euros(standing.asked)}")
    if is_mixed and cell.preliminary:
        notes.append("provisoire")
    return STATE_CLASSES[cell.outcome], word, notes


def _not_answered(standing: Standing, column: Column) -> tuple[str, str, list[str]]:
    notes = [standing.message] if standing.message else []
    if standing.state == IndicationState.FAILED:
        return "failed", "échec", notes
    if column.is_mail and standing.state == IndicationState.WAITING:
        return "waiting", "en attente", notes
    return "waiting", WAITING_WORDS[IndicationState(standing.state)], notes


def _story(cell: Cell, notes: list[str]) -> str:
    return " · ".join([label_of(cell.decision) if cell.decision else "", *notes, *cell.conditions]).strip(" ·")
