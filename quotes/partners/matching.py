"""Which question a row of an answer is about: by our reference, else by identifier, else by exact name."""

import re
from collections.abc import Callable, Sequence

from quotes.partners.base import Question
from quotes.partners.wording import fold


def find_question(questions: Sequence[Question], cells: Sequence[str]) -> Question | None:
    """The one question that these cells name. None when they name none, several, or contradict each other."""
    ways: tuple[tuple[Callable[[Question], str], Callable[[str], str]], ...] = (
        (lambda question: question.reference, str.strip),
        (lambda question: question.id_value, _identifier),
        (lambda question: question.name, _name),
    )
    named = []
    for key_of, normal in ways:
        written = {normal(cell) for cell in cells} - {""}
        named.append([question for question in questions if normal(key_of(question)) in written])
    best = next((found for found in named if found), [])
    if len(best) != 1 or any(found and best[0] not in found for found in named):
        return None
    return best[0]


def split_line(questions: Sequence[Question], line: str) -> tuple[Question | None, str]:
    """The question that a line of free text begins with, and what follows it. The longest beginning wins."""
    matches = []
    for question in questions:
        rest = line
        for written in (question.reference, question.id_value, question.name, question.id_value):
            if match := _loosely(written).match(fold(rest)):
                rest = rest[match.end() :]
        if rest != line:
            matches.append((len(rest), rest, question))
    shortest = min((length for length, _, _ in matches), default=0)
    best = [(question, rest.lstrip(" :;,=>|–-")) for length, rest, question in matches if length == shortest]
    return best[0] if len(best) == 1 else (None, line)


def _identifier(written: str) -> str:
    # A spreadsheet that takes a SIREN for a number drops its leading zeros.
    return re.sub(r"[^a-z0-9]", "", fold(written)).lstrip("0")


def _name(written: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(written)))


def _loosely(written: str) -> re.Pattern[str]:
    """The letters and digits of a key, however they are spaced. An empty key matches nothing."""
    letters = re.findall(r"[a-z0-9]", fold(written))
    return re.compile(r"[^a-z0-9]*" + r"[^a-z0-9]*".join(letters) + r"(?![a-z0-9])\)?" if letters else r"(?!)")
