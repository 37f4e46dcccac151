"""Many rows stored by one statement: Django's `bulk_update` and `bulk_create` take seconds for ten thousand."""

import json
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

_ENCODER = DjangoJSONEncoder()


def update_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]], columns: Collection[str]) -> None:
    """Stores the `columns` of each row; a row maps `id` and these columns to JSON values or what JSON is made of."""
    if not columns:
        return
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    values = ", ".join(f"{quote(column)} = given.{quote(column)}" for column in columns)
    with connection.cursor() as cursor:
        # The table's own type reads the values: numbers, dates and arrays come back as they were.
        cursor.execute(
            f"UPDATE {table} AS stored SET {values} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS given "
            "WHERE stored.id = given.id",
            [_as_json(list(rows))],
        )


def insert_rows(stored: Iterable[models.Model]) -> None:
    """Stores new rows of one model; they do not learn their keys."""
    rows = list(stored)
    quote = connection.ops.quote_name
    table = quote(rows[0]._meta.db_table)
    names = [field.attname for field in rows[0]._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(map(quote, names))
    values = [{name: getattr(row, name) for name in names} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) "
            f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",
            [_as_json(values)],
        )


def _as_json(rows: list[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_written)


def _written(value: Any) -> Any:
    # Django's encoder asks last of all whether it is a number, and most are.
    return str(value) if type(value) is Decimal else _ENCODER.default(value)
