"""Country names and codes as files write them."""

from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

from clients.portfolio.values import words

_HABITS = {
    "fr": "FR",
    "france": "FR",
    "angleterre": "GB",
    "grande bretagne": "GB",
    "ecosse": "GB",
    "uk": "GB",
    "united kingdom": "GB",
    "usa": "US",
    "etats unis d amerique": "US",
    "hollande": "NL",
    "republique tcheque": "CZ",
    "luxemburg": "LU",
    "el": "GR",
}

# Companies of these departments and collectivities are in the French register under a SIREN.
_IN_THE_FRENCH_REGISTER = frozenset(("GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF"))


@cache
def _codes() -> dict[str, str]:
    codes = {str(code) for code in Locale("fr").territories} - {"EU", "EZ", "QO", "UN", "ZZ"}
    codes = {code for code in codes if len(code) == 2 and code.isalpha()}
    known = {code.lower(): code for code in codes}
    for locale in (Locale("en"), Locale("de"), Locale("fr")):
        known |= {words(name): str(code) for code, name in locale.territories.items() if code in codes}
    three_letters = {old: new[0] for old, new in get_global("territory_aliases").items() if len(old) == 3}
    known |= {old.lower(): new for old, new in three_letters.items() if new in codes}
    return known | _HABITS


@lru_cache(maxsize=1024)
def country_code(text: str) -> str | None:
    """The ISO-2 code of a country written in French, English or German, or as a code; None when it is not one.

    French overseas departments come back as FR: their companies have a SIREN.
    """
    said = words(text)
    code = _HABITS.get(said) or _codes().get(said)  # a French list does without the names of the world
    return "FR" if code in _IN_THE_FRENCH_REGISTER else code
