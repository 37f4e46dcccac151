"""Every trap of a buyer list comes out as its table says."""

import pytest

from clients.portfolio.reader import read_portfolio
from clients.portfolio.reading import UnreadablePortfolio
from tests.files.traps_of_lists import TRAPS


def test_there_are_enough_of_them():
    assert len({trap.id for trap in TRAPS}) == len(TRAPS) >= 40


@pytest.mark.parametrize("trap", [pytest.param(trap, id=trap.id) for trap in TRAPS])
def test_a_trap(trap):
    if trap.refused:
        with pytest.raises(UnreadablePortfolio, match=trap.refused):
            read_portfolio(trap.content)
        return
    reading = read_portfolio(trap.content)
    found = [
        {field: getattr(row, field) for field in expected}
        for row, expected in zip(reading.rows, trap.rows, strict=False)
    ]
    assert found == list(trap.rows)
    assert len(reading.rows) == len(trap.rows)
    assert [line for line, _, _ in reading.rejected] == [line for line, _ in trap.rejected]
    for rejected, (_, words) in zip(reading.rejected, trap.rejected, strict=True):
        assert words in rejected.reason
    said = [*reading.notices, *(warning for row in reading.rows for warning in row.warnings)]
    for words in trap.says:
        assert any(words in sentence for sentence in said), said
