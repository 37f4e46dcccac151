"""Reading what a partner answered by mail: a file, a paste or typing, shown back before anything is stored.

All three end in one table, a text per buyer. What the broker confirms is what was shown: a hidden seal over the texts
and their unit tells whether the page that is sent is the page that was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from clients.portfolio.child import open_in_child
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.values import Cell
from factortaboite.money import euros
from quotes.enums import IndicationState
from quotes.models import LimitIndication, Submission
from quotes.partners.base import Answer, Question
from quotes.partners.spreadsheet import ReadCell, Reading, StillWaiting, ToClarify, Unit, parse_cell, read_answer
from quotes.vocabulary import Decision

MAX_FILE = 2_000_000
MAX_PASTE = 200_000
LONGEST_ANSWER = 2000
# Titles, blank lines and totals come on top of the buyers, and a partner may list all of its own.
SPARE_LINES = 500
NO_REPLY_WORDS = {"sans réponse", "sans reponse", "nr", "pas de réponse", "pas de reponse"}

Source = str | list[list[str]]


class NoReply:
    """The broker says that this partner will not answer on this buyer."""


@dataclass(frozen=True)
class AnswerLine:
    """One buyer of the table: what was asked, what is written, how it is read."""

    indication: LimitIndication
    text: str
    reading: Reading | NoReply | None  # None: nothing is written

    @property
    def field(self) -> str:
        return f"answer-{self.indication.pk}"

    @property
    def question(self) -> str:
        return self.reading.question if isinstance(self.reading, ToClarify) else ""

    @property
    def is_settled(self) -> bool:
        return isinstance(self.reading, Answer | NoReply)

    @property
    def tone(self) -> str:
        """The state class of what was understood."""
        if not isinstance(self.reading, Answer):
            return "waiting"
        if self.reading.decision is Decision.REFUSED:
            return "refused"
        granted = self.reading.permanent + self.reading.temporary
        return "granted" if granted >= self.indication.requested else "partial"

    @property
    def recorded(self) -> str:
        """What is stored already, or an empty string."""
        row = self.indication
        if row.decision:
            return euros(row.permanent + row.temporary) if row.permanent or row.temporary else row.decision_label
        return "sans réponse" if row.state == IndicationState.SILENT else ""

    @property
    def understood(self) -> str:
        match self.reading:
            case Answer():
                return _said(self.reading)
            case NoReply():
                return "sans réponse"
            case StillWaiting():
                return "toujours en attente"
        return ""


def _said(answer: Answer) -> str:
    if answer.decision is Decision.REFUSED:
        words = ["refusé", *(reason.label for reason in answer.reasons)]
    else:
        words = [euros(answer.permanent + answer.temporary)]
    if answer.temporary and answer.temporary_until:
        words.append(f"dont {euros(answer.temporary)} jusqu’au {answer.temporary_until:%d/%m/%Y}")
    return " · ".join([*words, *answer.conditions])


class AnswersForm(forms.Form):
    unit = forms.ChoiceField(
        label="Les montants sans unité sont en",
        choices=[(Unit.EUR, "euros (€)"), (Unit.KEUR, "milliers d’euros (k€)")],
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si les montants sont en euros ou en milliers d’euros."},
    )
    file = forms.FileField(label="Fichier renvoyé par le partenaire", required=False)
    pasted = forms.CharField(
        label="Texte collé", required=False, max_length=MAX_PASTE, widget=forms.Textarea({"rows": 5}), strip=False
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, submission: Submission, questions: Sequence[Question], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rows = submission.indications.select_related("exposure").defer("raw")
        self.indications = list(rows.order_by("-requested", "exposure__line"))
        self.questions = questions
        self.lines = [AnswerLine(indication, self._typed(indication), None) for indication in self.indications]
        self.unmatched: list[ReadCell] = []
        self.is_read = False

    def _typed(self, indication: LimitIndication) -> str:
        return self.data.get(f"answer-{indication.pk}", "")[:LONGEST_ANSWER].replace("\x00", "").strip()

    def clean_file(self) -> Source | None:
        file = self.cleaned_data["file"]
        if file is None:
            return None
        if file.size > MAX_FILE:
            raise forms.ValidationError("Ce fichier dépasse 2 Mo : gardez la feuille des réponses seule.")
        try:
            records = open_in_child(file.read())
        except UnreadablePortfolio as error:
            raise forms.ValidationError(str(error)) from error
        self._refuse_too_many_lines(len(records))
        lines: Source = [[] for _ in range(max((line for line, _ in records), default=0))]
        for line, cells in records:
            lines[line - 1] = [_as_text(cell) for cell in cells]
        return lines

    def clean_pasted(self) -> str:
        pasted: str = self.cleaned_data["pasted"]
        self._refuse_too_many_lines(pasted.count("\n"))
        return pasted

    def _refuse_too_many_lines(self, count: int) -> None:
        if count > 2 * len(self.indications) + SPARE_LINES:
            raise forms.ValidationError(
                "Il y a bien plus de lignes que d’acheteurs demandés : ne gardez que celles de la réponse."
            )

    def clean_source(self) -> Source | None:
        sealed = self.cleaned_data["source"]
        try:
            return signing.loads(sealed, salt="answers") if sealed else None
        except signing.BadSignature:
            self.add_error(None, "Cette page a été modifiée en chemin : donnez à nouveau le fichier ou le texte.")
            return None

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors:
            self._read(cleaned["file"] or cleaned["pasted"].strip() and cleaned["pasted"])
        return cleaned

    def _read(self, fresh: Source | None) -> None:
        """Fills the table. A text that the broker left as the source has it keeps the reading of the whole row."""
        source, unit = fresh or self.cleaned_data["source"], Unit(self.cleaned_data["unit"])
        cells = read_answer(source, self.questions, unit) if source else []
        by_reference = {cell.reference: cell for cell in cells if cell.reference}
        self.unmatched = [cell for cell in cells if cell.reference is None]
        self.lines = []
        for indication in self.indications:
            found = by_reference.get(indication.reference)
            text = self._typed(indication)
            if found and (fresh or text == found.text):
                self.lines.append(AnswerLine(indication, found.text, found.reading))
            else:
                self.lines.append(AnswerLine(indication, text, _reading(text, indication, unit)))
        self.source_seal = signing.dumps(source, salt="answers", compress=True) if source else ""
        # Read once: from now on the table holds the answers, with what the broker corrects in it.
        self.data = self.data.copy()
        self.data["pasted"] = ""
        self.is_read = True

    @property
    def seal(self) -> str:
        """Of what the page shows: the unit, and every text in its place."""
        texts = [self.cleaned_data["unit"], *(f"{line.indication.pk}={line.text}" for line in self.lines)]
        return salted_hmac("answers", "\n".join(texts)).hexdigest()

    @property
    def questions_left(self) -> int:
        return sum(bool(line.question) for line in self.lines)

    @property
    def settled(self) -> int:
        return sum(line.is_settled for line in self.lines)

    @property
    def can_be_stored(self) -> bool:
        return self.settled > 0 and not self.questions_left

    @property
    def is_confirmed(self) -> bool:
        """Whether the broker sends what was shown, and nothing in it is a question."""
        return self.can_be_stored and constant_time_compare(self.cleaned_data["shown"], self.seal)

    @property
    def answers(self) -> Mapping[int, Answer | None]:
        return {
            line.indication.pk: line.reading if isinstance(line.reading, Answer) else None
            for line in self.lines
            if line.is_settled
        }


def _as_text(cell: Cell) -> str:
    """The cell for read_answer. A fraction keeps four decimals: its point cannot be taken for thousands."""
    if isinstance(cell, Decimal):
        return f"{cell:.0f}" if cell == cell.to_integral_value() else f"{cell:.4f}"
    return cell.isoformat() if isinstance(cell, date) else cell


def _reading(text: str, indication: LimitIndication, unit: Unit) -> Reading | NoReply | None:
    if not text:
        return None
    if text.casefold().rstrip(" .") in NO_REPLY_WORDS:
        return NoReply()
    return parse_cell(text, asked=indication.requested, unit=unit)
