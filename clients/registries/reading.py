"""Reading a registry's JSON strictly: what its format does not allow is an UnreadableRegistry, never a guess."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from clients.portfolio.identifiers import BadIdentifier, identify
from clients.registries.line import Line

TEXT_CAP = 4000  # characters of one member
HIDDEN = ("[NON-DIFFUSIBLE]", "[ND]")
_SPACED_DIGITS = re.compile(r"[\d\s]+")


class Record:
    """A JSON object of a registry's. A member that is missing, null or empty reads as empty; a wrong type is an error.

    What a person keeps from the public (`[NON-DIFFUSIBLE]`) reads as empty too: the mark is never a name.
    """

    def __init__(self, value: object, line: Line) -> None:
        if not isinstance(value, dict):
            raise line.unreadable("objet attendu")
        self._value = value
        self._line = line

    def text(self, name: str) -> str:
        """A text on one line, of characters that a database can hold. Codes may be whole numbers."""
        value = self._value.get(name)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or len(value) > TEXT_CAP:
            raise self._line.unreadable(f"texte attendu ({name})")
        if any(mark in value for mark in HIDDEN):
            return ""
        return "".join(filter(str.isprintable, " ".join(value.split())))

    def hides(self, name: str) -> bool:
        value = self._value.get(name)
        return isinstance(value, str) and any(mark in value for mark in HIDDEN)

    def first_text(self, *names: str) -> str:
        """The first of these members that says something."""
        return next(filter(None, map(self.text, names)), "")

    def joined(self, *names: str) -> str:
        return " ".join(filter(None, map(self.text, names)))

    def one_of(self, name: str, meanings: dict[str, Any]) -> Any:
        """What the code stands for. Raises UnreadableRegistry for a code that is not in `meanings`."""
        code = self.text(name)
        if code not in meanings:
            raise self._line.unreadable(f"valeur inconnue ({name} : {code[:40] or 'vide'})")
        return meanings[code]

    def siren(self, name: str) -> str:
        siren = siren_or_empty(self.text(name))
        if not siren:
            raise self._line.unreadable(f"SIREN attendu ({name})")
        return siren

    def siret(self, name: str) -> str:
        """14 digits; the key is not checked, since the registry is who gives the numbers out."""
        siret = "".join(self.text(name).split())
        if len(siret) != 14 or not (siret.isascii() and siret.isdigit()):
            raise self._line.unreadable(f"SIRET attendu ({name})")
        return siret

    def day(self, name: str) -> date | None:
        """A date; of a timestamp only the first ten characters count."""
        text = self.text(name)
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError as error:
            raise self._line.unreadable(f"date attendue ({name})") from error

    def flag(self, name: str) -> bool:
        value = self._value.get(name)
        if not isinstance(value, bool):
            raise self._line.unreadable(f"oui ou non attendu ({name})")
        return value

    def number(self, name: str) -> int:
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            raise self._line.unreadable(f"nombre attendu ({name})")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts, those that say nothing or are kept from the public left out."""
        value = self._value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._line.unreadable(f"liste attendue ({name})")
        return list(filter(None, (Record({name: text}, self._line).text(name) for text in value)))

    def record(self, name: str) -> "Record | None":
        value = self._value.get(name)
        return None if value is None else Record(value, self._line)

    def records(self, name: str, *, required: bool = False) -> "Iterator[Record]":
        value = self._value.get(name)
        if value is None and not required:
            return iter(())
        if not isinstance(value, list):
            raise self._line.unreadable(f"liste attendue ({name})")
        return (Record(item, self._line) for item in value)

    def raw(self, name: str) -> Any:
        return self._value.get(name)


def siren_or_empty(text: str) -> str:
    """The SIREN, however it is spaced; empty when it is none (wrong key, though La Poste's is right as it is)."""
    compact = "".join(text.split())
    if len(compact) != 9 or not _SPACED_DIGITS.fullmatch(text):
        return ""
    try:
        found = identify(compact)
    except BadIdentifier:
        return ""
    return found.id_value if found else ""
