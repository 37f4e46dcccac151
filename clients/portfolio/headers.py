"""Which column holds what: the header line and its words (DOMAIN.md §6.2)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.portfolio.buckets import find_ageing
from clients.portfolio.header_words import ALIASES, EXACT_ONLY
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell, as_text, words

SEARCHED_LINES = 60
LONGEST_HEADER = 80
LONGEST_KEPT = 200

IDENTIFIERS = ("siren", "siret", "vat", "id")
_BUYERS = ("name", "account", *IDENTIFIERS)
AMOUNT_COLUMNS = ("outstanding", "peak", "turnover", "requested")
FIELDS = ("name", *IDENTIFIERS, "country", *AMOUNT_COLUMNS, "terms_days", "note", "city", "postcode")
"""The fields a caller may map to a header of its choice."""

_SEVERAL_COLUMNS = ("note",)

_CONTAINED = sorted(ALIASES, key=lambda pair: -len(pair[1].split()))
_FINAL_UNITS = re.compile(r"(?: (?:en )?(?:ttc|ht|hors taxes?|eur|euros?|k|ke|keur|k euros?|m|meur))+$")
_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}")
_LAST_YEAR_OR_DAY = 2100
# Of several columns of one of these, the latest is read.
_OF_A_DAY = ("outstanding", "peak", "turnover")
_DAY = re.compile(r"\b(\d\d?) (\d\d?) (20\d\d|\d\d)\b")  # as `words` writes 31/10/2026
_YEAR = re.compile(r"\b20\d\d\b")
_NOT_THE_LAST_YEAR = re.compile(r"\bn ?[12]\b|\bprecedent|\bprevision|\bbudget|\bobjectif")

_DAYS = r"\s*(?:j|jrs?|jours?|d|days?)?"
_BUCKET = re.compile(
    r"(?:(?:dont|echus?|retard|de|a)\s+)*(?:"
    rf"\d{{1,3}}{_DAYS}\s*(?:-|–|a|/|et)\s*\d{{1,3}}{_DAYS}"
    rf"|(?:[<>+]|plus de|moins de|sup(?:erieur)?\.? a|inf(?:erieur)?\.? a|au dela de)\s*=?\s*\d{{1,3}}{_DAYS}"
    rf"|\d{{1,3}}{_DAYS}\s*(?:\+|et \+|et plus)"
    r"|\d{1,3}\s*(?:j|jrs?|jours?)"
    r"|(?:non|pas) echue?s?|a echoir|courant|not due|anterieure?s?|posterieure?s?"
    r"|(?:0[1-9]|1[0-2])/20\d\d|(?:janv|fevr?|mars|avr|mai|juin|juil|aout|sept?|oct|nov|dec)[a-z]*\.?\s+20\d\d"
    r")(?:\s+de retard)?"
)

_EXACT = frozenset((*ALIASES, *EXACT_ONLY))


@dataclass(frozen=True)
class Layout:
    """Where the fields stand. `columns` gives each field's column numbers from 0: several for a note or for a
    balance in ageing buckets. `header_lines` is empty for a list without header; the data begin at `first`, an index
    in the records."""

    columns: Mapping[str, tuple[int, ...]]
    headers: tuple[str, ...]
    header_lines: tuple[int, ...] = ()
    first: int = 0

    def named(self, field: str) -> str:
        """The header(s) of a field, as the file writes them."""
        return " + ".join(self.headers[column] for column in self.columns[field])

    @property
    def is_usable(self) -> bool:
        """Is there a buyer (name, identifier or account) and an amount?"""
        return any(field in self.columns for field in _BUYERS) and any(
            field in self.columns for field in AMOUNT_COLUMNS
        )


def find_header(records: Sequence[Record]) -> Layout | None:
    """The layout of the line that names the most fields among the first lines, None when no line names two.

    A header broken over two lines is put together when that names more fields.
    """
    singles = [
        layout
        for index in range(min(SEARCHED_LINES, len(records)))
        if (layout := _layout_at(records, index, index + 1))
    ]
    best = max(singles, key=_rank, default=None)
    if best is not None and best.is_usable:
        starts = [start for start in (best.first - 2, best.first - 1) if _are_header_words(records, start)]
    else:
        starts = list(range(min(SEARCHED_LINES, len(records) - 1)))
    pairs = [layout for start in starts if (layout := _layout_at(records, start, start + 2))]
    return max([*([best] if best else []), *pairs], key=_rank, default=None)


def _are_header_words(records: Sequence[Record], start: int) -> bool:
    """Are both lines from `start` several words without a figure? A title has one cell, a buyer has figures."""
    if not 0 <= start < len(records) - 1:
        return False
    lines = [[as_text(cell) for cell in cells if cell != ""] for _, cells in records[start : start + 2]]
    return all(
        len(texts) > 1 and not any(text[:1].isdigit() and not is_bucket(text) for text in texts) for texts in lines
    )


def header_with(records: Sequence[Record], wanted: Sequence[str]) -> Layout | None:
    """The layout of the first line that has all the `wanted` headers."""
    for index, (line, cells) in enumerate(records[:SEARCHED_LINES]):
        headers = tuple(map(as_text, cells))
        if wanted and {words(header) for header in wanted} <= {words(header) for header in headers}:
            return Layout(match_columns(headers), headers, (line,), index + 1)
    return None


def _rank(layout: Layout) -> tuple[bool, int, int]:
    ageing = find_ageing(layout.headers)
    return layout.is_usable, len(layout.columns), len(ageing.columns) if ageing else 0


def _layout_at(records: Sequence[Record], start: int, end: int) -> Layout | None:
    lines = records[start:end]
    width = max(len(cells) for _, cells in lines)
    parts = [[cells[column] if column < len(cells) else "" for _, cells in lines] for column in range(width)]
    if any(_is_data(cell) for column in parts for cell in column):
        return None
    headers = tuple(" ".join(filter(None, map(as_text, column)))[:LONGEST_KEPT] for column in parts)
    columns = match_columns(headers)
    if not headers[0] and not any(field in columns for field in _BUYERS) and _begin_with_text(records[end : end + 5]):
        # A report leaves the corner above its names empty.
        headers, columns = ("colonne A", *headers[1:]), {"name": (0,), **columns}
    if len(columns) < 2:
        return None
    return Layout(columns, headers, tuple(line for line, _ in lines), end)


def _begin_with_text(records: Sequence[Record]) -> bool:
    firsts = [cells[0] for _, cells in records if cells and cells[0] != ""]
    return bool(firsts) and all(isinstance(cell, str) and any(c.isalpha() for c in cell) for cell in firsts)


def _is_data(cell: Cell) -> bool:
    if isinstance(cell, Decimal):
        return cell > _LAST_YEAR_OR_DAY
    return isinstance(cell, str) and sum(c.isdigit() for c in _DATE.sub("", cell)) > 8


def match_columns(headers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The columns of each field, by their headers: exact words first, then words inside a longer header."""
    said = [words(header) if len(header) <= LONGEST_HEADER else "" for header in headers]
    bare = [_FINAL_UNITS.sub("", text) for text in said]
    ageing = find_ageing(headers)
    buckets = list(ageing.columns) if ageing else [c for c, header in enumerate(headers) if is_bucket(header)]
    free = {column for column, text in enumerate(said) if text} - set(buckets)
    found: dict[str, tuple[int, ...]] = {}

    def take(field: str, candidates: list[int]) -> None:
        candidates = [column for column in candidates if column in free]
        if not candidates or (field in found and field not in _SEVERAL_COLUMNS):
            return
        if field in _OF_A_DAY:
            candidates.sort(key=lambda column: _preference(field, said[column]), reverse=True)
        if field not in _SEVERAL_COLUMNS:
            candidates = candidates[:1]
        found[field] = found.get(field, ()) + tuple(candidates)
        free.difference_update(candidates)

    for texts in (said, bare):
        for field, alias in (*ALIASES, *EXACT_ONLY):
            take(field, [column for column, text in enumerate(texts) if text == alias])
    for field, alias in _CONTAINED:
        take(field, [column for column, text in enumerate(said) if f" {alias} " in f" {text} "])
    debits, credits = found.pop("debits", ()), found.pop("credits", ())
    if "outstanding" not in found and not buckets and debits and credits:
        found |= {"outstanding": debits, "credit": credits}
    overdue = found.pop("overdue", ())
    if "outstanding" not in found and (buckets or overdue):
        # « Échu » is the sum of its own buckets: it counts only where these are missing.
        not_due = [column for column in buckets if not _is_overdue_bucket(headers[column])]
        found["outstanding"] = tuple(buckets) if len(buckets) > len(not_due) else (*not_due, *overdue)
    return found


def named_exactly(field: str, header: str) -> bool:
    """Is the header one of the field's own words, units left aside?"""
    said = words(header)
    return any((field, text) in _EXACT for text in (said, _FINAL_UNITS.sub("", said))) or is_bucket(header)


def _preference(field: str, header: str) -> tuple[bool, bool, tuple[int, int, int]]:
    """Where a list has both, a turnover is read HT and a balance TTC; then the latest."""
    other_tax = "ttc" if field == "turnover" else "ht"
    days = [(2000 + int(year) % 1000, int(month), int(day)) for day, month, year in _DAY.findall(header)]
    years = [(int(year), 0, 0) for year in _YEAR.findall(header)]
    return (
        other_tax not in header.split(),
        not _NOT_THE_LAST_YEAR.search(header),
        max(days or years, default=(0, 0, 0)),
    )


def _plain(header: str) -> str:
    """Lower case without accents, with the signs that bucket headers are made of."""
    kept = header.lower().translate(str.maketrans("éèêàâûôî", "eeeaauoi"))
    return re.sub(r"\(.*?\)|\b(?:ttc|eur|euros?)\b|€", "", kept).strip()


def is_bucket(header: str) -> bool:
    """Is this the header of an ageing column: « 1 à 30 jours », « > 90 j », « Non échu », « 10/2026 »?"""
    return bool(_BUCKET.fullmatch(_plain(header)))


def _is_overdue_bucket(header: str) -> bool:
    return not re.match(r"(?:non|pas) echu|a echoir|courant|not due|posterieur", _plain(header))


def apply_mapping(layout: Layout, mapping: Mapping[str, str]) -> Layout:
    """The layout with the columns somebody chose: {field: header}; an empty header leaves the field out.

    Raises UnreadablePortfolio when a field or a header does not exist.
    """
    columns = dict(layout.columns)
    for field, header in mapping.items():
        if field not in FIELDS:
            raise UnreadablePortfolio(f"Le champ « {field} » n’existe pas : choisissez parmi {', '.join(FIELDS)}.")
        columns.pop(field, None)
        wanted = [column for column, text in enumerate(layout.headers) if words(text) == words(header)]
        if header and not wanted:
            raise UnreadablePortfolio(f"Le fichier n’a pas de colonne « {header} » : choisissez parmi ses en-têtes.")
        if header:
            columns = {other: kept for other, places in columns.items() if (kept := tuple(set(places) - {wanted[0]}))}
            columns[field] = (wanted[0],)
    return Layout(columns, layout.headers, layout.header_lines, layout.first)
