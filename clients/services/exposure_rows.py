"""Writing the exposures of a long list: COPY into a table that lives as long as the transaction, then one INSERT for
the companies and one for the exposures. Three times faster than objects, and 200 000 of them need no memory here."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from clients.models import Company, Exposure, RiskSnapshot
from clients.portfolio.preview import PreviewLine
from factortaboite.money import round_euros

# Identifiers whose key was checked: only those name a company that all firms share.
CHECKED_ID_TYPES = ["siren", "vat"]

_COLUMNS = (
    "firm_id, snapshot_id, line, merged_lines, name, country, id_type, id_value, outstanding, peak, turnover,"
    " terms_days, vat_rate, requested, set_aside, note, account, city, postcode, warnings, ageing"
)
_INCOMING = (
    f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {_COLUMNS} FROM {Exposure._meta.db_table} LIMIT 0"
)
_COMPANIES = f"""
    INSERT INTO {Company._meta.db_table} (country, id_type, id_value, registered_name, source)
    SELECT DISTINCT country, id_type, id_value, '', '' FROM incoming WHERE id_type = ANY(%s) ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
"""
_EXPOSURES = f"""
    INSERT INTO {Exposure._meta.db_table} ({_COLUMNS}, company_id)
    SELECT incoming.*, company.id FROM incoming LEFT JOIN {Company._meta.db_table} company
        ON incoming.id_type = ANY(%s) AND company.country = incoming.country
        AND company.id_type = incoming.id_type AND company.id_value = incoming.id_value
    ORDER BY incoming.line
"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _Stream:
    """Lines as a file that PostgreSQL's driver reads from."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines

    def read(self, size: int) -> str:
        taken, length = [], 0
        for line in self.lines:
            taken.append(line)
            length += len(line)
            if length >= size:
                break
        return "".join(taken)


def write_exposures(snapshot: RiskSnapshot, lines: Iterable[PreviewLine]) -> None:
    """Stores the lines as exposures of the snapshot, and the companies that checked identifiers name.

    Call it inside a transaction.
    """
    rows = (_as_copied(_values(snapshot, line)) for line in lines)
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        cursor.copy_expert("COPY incoming FROM STDIN", _Stream(rows))
        cursor.execute("ANALYZE incoming")
        cursor.execute(_COMPANIES, [CHECKED_ID_TYPES])
        cursor.execute(_EXPOSURES, [CHECKED_ID_TYPES])
        cursor.execute("DROP TABLE incoming")


def _values(snapshot: RiskSnapshot, line: PreviewLine) -> tuple[Any, ...]:
    row = line.row
    return (
        snapshot.firm_id,
        snapshot.pk,
        row.line,
        f"{{{','.join(map(str, row.merged_lines))}}}",
        row.name[:200],
        row.country,
        row.id_type,
        row.id_value,
        _cents(row.outstanding),
        _cents(row.peak),
        _cents(row.turnover),
        row.terms_days,
        line.vat_rate,
        _cents(line.amount),
        line.reason,
        row.note[:200],
        row.account[:60],
        row.city,
        row.postcode,
        "{}",
        "{}",
    )


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else round_euros(amount)


def _as_copied(values: tuple[Any, ...]) -> str:
    return "\t".join(["\\N" if value is None else _escaped(str(value)) for value in values]) + "\n"


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)
