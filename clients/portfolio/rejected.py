"""What can still be read of a line that the reader rejected, to begin its correction with."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from clients.portfolio.countries import country_code
from clients.portfolio.reading import Row
from clients.portfolio.terms import parse_terms
from clients.portfolio.values import parse_amount, unit_said
from factortaboite.money import UnreadableNumber


def buyer_in(cells: Sequence[str], *, line: int, headers: Sequence[str], columns: Mapping[str, str]) -> Row:
    """The buyer of rejected `cells`, which follow `headers`; `columns` are a Reading's.

    `id_value` is as written, unchecked, and has no `id_type`; an amount that is none is left out.
    """
    written = dict(zip(headers, cells, strict=False))
    texts = {field: written.get(header, "") for field, header in columns.items()}

    def amount(field: str) -> Decimal | None:
        try:
            return parse_amount(texts.get(field, ""), unit=unit_said(columns.get(field, "")) or 1)
        except UnreadableNumber:
            return None

    return Row(
        line=line,
        name=texts.get("name", ""),
        id_value=next((texts[field] for field in ("siren", "siret", "vat", "id") if texts.get(field)), ""),
        country=country_code(texts.get("country", "")) or "FR",
        outstanding=amount("outstanding"),
        peak=amount("peak"),
        turnover=amount("turnover"),
        requested=amount("requested"),
        terms_days=_terms(texts.get("terms_days", "")),
        note=texts.get("note", ""),
        city=texts.get("city", ""),
        postcode=texts.get("postcode", ""),
    )


def _terms(text: str) -> int | None:
    try:
        return parse_terms(text)
    except UnreadableNumber:
        return None
