"""What is checked of an Excel 97 workbook before anything parses it: a file whose chain of sectors bites its own tail
makes the parser collect sectors until there is no memory left.

The container is [MS-CFB]: sectors of the same size, and tables that name the sector after each sector.
"""

import struct
from collections.abc import Iterator, Sequence

from clients.portfolio.archives import DAMAGED
from clients.portfolio.reading import UnreadablePortfolio

_HEADER_BYTES = 512
_SECTOR_SIZES = {9: 512, 12: 4096}
_REGULAR = 0xFFFFFFFA
"""Numbers from here on are marks: end of chain, free sector, sector of a table."""


def check_compound(content: bytes) -> None:
    """Pass a container whose chains of sectors all end. Raises UnreadablePortfolio."""
    if len(content) < _HEADER_BYTES:
        raise UnreadablePortfolio(DAMAGED)
    size = _SECTOR_SIZES.get(struct.unpack_from("<H", content, 30)[0])
    if size is None:
        raise UnreadablePortfolio(DAMAGED)
    first_of_small, _, first_of_list = struct.unpack_from("<3I", content, 60)
    listed = [*struct.unpack_from("<109I", content, 76), *_rest_of_list(content, size, first_of_list)]
    table = _numbers(content, size, (sector for sector in listed if sector < _REGULAR))
    _refuse_loops(table)
    _refuse_loops(_numbers(content, size, _chain(table, first_of_small)))


def _rest_of_list(content: bytes, size: int, sector: int) -> Iterator[int]:
    """The sectors of the table that the header has no room for: each list ends with the sector of the next list."""
    for _ in range(len(content) // size + 1):
        if sector >= _REGULAR:
            return
        *listed, sector = _numbers(content, size, [sector]) or [_REGULAR]
        yield from listed
    raise UnreadablePortfolio(DAMAGED)


def _numbers(content: bytes, size: int, sectors: Iterator[int] | Sequence[int]) -> list[int]:
    """What stands in the sectors; those beyond the end of the file hold nothing."""
    held = b"".join(content[(sector + 1) * size : (sector + 2) * size] for sector in sectors)
    return list(struct.unpack(f"<{len(held) // 4}I", held[: len(held) // 4 * 4]))


def _chain(table: Sequence[int], sector: int) -> Iterator[int]:
    while sector < len(table):
        yield sector
        sector = table[sector]


def _refuse_loops(table: Sequence[int]) -> None:
    """Raises UnreadablePortfolio when some sector comes after itself."""
    walk_of = [0] * len(table)
    for walk, start in enumerate(range(len(table)), start=1):
        for sector in _chain(table, start):
            if walk_of[sector] == walk:
                raise UnreadablePortfolio(DAMAGED)
            if walk_of[sector]:
                break
            walk_of[sector] = walk
