"""Amounts in another currency than the euro, as headers, titles and columns of currencies say it: never converted."""

import re

from clients.portfolio.values import words
from factortaboite.money import UnreadableNumber

_EUROS = frozenset(("", "e", "eur", "euro", "euros"))
_OTHERS = (
    r"(USD|GBP|CHF|CAD|AUD|JPY|CNY|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|MAD|DZD|TND|XOF|XAF|XPF|[$£¥]"
    r"|(?i:dollars?|livres? sterling|francs? (?:suisses?|cfa|cfp|pacifique)))(?![A-Za-z])"
)
_IN_HEADER = re.compile(rf"(?<![A-Za-z]){_OTHERS}")
# A name may hold such a word (« CHF Distribution »): a title has to speak of the amounts.
_IN_TITLE = re.compile(rf"\b(?i:montants?|devise|monnaie|tenue de compte|soldes?)\s*(?:en)?\s*:?\s*{_OTHERS}")


def refuse_other_currencies(said: str) -> None:
    """`said` is what stands for the currency of an amount, empty where nothing does.

    Raises UnreadableNumber unless it is the euro.
    """
    if said and (words(said) or said.strip("€ ")) not in _EUROS:
        raise UnreadableNumber(f"Montants en {said} : convertissez-les en euros.")


def currency_in_header(header: str) -> str:
    """« USD » for « Solde (USD) »; empty for euros and where nothing is said."""
    match = _IN_HEADER.search(header)
    return match[1] if match else ""


def currency_in_title(title: str) -> str:
    """« USD » for « Montants en USD », « Tenue de compte : USD »."""
    match = _IN_TITLE.search(title)
    return match[1] if match else ""
