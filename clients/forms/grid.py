"""What the grid shows and what it sends: lines of cells, and a block to paste with its corrections."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from clients.enums import SetAside
from clients.forms.portfolio_files import DECIDED
from clients.models import Exposure
from clients.portfolio.block import BadBlock, Block, read_block
from clients.portfolio.grid import AMOUNTS, COLUMNS, Line, shown
from clients.services.grid import Edited, line_of
from clients.services.grid_paste import Plan, PlannedLine
from factortaboite.forms import key_in

HELD = "held-"
CORRECTION = "correction-"


@dataclass(frozen=True)
class Cell:
    """One cell. `error` is why `text` is not stored; `held` is set when somebody else wrote `meanwhile` instead."""

    column: str
    text: str
    error: str = ""
    meanwhile: str = ""
    held: bool = False

    @property
    def label(self) -> str:
        return COLUMNS[self.column]

    @property
    def is_number(self) -> bool:
        return self.column in AMOUNTS or self.column == "terms_days"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The decisions; what stands there is among them: a reason that follows from the line, or words that mean
        none."""
        choices = {"": "à demander"}
        if self.text and self.text not in DECIDED:
            choices[self.text] = SetAside(self.text).label if self.text in SetAside else self.text
        return [*choices.items(), *((reason.value, reason.label) for reason in DECIDED)]


@dataclass(frozen=True)
class GridRow:
    """One line of the grid: a stored buyer, or the empty line at the end (`exposure` is None). `problem` is about the
    line as a whole."""

    exposure: Exposure | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    edited: Edited = Edited(None)
    problem: str = ""

    @property
    def name(self) -> str:
        return (self.exposure.name or self.exposure.id_value) if self.exposure else "nouvelle ligne"

    @property
    def stored(self) -> dict[str, str]:
        return shown(line_of(self.exposure) if self.exposure else Line())

    @property
    def before(self) -> str:
        """The cells as they are stored, for the next change to say what it was about."""
        return json.dumps(self.stored, ensure_ascii=False)

    @property
    def cells(self) -> Iterator[Cell]:
        for column, stored in self.stored.items():
            error, conflict = self.edited.errors.get(column, ""), self.edited.conflicts.get(column, "")
            keeps = error or conflict or self.problem or self.exposure is None
            text = self.typed.get(column, stored) if keeps else stored
            yield Cell(column, text, error or conflict, stored, bool(conflict))


@dataclass(frozen=True)
class PostedLine:
    """A line as it was sent: what stands in its cells, what was shown there, and the cells that somebody else changed,
    whose text waits for a decision."""

    texts: Mapping[str, str]
    before: Mapping[str, str | None]

    @classmethod
    def read(cls, posted: QueryDict) -> "PostedLine":
        """Raises SuspiciousOperation for what no grid sends."""
        texts = {column: posted[column] for column in COLUMNS if column in posted}
        try:
            before = json.loads(posted["before"])
        except (KeyError, ValueError, RecursionError) as error:
            raise SuspiciousOperation("a line of the grid without what it showed") from error
        if not isinstance(before, dict) or not before.keys() >= texts.keys():
            raise SuspiciousOperation("a line of the grid without what it showed")
        waiting = [column for column in texts if posted.get(HELD + column) == texts[column]]
        undecided = [column for column in waiting if column not in posted.getlist("force")]
        return cls(texts, {**before, **dict.fromkeys(undecided)})


@dataclass(frozen=True)
class WrongCell:
    """A cell of a pasted block that says nothing its column can hold, under the `name` of its correction."""

    line: PlannedLine
    column: str
    error: str

    @property
    def name(self) -> str:
        return f"{CORRECTION}{self.line.number}-{self.column}"

    @property
    def label(self) -> str:
        return COLUMNS[self.column]

    @property
    def text(self) -> str:
        return self.line.texts.get(self.column, "")


def wrong_cells(plan: Plan) -> list[WrongCell]:
    return [WrongCell(line, column, error) for line in plan.wrong for column, error in line.errors.items()]


class BlockForm(forms.Form):
    """A block to paste: its text, the cell it begins at, and what was corrected in its preview."""

    block = forms.CharField(
        label="Cellules copiées",
        strip=False,
        widget=forms.Textarea({"rows": 8, "spellcheck": "false"}),
        help_text="Copiez les cellules dans votre tableur, avec ou sans leurs en-têtes, et collez-les ici.",
    )
    column = forms.ChoiceField(
        label="À partir de la colonne",
        choices=list(COLUMNS.items()),
        required=False,
        help_text="Sans effet si les en-têtes sont copiés aussi.",
    )
    start = forms.IntegerField(required=False, widget=forms.HiddenInput())
    seal = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean_column(self) -> str:
        return self.cleaned_data["column"] or "name"

    def clean(self) -> None:
        data = self.cleaned_data
        if self.errors:
            return
        try:
            data["read"] = read_block(data["block"], column=data["column"])
        except BadBlock as error:
            self.add_error("block", str(error))

    @property
    def read(self) -> Block:
        return self.cleaned_data["read"]

    @property
    def first(self) -> int | None:
        """The key of the line that the block begins at."""
        return key_in(str(self["start"].value() or ""))

    @property
    def corrections(self) -> dict[tuple[int, str], str]:
        """What was typed over cells of the block, by number of its line and column."""
        found = {}
        for name, text in self.data.items():
            number, _, column = name.removeprefix(CORRECTION).partition("-")
            if name.startswith(CORRECTION) and (line := key_in(number)) and column in COLUMNS:
                found[line, column] = text
        return found
