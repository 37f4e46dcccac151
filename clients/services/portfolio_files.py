"""From the bytes of a buyer list to its reading, and the corrections of the reading before it is confirmed."""

import hashlib
import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, JSONField, TextField, Value
from django.db.models.functions import Cast, Now

from clients.enums import PortfolioFileStatus, SetAside
from clients.models import Client, PortfolioFile
from clients.portfolio.child import read_in_child_as_json
from clients.portfolio.identifiers import Identifier
from clients.portfolio.preview import Preview, preview, row_from_rejected
from clients.portfolio.reading import Reading, Row, UnreadablePortfolio, from_json, to_json
from clients.portfolio.values import clean
from factortaboite.accounts.models import User
from factortaboite.enqueue import enqueue, enqueue_on_commit

logger = logging.getLogger(__name__)

READ_TASK = "clients.tasks.read_portfolio_file_task"
MAX_ATTEMPTS = 3
# The upload wakes a worker by itself; the sweep leaves it that long before it looks.
HEAD_START = timedelta(seconds=5)
# Longer than the longest reading: nobody starts it a second time meanwhile.
READING_TIME = timedelta(seconds=90)
# Between two wake-ups for one file, so that a long pause of the workers does not fill the queue.
SWEEP_PAUSE = timedelta(seconds=30)
GIVEN_UP = (
    "La lecture de ce fichier s’est interrompue plusieurs fois. Enregistrez-le en CSV ou en Excel (.xlsx) sans mise "
    "en forme et redéposez-le, ou collez la liste."
)


@transaction.atomic
def store_portfolio_file(
    *, client: Client, filename: str, content: bytes, by: User, pasted: bool = False
) -> PortfolioFile:
    """Keeps the bytes and has them read. The same bytes, dropped again while unconfirmed, are the same file."""
    sha256 = hashlib.sha256(content).hexdigest()
    # One at a time per client: two drops of the same file make one row.
    Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    already = client.files.unconfirmed().filter(sha256=sha256).exclude(status=PortfolioFileStatus.UNREADABLE).first()
    if already:
        return already
    file = PortfolioFile.objects.create(
        firm_id=client.firm_id,
        client=client,
        filename=clean(filename)[:200],
        content=content,
        sha256=sha256,
        pasted=pasted,
        uploaded_by=by,
        next_try_at=Now() + HEAD_START,
    )
    enqueue_on_commit(READ_TASK, file.pk)
    return file


def read_portfolio_file(file_id: int) -> None:
    """Reads a waiting file in a process of its own. Called twice, it stores one reading."""
    waiting = PortfolioFile.objects.filter(pk=file_id, status=PortfolioFileStatus.PENDING)
    if not waiting.update(attempts=F("attempts") + 1, next_try_at=Now() + READING_TIME):
        return
    file = PortfolioFile.objects.get(pk=file_id)
    try:
        reading = read_in_child_as_json(bytes(file.content), file.filename)
    except UnreadablePortfolio as error:
        waiting.update(status=PortfolioFileStatus.UNREADABLE, error=str(error))
    else:
        # The text goes to the database as it is: hundreds of megabytes less here than its values for a long list.
        stored = Cast(Value(reading, output_field=TextField()), JSONField())
        waiting.update(status=PortfolioFileStatus.READ, reading=stored, error="")


def sweep_portfolio_files() -> None:
    """Wakes a worker for every file that waits too long, and gives up on those that killed theirs each time."""
    due = PortfolioFile.objects.due()
    if given_up := due.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=PortfolioFileStatus.UNREADABLE, error=GIVEN_UP
    ):
        logger.warning("%s portfolio files could not be read in %s attempts", given_up, MAX_ATTEMPTS)
    with transaction.atomic():
        waiting = list(
            due.select_for_update(of=("self",), skip_locked=True).order_by("pk").values_list("pk", flat=True)
        )
        PortfolioFile.objects.filter(pk__in=waiting).update(next_try_at=Now() + SWEEP_PAUSE)
    for pk in waiting:
        enqueue(READ_TASK, pk)


def preview_of(file: PortfolioFile) -> Preview:
    """What confirming the file would do now, with the broker's corrections. The file must have been read."""
    return preview(from_json(file.reading), vat_rates=_vat_rates(file.reading))


def _vat_rates(stored: dict) -> dict[int, Decimal]:
    # A choice of the broker, not of the reader: it stands beside the reading, by line number.
    return {int(line): Decimal(rate) for line, rate in stored.get("vat_rates", {}).items()}


class NotEditable(Exception):
    """The file has been confirmed, or is not read yet; the message is French."""


def _lock(file: PortfolioFile) -> PortfolioFile:
    locked = PortfolioFile.objects.select_for_update(of=("self",)).defer("content").get(pk=file.pk)
    if locked.status != PortfolioFileStatus.READ:
        raise NotEditable("Cette liste n’est plus modifiable : elle a été confirmée, ou sa lecture n’est pas finie.")
    return locked


def _store(file: PortfolioFile, reading: Reading, **choices) -> None:
    kept = {key: file.reading[key] for key in ("vat_rates", "top") if key in file.reading}
    file.reading = {**to_json(reading), **kept, **choices}
    file.save(update_fields=["reading"])


@transaction.atomic
def correct_line(
    file: PortfolioFile,
    *,
    line: int,
    name: str,
    identifier: Identifier | None,
    country: str,
    requested: Decimal | None,
    set_aside: str,
    vat_rate: Decimal,
) -> None:
    """Writes the broker's words over one line; a rejected line becomes a buyer again.

    `requested` is HT, None for the computed proposal. `set_aside` is a SetAside value, or "" to ask the buyer.
    Raises ValidationError (by field) for a company that stands on another line already, NotEditable, and KeyError when
    the file has no such line.
    """
    locked = _lock(file)
    reading = from_json(locked.reading)
    corrected = line_as_read(reading, line)._replace(
        name=name,
        id_type=identifier.id_type if identifier else "",
        id_value=identifier.id_value if identifier else "",
        country=identifier.country if identifier else country,
        requested=requested,
        set_aside=set_aside,
        warnings=identifier.warnings if identifier else (),
    )
    others = [row for row in reading.rows if row.line != line]
    _refuse_double(corrected, others)
    rates = {**locked.reading.get("vat_rates", {}), str(line): str(vat_rate)}
    rows = tuple(sorted([*others, corrected], key=lambda row: row.line))
    still_rejected = tuple(rejected for rejected in reading.rejected if rejected.line != line)
    _store(locked, replace(reading, rows=rows, rejected=still_rejected), vat_rates=rates)


def line_as_read(reading: Reading, line: int) -> Row:
    """The buyer of a line, or what can be read of it when it was rejected. Raises KeyError without such a line."""
    if any(rejected.line == line for rejected in reading.rejected):
        return row_from_rejected(reading, line)
    for row in reading.rows:
        if row.line == line:
            return row
    raise KeyError(line)


def _refuse_double(corrected: Row, others: list[Row]) -> None:
    identity = (corrected.country, corrected.id_type, corrected.id_value)
    for row in others:
        if corrected.id_value and (row.country, row.id_type, row.id_value) == identity:
            raise ValidationError(
                {"identifier": f"C’est l’identifiant de {row.name}, ligne {row.line} : corrigez plutôt cette ligne."}
            )


@transaction.atomic
def keep_largest(file: PortfolioFile, *, top: int | None) -> None:
    """Asks the `top` largest buyers only, or all of them (None). Buyers set aside for another reason stay so."""
    locked = _lock(file)
    reading = from_json(locked.reading)
    rows = [row._replace(set_aside="") if row.set_aside == SetAside.NOT_AMONG_LARGEST else row for row in reading.rows]
    chosen = preview(replace(reading, rows=tuple(rows)), vat_rates=_vat_rates(locked.reading), top=top)
    left_out = {line.row.line for line in chosen.lines if line.reason == SetAside.NOT_AMONG_LARGEST}
    rows = [row._replace(set_aside=SetAside.NOT_AMONG_LARGEST) if row.line in left_out else row for row in rows]
    _store(locked, replace(reading, rows=tuple(rows)), top=top)


def discard_portfolio_file(file: PortfolioFile) -> None:
    """Throws away a list that was not confirmed. A confirmed one is a proof and stays."""
    PortfolioFile.objects.unconfirmed().filter(pk=file.pk).delete()
