from decimal import Decimal

import pytest

from clients.analysis.geography import DEPARTMENTS, Spot, geography
from clients.analysis.tiles import tiles


def test_every_department_has_one_tile_of_its_own():
    found = tiles(())
    assert {tile.code for tile in found} == set(DEPARTMENTS) - {"975"}
    assert len({(tile.left, tile.top) for tile in found}) == len(found) == 101


@pytest.mark.parametrize(
    ("share", "shade"),
    [
        pytest.param(None, 0, id="nobody"),
        pytest.param("1", 1, id="1 %"),
        pytest.param("2", 1, id="2 %"),
        pytest.param("3", 2, id="3 %"),
        pytest.param("10", 3, id="10 %"),
        pytest.param("20", 4, id="20 %"),
        pytest.param("21", 5, id="21 %"),
    ],
)
def test_the_more_there_is_the_darker(share, shade):
    here = [] if share is None else [Spot("FR", "690", 1, Decimal(share))]
    elsewhere = Spot("DE", "", 1, 100 - Decimal(share or 0))
    found = {tile.code: tile for tile in tiles(geography([*here, elsewhere]).places)}
    assert (found["69"].shade, found["75"].shade) == (shade, 0)


def test_paris_lies_north_of_marseille_and_brest_in_the_west():
    found = {tile.code: tile for tile in tiles(())}
    assert found["75"].top < found["13"].top
    assert found["29"].left < found["75"].left < found["67"].left
