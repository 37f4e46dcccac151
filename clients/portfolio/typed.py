"""Lists typed by hand, as in a mail: « - Dupont SA (552 008 443) : 15 000 € », one buyer a line, no columns."""

import re
from collections.abc import Sequence

from clients.portfolio.identifiers import BadIdentifier, identify

_BULLET = re.compile(r"^\s*(?:[-–—•*·▪>]|\d{1,3}[.)])\s+")
_AMOUNT = re.compile(
    r"(?<![\d.,/])(\d{1,3}(?:[ \u00a0\u202f.']\d{3})+(?:,\d{1,2})?|\d+(?:[.,]\d{1,3})?)"
    r"\s*(k\s?€|k|m\s?€|€|euros?|eur|k\s?euros?)?\s*(?:ttc|ht)?\s*[.;,]?\s*$",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(
    r"(?:\b(?:siren|siret|rcs)\b\s*:?\s*)?(?<!\d)(\d{3}[ .\u00a0]?\d{3}[ .\u00a0]?\d{3}(?:[ .\u00a0]?\d{5})?)(?!\d)",
    re.IGNORECASE,
)
# An amount that stands elsewhere than at the end: somebody has to look.
_EUROS = re.compile(r"\d\s?(?:k?€|k?\s?euros?\b)", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?:\+33 ?|\b0)[1-9](?:[ .]?\d{2}){4}\s*$")
_DAY_OR_YEAR = re.compile(
    r"\b(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|le|au|en)$",
    re.IGNORECASE,
)
_HEADER = ("Client", "Identifiant", "Montant")
_EDGES = " \t\u00a0:;,=–—-()."


def typed_cells(lines: Sequence[str]) -> list[list[str]] | None:
    """Name, identifier and amount of each line, other lines as one cell, after a header that nobody typed; None when
    too few lines are such."""
    cells = [_cells(line) for line in lines]
    read = sum(len(each) == 3 for each in cells)
    filled = sum(bool(line.strip()) for line in lines)
    return [list(_HEADER), *cells] if read >= 2 or 0 < read == filled else None


def _cells(line: str) -> list[str]:
    text = _BULLET.sub("", line)
    text, identifier = _without_identifier(text)
    match = _AMOUNT.search(text)
    if match is None or _TELEPHONE.search(text):
        return [text, identifier, line] if _EUROS.search(line) else [line]
    name = text[: match.start()].strip(_EDGES)
    if not any(c.isalpha() for c in name) or _DAY_OR_YEAR.search(name):
        return [line]
    return [name, identifier, f"{match[1]} {match[2] or ''}".strip()]


def _without_identifier(text: str) -> tuple[str, str]:
    """The rest of the text, and the first number whose key is good, unless that leaves no amount."""
    for match in _IDENTIFIER.finditer(text):
        try:
            identifier = identify(match[1])
        except BadIdentifier:
            continue
        rest = f"{text[: match.start()].rstrip(_EDGES)} {text[match.end() :].lstrip(_EDGES)}"
        if identifier is not None and _AMOUNT.search(rest):
            return rest, match[1]
    return text, ""
