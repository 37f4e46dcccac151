"""The buyers of a snapshot, typed cell by cell, until a market test freezes it.

start_list(client)               an empty list to type into
edit_line(exposure, texts, …)    writes what somebody changed on one line, unless somebody else did meanwhile
add_line(snapshot, texts)        a buyer more
remove_line(exposure)            a buyer less; the journal can bring it back
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from clients.enums import ClientStage, SetAside
from clients.models import Client, Exposure, JournalEntry, RiskSnapshot, SkippedLine
from clients.portfolio.grid import COLUMNS, Line, change_line, changed, new_line, shown
from clients.services.companies import Identity, company_keys_of
from clients.services.journal import Changes, write_entry
from clients.services.lines import remove_lines
from clients.services.snapshots import lock_snapshot
from clients.services.stages import advance_client
from factortaboite.accounts.models import User

LINE_FIELDS = Line._fields
STORED_FIELDS = [*LINE_FIELDS, "company"]


@dataclass(frozen=True)
class Edited:
    """What became of a line: the buyer as it is stored (None when a new one was refused), what is wrong with each text
    that was not written, and the cells that somebody else wrote meanwhile (French sentences by column)."""

    exposure: Exposure | None
    errors: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)


def line_of(exposure: Exposure) -> Line:
    """The stored buyer as the grid's core knows it."""
    values = {name: getattr(exposure, name) for name in LINE_FIELDS}
    return Line(**{**values, "warnings": tuple(exposure.warnings)})


@transaction.atomic
def start_list(client: Client) -> RiskSnapshot:
    """An empty snapshot to type a list into: a draft until its first buyer. Asked twice, it is the same one."""
    Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    begun = client.snapshots.filter(confirmed_at=None, file=None).first()
    return begun or RiskSnapshot.objects.create(firm_id=client.firm_id, client=client, confirmed_at=None)


@transaction.atomic
def edit_line(exposure: Exposure, *, texts: Mapping[str, str], before: Mapping[str, str | None], by: User) -> Edited:
    """Writes the `texts` that differ from `before`, the cells as they were shown to `by`.

    A cell that somebody else changed meanwhile is left to them and told about (one shown as None is always told
    about). Raises Frozen, and Exposure.DoesNotExist when the line was removed.
    """
    snapshot = lock_snapshot(exposure.snapshot)
    exposure = snapshot.exposures.select_related("snapshot__client").get(pk=exposure.pk)
    line, now = line_of(exposure), shown(line_of(exposure))
    wanted = {column: text for column, text in texts.items() if text != before[column]}
    conflicts = {}
    for column in [column for column in wanted if now[column] != before[column]]:
        text = wanted.pop(column)
        alone = change_line(line, {column: text})
        if column in alone.errors or shown(alone.line)[column] != now[column]:
            conflicts[column] = _written_meanwhile(exposure, column, now[column])
    if not wanted:
        return Edited(exposure, {}, conflicts)
    after, errors = change_line(line, wanted)
    if double := _double(snapshot, after, exposure.pk):
        others = {column: text for column, text in wanted.items() if column not in ("identifier", "country")}
        after, errors = change_line(line, others)
        errors = {**errors, "identifier" if "identifier" in wanted else "country": double}
    if after != line:
        write_line(exposure, after, company_keys_of([after.identity]))
        exposure.save(update_fields=STORED_FIELDS)
        if what := told(line, after):
            write_entry(
                f"{after.name or after.id_value} : {what}.",
                client=exposure.snapshot.client,
                by=by,
                snapshot=exposure.snapshot,
                exposure=exposure,
            )
    return Edited(exposure, errors, conflicts)


@transaction.atomic
def add_line(snapshot: RiskSnapshot, *, texts: Mapping[str, str], by: User) -> Edited:
    """A new buyer at the end; nothing is stored while something is wrong with it. The first one of a list that is
    being typed makes it the client's snapshot. Raises Frozen."""
    locked = lock_snapshot(snapshot)
    untouched = shown(Line())
    line, errors = new_line({column: text for column, text in texts.items() if text not in ("", untouched[column])})
    if double := _double(locked, line):
        errors = {**errors, "identifier": double}
    if errors:
        return Edited(None, errors)
    exposure = Exposure(firm_id=locked.firm_id, snapshot=locked, line=next_line(locked), is_typed=True)
    write_line(exposure, line, company_keys_of([line.identity]))
    exposure.save()
    confirm_typed(locked, by=by)
    write_entry(
        f"Acheteur ajouté : {line.name or line.id_value}.",
        client=locked.client,
        by=by,
        snapshot=locked,
        exposure=exposure,
    )
    return Edited(exposure)


@transaction.atomic
def remove_buyer(exposure: Exposure, *, by: User) -> JournalEntry:
    """Takes a buyer out of its snapshot; the entry can be undone. Raises Frozen, and Exposure.DoesNotExist."""
    snapshot = lock_snapshot(exposure.snapshot)
    removed = snapshot.exposures.get(pk=exposure.pk)
    changes = Changes()
    remove_lines([removed.pk], changes)
    return write_entry(
        f"Acheteur retiré : {removed.name or removed.id_value}.",
        client=snapshot.client,
        by=by,
        snapshot=snapshot,
        changes=changes,
    )


def write_line(exposure: Exposure, line: Line, companies: Mapping[Identity, int]) -> None:
    """Sets the fields of a buyer; it is not saved."""
    for name in LINE_FIELDS:
        setattr(exposure, name, getattr(line, name))
    exposure.warnings = list(line.warnings)
    exposure.company_id = companies.get(line.identity)


def next_line(snapshot: RiskSnapshot) -> int:
    """The number of the next line typed: none that the file has."""
    lines = [snapshot.exposures.order_by().aggregate(last=Max("line"))]
    if snapshot.file_id:
        lines.append(SkippedLine.objects.filter(file=snapshot.file_id).order_by().aggregate(last=Max("line")))
    return max(line["last"] or 0 for line in lines) + 1


def confirm_typed(snapshot: RiskSnapshot, *, by: User) -> None:
    """A list that was begun by typing counts from its first buyer on."""
    if snapshot.confirmed_at is None:
        snapshot.confirmed_at, snapshot.taken_on = timezone.now(), timezone.localdate()
        snapshot.save(update_fields=["confirmed_at", "taken_on"])
        advance_client(snapshot.client, to=ClientStage.SNAPSHOT, by=by)


def told(before: Line, after: Line) -> str:
    """What changed between two states of a line, in words: « encours TTC 72 000 → 80 000, délai 45 → 60 »; of a new
    one, what it holds beside its name."""
    was, now, columns = shown(before), shown(after), changed(before, after)
    if before == Line():
        return ", ".join(f"{_label(column)} {in_words(column, now)}" for column in columns if column != "name")
    return ", ".join(f"{_label(column)} {in_words(column, was)} → {in_words(column, now)}" for column in columns)


def in_words(column: str, texts: Mapping[str, str]) -> str:
    """A cell for reading: a decision in its words, an empty cell as « vide »."""
    text = texts[column]
    if column == "set_aside":
        return SetAside(text).label if text else "à demander"
    return text or "vide"


def _label(column: str) -> str:
    label = COLUMNS[column]
    return label if label.isupper() or label.startswith("CA") else label[0].lower() + label[1:]


def _double(snapshot: RiskSnapshot, line: Line, own: int | None = None) -> str:
    """Why the identifier cannot stand on this line; empty when no other line has it."""
    country, id_type, value = line.identity
    if not value:
        return ""
    same = snapshot.exposures.filter(country=country, id_type=id_type, id_value=value).exclude(pk=own)
    other = same.first()
    return double_of(other) if other else ""


def double_of(other: Exposure) -> str:
    place = f"{other.name}, ligne {other.line}" if other.name else f"la ligne {other.line}"
    return f"C’est l’identifiant de {place} : un acheteur ne figure qu’une fois."


def _written_meanwhile(exposure: Exposure, column: str, now: str) -> str:
    touched = Q(exposure=exposure) | Q(**{f"changes__values__{Exposure._meta.label}__has_key": str(exposure.pk)})
    entries = JournalEntry.objects.filter(touched, client=exposure.snapshot.client_id)
    entry = entries.select_related("by", "undone_by").first()
    who = (entry.undone_by or entry.by) if entry else None
    return f"{who or 'Quelqu’un'} a écrit « {in_words(column, {column: now})} » entre-temps."
