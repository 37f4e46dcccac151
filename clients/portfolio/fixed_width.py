"""Files of entries whose columns have a fixed width and no separator (DOMAIN.md §6.3), as accountants' programs hand
them to each other: recognised to be refused. They hold the entries of a period, not what each client still owes."""

import re

_SAMPLE = 50
_BETTER = (
    "demandez plutôt la balance âgée ou le grand livre des clients en Excel ou en CSV, ou le fichier des écritures "
    "comptables (FEC)."
)
# M, account (8), journal (2), folio (3), day JJMMAA, label code, label (20), side, signed cents (13).
_QUADRA = re.compile(r"M.{13}\d{6}.{21}[DC][+\- \d]\d{12}")
_QUADRA_LINES = "MCRI"
# Number (5), journal (2), day and due day AAAAMMJJ, piece (12), account (11), label (25), amount (13), side.
_XIMPORT = re.compile(r"[ \d]{4}\d.{2}\d{8}[ \d]{8}.{48}[ \d]{10}[.,]\d{2}[DC]")

QUADRA = f"Ce fichier est un transfert d’écritures au format de Quadra, à colonnes de largeur fixe : {_BETTER}"
XIMPORT = f"Ce fichier est un transfert d’écritures XIMPORT, à colonnes de largeur fixe : {_BETTER}"


def fixed_width_form(text: str) -> str:
    """The sentence that says what to ask for instead; empty when the text is none of these files."""
    lines = [line for line in text[: 1 << 14].splitlines()[:_SAMPLE] if line.strip()]
    if all(line[0] in _QUADRA_LINES for line in lines) and any(map(_QUADRA.match, lines)):
        return QUADRA
    return XIMPORT if lines and sum(map(bool, map(_XIMPORT.match, lines))) * 2 >= len(lines) else ""
