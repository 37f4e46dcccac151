"""The curve of a portfolio's concentration: what share of the risk the largest buyers make, one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

MOST = Decimal("0.8")  # Pareto's share
FIRST_ALL = 20  # every one of the largest is a point, then fewer
POINTS = 60
MARKED = (1, 5, 10)
WIDTH, HEIGHT = 480, 240  # of the drawing, whose origin is the top left corner


@dataclass(frozen=True)
class Point:
    """The `rank` largest buyers make `amount` together: `x` is their share of the number, `y` of the amounts."""

    rank: int
    amount: Decimal
    x: Decimal
    y: Decimal

    @property
    def left(self) -> str:
        """As SVG wants it, like `top`."""
        return f"{self.x * WIDTH:.1f}"

    @property
    def top(self) -> str:
        return f"{(1 - self.y) * HEIGHT:.1f}"


@dataclass(frozen=True)
class Lorenz:
    """From nobody (0, 0) to all named buyers. `total` may hold more than they do: the curve then ends below 1."""

    points: tuple[Point, ...]
    count: int
    total: Decimal
    most_count: int | None  # how many buyers make 80 %, None when the named ones do not

    @property
    def named_share(self) -> Decimal:
        """What all of them make together, of the whole they are a part of."""
        return self.points[-1].y

    @property
    def line(self) -> str:
        """The curve as SVG draws it."""
        return " ".join(
            f"{'L' if position else 'M'}{point.left} {point.top}" for position, point in enumerate(self.points)
        )

    @property
    def area(self) -> str:
        return f"{self.line} V{HEIGHT} H0 Z"

    @property
    def marks(self) -> tuple[Point, ...]:
        """The points of the few largest, where the curve has that many."""
        return tuple(point for point in self.points if point.rank in MARKED)


def ranks_to_draw(count: int) -> list[int]:
    """The ranks where the curve of `count` buyers is looked at: each of the largest, then ever farther apart."""
    if count <= POINTS:
        return list(range(1, count + 1))
    steps = POINTS - FIRST_ALL
    ratio = (count / FIRST_ALL) ** (1 / steps)
    far = {round(FIRST_ALL * ratio**step) for step in range(1, steps)}
    return sorted({*range(1, FIRST_ALL + 1), *far, count})


def lorenz(cumulated: Iterable[tuple[int, Decimal]], *, count: int, total: Decimal) -> Lorenz:
    """The curve through `cumulated`, (rank, amount of the largest up to it), of `count` buyers.

    `total` is the whole they are a part of. Raises ValueError when nothing weighs.
    """
    if total <= 0 or count <= 0:
        raise ValueError("Aucun acheteur n’a de montant : la concentration ne se dessine pas.")
    points = [Point(0, Decimal(0), Decimal(0), Decimal(0))]
    points += [Point(rank, amount, Decimal(rank) / count, amount / total) for rank, amount in sorted(cumulated)]
    return Lorenz(tuple(points), count, total, next((point.rank for point in points if point.y >= MOST), None))


def threshold(total: Decimal) -> Decimal:
    """The amount from which the largest make 80 % of `total`, to the cent above."""
    return (total * MOST).quantize(Decimal("0.01"), ROUND_CEILING)
