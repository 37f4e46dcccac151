"""The lines of a list under correction: who may be corrected, who they are, and two lines made one."""

from django.db.models import Q

from clients.enums import PortfolioFileStatus, SetAside
from clients.models import Candidate, CleaningPoint, Company, Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio.identifiers import Identifier
from clients.portfolio.merging import merge
from clients.portfolio.reading import Row
from clients.portfolio.selection import amount_needed, reason_not_to_ask
from clients.services.drafts import NotEditable, proposed_amount
from clients.services.journal import Changes
from clients.services.snapshots import lock_snapshot

# Reasons that follow from the line itself; the others were somebody's decision, or the file's word.
FOLLOWING = (
    SetAside.CREDIT_BALANCE,
    SetAside.NO_IDENTIFIER,
    SetAside.NO_AMOUNT,
    SetAside.NOT_AMONG_LARGEST,
    SetAside.BELOW_DISCRETIONARY_LIMIT,
)
LONGEST_NOTE = 200


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


def identify_line(exposure: Exposure, identifier: Identifier, company: Company | None) -> None:
    """Says whose line it is, unsaved. A buyer that was set aside for want of it is asked again."""
    exposure.company = company
    exposure.id_type, exposure.id_value, exposure.country, _ = identifier
    if exposure.set_aside in FOLLOWING:
        exposure.set_aside = reason_not_to_ask(as_row(exposure), exposure.requested)


def merge_lines(keep: Exposure, other: Exposure, changes: Changes) -> None:
    """Makes two lines one, saved: figures added up, every line of the file kept, the identifier of the first or else
    of the second; the other line goes. `changes` learns how to undo it."""
    pair = (keep, other)
    were_computed = all(one.requested == proposed_amount(one) for one in pair)
    row = merge(*(as_row(one, requested=not were_computed) for one in pair))
    if not keep.id_value:
        keep.company, keep.country = other.company, other.country
        keep.id_type, keep.id_value = other.id_type, other.id_value
    remove_line(other, changes)
    for name in ("name", "outstanding", "peak", "turnover", "terms_days", "city", "postcode", "account"):
        setattr(keep, name, getattr(row, name))
    keep.note = row.note[:LONGEST_NOTE]
    keep.warnings, keep.merged_lines, keep.ageing = list(row.warnings), list(row.merged_lines), list(row.ageing)
    keep.requested = amount_needed(row, vat_rate=keep.vat_rate)
    decided = next((one.set_aside for one in pair if one.set_aside and one.set_aside not in FOLLOWING), "")
    keep.set_aside = decided or reason_not_to_ask(as_row(keep), keep.requested)
    keep.save()


def remove_line(exposure: Exposure, changes: Changes) -> None:
    """Takes a line out of its list, with what was to be settled about it."""
    points = CleaningPoint.objects.filter(Q(exposure=exposure) | Q(other=exposure))
    changes.removing(Exposure.objects.filter(pk=exposure.pk))
    changes.removing(points)
    changes.removing(Candidate.objects.filter(point__in=points))
    exposure.delete()


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
