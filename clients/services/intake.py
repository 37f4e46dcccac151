"""From the reader's process into the tables: COPY into a table that lives as long as the transaction, then one INSERT
for the companies and one for the exposures of each chunk, while the reader goes on with the next."""

from collections.abc import Iterable
from io import BytesIO

from django.db import connection

from clients.models import Company, Exposure, PortfolioFile, RiskSnapshot, SkippedLine
from clients.portfolio.copying import BUYER, COLUMNS, REJECTED

# Identifiers whose key was checked: only those name a company that all firms share.
CHECKED_ID_TYPES = ["siren", "vat"]

_COMPANY, _EXPOSURE, _SKIPPED = (model._meta.db_table for model in (Company, Exposure, SkippedLine))
# Who writes several companies at once does so after the other, else two could wait for each other.
COMPANIES_LOCK = 4_110_001
_KEPT = COLUMNS.removeprefix("kind, ")
_INCOMING = f"""
    CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS
    SELECT ' '::"char" AS kind, {_KEPT.replace("note", "note::text")} FROM {_EXPOSURE} LIMIT 0
"""
_COMPANIES = f"""
    INSERT INTO {_COMPANY} (country, id_type, id_value, registered_name, source)
    SELECT DISTINCT country, id_type, id_value, '', '' FROM incoming
    WHERE kind = '{BUYER}' AND id_type = ANY(%s)
    ON CONFLICT DO NOTHING
"""
_EXPOSURES = f"""
    INSERT INTO {_EXPOSURE} (firm_id, snapshot_id, company_id, {_KEPT})
    SELECT %s, %s, company.id, {", ".join("incoming." + name for name in _KEPT.split(", "))}
    FROM incoming LEFT JOIN {_COMPANY} company
        ON incoming.id_type = ANY(%s) AND company.country = incoming.country
        AND company.id_type = incoming.id_type AND company.id_value = incoming.id_value
    WHERE kind = '{BUYER}'
"""
_SKIPPED_LINES = f"""
    INSERT INTO {_SKIPPED} (firm_id, file_id, line, is_rejected, reason, cells)
    SELECT %s, %s, line, kind = '{REJECTED}', note, warnings FROM incoming WHERE kind <> '{BUYER}'
"""


def take_in(chunks: Iterable[tuple[bytes, bool]], *, snapshot: RiskSnapshot, file: PortfolioFile) -> None:
    """Stores a list (a ListStream) as the snapshot's exposures and the file's skipped lines, and the companies that
    checked identifiers name.

    Call it inside a transaction. Raises UnreadablePortfolio as the stream does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COMPANIES_LOCK])
        cursor.execute(_INCOMING)
        # A chunk looks up some thousand companies: through their index, never by reading all of them.
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_mergejoin = off")
        for chunk, corrects in chunks:
            cursor.copy_expert(f"COPY incoming (kind, {_KEPT}) FROM STDIN", BytesIO(chunk))
            if corrects:
                cursor.execute(
                    f"DELETE FROM {_EXPOSURE} WHERE snapshot_id = %s AND line IN (SELECT line FROM incoming)",
                    [snapshot.pk],
                )
            cursor.execute(_COMPANIES, [CHECKED_ID_TYPES])
            cursor.execute(_EXPOSURES, [snapshot.firm_id, snapshot.pk, CHECKED_ID_TYPES])
            cursor.execute(_SKIPPED_LINES, [file.firm_id, file.pk])
            cursor.execute("TRUNCATE incoming")
        cursor.execute("DROP TABLE incoming")
        cursor.execute("RESET enable_hashjoin")
        cursor.execute("RESET enable_mergejoin")
