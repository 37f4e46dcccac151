"""From the bytes of a buyer list to its draft snapshot."""

import hashlib
import logging
import zlib
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from clients.enums import PortfolioFileStatus
from clients.models import Client, ClientRequest, Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio.child import ListStream, lines_in_child, open_in_child
from clients.portfolio.choices import Choices, Known, Told, for_next_time
from clients.portfolio.corrections import find_corrections
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.values import clean
from clients.services.drafts import NotEditable
from clients.services.intake import take_in
from factortaboite.accounts.models import User
from factortaboite.enqueue import enqueue_due, enqueue_on_commit

logger = logging.getLogger(__name__)

READ_TASK = "clients.tasks.read_portfolio_file_task"
MAX_ATTEMPTS = 3
REMEMBERED_LISTS = 5
# What goes to the database in one piece: twice as much when no byte of the largest workbook can be saved.
LARGEST_PACKED = 40_000_000
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


class TooLarge(ValueError):
    """The file takes too much room, even compressed; the message is French."""


def pack(chunks: Iterable[bytes]) -> tuple[bytes, str]:
    """The bytes compressed, and their SHA-256. Raises TooLarge."""
    packed, packer, digest = bytearray(), zlib.compressobj(level=3), hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        packed += packer.compress(chunk)
        if len(packed) > LARGEST_PACKED:
            break
    packed += packer.flush()
    if len(packed) > LARGEST_PACKED:
        raise TooLarge("Ce fichier est trop volumineux : gardez seulement la liste des acheteurs.")
    return bytes(packed), digest.hexdigest()


@transaction.atomic
def store_portfolio_file(
    *,
    client: Client,
    filename: str,
    content: Iterable[bytes],
    by: User,
    pasted: bool = False,
    request: ClientRequest | None = None,
) -> PortfolioFile:
    """Keeps the bytes, which come in chunks, and has them read. The same bytes, dropped again, are the same file and
    change nothing.

    `request` is the one through whose link the client brought it; `by` then is whom it was asked by. Raises TooLarge.
    """
    packed, sha256 = pack(content)
    # One at a time per client: two drops of the same file make one row.
    Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    already = client.files.filter(sha256=sha256).exclude(status=PortfolioFileStatus.UNREADABLE).first()
    if already:
        return already
    return _waiting(
        firm_id=client.firm_id,
        client=client,
        filename=clean(filename)[:200],
        packed=packed,
        sha256=sha256,
        pasted=pasted,
        uploaded_by=by,
        request=request,
    )


def _waiting(**fields: object) -> PortfolioFile:
    file = PortfolioFile.objects.create(**fields, next_try_at=Now() + HEAD_START)
    enqueue_on_commit(READ_TASK, file.pk)
    return file


@transaction.atomic
def read_confirmed_again(file: PortfolioFile, *, by: User) -> PortfolioFile:
    """A new draft from a confirmed list, for other choices than the first time; what was confirmed stays."""
    return _waiting(
        firm_id=file.firm_id,
        client_id=file.client_id,
        filename=file.filename,
        packed=file.packed,
        sha256=file.sha256,
        pasted=file.pasted,
        choices=file.choices,
        uploaded_by=by,
    )


def read_portfolio_file(file_id: int) -> None:
    """Reads a waiting file, in a process of its own, into a draft snapshot. Called twice, it stores one reading."""
    waiting = PortfolioFile.objects.filter(pk=file_id, status=PortfolioFileStatus.PENDING)
    if not waiting.update(attempts=F("attempts") + 1, next_try_at=Now() + READING_TIME):
        return
    file = PortfolioFile.objects.get(pk=file_id)
    received_on = timezone.localtime(file.uploaded_at).date()
    told = Told(file.filename, file.choices, known=_earlier_choices(file), received_on=received_on)
    stream = ListStream(file.chunks(), told)
    try:
        with transaction.atomic():
            # Held until the end: of two workers, the second finds the file read.
            if not waiting.select_for_update(no_key=True, of=("self",)).exists():
                return
            draft = RiskSnapshot.objects.create(
                firm_id=file.firm_id, client_id=file.client_id, file=file, confirmed_at=None
            )
            take_in(stream, snapshot=draft, file=file)
            waiting.update(status=PortfolioFileStatus.READ, reading=stream.about, error="")
            draft.ageing_from = stream.about["ageing_from"]
            draft.save(update_fields=["ageing_from"])
    except UnreadablePortfolio as error:
        known_form = {"reading": {"form": error.form}} if error.form and file.reading is None else {}
        waiting.update(status=PortfolioFileStatus.UNREADABLE, error=str(error), **known_form)


def _earlier_choices(file: PortfolioFile) -> list[Known]:
    """The headers of the client's earlier lists with what was chosen for them, latest first."""
    earlier = PortfolioFile.objects.filter(client=file.client_id, reading__has_key="headers").exclude(choices={})
    latest = earlier.exclude(pk=file.pk).order_by("-pk").values_list("reading__headers", "choices")
    known = (Known(headers, for_next_time(choices)) for headers, choices in latest[:REMEMBERED_LISTS])
    return [each for each in known if each.choices]


@transaction.atomic
def read_again(file: PortfolioFile, *, choices: Choices) -> None:
    """Has a list read once more with the broker's choices; what was read before goes, corrections included.

    Raises NotEditable for a list that was confirmed, or that is being read.
    """
    locked = PortfolioFile.objects.select_for_update(of=("self",)).defer("packed").get(pk=file.pk)
    if locked.status not in (PortfolioFileStatus.READ, PortfolioFileStatus.UNREADABLE):
        raise NotEditable("Cette liste n’est plus modifiable : elle a été confirmée, ou sa lecture n’est pas finie.")
    RiskSnapshot.objects.filter(file=locked, confirmed_at=None).delete()
    locked.skipped_lines.all().delete()
    locked.choices = choices
    locked.status, locked.attempts, locked.error = PortfolioFileStatus.PENDING, 0, ""
    locked.next_try_at = Now() + HEAD_START
    locked.save(update_fields=["choices", "status", "attempts", "error", "next_try_at"])
    enqueue_on_commit(READ_TASK, locked.pk)


def read_corrected_lines(file: PortfolioFile, *, content: bytes) -> int:
    """Has a list read once more with the lines to correct as the workbook of them says now; how many differ.

    Raises UnreadablePortfolio when the workbook is not that of this list, and NotEditable.
    """
    records = open_in_child(content)
    rejected = dict(file.skipped_lines.filter(is_rejected=True).values_list("line", "cells"))
    lines = find_corrections(records, file.reading["headers"], rejected)
    sheet: Choices = {"sheet": file.reading["sheet"]} if file.reading["sheet"] else {}
    earlier = file.choices.get("lines", {})
    merged = {line: {**earlier.get(line, {}), **cells} for line, cells in lines.items()}
    read_again(file, choices={**file.choices, **sheet, "lines": {**earlier, **merged}})
    return len(lines)


def lines_of_file(exposure: Exposure) -> list[tuple[int, list[str]]]:
    """The lines of the original file that a stored figure comes from, as they are written.

    Raises UnreadablePortfolio when the file cannot be opened any longer.
    """
    file = exposure.snapshot.file
    lines = [exposure.line, *exposure.merged_lines]
    return lines_in_child(file.chunks(), lines, sheet=file.reading["sheet"])


def sweep_portfolio_files() -> None:
    """Wakes a worker for every file that waits too long, and gives up on those that killed theirs each time."""
    due = PortfolioFile.objects.due()
    if given_up := due.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=PortfolioFileStatus.UNREADABLE, error=GIVEN_UP
    ):
        logger.warning("%s portfolio files could not be read in %s attempts", given_up, MAX_ATTEMPTS)
    enqueue_due(READ_TASK, due, due="next_try_at", pause=SWEEP_PAUSE)


@transaction.atomic
def discard_portfolio_file(file: PortfolioFile) -> None:
    """Throws away a list that was not confirmed, with its draft. A confirmed one is a proof and stays."""
    RiskSnapshot.objects.filter(file=file, confirmed_at=None).delete()
    PortfolioFile.objects.unconfirmed().filter(pk=file.pk).delete()
