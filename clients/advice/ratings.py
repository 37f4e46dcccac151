"""Insurers' ratings of a buyer: three scales that point in opposite directions, never compared raw
(DOMAIN.md §1.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

# All three scales tell the risk of a default within twelve months: after that long a rating says nothing any more.
RATING_LIFE = timedelta(days=365)


class Band(Enum):
    """The firm's own reading of a rating, from the best to the worst. The value is stored; the label is shown."""

    VERY_LOW = "very_low", "risque très faible"
    LOW = "low", "risque faible"
    MEDIUM = "medium", "risque moyen"
    HIGH = "high", "risque élevé"
    DEFAULT = "default", "défaut"

    label: str

    def __new__(cls, value: str, label: str) -> "Band":
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        return member

    @property
    def rank(self) -> int:
        """0 is the best."""
        return list(Band).index(self)


class BadRating(ValueError):
    """The scale has no such value; the message says so in French."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One insurer's scale. `bands` are the last values of each band, walking from `best` to `worst`."""

    label: str
    best: int
    worst: int
    bands: tuple[tuple[int, Band], ...]

    @property
    def direction(self) -> str:
        return f"de {self.best} (le meilleur) à {self.worst} (défaut)"

    def band(self, value: int) -> Band:
        """The firm's reading of a value. Raises BadRating for one that is not on the scale."""
        if not min(self.best, self.worst) <= value <= max(self.best, self.worst):
            raise BadRating(f"Cette échelle va {self.direction}.")
        step = 1 if self.worst > self.best else -1
        return next(band for last, band in self.bands if (last - value) * step >= 0)


# Where each band ends is ours (DOMAIN.md §1.6, [A]): the insurers publish the ends of their scales and few words.
SCALES = {
    "coface_dra": Scale(
        "Coface DRA", 10, 0,
        ((8, Band.VERY_LOW), (6, Band.LOW), (4, Band.MEDIUM), (1, Band.HIGH), (0, Band.DEFAULT)),
    ),
    "allianz_grade": Scale(
        "Allianz Trade grade", 1, 10,
        ((3, Band.VERY_LOW), (5, Band.LOW), (7, Band.MEDIUM), (9, Band.HIGH), (10, Band.DEFAULT)),
    ),
    "atradius_rating": Scale(
        "Atradius buyer rating", 1, 100,
        ((30, Band.VERY_LOW), (50, Band.LOW), (70, Band.MEDIUM), (99, Band.HIGH), (100, Band.DEFAULT)),
    ),
}  # fmt: skip


def worst_band(ratings: Iterable[tuple[str, int, date]], *, on: date) -> Band | None:
    """The worst reading of ratings (scale, value, day) of the last twelve months; None without any."""
    bands = [SCALES[scale].band(value) for scale, value, day in ratings if on - RATING_LIFE < day <= on]
    return max(bands, key=lambda band: band.rank, default=None)
