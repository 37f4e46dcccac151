"""Every trap of a buyer list comes out as its table says."""

from datetime import date

import pytest

from clients.portfolio.choices import Told
from clients.portfolio.reader import open_list
from clients.portfolio.reading import UnreadablePortfolio, collect
from tests.files.exports_of_packages import EXPORTS
from tests.files.traps_of_formats import FORMATS
from tests.files.traps_of_lists import TRAPS
from tests.files.words_of_headers import HEADERS

FILES = [*TRAPS, *FORMATS, *HEADERS, *EXPORTS]
RECEIVED_ON = date(2026, 11, 22)


def test_there_are_enough_of_them():
    assert len({trap.id for trap in FILES}) == len(FILES) >= 40


@pytest.mark.parametrize("trap", [pytest.param(trap, id=trap.id) for trap in FILES])
def test_a_trap(trap):
    told = Told(trap.filename, received_on=RECEIVED_ON)
    if trap.refused:
        with pytest.raises(UnreadablePortfolio, match=trap.refused):
            collect(open_list(trap.content, told))
        return
    reading = collect(open_list(trap.content, told))
    found = [
        {field: getattr(row, field) for field in expected}
        for row, expected in zip(reading.rows, trap.rows, strict=False)
    ]
    assert found == list(trap.rows)
    assert len(reading.rows) == len(trap.rows)
    assert [line for line, _, _ in reading.rejected] == [line for line, _ in trap.rejected]
    for rejected, (_, words) in zip(reading.rejected, trap.rejected, strict=True):
        assert words in rejected.reason
    assert trap.form in (None, reading.form)
    assert reading.balances_net == trap.is_net
    said = [*reading.notices, *(warning for row in reading.rows for warning in row.warnings)]
    for words in trap.says:
        assert any(words in sentence for sentence in said), said
