"""What says that an amount lowers a balance, though it is written without a sign: « C » in a column of sides,
« Avoir » or « Règlement » in a column of kinds, a label that begins like a credit note's."""

import re
from functools import lru_cache

from clients.portfolio.values import words

_CREDIT_SIDES = frozenset(("c", "cr", "credit", "crediteur"))
_MINUS = frozenset("-−")
_SIGNS = _MINUS | {"", "+"}
_SIDES = _CREDIT_SIDES | {"d", "db", "dr", "dt", "debit", "debiteur"}
_CREDIT_NOTE = re.compile(r"(?:facture d )?avoirs?\b|notes? de credit\b|credit (?:note|memo)\b")
# « Acompte » may be an invoice for a deposit: it is read as its sign says.
_PAYMENT = re.compile(r"(?:av|avr|avo)$|(?:reglement|paiement|encaissement|virement|remboursement)s?\b|payment")


@lru_cache(maxsize=64)
def is_side(text: str) -> bool:
    """Does the cell say debit or credit, or nothing?"""
    return text in _SIGNS or words(text) in _SIDES


@lru_cache(maxsize=64)
def is_credit_side(text: str) -> bool:
    return text in _MINUS or words(text) in _CREDIT_SIDES


@lru_cache(maxsize=4096)
def is_credit_note(text: str) -> bool:
    """Is this the label or the kind of a credit note?"""
    return bool(_CREDIT_NOTE.match(words(text)))


@lru_cache(maxsize=256)
def is_credit_kind(text: str) -> bool:
    """Is this the kind of a credit note or of a payment?"""
    return is_credit_note(text) or bool(_PAYMENT.match(words(text)))
