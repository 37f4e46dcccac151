"""From the bytes of a buyer list to its draft snapshot."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from clients.enums import PortfolioFileStatus
from clients.models import Client, ClientRequest, Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio.child import ListStream, lines_in_child
from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.values import clean
from clients.services.drafts import NotEditable
from clients.services.intake import take_in
from factortaboite.accounts.models import User
from factortaboite.enqueue import enqueue, enqueue_on_commit

logger = logging.getLogger(__name__)

READ_TASK = "clients.tasks.read_portfolio_file_task"
MAX_ATTEMPTS = 3
REMEMBERED_LISTS = 5
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
    *,
    client: Client,
    filename: str,
    content: bytes,
    by: User,
    pasted: bool = False,
    request: ClientRequest | None = None,
) -> PortfolioFile:
    """Keeps the bytes and has them read. The same bytes, dropped again while unconfirmed, are the same file.

    `request` is the one through whose link the client brought it; `by` then is whom it was asked by.
    """
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
        request=request,
        next_try_at=Now() + HEAD_START,
    )
    enqueue_on_commit(READ_TASK, file.pk)
    return file


def read_portfolio_file(file_id: int) -> None:
    """Reads a waiting file, in a process of its own, into a draft snapshot. Called twice, it stores one reading."""
    waiting = PortfolioFile.objects.filter(pk=file_id, status=PortfolioFileStatus.PENDING)
    if not waiting.update(attempts=F("attempts") + 1, next_try_at=Now() + READING_TIME):
        return
    file = PortfolioFile.objects.get(pk=file_id)
    stream = ListStream(bytes(file.content), file.filename, **file.choices, known=_known_mappings(file))
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
        waiting.update(status=PortfolioFileStatus.UNREADABLE, error=str(error))


def _known_mappings(file: PortfolioFile) -> list[tuple[list[str], dict[str, str]]]:
    """The headers and the chosen columns of the client's earlier lists, latest first."""
    earlier = PortfolioFile.objects.filter(client=file.client_id, choices__has_key="columns", reading__isnull=False)
    latest = earlier.exclude(pk=file.pk).order_by("-pk").values_list("reading__headers", "choices__columns")
    return list(latest[:REMEMBERED_LISTS])


@transaction.atomic
def read_again(file: PortfolioFile, *, sheet: str | None, columns: Mapping[str, str]) -> None:
    """Has a list read once more with the broker's choices; what was read before goes, corrections included.

    Raises NotEditable for a list that was confirmed, or that is being read.
    """
    locked = PortfolioFile.objects.select_for_update(of=("self",)).defer("content").get(pk=file.pk)
    if locked.status not in (PortfolioFileStatus.READ, PortfolioFileStatus.UNREADABLE):
        raise NotEditable("Cette liste n’est plus modifiable : elle a été confirmée, ou sa lecture n’est pas finie.")
    RiskSnapshot.objects.filter(file=locked, confirmed_at=None).delete()
    locked.skipped_lines.all().delete()
    locked.choices = {"columns": dict(columns)} | ({"sheet": sheet} if sheet else {})
    locked.status, locked.attempts, locked.error = PortfolioFileStatus.PENDING, 0, ""
    locked.next_try_at = Now() + HEAD_START
    locked.save(update_fields=["choices", "status", "attempts", "error", "next_try_at"])
    enqueue_on_commit(READ_TASK, locked.pk)


def lines_of_file(exposure: Exposure) -> list[tuple[int, list[str]]]:
    """The lines of the original file that a stored figure comes from, as they are written.

    Raises UnreadablePortfolio when the file cannot be opened any longer.
    """
    file = exposure.snapshot.file
    lines = [exposure.line, *exposure.merged_lines]
    return lines_in_child(bytes(file.content), lines, sheet=file.reading["sheet"])


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


@transaction.atomic
def discard_portfolio_file(file: PortfolioFile) -> None:
    """Throws away a list that was not confirmed, with its draft. A confirmed one is a proof and stays."""
    RiskSnapshot.objects.filter(file=file, confirmed_at=None).delete()
    PortfolioFile.objects.unconfirmed().filter(pk=file.pk).delete()
