"""Payment terms against the ceilings of French law (art. L. 441-10 and L. 441-11 C. com.; DOMAIN.md §1.7).

They bind sales between companies in France. Public buyers (30 days, another code), private persons and exports follow
other rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

IN_FORCE = date(2019, 4, 26)  # ordonnance 2019-359
BANDS = (30, 45, 60)  # what the table of terms sets apart, in days


@dataclass(frozen=True)
class Ceiling:
    """The longest terms a seller may grant, in days from the invoice unless `rule` says otherwise. An end of month
    counts for fifteen days, as clients.portfolio.terms reads it.

    `naf` are beginnings of the seller's activity code (NAF rév. 2, without point). A ceiling that only holds for some
    of that activity's sales `depends` on what is sold: the broker has to check.
    """

    days: int
    rule: str
    article: str
    naf: tuple[str, ...] = ()
    depends: bool = False
    since: date = IN_FORCE
    until: date | None = None

    def applies_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


COMMON = Ceiling(
    60, "60 jours après la date de la facture, ou 45 jours fin de mois si le contrat le dit", "L. 441-10 I"
)
SECTORS = (
    Ceiling(
        30,
        "30 jours après la date de la facture pour le transport routier, la location de véhicules et la commission "
        "de transport",
        "L. 441-11 II",
        ("4941", "7711", "7712", "5229"),
    ),
    Ceiling(
        20,
        "20 jours après la livraison pour le bétail sur pied et les viandes fraîches",
        "L. 441-11 II",
        ("1011", "4623", "4632A"),
        depends=True,
    ),
    Ceiling(
        30,
        "30 jours après la livraison pour les produits alimentaires périssables",
        "L. 441-11 II",
        ("0113", "0124", "1012", "1020", "1051A", "1085", "4631", "4632B", "4633", "4638A"),
        depends=True,
    ),
    Ceiling(
        45,
        "30 jours après la fin du mois de livraison pour les alcools soumis aux droits de consommation",
        "L. 441-11 II",
        ("1101", "4634"),
        depends=True,
    ),
    Ceiling(
        125,
        "110 jours fin de mois pour les matériels agricoles, 55 pour ceux d’espaces verts",
        "L. 441-11 II",
        ("2830", "4661"),
        depends=True,
    ),
    Ceiling(
        69,
        "54 jours fin de mois pour les articles de cuir vendus aux distributeurs spécialisés",
        "L. 441-11 II",
        ("151", "152"),
        depends=True,
    ),
    Ceiling(
        74,
        "74 jours après la date de la facture, ou 59 jours fin de mois, pour l’horlogerie et la bijouterie",
        "L. 441-11 II",
        ("2652", "3212", "4648"),
        depends=True,
    ),
    Ceiling(
        90,
        "90 jours après la date de la facture pour les équipements de glisse sur neige livrés avant la saison",
        "L. 441-11 II",
        ("3230",),
        depends=True,
    ),
    Ceiling(
        75,
        "75 jours après la date de la facture pour les jouets d’octobre à décembre, 95 le reste de l’année",
        "L. 441-11 II",
        ("3240",),
        depends=True,
    ),
)


def ceiling_on(day: date, naf: str) -> Ceiling:
    """The ceiling of what a seller of this activity (NAF rév. 2, with or without its point; empty when not known)
    grants on a day: his sector's, else the common one."""
    code = naf.replace(".", "").upper()
    for sector in SECTORS:
        if code.startswith(sector.naf) and sector.applies_on(day):
            return sector
    return COMMON


@dataclass(frozen=True)
class Granted:
    """The buyers that have the same terms: their number and their turnover HT (0 where nobody said)."""

    days: int
    buyers: int
    turnover: Decimal


@dataclass(frozen=True)
class Band:
    """The buyers whose terms lie between two numbers of days; `until` is None for those beyond the last."""

    after: int
    until: int | None
    buyers: int
    turnover: Decimal
    is_beyond: bool

    @property
    def label(self) -> str:
        if self.until is None:
            return f"Plus de {self.after} jours"
        return f"{self.after + 1} à {self.until} jours" if self.after else f"Jusqu’à {self.until} jours"


@dataclass(frozen=True)
class Terms:
    """The terms granted to companies in France. Turnover HT; `average` is weighed by it, in days, None without it.
    `longest` is None when nobody's terms are known."""

    ceiling: Ceiling
    bands: tuple[Band, ...]
    longest: int | None
    average: Decimal | None
    unknown: int

    @property
    def known(self) -> int:
        return sum(band.buyers for band in self.bands)

    @property
    def beyond(self) -> int:
        """Buyers whose terms are longer than the ceiling."""
        return sum(band.buyers for band in self.bands if band.is_beyond)

    @property
    def beyond_turnover(self) -> Decimal:
        return sum((band.turnover for band in self.bands if band.is_beyond), Decimal(0))


def weigh_terms(granted: Iterable[Granted], ceiling: Ceiling, *, unknown: int = 0) -> Terms:
    """The terms of a list in a few numbers, against `ceiling`; `unknown` buyers have none."""
    granted = list(granted)
    edges = sorted({*BANDS, ceiling.days})
    weight = sum((each.turnover for each in granted), Decimal(0))
    weighed = sum((each.turnover * each.days for each in granted), Decimal(0))
    return Terms(
        ceiling=ceiling,
        bands=tuple(
            _band(granted, after, until, is_beyond=after >= ceiling.days)
            for after, until in zip((0, *edges), (*edges, None), strict=True)
        ),
        longest=max((each.days for each in granted), default=None),
        average=weighed / weight if weight > 0 else None,
        unknown=unknown,
    )


def _band(granted: list[Granted], after: int, until: int | None, *, is_beyond: bool) -> Band:
    inside = [each for each in granted if (after < each.days or after == 0) and (until is None or each.days <= until)]
    buyers = sum(each.buyers for each in inside)
    return Band(after, until, buyers, sum((each.turnover for each in inside), Decimal(0)), is_beyond)
