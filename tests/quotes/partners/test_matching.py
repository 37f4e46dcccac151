"""How many buyers a partner is asked about does not slow the reading of one row down."""

from decimal import Decimal

import pytest

from quotes.partners import matching
from quotes.partners.base import Question
from quotes.partners.matching import Directory


def questions(count: int) -> list[Question]:
    return [
        Question(f"ref-{number}", f"Acheteur {number} SARL", "FR", "siren", f"{number:09}", Decimal(1000))
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda directory: directory.find(["Acheteur 7 SARL", "ok"]), id="cells"),
        pytest.param(lambda directory: directory.split("Acheteur 7 SARL (000 000 007) : ok")[0], id="a line of text"),
    ],
)
def test_a_row_is_compared_with_a_few_questions_only(monkeypatch, look):
    folded = []
    directory = Directory(questions(1000))
    real = matching.fold
    monkeypatch.setattr(matching, "fold", lambda text: folded.append(text) or real(text))
    assert look(directory).reference == "ref-7"
    assert len(folded) < 30
