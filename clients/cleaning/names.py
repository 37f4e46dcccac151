"""How alike two company names are, whatever legal form, accents and punctuation they are written with."""

import re
from functools import lru_cache

from clients.portfolio.values import words

FORMS = frozenset(
    "sarl eurl sas sasu sa snc sci sca scs scop scp selarl selas selafa gie earl gaec eirl sarlu".split()
)
# « Ets », « Sté »: what an accountant writes before a name, and a register does not.
_BEFORE_NAMES = frozenset("ets etablissements etablissement societe ste entreprise ent".split())
_JOINERS = frozenset(("et", "l", "d"))
_SHORT_FOR = {"cie": "compagnie", "st": "saint", "ste": "sainte"}
_SPELT_FORM = re.compile(r"\b(?:s a r l|e u r l|s a s u|s a s|s n c|s c i)\b")
_INITIALS = re.compile(r"\b[a-z](?: [a-z])+\b")
_NOT_A_TOWN = re.compile(r"cedex|\d+(?:er?|eme)?")


@lru_cache(maxsize=20_000)
def core_of(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others: no accents, no legal form, no « Ets », initials joined.

    Plurals stay. A name made of nothing else keeps all its words.
    """
    spelt = _SPELT_FORM.sub(_joined, words(name))
    said = _INITIALS.sub(_joined, spelt).split()
    kept = [word for word in said if word not in FORMS]
    while len(kept) > 1 and kept[0] in _BEFORE_NAMES:
        del kept[0]
    kept = [_SHORT_FOR.get(word, word) for word in kept if word not in _JOINERS]
    return tuple(kept or said)


def _joined(letters: re.Match[str]) -> str:
    return letters[0].replace(" ", "")


@lru_cache(maxsize=20_000)
def town_words(city: str) -> frozenset[str]:
    """The words of a town's name, without « cedex » nor its district: « LYON 7EME » is Lyon."""
    return frozenset(_SHORT_FOR.get(word, word) for word in words(city).split() if not _NOT_A_TOWN.fullmatch(word))


def trigrams(core: tuple[str, ...]) -> frozenset[str]:
    """The groups of three letters of each word, its beginning weighing more, as PostgreSQL's pg_trgm has them."""
    return frozenset(
        padded[start : start + 3] for word in core for padded in (f"  {word} ",) for start in range(len(padded) - 2)
    )


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The trigrams two cores share, of all they have: 1 for the same words in any order, 0 for nothing in common."""
    if not one or not other:
        return 0.0
    ours, theirs = trigrams(one), trigrams(other)
    return len(ours & theirs) / len(ours | theirs)
