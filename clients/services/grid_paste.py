"""A block from a spreadsheet, pasted into the grid: first what it would change, then all that is right in it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db import transaction
from django.db.models import Q

from clients.models import Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.block import Block
from clients.portfolio.grid import DERIVED, Line, change_line, changed, emptied, new_line
from clients.services.companies import Identity, company_keys_of
from clients.services.grid import (
    LINE_FIELDS,
    confirm_typed,
    double_of,
    line_of,
    next_line,
    told,
    write_line,
)
from clients.services.journal import Changes, write_entry
from clients.services.lines import store_lines
from clients.services.snapshots import lock_snapshot
from clients.services.storing import insert_rows
from factortaboite.accounts.models import User
from factortaboite.money import format_number

NAMED = 5
STORED_COLUMNS = (*LINE_FIELDS, "company_id")

Corrections = Mapping[tuple[int, str], str]
"""What somebody wrote over a cell of the block, by number of its line and column."""


class ChangedMeanwhile(Exception):
    """The lines under the block are no longer what the preview showed; the message is French."""


@dataclass(eq=False)
class PlannedLine:
    """One line of a block, numbered from 1: the buyer it falls on (None for a new one) before and after, and what is
    wrong with its cells (French sentences by column). A new line that repeats a buyer is not added at all."""

    number: int
    exposure: Exposure | None
    texts: Mapping[str, str]
    before: Line
    after: Line
    errors: Mapping[str, str] = field(default_factory=dict)
    is_refused: bool = False

    @property
    def name(self) -> str:
        return self.after.name or self.after.id_value or self.before.name or self.before.id_value

    @property
    def told(self) -> str:
        return told(self.before, self.after)

    @cached_property
    def changed(self) -> list[str]:
        """The columns of the cells that would change."""
        return changed(self.before, self.after)


@dataclass(frozen=True)
class Plan:
    """What a block would do. `seal` stands for the lines it falls on, as they are now."""

    block: Block
    lines: Sequence[PlannedLine]
    seal: str

    @cached_property
    def edited(self) -> list[PlannedLine]:
        return [line for line in self.lines if line.exposure and line.changed]

    @cached_property
    def added(self) -> list[PlannedLine]:
        return [line for line in self.lines if not line.exposure and not line.is_refused]

    @cached_property
    def wrong(self) -> list[PlannedLine]:
        return [line for line in self.lines if line.errors]

    @property
    def changed_cells(self) -> int:
        """On lines that are there already; those that follow from others (the amount asked) are counted too."""
        return sum(len(line.changed) for line in self.edited)

    @property
    def emptied_cells(self) -> int:
        return sum(len(emptied(line.before, line.after)) for line in self.edited)

    @property
    def errors(self) -> int:
        return sum(len(line.errors) for line in self.wrong)

    @property
    def first(self) -> Exposure | None:
        """The first line that changes, or that was added."""
        return next((line.exposure for line in (*self.edited, *self.added) if line.exposure), None)


def plan_paste(
    snapshot: RiskSnapshot, block: Block, *, start: int | None, corrections: Corrections | None = None
) -> Plan:
    """What `block` would change from the line of the exposure `start` downwards; from the end when it is None or gone.

    Lines beyond the last become new ones. Three queries, whatever the size.
    """
    under = _lines_from(snapshot, start, len(block.rows))
    stored = [line_of(exposure) for exposure in under]
    corrected: dict[int, dict[str, str]] = defaultdict(dict)
    for (number, column), text in (corrections or {}).items():
        corrected[number][column] = text
    lines = []
    for number, row in enumerate(block.rows, start=1):
        if not row:
            continue
        texts = {**row, **corrected.get(number, {})}
        if number <= len(under):
            lines.append(_over(number, under[number - 1], stored[number - 1], texts, block))
        else:
            lines.append(_new(number, texts, block))
    _refuse_doubles(snapshot, lines, block)
    sealed = repr([(exposure.pk, *line) for exposure, line in zip(under, stored, strict=True)])
    return Plan(block, lines, hashlib.sha256(sealed.encode()).hexdigest())


def _lines_from(snapshot: RiskSnapshot, start: int | None, count: int) -> list[Exposure]:
    first = snapshot.exposures.filter(pk=start).first() if start else None
    if first is None:
        return []
    following = snapshot.exposures.filter(Q(line__gt=first.line) | Q(line=first.line, pk__gte=first.pk))
    return list(following.order_by("line", "pk")[:count])


def _new(number: int, texts: Mapping[str, str], block: Block) -> PlannedLine:
    texts = {column: text for column, text in texts.items() if text}
    change = new_line(texts, forms=block.forms)
    # Without a name and an identifier there is nobody to add.
    is_refused = not change.line.name and not change.line.id_value
    return PlannedLine(number, None, texts, Line(), change.line, change.errors, is_refused)


def _over(number: int, exposure: Exposure, before: Line, texts: Mapping[str, str], block: Block) -> PlannedLine:
    if before.set_aside in DERIVED and not texts.get("set_aside"):
        texts = {column: text for column, text in texts.items() if column != "set_aside"}
    change = change_line(before, texts, forms=block.forms)
    return PlannedLine(number, exposure, texts, before, change.line, change.errors)


def _refuse_doubles(snapshot: RiskSnapshot, lines: Sequence[PlannedLine], block: Block) -> None:
    """A buyer stands on one line: of those that would name it too, the first keeps it."""
    moving = [line for line in lines if line.after.id_value and line.after.identity != line.before.identity]
    others = snapshot.exposures.filter(id_value__in=[line.after.id_value for line in moving])
    others = others.exclude(pk__in=[line.exposure.pk for line in moving if line.exposure])
    taken = {(other.country, other.id_type, other.id_value): double_of(other) for other in others}
    while moving:
        owners, kept, back = dict(taken), [], {}
        for line in moving:
            if refusal := owners.get(line.after.identity):
                _refuse(line, refusal, block)
                if line.exposure and line.before.id_value:
                    back[line.before.identity] = double_of(line.exposure)
            else:
                owners[line.after.identity] = f"C’est déjà l’identifiant de la ligne {line.number} du bloc."
                kept.append(line)
        # Whoever is refused keeps its own identifier, which another line may have been given.
        if not back:
            return
        taken |= back
        moving = kept


def _refuse(line: PlannedLine, refusal: str, block: Block) -> None:
    column = "identifier" if "identifier" in line.texts else "country"
    if line.exposure is None:
        line.errors, line.is_refused = {**line.errors, column: refusal}, True
        return
    kept = {name: text for name, text in line.texts.items() if name not in ("identifier", "country")}
    change = change_line(line.before, kept, forms=block.forms)
    line.after, line.errors = change.line, {**change.errors, column: refusal}


@transaction.atomic
def apply_paste(
    snapshot: RiskSnapshot,
    block: Block,
    *,
    start: int | None,
    seal: str,
    by: User,
    corrections: Corrections | None = None,
) -> tuple[Plan, JournalEntry | None]:
    """Writes all that is right in the block, as its preview said; new lines get their exposure. With what the journal
    says of it, None when nothing changed.

    Raises Frozen, and ChangedMeanwhile, having written nothing.
    """
    locked = lock_snapshot(snapshot)
    plan = plan_paste(locked, block, start=start, corrections=corrections)
    if plan.seal != seal:
        raise ChangedMeanwhile(
            "Quelqu’un a changé ces lignes pendant que vous vérifiiez : voici ce que le bloc changerait maintenant."
        )
    companies = company_keys_of([line.after.identity for line in (*plan.edited, *plan.added)])
    changes = Changes()
    _write_edited(locked, plan, companies, changes)
    _write_added(locked, plan, companies, changes, by)
    told = [*_edited_in_words(plan), *_added_in_words(plan)]
    if not told:
        return plan, None
    entry = write_entry(
        f"Bloc collé dans la grille : {' ; '.join(told)}.",
        client=locked.client,
        by=by,
        snapshot=locked,
        exposure=plan.first if len(plan.edited) + len(plan.added) == 1 else None,
        changes=changes,
    )
    return plan, entry


def _write_edited(snapshot: RiskSnapshot, plan: Plan, companies: Mapping[Identity, int], changes: Changes) -> None:
    edited = {line.exposure.pk: line for line in plan.edited if line.exposure}
    if not edited:
        return
    rows = snapshot.exposures.filter(pk__in=edited)
    changes.changing(rows)
    # Lines may exchange their identifiers: they have none for a moment.
    moving = [pk for pk, line in edited.items() if line.after.identity != line.before.identity]
    rows.filter(pk__in=moving).update(id_type="", id_value="")
    for line in edited.values():
        write_line(line.exposure, line.after, companies)
    store_lines((line.exposure for line in edited.values()), STORED_COLUMNS)


def _edited_in_words(plan: Plan) -> Iterator[str]:
    if cells := plan.changed_cells:
        count, are = format_number(Decimal(cells)), "ont" if cells > 1 else "a"
        yield f"{count} case{'s' * (cells > 1)} de {_named(plan.edited)} {are} changé"


def _write_added(
    snapshot: RiskSnapshot, plan: Plan, companies: Mapping[Identity, int], changes: Changes, by: User
) -> None:
    if not plan.added:
        return
    first = next_line(snapshot)
    for number, line in enumerate(plan.added, start=first):
        line.exposure = Exposure(firm_id=snapshot.firm_id, snapshot=snapshot, line=number, is_typed=True)
        write_line(line.exposure, line.after, companies)
    insert_rows(line.exposure for line in plan.added)
    stored = snapshot.exposures.filter(line__gte=first)
    keys = dict(stored.values_list("line", "pk"))
    for line in plan.added:
        line.exposure.pk = keys[line.exposure.line]
    changes.adding(stored)
    confirm_typed(snapshot, by=by)


def _added_in_words(plan: Plan) -> Iterator[str]:
    if plan.added:
        yield f"{_named(plan.added)} ajouté{'s' * (len(plan.added) > 1)}"


def _named(lines: Sequence[PlannedLine]) -> str:
    """« Garonnel », « Garonnel, Ferroval et 12 autres acheteurs »."""
    names = [line.after.name or line.after.id_value for line in lines[:NAMED]]
    rest = len(lines) - len(names)
    if rest:
        return (
            f"{', '.join(names)} et {format_number(Decimal(rest))} autre{'s' * (rest > 1)} acheteur{'s' * (rest > 1)}"
        )
    return " et ".join(filter(None, (", ".join(names[:-1]), names[-1])))
