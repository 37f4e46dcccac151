"""The lines of a list as PostgreSQL's COPY reads them: what the reader's process hands to the database."""

from collections.abc import Iterable
from decimal import Decimal

from clients.portfolio.reading import Line, Reading, Rejected, Row
from clients.portfolio.selection import amount_needed, reason_not_to_ask, vat_rate_by_country

COLUMNS = (
    "kind, line, merged_lines, account, name, city, postcode, country, id_type, id_value, outstanding, peak, turnover,"
    " terms_days, vat_rate, requested, set_aside, note, warnings, ageing"
)
"""A line that is no buyer has its reason as note and its cells as warnings."""

BUYER, REJECTED, IGNORED = "b", "r", "i"
LONGEST_ACCOUNT = 60
LONGEST_NOTE = 200

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NIL = "\\N"
_NO_BUYER = "\t".join([_NIL] * 14)


def copied(line: Line, reading: Reading) -> str:
    """One line of input for `COPY … (COLUMNS) FROM STDIN`.

    A buyer comes with the amount to ask (HT, euros; kept also where it is set aside) and why it is not asked.
    """
    if isinstance(line, Row):
        return _buyer(line, Decimal(0) if reading.balances_net else vat_rate_by_country(line))
    kind, cells = (REJECTED, line.cells) if isinstance(line, Rejected) else (IGNORED, ())
    return f"{kind}\t{line.line}\t{{}}\t{_NO_BUYER}\t{_text(line.reason)}\t{_array(cells)}\t{{}}\n"


def _buyer(row: Row, vat_rate: Decimal) -> str:
    amount = amount_needed(row, vat_rate=vat_rate)
    values = (
        BUYER,
        str(row.line),
        f"{{{','.join(map(str, row.merged_lines))}}}",
        _text(row.account[:LONGEST_ACCOUNT]),
        _text(row.name),
        _text(row.city),
        _text(row.postcode),
        row.country,
        row.id_type,
        _text(row.id_value),
        _number(row.outstanding),
        _number(row.peak),
        _number(row.turnover),
        _number(row.terms_days),
        str(vat_rate),
        _number(amount),
        reason_not_to_ask(row, amount),
        _text(row.note[:LONGEST_NOTE]),
        _array(row.warnings),
        f"{{{','.join(map(str, row.ageing))}}}",
    )
    return "\t".join(values) + "\n"


def _number(value: Decimal | int | None) -> str:
    return _NIL if value is None else str(value)


def _text(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.replace("\x00", "").translate(_ESCAPES)


def _array(texts: Iterable[str]) -> str:
    if not texts:
        return "{}"
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return _text("{" + ",".join(quoted) + "}")
