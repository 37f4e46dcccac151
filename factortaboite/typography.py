"""French typography for the sentences that the code writes."""

import re

from factortaboite.money import NBSP

_GLUED = re.compile(r" (?=[:;?!»%€])|(?<=«) |(?<=\d) (?=(?:s|min|Mo)\b)")


def typeset(sentence: str) -> str:
    """The sentence with no-break spaces before « : ; ? ! % € » and units, and inside quotation marks."""
    return _GLUED.sub(NBSP, sentence)
