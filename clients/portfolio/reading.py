"""What the reader understood of a buyer list, and its JSON form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, TextIO

MAX_LINES = 200_000
MAX_COLUMNS = 500
_ROWS_AT_ONCE = 1000
AMOUNTS = ("outstanding", "peak", "turnover", "requested")


class UnreadablePortfolio(ValueError):
    """The file cannot be read at all; the message is one French sentence that says what to do."""


class Rejected(NamedTuple):
    """A line that looks like a buyer but cannot be kept as it is: somebody has to correct it."""

    line: int
    reason: str
    cells: tuple[str, ...]


class Ignored(NamedTuple):
    """A line that is no buyer: title, blank line, repeated header, total."""

    line: int
    reason: str


class Row(NamedTuple):
    """One buyer. `line` and `merged_lines` are 1-based physical lines of the file or sheet.

    Amounts are euros as the file has them, neither rounded nor converted: `outstanding` and `peak` TTC unless the
    header says HT, `turnover` and `requested` HT. `country` is ISO-2. `id_type` is "siren", "vat" (with its country
    prefix), "other" or "". `set_aside` is "", "public_body", "collective_procedure", "private_person" or
    "related_company". `account` is the client's own number for the buyer. `ageing` splits the balance into the columns
    that the reading's `ageing_from` names, empty when the file does not say.
    """

    line: int
    name: str = ""
    id_type: str = ""
    id_value: str = ""
    country: str = "FR"
    outstanding: Decimal | None = None
    peak: Decimal | None = None
    turnover: Decimal | None = None
    requested: Decimal | None = None
    terms_days: int | None = None
    note: str = ""
    city: str = ""
    postcode: str = ""
    set_aside: str = ""
    warnings: tuple[str, ...] = ()
    merged_lines: tuple[int, ...] = ()
    account: str = ""
    ageing: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A whole buyer list.

    `encoding` and `separator` are empty for a workbook, `sheet` and `sheets` for a text. `columns` maps each field to
    the header it was read from (« colonne A » without header; several headers are joined by « + »), `headers` names
    the columns that `Rejected.cells` follow. `notices` are French sentences about the file as a whole. `ageing_from`
    is the first day overdue of each column of the rows' ageing, 0 for what is not due yet.
    """

    encoding: str
    separator: str
    sheet: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    headers: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    ageing_from: tuple[int, ...] = ()

    @property
    def balances_net(self) -> bool:
        """Do the headers say that the balances are HT (« Encours HT »)? Ledgers hold them TTC."""
        headers = [self.columns[field] for field in ("outstanding", "peak") if field in self.columns]
        return bool(headers) and all(
            "HT" in header.upper().replace("(", " ").replace(")", " ").split() for header in headers
        )


def to_json(reading: Reading) -> dict[str, Any]:
    """The reading as plain JSON values; amounts are strings with at least two decimals, None stays null."""
    return {**_all_but_rows(reading), "rows": [_row_to_json(row) for row in reading.rows]}


def write_json(reading: Reading, target: TextIO) -> None:
    """Writes what `from_json` reads: `to_json` some rows at a time, without the fields of a row that say nothing.

    A list of 200 000 buyers is 30 MB less that way, and never stands whole beside the reading.
    """
    target.write(json.dumps(_all_but_rows(reading))[:-1] + ', "rows": [')
    for first in range(0, len(reading.rows), _ROWS_AT_ONCE):
        rows = [_said_by(row) for row in reading.rows[first : first + _ROWS_AT_ONCE]]
        target.write((", " if first else "") + json.dumps(rows)[1:-1])
    target.write("]}")


def _said_by(row: Row) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in row._asdict().items() if value or value == 0}
    for name in AMOUNTS:
        if name in values:
            values[name] = _amount_to_text(values[name])
    return values


def _all_but_rows(reading: Reading) -> dict[str, Any]:
    return {
        **{name: value for name, value in vars(reading).items() if name != "rows"},
        "columns": dict(reading.columns),
        "rejected": [{**rejected._asdict(), "cells": list(rejected.cells)} for rejected in reading.rejected],
        "ignored": [ignored._asdict() for ignored in reading.ignored],
        "headers": list(reading.headers),
        "sheets": list(reading.sheets),
        "notices": list(reading.notices),
    }


def _row_to_json(row: Row) -> dict[str, Any]:
    values = row._asdict()
    for name in AMOUNTS:
        if (amount := values[name]) is not None:
            values[name] = _amount_to_text(amount)
    values["warnings"], values["merged_lines"] = list(row.warnings), list(row.merged_lines)
    return values


def _amount_to_text(amount: Decimal) -> str:
    text = f"{amount:f}"
    if text[-3:-2] == ".":  # most amounts, and faster
        return text
    return text if len(text.partition(".")[2]) >= 2 else f"{amount:.2f}"


def from_json(data: Mapping[str, Any]) -> Reading:
    """The reading that `to_json` or `write_json` wrote. Raises KeyError or TypeError on anything else."""
    return Reading(
        encoding=data["encoding"],
        separator=data["separator"],
        sheet=data["sheet"],
        columns=dict(data["columns"]),
        rows=tuple(_row_from_json(row) for row in data["rows"]),
        rejected=tuple(Rejected(r["line"], r["reason"], tuple(r["cells"])) for r in data["rejected"]),
        ignored=tuple(Ignored(i["line"], i["reason"]) for i in data["ignored"]),
        headers=tuple(data["headers"]),
        sheets=tuple(data["sheets"]),
        notices=tuple(data["notices"]),
    )


def _row_from_json(data: Mapping[str, Any]) -> Row:
    values = dict(data)
    for name in AMOUNTS:
        if (text := values.get(name)) is not None:
            values[name] = Decimal(text)
    for name in ("warnings", "merged_lines"):
        if name in values:
            values[name] = tuple(values[name])
    return Row(**values)
