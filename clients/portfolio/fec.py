"""The *fichier des écritures comptables* (art. A47 A-1 LPF; DOMAIN.md §6.4) as an aged balance of the buyers.

A FEC has no due dates: they are estimated from the piece's date, unless an extra column has them. It is read as it
streams by; what is kept grows with the buyers.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain, islice

from clients.portfolio.dates import UnreadableDate, parse_date
from clients.portfolio.fec_entries import Entries
from clients.portfolio.fec_summary import summed_up
from clients.portfolio.open_items import AS_IT_SAYS, Aged, EntryOptions
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell, as_text, words

SEARCHED_LINES = 10
_SAMPLE = 2000

XML_FORM = (
    "Ce fichier est un FEC au format XML : demandez au comptable le FEC en texte (.txt, colonnes séparées par une "
    "tabulation ou « | »), que tous les logiciels exportent."
)

_NAMES = {
    "JournalCode": "journalcode",
    "JournalLib": "journallib",
    "EcritureNum": "ecriturenum numecriture",
    "EcritureDate": "ecrituredate dateecriture",
    "CompteNum": "comptenum numcompte compte",
    "CompteLib": "comptelib libcompte",
    "CompAuxNum": "compauxnum comptauxnum compteauxnum",
    "CompAuxLib": "compauxlib comptauxlib compteauxlib",
    "PieceRef": "pieceref refpiece",
    "PieceDate": "piecedate datepiece",
    "EcritureLib": "ecriturelib libecriture",
    "Debit": "debit montantdebit",
    "Credit": "credit montantcredit",
    "Montant": "montant",
    "Sens": "sens",
    "EcritureLet": "ecriturelet lettrage",
    "DateLet": "datelet datelettrage",
    "ValidDate": "validdate datevalidation",
    "Montantdevise": "montantdevise",
    "Idevise": "idevise devise",
    "DateRglt": "daterglt",
    "ModeRglt": "moderglt",
    "NatOp": "natop",
    "IdClient": "idclient",
    "DateEcheance": "dateecheance echeancedate echeance dateech ececheance datedecheance",
}
_KNOWN = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}
_OWN = ("JournalCode", "EcritureNum", "EcritureDate", "CompteNum", "PieceRef", "PieceDate", "EcritureLib")
# In the order of the law; the last four are those of the BA and BNC forms.
_IN_ORDER = (
    "JournalCode JournalLib EcritureNum EcritureDate CompteNum CompteLib CompAuxNum CompAuxLib PieceRef PieceDate "
    "EcritureLib Debit Credit EcritureLet DateLet ValidDate Montantdevise Idevise DateRglt ModeRglt NatOp IdClient"
).split()
_FEWEST_FIELDS = 18
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_ACCOUNT = re.compile(r"[1-9]\d{2}\w*", re.ASCII)
_AMOUNT = re.compile(r"[+-]?\d*(?:[.,]\d*)?[+-]?", re.ASCII)
_SIDE = re.compile(r"[dDcC]|[+-]1")
_FILENAME = re.compile(r"(?<!\d)\d{9}FEC(20\d{6})", re.IGNORECASE)


def is_xml(beginning: bytes) -> bool:
    """Do the first bytes open the XML form of a FEC (A47 A-1 VII)? The sentence to say is `XML_FORM`."""
    text = beginning[:4000].replace(b"\x00", b"").lower()
    return b"<comptabilite" in text or (b"<?xml" in text and (b"<ecriture" in text or b"<comptenum" in text))


def closing_date(filename: str) -> date | None:
    """The closing date in the legal name (`552008443FEC20261231.txt`), None when the file is not named so."""
    match = _FILENAME.search(filename)
    try:
        return parse_date(match[1]) if match else None
    except UnreadableDate:
        return None


def find_columns(headers: Sequence[Cell]) -> dict[str, int] | None:
    """The column of each field of A47 A-1, by its name; None when the line is not the header of a FEC.

    Names are compared without case, accents or punctuation; columns may be reordered or added.
    """
    columns: dict[str, int] = {}
    for column, header in enumerate(headers):
        name = _KNOWN.get(words(as_text(header)).replace(" ", ""))
        if name is not None:
            columns.setdefault(name, column)
    has_amounts = {"Debit", "Credit"} <= columns.keys() or {"Montant", "Sens"} <= columns.keys()
    named = sum(name in columns for name in _OWN)
    return columns if has_amounts and "CompteNum" in columns and "EcritureDate" in columns and named >= 5 else None


def implied_headers(cells: Sequence[str]) -> tuple[str, ...] | None:
    """The legal names of the cells of an entry in the order of the law, for a FEC that lost its first line; None when
    they are no such entry."""
    if len(cells) < _FEWEST_FIELDS or not (_DAY.fullmatch(cells[3]) and _ACCOUNT.fullmatch(cells[4])):
        return None
    piece_date, first, second = cells[9], cells[11], cells[12]
    if not _AMOUNT.fullmatch(first) or (piece_date and not _DAY.fullmatch(piece_date)):
        return None
    names = [*_IN_ORDER, *[""] * len(cells)][: len(cells)]
    if _SIDE.fullmatch(second):
        names[11:13] = "Montant", "Sens"
    return tuple(names) if _SIDE.fullmatch(second) or _AMOUNT.fullmatch(second) else None


def read_fec(records: Iterable[Record], options: EntryOptions = AS_IT_SAYS) -> Aged:
    """The buyers of a FEC: balance, ageing and 12-month peak TTC, sales of twelve months HT.

    Due dates are estimated from the piece's date where no column has them.
    Raises UnreadablePortfolio without header, without any buyer, or beyond `MAX_ENTRIES` lines.
    """
    stream = iter(records)
    sample = list(islice(stream, _SAMPLE))
    for index, (_, cells) in enumerate(sample[:SEARCHED_LINES]):
        if (columns := find_columns(cells)) is not None:
            entries = Entries(columns, tuple(map(as_text, cells)), options)
            entries.pass_over(sample[:index])
            entries.learn_from(sample[index + 1 :])
            entries.read(chain(sample[index + 1 :], stream))
            return summed_up(entries, options.vat_rate)
    raise UnreadablePortfolio(
        "Ce fichier n’a pas l’en-tête d’un FEC : sa première ligne nomme les 18 champs (JournalCode, JournalLib, …)."
    )
