"""The *fichier des écritures comptables* (art. A47 A-1 LPF; DOMAIN.md §6.4) as an aged balance of the buyers.

A FEC has no due dates: they are estimated from the piece's date, unless an extra column has them. It is read as it
streams by; what is kept grows with the buyers.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice

from clients.portfolio.dates import UnreadableDate, parse_date
from clients.portfolio.fec_entries import Entries
from clients.portfolio.open_items import DEFAULT_TERMS, FRENCH_VAT, Aged
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


def read_fec(
    records: Iterable[Record],
    *,
    cut_off: date | None = None,
    terms_days: int = DEFAULT_TERMS,
    vat_rate: Decimal = FRENCH_VAT,
    order: str | None = None,
) -> Aged:
    """The buyers of a FEC: balance, ageing and 12-month peak TTC, sales of twelve months HT.

    `cut_off` leaves out later entries; without it, the last entry's date. Due dates are the piece's date plus
    `terms_days` where no column has them. `vat_rate` (a share) takes the VAT out of the 411 debits when the entries
    do not tell the sales apart. `order` ("dmy", "mdy", "ymd") is the order of dates that somebody chose, where a
    spreadsheet has rewritten them.
    Raises UnreadablePortfolio without header, without any buyer, or beyond `MAX_ENTRIES` lines.
    """
    stream = iter(records)
    sample = list(islice(stream, _SAMPLE))
    for index, (_, cells) in enumerate(sample[:SEARCHED_LINES]):
        if (columns := find_columns(cells)) is not None:
            entries = Entries(columns, tuple(map(as_text, cells)), cut_off, terms_days, order)
            entries.pass_over(sample[:index])
            entries.learn_from(sample[index + 1 :])
            entries.read(chain(sample[index + 1 :], stream))
            return entries.aged(vat_rate)
    raise UnreadablePortfolio(
        "Ce fichier n’a pas l’en-tête d’un FEC : sa première ligne nomme les 18 champs (JournalCode, JournalLib, …)."
    )
