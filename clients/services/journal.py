"""The journal of a client: who changed what and when, for ever; and the way back, for some seconds.

A service that changes a client's data writes its entry in the same transaction. What it wants to be undone goes
through `Changes`, which remembers each value before and after.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now

from clients.models import Client, Exposure, JournalEntry, RiskSnapshot
from clients.services.storing import update_rows
from factortaboite.accounts.models import User

CHANGED_SINCE = "Ces lignes ont été changées depuis : rien n’est annulé."

Rows = dict[str, dict[str, Any]]
"""Columns and values of stored rows, by key."""
_ENCODER = DjangoJSONEncoder()
_PLAIN = frozenset((str, int, bool, float, dict, type(None)))  # as JSON has them already
# What no two rows of a list may share, and what all may have for a moment: lines may get back what others have now.
_IDENTITY = {"country", "id_type", "id_value"}
_NOBODY = {"id_type": "", "id_value": ""}


class NotUndoable(Exception):
    """Too late, undone already, or changed again since; the message is French."""


class Changes:
    """What is about to be changed or removed, and what was added, so that `undo` can put everything back.

    Give the rows to `changing` before they change, to `removing` before they go, or to `adding` once they are there;
    `write_entry` reads what became of them. One query for each call, whatever the number of rows.
    """

    def __init__(self) -> None:
        self._before: dict[str, Rows] = {}
        self._removed: dict[str, Rows] = {}
        self._added: dict[str, Rows] = {}

    def changing(self, rows: models.QuerySet) -> None:
        label = rows.model._meta.label
        self._before[label] = _read(rows) | self._before.get(label, {})  # what it was first

    def removing(self, rows: models.QuerySet) -> None:
        label = rows.model._meta.label
        changed, removed = self._before.get(label, {}), self._removed.setdefault(label, {})
        for pk, row in _read(rows).items():
            removed[pk] = changed.pop(pk, row)

    def adding(self, rows: models.QuerySet) -> None:
        self._added.setdefault(rows.model._meta.label, {}).update(_read(rows))

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(len(rows) for kind in (self._before, self._removed, self._added) for rows in kind.values())

    def as_json(self) -> dict[str, dict[str, Any]]:
        """The rows removed and those added, and of those changed the values before and after, by model, key and
        column."""
        return {
            "values": {label: _differences(label, before) for label, before in self._before.items()},
            "removed": {label: list(rows.values()) for label, rows in self._removed.items()},
            "added": self._added,
        }


def _read(rows: models.QuerySet) -> Rows:
    """As JSON keeps them: what is compared later went the same way."""
    return {
        str(row["id"]): {name: value if type(value) in _PLAIN else _as_json(value) for name, value in row.items()}
        for row in rows.order_by("pk").values()
    }


def _as_json(value: Any) -> Any:
    # Writing and reading again the text of ten thousand rows would take seconds.
    if type(value) is Decimal:
        return str(value)
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    return value if type(value) in _PLAIN else _ENCODER.default(value)


def _differences(label: str, before: Rows) -> dict[str, dict[str, list]]:
    now = _read(apps.get_model(label)._base_manager.filter(pk__in=before))
    return {
        pk: {name: [value, after[name]] for name, value in row.items() if after[name] != value}
        for pk, row in before.items()
        if (after := now.get(pk, row)) != row
    }


def write_entry(
    sentence: str,
    *,
    client: Client,
    by: User | None,
    snapshot: RiskSnapshot | None = None,
    exposure: Exposure | None = None,
    changes: Changes | None = None,
) -> JournalEntry:
    """Writes down what was changed: one French sentence that names what it is about. `by` is None for the product
    itself. With `changes` it can be undone for some seconds. Call it in the transaction of the change."""
    return JournalEntry.objects.create(
        firm_id=client.firm_id,
        client=client,
        snapshot=snapshot,
        exposure=exposure,
        by=by,
        sentence=sentence,
        changes=changes.as_json() if changes else None,
        changed_rows=changes.count if changes else 0,
        at=models.Func(function="clock_timestamp", output_field=models.DateTimeField()),  # when a long one is done
    )


def refuse_late(entry: JournalEntry, asked_at: datetime | None = None) -> None:
    """Raises NotUndoable for what is undone already, and for what is asked too late: `asked_at`, or now."""
    if entry.undone_at:
        raise NotUndoable("C’est déjà annulé.")
    if not JournalEntry.objects.undoable(asked_at).filter(pk=entry.pk).exists():
        raise NotUndoable("Il est trop tard pour annuler : corrigez la ligne, le journal garde ce qui a été fait.")


@transaction.atomic
def undo(entry: JournalEntry, *, by: User, asked_at: datetime | None = None) -> JournalEntry:
    """Puts everything back as it was before the entry, and marks it undone; the entry stays. `asked_at` says when it
    was asked for, unless now.

    Raises NotUndoable after its time, a second time, on a frozen snapshot, or when somebody changed one of its rows
    since, or typed again what went: then nothing is put back.
    """
    entry = JournalEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    refuse_late(entry, asked_at)
    if entry.snapshot_id:
        snapshot = RiskSnapshot.objects.select_for_update(of=("self",)).get(pk=entry.snapshot_id)
        if snapshot.frozen_at:
            raise NotUndoable("Un test à blanc utilise désormais cette photographie.")
    try:
        with transaction.atomic():
            # First of all: what was added may hold what another row has to get back.
            for label, rows in entry.changes.get("added", {}).items():
                _take_out(apps.get_model(label), rows)
            for label, rows in entry.changes["values"].items():
                _put_back(apps.get_model(label), rows)
            for label, removed in entry.changes["removed"].items():
                _bring_back(apps.get_model(label), removed)
    except IntegrityError as error:  # another line is that buyer by now
        raise NotUndoable(CHANGED_SINCE) from error
    entry.undone_at, entry.undone_by = Now(), by
    entry.save(update_fields=["undone_at", "undone_by"])
    entry.refresh_from_db(fields=["undone_at"])
    return entry


@transaction.atomic
def undo_together(entries: Iterable[JournalEntry], *, by: User) -> list[JournalEntry]:
    """Puts back what one decision changed for several clients: all of it or, raising NotUndoable, nothing."""
    return [undo(entry, by=by) for entry in sorted(entries, key=lambda entry: entry.pk)]


def _take_out(model: type[models.Model], added: Rows) -> None:
    stored = model._base_manager.filter(pk__in=added).order_by("pk")
    list(stored.select_for_update(of=("self",)))
    if _read(stored) != added:
        raise NotUndoable(CHANGED_SINCE)
    stored.delete()


def _put_back(model: type[models.Model], rows: dict[str, dict[str, list]]) -> None:
    stored = model._base_manager.filter(pk__in=rows).order_by("pk")
    now = _read(stored.select_for_update())
    if len(now) != len(rows):
        raise NotUndoable(CHANGED_SINCE)
    names = sorted({name for values in rows.values() for name in values})
    for pk, values in rows.items():
        if any(now[pk][name] != after for name, (_, after) in values.items()):
            raise NotUndoable(CHANGED_SINCE)
        now[pk] |= {name: before for name, (before, _) in values.items()}
    if model is Exposure and _IDENTITY & set(names):
        stored.update(**_NOBODY)
        names = sorted({*names, *_NOBODY})
    update_rows(model, ({name: row[name] for name in ("id", *names)} for row in now.values()), names)


def _bring_back(model: type[models.Model], removed: list[dict[str, Any]]) -> None:
    if model._base_manager.filter(pk__in=[row["id"] for row in removed]).exists():
        raise NotUndoable(CHANGED_SINCE)
    model._base_manager.bulk_create([model(**row) for row in removed], batch_size=500)
