"""What the reader understood of a buyer list, and its JSON form."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

MAX_LINES = 200_000
MAX_COLUMNS = 500
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


@dataclass(frozen=True)
class Row:
    """One buyer. `line` and `merged_lines` are 1-based physical lines of the file or sheet.

    Amounts are euros as the file has them, neither rounded nor converted: `outstanding` and `peak` TTC unless the
    header says HT, `turnover` and `requested` HT. `country` is ISO-2. `id_type` is "siren", "vat" (with its country
    prefix), "other" or "". `set_aside` is "", "public_body", "collective_procedure", "private_person" or
    "related_company".
    """

    line: int
    name: str
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


@dataclass(frozen=True)
class Reading:
    """A whole buyer list.

    `encoding` and `separator` are empty for a workbook, `sheet` and `sheets` for a text. `columns` maps each field to
    the header it was read from (« colonne A » without header; several headers are joined by « + »), `headers` names
    the columns that `Rejected.cells` follow. `notices` are French sentences about the file as a whole.
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

    @property
    def balances_net(self) -> bool:
        """Do the headers say that the balances are HT (« Encours HT »)? Ledgers hold them TTC."""
        headers = [self.columns[field] for field in ("outstanding", "peak") if field in self.columns]
        return bool(headers) and all(
            "HT" in header.upper().replace("(", " ").replace(")", " ").split() for header in headers
        )


def to_json(reading: Reading) -> dict[str, Any]:
    """The reading as plain JSON values; amounts are strings with at least two decimals, None stays null."""
    return {
        **vars(reading),
        "columns": dict(reading.columns),
        "rows": [_row_to_json(row) for row in reading.rows],
        "rejected": [{**rejected._asdict(), "cells": list(rejected.cells)} for rejected in reading.rejected],
        "ignored": [ignored._asdict() for ignored in reading.ignored],
        "headers": list(reading.headers),
        "sheets": list(reading.sheets),
        "notices": list(reading.notices),
    }


def _row_to_json(row: Row) -> dict[str, Any]:
    return {
        **vars(row),
        **{name: _amount_to_text(getattr(row, name)) for name in AMOUNTS},
        "warnings": list(row.warnings),
        "merged_lines": list(row.merged_lines),
    }


def _amount_to_text(amount: Decimal | None) -> str | None:
    if amount is None:
        return None
    text = f"{amount:f}"
    decimals = len(text.partition(".")[2])
    return text if decimals >= 2 else f"{amount:.2f}"


def from_json(data: Mapping[str, Any]) -> Reading:
    """The reading that `to_json` wrote. Raises KeyError or TypeError on anything else."""
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
    amounts = {name: None if data[name] is None else Decimal(data[name]) for name in AMOUNTS}
    return Row(**{**data, **amounts, "warnings": tuple(data["warnings"]), "merged_lines": tuple(data["merged_lines"])})
