"""What is known of a list beside its bytes: its name, the day it came, what somebody chose for it or earlier ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypedDict

from clients.portfolio.corrections import Corrections

REMEMBERED = "Cette liste est lue comme vous l’aviez choisi pour une autre aux mêmes en-têtes."


class Choices(TypedDict, total=False):
    """What somebody chose where the reader would have taken something else, as JSON keeps it.

    `columns` maps fields to headers ({"outstanding": "Solde N"}; an empty header leaves the field out). `order` is
    that of the dates ("dmy", "mdy", "ymd"; empty: as the column teaches). `terms_days` make up for due dates that the
    file does not have. `cut_off` is the day that the list is drawn up on (AAAA-MM-JJ). `lines` are corrected cells.
    """

    sheet: str
    columns: Mapping[str, str]
    order: str
    terms_days: int
    cut_off: str
    lines: Corrections


class Known(NamedTuple):
    """What was chosen for an earlier list with these headers."""

    headers: Sequence[str]
    choices: Choices


def for_next_time(choices: Choices) -> Choices:
    """What holds for later lists too: a sheet and lines are a file's own, and each list has its own day."""
    kept = Choices()
    if columns := choices.get("columns"):
        kept["columns"] = columns
    if order := choices.get("order"):
        kept["order"] = order
    if "terms_days" in choices:
        kept["terms_days"] = choices["terms_days"]
    return kept


@dataclass(frozen=True)
class Told:
    """Of `filename`, only a closing date counts. Dates without a century must be near `received_on`, which stands for
    the cut-off of a list that has due dates only."""

    filename: str = ""
    choices: Choices = field(default_factory=Choices)
    known: Sequence[Known] = ()
    received_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "received_on": self.received_on and self.received_on.isoformat()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Told":
        day = told["received_on"]
        return cls(
            told["filename"],
            told["choices"],
            [Known(*each) for each in told["known"]],
            date.fromisoformat(day) if day else None,
        )

    def choices_for(self, headers: Iterable[str]) -> tuple[Choices, tuple[str, ...]]:
        """What holds for a table with these headers, and what to say of it (French sentences): where nothing was
        chosen now, what was chosen for the latest list with the same headers."""
        wanted = list(headers)
        remembered = next((each.choices for each in self.known if wanted and list(each.headers) == wanted), Choices())
        columns = {**remembered.get("columns", {}), **self.choices.get("columns", {})}
        merged: Any = {**remembered, **self.choices} | ({"columns": columns} if columns else {})
        return merged, (REMEMBERED,) if remembered and merged != self.choices else ()
