"""The demo's story, asked over HTTP: the figures are typed here again, apart from the data the twins read."""

import asyncio
from decimal import Decimal

import pytest

from quotes.partners.allianz_trade import AllianzTrade
from quotes.partners.atradius import Atradius
from quotes.partners.base import Question, Ticket
from quotes.partners.coface import Coface
from tests.quotes.partners.harness import meeting, settle

# Thousands of euros HT: identifier, asked, then insurers A, B and C; None when no reply comes.
TABLE = (
    ("000100016", 300, 0, 300, 200),
    ("000100024", 150, 0, 100, 120),
    ("000100032", 100, 100, 100, 60),
    ("000100040", 80, 80, 60, 80),
    ("DE136695976", 70, 40, 70, 70),
    ("000100057", 60, 60, 60, 40),
    ("000100065", 50, 10, 50, 0),
    ("000100073", 50, 50, 50, 30),
    ("000100081", 40, 40, 30, 40),
    ("000100099", 40, 20, 40, 40),
    ("000100107", 30, 30, 30, 30),
    ("000100115", 30, 30, 30, 15),
    ("000100123", 25, 25, 25, 25),
    ("000100131", 20, 20, 0, 20),
    ("000100149", 20, 20, 20, None),
    ("000100156", 15, 15, 15, 15),
    ("000100164", 10, 10, 10, 10),
)


@pytest.mark.parametrize(
    ("connector_class", "column", "total", "counts"),
    [
        pytest.param(AllianzTrade, 2, 550, (12, 3, 2, 0), id="A"),
        pytest.param(Atradius, 3, 990, (13, 3, 1, 0), id="B"),
        pytest.param(Coface, 4, 795, (9, 6, 1, 1), id="C"),
    ],
)
def test_the_twins_answer_the_demos_table(connector_class, column, total, counts):
    async def scene():
        async with meeting(connector_class) as met:
            questions = (
                Question(
                    f"ref-{identifier}",
                    identifier,
                    identifier[:2] if identifier.startswith("DE") else "FR",
                    "vat" if identifier.startswith("DE") else "siren",
                    identifier,
                    Decimal(asked * 1000),
                )
                for identifier, asked, *_ in TABLE
            )
            return await asyncio.gather(*(settle(met.connector, question, polls=5) for question in questions))

    answers = asyncio.run(scene())
    granted = [None if isinstance(answer, Ticket) else answer.permanent / 1000 for answer in answers]
    assert granted == [row[column] for row in TABLE]
    assert sum(filter(None, granted)) == total
    full = sum(k == row[1] for k, row in zip(granted, TABLE, strict=True))
    refused, silent = granted.count(0), granted.count(None)
    assert counts == (full, len(TABLE) - full - refused - silent, refused, silent)
