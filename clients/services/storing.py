"""Many rows changed by one statement: Django's `bulk_update` takes seconds for ten thousand."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models


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
            [json.dumps(list(rows), cls=DjangoJSONEncoder)],
        )
