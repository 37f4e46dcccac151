"""How probably a company of a register is the one that a line of the list means: its name, weighed with its place."""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.cleaning.names import core_of, likeness, town_words

# The same name weighs less where the place does not say the same: with these, an exact name passes 90 % unless its
# place contradicts it or the company is closed.
SAME_PLACE = 1.0
SAME_DEPARTMENT = 0.95
UNKNOWN_PLACE = 0.92
ELSEWHERE = 0.8
CLOSED = 0.9

CLEAR_LEAD = 0.05
LEAST_SHOWN = 0.35


@dataclass(frozen=True, slots=True)
class Place:
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list without an identifier."""

    name: str
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Registered:
    """A company of a register under all its names, with its head office and the establishments that were found."""

    names: tuple[str, ...]
    places: tuple[Place, ...] = ()
    is_closed: bool = False


def similarity(line: Listed, company: Registered) -> float:
    """How probably the line means the company (0–1, three decimals)."""
    highest = 0.0
    core = core_of(line.name)
    for place in company.places or (Place(),):
        # « Garonnel Toulouse » is Garonnel, in Toulouse.
        town = town_words(place.city)
        without_town = tuple(word for word in core if word not in town)
        names_town = bool(without_town) and bool(town) and town <= frozenset(core)
        weight = max(place_weight(line.place, place), SAME_PLACE if names_town else 0.0)
        ours = (core, without_town) if names_town else (core,)
        alike = max((likeness(one, core_of(name)) for one in ours for name in company.names if name), default=0.0)
        highest = max(highest, alike * weight)
    return round(highest * CLOSED if company.is_closed else highest, 3)


def place_weight(one: Place, other: Place) -> float:
    """What two places make of the likeness of two names (0–1)."""
    first, second = _postcode(one), _postcode(other)
    if first and first == second:
        return SAME_PLACE
    here, there = town_words(one.city), town_words(other.city)
    if here and here == there:
        return SAME_PLACE
    if first and second:
        return SAME_DEPARTMENT if department(first) == department(second) else ELSEWHERE
    return ELSEWHERE if here and there else UNKNOWN_PLACE


def department(postcode: str) -> str:
    """The first two digits; three overseas. Corsica's two departments share theirs."""
    return postcode[:3] if postcode.startswith(("97", "98")) else postcode[:2]


def is_clear(similarities: Sequence[float]) -> bool:
    """Does the best stand alone? Of two homonyms nobody may choose but a person."""
    ranked = sorted(similarities, reverse=True)
    return bool(ranked) and (len(ranked) == 1 or round(ranked[0] - ranked[1], 3) >= CLEAR_LEAD)


def _postcode(place: Place) -> str:
    compact = "".join(place.postcode.split())
    return compact if len(compact) == 5 and compact.isascii() and compact.isdigit() else ""
