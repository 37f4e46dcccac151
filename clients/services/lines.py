"""The lines of a list under correction: who may be corrected, who they are, and two lines made one."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from clients.enums import PortfolioFileStatus, SetAside
from clients.models import Candidate, CleaningPoint, Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio.identifiers import Identifier
from clients.portfolio.merging import merge
from clients.portfolio.reading import Row
from clients.portfolio.selection import amount_needed, reason_not_to_ask
from clients.services.drafts import NotEditable, proposed_amount
from clients.services.journal import Changes
from clients.services.snapshots import lock_snapshot
from clients.services.storing import update_rows

# Reasons that follow from the line itself; the others were somebody's decision, or the file's word.
FOLLOWING = (
    SetAside.CREDIT_BALANCE,
    SetAside.NO_IDENTIFIER,
    SetAside.NO_AMOUNT,
    SetAside.NOT_AMONG_LARGEST,
    SetAside.BELOW_DISCRETIONARY_LIMIT,
)
LONGEST_NOTE = 200
# Columns of a line: whose it is, and all that may change when another joins it.
IDENTITY = ("company_id", "country", "id_type", "id_value")
UNITED = (
    *IDENTITY,
    "name",
    "outstanding",
    "peak",
    "turnover",
    "terms_days",
    "city",
    "postcode",
    "account",
    "note",
    "warnings",
    "merged_lines",
    "ageing",
    "requested",
    "set_aside",
)


def lock_list(snapshot: RiskSnapshot) -> RiskSnapshot:
    """A draft or a snapshot that may be corrected, nobody else's until the end of the transaction.

    Raises NotEditable for a draft whose file is being read again, and Frozen once a market test has used it.
    """
    if snapshot.confirmed_at is None and snapshot.file_id:
        # In the order of those who correct drafts: the file first.
        file = PortfolioFile.objects.select_for_update(of=("self",)).defer("packed").filter(pk=snapshot.file_id)
        if not (found := file.first()) or found.status == PortfolioFileStatus.PENDING:
            raise NotEditable("Cette liste est en cours de lecture : réessayez dans un instant.")
    return lock_snapshot(snapshot)


def identify_line(exposure: Exposure, identifier: Identifier, company_id: int | None) -> None:
    """Says whose line it is, unsaved. A buyer that was set aside for want of it is asked again."""
    exposure.company_id = company_id
    exposure.id_type, exposure.id_value, exposure.country, _ = identifier
    if exposure.set_aside in FOLLOWING:
        exposure.set_aside = reason_not_to_ask(as_row(exposure), exposure.requested)


def merge_lines(pairs: Iterable[tuple[Exposure, Exposure]], changes: Changes) -> int:
    """Makes the two lines of each pair one, saved: figures added up, every line of the file kept, the identifier of
    the first or else of the second; the second line goes. `changes` learns how to undo it. How many lines joined
    another: a pair goes with a line that has just joined one, as what was to be settled about it does."""
    lines: dict[int, Exposure] = {}
    kept: dict[int, Exposure] = {}
    joined: set[int] = set()
    for pair in pairs:
        # As they are by now: other lines may just have joined them.
        keep, other = (lines.setdefault(line.pk, line) for line in pair)
        if joined.isdisjoint((keep.pk, other.pk)):
            _take_in(keep, other)
            kept[keep.pk] = keep
            kept.pop(other.pk, None)
            joined.add(other.pk)
    changes.changing(Exposure.objects.filter(pk__in=kept))
    remove_lines(joined, changes)  # first: their identifiers go to those that are kept
    store_lines(kept.values(), UNITED)
    return len(joined)


def _take_in(keep: Exposure, other: Exposure) -> None:
    pair = (keep, other)
    were_computed = all(one.requested == proposed_amount(one) for one in pair)
    row = merge(*(as_row(one, requested=not were_computed) for one in pair))
    if not keep.id_value:
        for name in IDENTITY:
            setattr(keep, name, getattr(other, name))
    for name in ("name", "outstanding", "peak", "turnover", "terms_days", "city", "postcode", "account"):
        setattr(keep, name, getattr(row, name))
    keep.note = row.note[:LONGEST_NOTE]
    keep.warnings, keep.merged_lines, keep.ageing = list(row.warnings), list(row.merged_lines), list(row.ageing)
    keep.requested = amount_needed(row, vat_rate=keep.vat_rate)
    decided = next((one.set_aside for one in pair if one.set_aside and one.set_aside not in FOLLOWING), "")
    keep.set_aside = decided or reason_not_to_ask(as_row(keep), keep.requested)


def remove_lines(keys: Collection[int], changes: Changes) -> None:
    """Takes the lines with these keys out of their list, with what was to be settled about them."""
    lines = Exposure.objects.filter(pk__in=keys)
    points = CleaningPoint.objects.filter(Q(exposure__in=keys) | Q(other__in=keys))
    changes.removing(lines)
    changes.removing(points)
    changes.removing(Candidate.objects.filter(point__in=list(points.values_list("pk", flat=True))))
    lines.delete()


def store_lines(lines: Iterable[Exposure], columns: Collection[str]) -> None:
    """Saves these columns of the lines, by one statement."""
    update_rows(Exposure, ({name: getattr(line, name) for name in ("id", *columns)} for line in lines), columns)


def as_row(exposure: Exposure, *, requested: bool = False) -> Row:
    """The line as the reader's rules see it, without its reason to be set aside; with what was asked by somebody when
    `requested`."""
    return Row(
        line=exposure.line,
        name=exposure.name,
        id_type=exposure.id_type,
        id_value=exposure.id_value,
        country=exposure.country,
        outstanding=exposure.outstanding,
        peak=exposure.peak,
        turnover=exposure.turnover,
        requested=exposure.requested if requested else None,
        terms_days=exposure.terms_days,
        note=exposure.note,
        city=exposure.city,
        postcode=exposure.postcode,
        warnings=tuple(exposure.warnings),
        merged_lines=tuple(exposure.merged_lines),
        account=exposure.account,
        ageing=tuple(exposure.ageing),
    )
