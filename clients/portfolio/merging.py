"""One buyer, one row: accounts of the same company are added up."""

from decimal import Decimal

from clients.portfolio.reading import AMOUNTS, Row


def merge(first: Row, other: Row) -> Row:
    """Two rows of the same company (country and identifier) as one: amounts added, longest terms, first name.

    `merged_lines` gains the other's line.
    """
    same = first.name == other.name and all(getattr(first, name) == getattr(other, name) for name in AMOUNTS)
    warnings = (*first.warnings, *other.warnings)
    if same and not first.merged_lines:
        warnings += (f"Les lignes {first.line} et {other.line} sont identiques : vérifiez qu’elles s’additionnent.",)
    notes = [note for note in (first.note, other.note) if note]
    return first._replace(
        name=first.name or other.name,
        outstanding=_sum(first.outstanding, other.outstanding),
        peak=_sum(first.peak, other.peak),
        turnover=_sum(first.turnover, other.turnover),
        requested=_sum(first.requested, other.requested),
        terms_days=max((days for days in (first.terms_days, other.terms_days) if days is not None), default=None),
        note=" ; ".join(dict.fromkeys(notes)),
        city=first.city or other.city,
        postcode=first.postcode or other.postcode,
        set_aside=first.set_aside or other.set_aside,
        warnings=tuple(dict.fromkeys(warnings)),
        merged_lines=(*first.merged_lines, other.line, *other.merged_lines),
        account=first.account or other.account,
        ageing=_by_column(first.ageing, other.ageing),
    )


def _sum(first: Decimal | None, other: Decimal | None) -> Decimal | None:
    if first is None or other is None:
        return other if first is None else first
    return first + other


def _by_column(first: tuple[Decimal, ...], other: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    if not first or not other:
        return first or other
    return tuple(one + another for one, another in zip(first, other, strict=True))
