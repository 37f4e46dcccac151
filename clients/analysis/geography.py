"""Where buyers are: departments from French postcodes, countries for the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale

from clients.analysis.bars import Bar, bar

LONGEST_PREFIX = 3  # digits of a postcode that say the department

DEPARTMENTS = {
    "01": "Ain",
    "02": "Aisne",
    "03": "Allier",
    "04": "Alpes-de-Haute-Provence",
    "05": "Hautes-Alpes",
    "06": "Alpes-Maritimes",
    "07": "Ardèche",
    "08": "Ardennes",
    "09": "Ariège",
    "10": "Aube",
    "11": "Aude",
    "12": "Aveyron",
    "13": "Bouches-du-Rhône",
    "14": "Calvados",
    "15": "Cantal",
    "16": "Charente",
    "17": "Charente-Maritime",
    "18": "Cher",
    "19": "Corrèze",
    "2A": "Corse-du-Sud",
    "2B": "Haute-Corse",
    "21": "Côte-d’Or",
    "22": "Côtes-d’Armor",
    "23": "Creuse",
    "24": "Dordogne",
    "25": "Doubs",
    "26": "Drôme",
    "27": "Eure",
    "28": "Eure-et-Loir",
    "29": "Finistère",
    "30": "Gard",
    "31": "Haute-Garonne",
    "32": "Gers",
    "33": "Gironde",
    "34": "Hérault",
    "35": "Ille-et-Vilaine",
    "36": "Indre",
    "37": "Indre-et-Loire",
    "38": "Isère",
    "39": "Jura",
    "40": "Landes",
    "41": "Loir-et-Cher",
    "42": "Loire",
    "43": "Haute-Loire",
    "44": "Loire-Atlantique",
    "45": "Loiret",
    "46": "Lot",
    "47": "Lot-et-Garonne",
    "48": "Lozère",
    "49": "Maine-et-Loire",
    "50": "Manche",
    "51": "Marne",
    "52": "Haute-Marne",
    "53": "Mayenne",
    "54": "Meurthe-et-Moselle",
    "55": "Meuse",
    "56": "Morbihan",
    "57": "Moselle",
    "58": "Nièvre",
    "59": "Nord",
    "60": "Oise",
    "61": "Orne",
    "62": "Pas-de-Calais",
    "63": "Puy-de-Dôme",
    "64": "Pyrénées-Atlantiques",
    "65": "Hautes-Pyrénées",
    "66": "Pyrénées-Orientales",
    "67": "Bas-Rhin",
    "68": "Haut-Rhin",
    "69": "Rhône",
    "70": "Haute-Saône",
    "71": "Saône-et-Loire",
    "72": "Sarthe",
    "73": "Savoie",
    "74": "Haute-Savoie",
    "75": "Paris",
    "76": "Seine-Maritime",
    "77": "Seine-et-Marne",
    "78": "Yvelines",
    "79": "Deux-Sèvres",
    "80": "Somme",
    "81": "Tarn",
    "82": "Tarn-et-Garonne",
    "83": "Var",
    "84": "Vaucluse",
    "85": "Vendée",
    "86": "Vienne",
    "87": "Haute-Vienne",
    "88": "Vosges",
    "89": "Yonne",
    "90": "Territoire de Belfort",
    "91": "Essonne",
    "92": "Hauts-de-Seine",
    "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne",
    "95": "Val-d’Oise",
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "975": "Saint-Pierre-et-Miquelon",
    "976": "Mayotte",
}
_SOUTH_CORSICA = ("200", "201")


def department_of(postcode: str) -> str:
    """The department of a French postcode, or of its first three digits: « 69003 » is "69", « 20200 » is "2B".

    Empty when it is none. A few post offices serve a commune of the department next door.
    """
    digits = postcode.strip()[:LONGEST_PREFIX]
    if len(digits) < LONGEST_PREFIX or not digits.isascii() or not digits.isdigit():
        return ""
    if digits.startswith("20"):
        return "2A" if digits in _SOUTH_CORSICA else "2B"
    code = digits if digits.startswith("97") else digits[:2]
    return code if code in DEPARTMENTS else ""


@cache
def _country_names() -> dict[str, str]:
    return dict(Locale("fr").territories)


def country_name(code: str) -> str:
    """The country of an ISO-2 code in French; the code itself when it is none."""
    return _country_names().get(code, code)


@dataclass(frozen=True)
class Spot:
    """The buyers that share a country and the beginning of a postcode."""

    country: str
    prefix: str
    buyers: int
    amount: Decimal


@dataclass(frozen=True)
class Place:
    """A department or a country. `share` is of the whole, what is not located included."""

    code: str
    name: str
    is_abroad: bool
    buyers: int
    amount: Decimal
    share: Decimal

    @property
    def bars(self) -> tuple[Bar, ...]:
        return (bar("abroad" if self.is_abroad else "own", Decimal(0), self.share),)


@dataclass(frozen=True)
class Geography:
    """The places, largest first. What no postcode locates stands apart, and counts in the whole."""

    places: tuple[Place, ...]
    located: Decimal
    unlocated_buyers: int
    unlocated: Decimal

    @property
    def is_telling(self) -> bool:
        """Whether more than half of the whole is located: else no place can be said to come first."""
        return self.located > self.unlocated

    @property
    def abroad(self) -> Decimal:
        """The share of other countries."""
        return sum((place.share for place in self.places if place.is_abroad), Decimal(0))


def geography(spots: Iterable[Spot]) -> Geography | None:
    """Where the amounts are; None when nothing is located."""
    found: dict[tuple[bool, str], tuple[int, Decimal]] = {}
    unlocated_buyers, unlocated = 0, Decimal(0)
    for spot in spots:
        is_abroad = spot.country != "FR"
        code = spot.country if is_abroad else department_of(spot.prefix)
        if not code:
            unlocated_buyers += spot.buyers
            unlocated += spot.amount
            continue
        buyers, amount = found.get((is_abroad, code), (0, Decimal(0)))
        found[is_abroad, code] = buyers + spot.buyers, amount + spot.amount
    located = sum((amount for _, amount in found.values()), Decimal(0))
    if located <= 0:
        return None
    places = [
        Place(
            code=code,
            name=country_name(code) if is_abroad else DEPARTMENTS[code],
            is_abroad=is_abroad,
            buyers=buyers,
            amount=amount,
            share=amount / (located + unlocated),
        )
        for (is_abroad, code), (buyers, amount) in found.items()
    ]
    places.sort(key=lambda place: (-place.amount, place.code))
    return Geography(tuple(places), located, unlocated_buyers, unlocated)
