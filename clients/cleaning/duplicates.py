"""Lines that seem to be one buyer, and buyers that seem to be one group."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from clients.cleaning.matching import ELSEWHERE, Place, place_weight
from clients.cleaning.names import core_of, trigrams
from clients.portfolio.values import words
from factortaboite.money import percent
from factortaboite.typography import typeset

NEARLY_THE_SAME = 0.85
MOST_COMPARED = 200  # whatever a list holds, it ends


@dataclass(frozen=True, slots=True)
class Buyer:
    """One line. `identifier` is empty where it has none; `head_office` is the registered address of its company, and
    `weight` what it owes (TTC)."""

    key: int
    line: int
    name: str
    identifier: str = ""
    place: Place = Place()
    head_office: str = ""
    weight: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two lines and why they go together. `kind` is "duplicate" for one buyer written twice, to be made one line, and
    "same_group" for two companies, each with a limit of its own. `keep` is the line that stays."""

    kind: str
    keep: Buyer
    other: Buyer
    reason: str


def pairs(buyers: Sequence[Buyer]) -> Iterator[Pair]:
    """Each line at most once as `other`, beside the identified or largest line that it resembles."""
    ranked = sorted(buyers, key=lambda buyer: (not buyer.identifier, -buyer.weight, buyer.line))
    taken: set[int] = set()
    for keep, other, alike in _alike(ranked):
        if keep.key not in taken and other.key not in taken and (pair := _pair(keep, other, alike)):
            taken.add(other.key)
            yield pair


def _pair(keep: Buyer, other: Buyer, alike: float) -> Pair | None:
    if keep.identifier and other.identifier:
        if not keep.head_office or words(keep.head_office) != words(other.head_office):
            return None  # homonyms, each with its own number
        reason = (
            f"Deux SIREN pour un même nom et un même siège (lignes {keep.line} et {other.line}) : chaque société a sa "
            "garantie. Ne réunissez que si l’une a repris l’autre."
        )
        return Pair("same_group", keep, other, typeset(reason))
    if place_weight(keep.place, other.place) == ELSEWHERE:
        return None
    said = "même nom" if alike == 1 else f"noms semblables à {percent(Decimal(str(round(alike, 3))), 0)}"
    return Pair("duplicate", keep, other, typeset(f"Lignes {keep.line} et {other.line} : {said}."))


def _alike(ranked: Sequence[Buyer]) -> Iterator[tuple[Buyer, Buyer, float]]:
    """Pairs of nearly the same name, in the order of the first, then of the second."""
    namesakes: dict[tuple[str, ...], list[Buyer]] = defaultdict(list)
    for buyer in ranked:
        namesakes[core_of(buyer.name)].append(buyer)
    near = _near(list(namesakes))
    for core, holders in namesakes.items():
        first, *others = holders
        for other in others[:MOST_COMPARED]:
            yield first, other, 1.0
        for another, alike in near[core]:
            if _numbers(core) == _numbers(another):
                for other in namesakes[another][:MOST_COMPARED]:
                    yield first, other, alike


def _near(cores: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], list[tuple[tuple[str, ...], float]]]:
    """For each core, those after it that are nearly the same, and how alike they are.

    Two names that share so much are nearly of a length and share one of their rarest trigrams: only those are
    compared, so that ten thousand lines take some seconds at worst.
    """
    sets = [trigrams(core) for core in cores]
    common = Counter(trigram for one in sets for trigram in one)
    holders: dict[tuple[str, int], list[int]] = defaultdict(list)
    found: dict[tuple[str, ...], list[tuple[tuple[str, ...], float]]] = {core: [] for core in cores}
    for position in reversed(range(len(cores))):
        ours = sets[position]
        rarest = sorted(ours, key=lambda trigram: (common[trigram], trigram))
        telling = rarest[: len(rarest) - ceil(len(rarest) * NEARLY_THE_SAME) + 1]
        sizes = range(ceil(len(ours) * NEARLY_THE_SAME), int(len(ours) / NEARLY_THE_SAME) + 1)
        after = {other for one in telling for size in sizes for other in holders[one, size][-MOST_COMPARED:]}
        for other in sorted(after):
            shared = len(ours & sets[other])
            alike = shared / (len(ours) + len(sets[other]) - shared)
            if alike >= NEARLY_THE_SAME:
                found[cores[position]].append((cores[other], alike))
        for trigram in telling:
            holders[trigram, len(ours)].append(position)
    return found


def _numbers(core: tuple[str, ...]) -> set[str]:
    """« Agence 12 » is not « Agence 13 »."""
    return {word for word in core if any(character.isdigit() for character in word)}
