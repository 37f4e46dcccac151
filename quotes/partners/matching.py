"""Which question a row of an answer is about: by our reference, else by identifier, else by exact name."""

import re
from collections.abc import Callable, Iterable, Sequence

from quotes.partners.base import Question
from quotes.partners.wording import fold

_ALIEN = re.compile(r"[^a-z0-9]+")


class Directory:
    """The questions put to one partner, found by what a row says. How many they are does not matter."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._ways = (
            _Way(questions, lambda question: question.reference, str.strip),
            _Way(questions, lambda question: question.id_value, _identifier),
            _Way(questions, lambda question: question.name, _name),
        )
        self._beginnings = _Way(
            questions, lambda question: (question.reference, question.id_value, question.name), _letters
        )

    def find(self, cells: Sequence[str]) -> Question | None:
        """The one question that these cells name. None when they name none, several, or contradict each other."""
        named = [way.named_by(cells) for way in self._ways]
        best = next((found for found in named if found), [])
        if len(best) != 1 or any(found and best[0] not in found for found in named):
            return None
        return best[0]

    def split(self, line: str) -> tuple[Question | None, str]:
        """The question that a line of free text begins with, and what follows it. The longest beginning wins."""
        matches = [(rest, question) for question in self._begun_by(line) if (rest := _after(question, line)) != line]
        shortest = min((len(rest) for rest, _ in matches), default=0)
        best = [(question, rest.lstrip(" :;,=>|–-")) for rest, question in matches if len(rest) == shortest]
        return best[0] if len(best) == 1 else (None, line)

    def _begun_by(self, line: str) -> list[Question]:
        """The questions one of whose keys stands at the beginning of the line, whole words only."""
        words, beginnings, length = _ALIEN.split(fold(line)), [], 0
        for count, word in enumerate(words, start=1):
            length += len(word)
            if length > self._beginnings.longest:
                break
            beginnings.append("".join(words[:count]))
        return self._beginnings.named_by(beginnings)


class _Way:
    """Questions by one kind of key, written the way `normal` writes it."""

    def __init__(
        self,
        questions: Iterable[Question],
        keys_of: Callable[[Question], str | tuple[str, ...]],
        normal: Callable[[str], str],
    ) -> None:
        self._normal = normal
        self._questions: dict[str, list[Question]] = {}
        for question in questions:
            keys = keys_of(question)
            for key in {normal(key) for key in ((keys,) if isinstance(keys, str) else keys)} - {""}:
                self._questions.setdefault(key, []).append(question)
        self.longest = max(map(len, self._questions), default=0)

    def named_by(self, cells: Iterable[str]) -> list[Question]:
        written = dict.fromkeys(map(self._normal, cells))
        return list(dict.fromkeys(question for key in written for question in self._questions.get(key, ())))


def _after(question: Question, line: str) -> str:
    """What is left of the line behind the question's keys, in whichever order they stand."""
    rest = line
    for written in (question.reference, question.id_value, question.name, question.id_value):
        rest = _behind(_letters(written), rest)
    return rest


def _behind(letters: str, text: str) -> str:
    """What follows these letters and digits, however they are spaced; the whole text when it begins otherwise."""
    found = 0
    folded = fold(text)
    for end, character in enumerate(folded, start=1):
        if _ALIEN.match(character):
            continue
        if not letters.startswith(character, found):
            return text
        found += 1
        if found == len(letters):
            is_whole_word = end == len(folded) or _ALIEN.match(folded, end)
            return text[end + folded.startswith(")", end) :] if is_whole_word else text
    return text


def _letters(written: str) -> str:
    return _ALIEN.sub("", fold(written))


def _identifier(written: str) -> str:
    # A spreadsheet that takes a SIREN for a number drops its leading zeros.
    return _letters(written).lstrip("0")


def _name(written: str) -> str:
    return " ".join(_ALIEN.split(fold(written))).strip()
