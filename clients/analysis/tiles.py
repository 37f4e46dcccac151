"""A map of the French departments as tiles, one square each, near where it lies: none is too small to be seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from clients.analysis.geography import DEPARTMENTS, Place

SIDE = 30  # of a tile and the gap after it
GAP = 2
_ROWS = """
    ..  ..  ..  ..  ..  ..  62  59  ..  ..  ..  ..
    ..  ..  ..  ..  76  95  80  60  02  08  ..  ..
    ..  ..  50  14  27  92  75  93  51  55  54  57
    29  22  35  53  61  78  91  94  10  52  88  67
    ..  56  ..  49  72  28  45  77  89  21  70  68
    ..  ..  44  85  37  41  18  58  71  39  25  90
    ..  ..  ..  79  86  36  23  03  69  01  74  ..
    971 ..  ..  17  16  87  19  63  42  38  73  ..
    972 ..  ..  33  24  46  15  43  07  26  05  ..
    973 ..  ..  40  47  82  12  48  30  84  04  06
    974 ..  ..  64  32  31  81  34  ..  13  83  2B
    976 ..  ..  ..  65  09  11  66  ..  ..  ..  2A
"""
_POSITIONS = {
    code: (column, row)
    for row, line in enumerate(_ROWS.split("\n")[1:-1])
    for column, code in enumerate(line.split())
    if code != ".."
}
WIDTH = SIDE * 12 - GAP
HEIGHT = SIDE * 12 - GAP
SHADES = (Decimal("0.02"), Decimal("0.05"), Decimal("0.1"), Decimal("0.2"))


@dataclass(frozen=True)
class Tile:
    """One department on the map; `shade` goes from 0 (nobody) to 5 (more than a fifth of all)."""

    code: str
    name: str
    left: int
    top: int
    shade: int
    share: Decimal | None

    @property
    def middle(self) -> int:
        return self.left + (SIDE - GAP) // 2

    @property
    def baseline(self) -> int:
        return self.top + 19


def tiles(places: Iterable[Place]) -> tuple[Tile, ...]:
    """Every department of the map, shaded by its share. What has no tile is left to the table."""
    shares = {place.code: place.share for place in places if not place.is_abroad}
    return tuple(
        Tile(code, DEPARTMENTS[code], column * SIDE, row * SIDE, _shade(shares.get(code)), shares.get(code))
        for code, (column, row) in _POSITIONS.items()
    )


def _shade(share: Decimal | None) -> int:
    if share is None or share <= 0:
        return 0
    return 1 + sum(share > limit for limit in SHADES)
