"""Reading an untrusted file in a process of its own, with a bound on memory and time.

A workbook of 1 kB can abort the interpreter that parses it (PERFORMANCE.md §7): only this child may die of it. It is
started with `subprocess`, because a prefork Celery worker may not use multiprocessing, and imports neither Django
nor Celery.
"""

import gc
import json
import logging
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from typing import IO, Any

from clients.portfolio.copying import copied
from clients.portfolio.reader import open_list, read_portfolio
from clients.portfolio.reading import ListReader, UnreadablePortfolio, to_json
from clients.portfolio.sheets import open_grids
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell, as_text

MEMORY = 1 << 30
CPU_SECONDS = 20
WALL_SECONDS = 60  # a busy machine gives a reader a third of a processor
MAX_BYTES = 50_000_000
BLOCK_BYTES = 1 << 18
CHUNK_BYTES = 1 << 18  # some 1 500 lines: worth a statement each, and the next ones are read meanwhile

logger = logging.getLogger(__name__)

_PROJECT = Path(__file__).resolve().parents[2]
_UNREADABLE = 3
_END_OF_SECTION = b"\x00"  # stands in no line: PostgreSQL's texts cannot hold it

TOO_HEAVY = (
    "La lecture de ce fichier demande trop de temps ou de mémoire : copiez votre liste seule dans un nouveau "
    "classeur, ou enregistrez-la en CSV, et déposez-la."
)
FAILED = "Ce fichier n’a pas pu être lu : ouvrez-le dans Excel, enregistrez-le en .xlsx et déposez-le à nouveau."


class ListStream:
    """A list as the child reads it, ready for COPY: iterate over the chunks of whole lines (copying.COLUMNS).

    Each chunk comes with whether its lines correct those given before. `about` tells how the list was read (a
    Reading's `about`) once the iteration is over; it raises UnreadablePortfolio, also when the child is killed, aborts
    or takes too long.
    """

    def __init__(
        self,
        content: bytes,
        filename: str = "",
        *,
        sheet: str | None = None,
        columns: Mapping[str, str] | None = None,
        known: Iterable[tuple[Sequence[str], Mapping[str, str]]] = (),
    ) -> None:
        """The options are those of `open_list`."""
        self.about: dict[str, Any] = {}
        self._content = content
        self._options = {"filename": filename, "sheet": sheet, "columns": dict(columns or {}), "known": list(known)}

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        sections = [b"", b"", b""]  # lines, corrections, about: what is not handed out yet
        section = 0
        with _child("list", self._content, self._options) as blocks:
            for block in blocks:
                first, *others = block.split(_END_OF_SECTION)
                sections[section] += first
                for other in others:
                    section += 1
                    sections[section] = other
                if section == 0 and len(sections[0]) > CHUNK_BYTES:
                    chunk, _, sections[0] = sections[0].rpartition(b"\n")
                    yield chunk + b"\n", False
        for chunk, corrects in ((sections[0], False), (sections[1], True)):
            if chunk:
                yield chunk, corrects
        self.about = json.loads(sections[2])


def read_in_child(content: bytes, filename: str = "", *, sheet: str | None = None) -> dict[str, Any]:
    """The whole list as `to_json` has it, read by the child. Raises UnreadablePortfolio."""
    with _child("whole", content, {"filename": filename, "sheet": sheet}) as blocks:
        written = b"".join(blocks)
    reading: dict[str, Any] = json.loads(written)
    return reading


def lines_in_child(content: bytes, lines: Sequence[int], *, sheet: str | None = None) -> list[tuple[int, list[str]]]:
    """These physical lines of a list as they are written, each with its number. Raises UnreadablePortfolio."""
    with _child("lines", content, {"sheet": sheet or None, "lines": list(lines)}) as blocks:
        written = b"".join(blocks)
    found: list[tuple[int, list[str]]] = [(line, cells) for line, cells in json.loads(written)]
    return found


def open_in_child(content: bytes) -> list[Record]:
    """The first filled table of any file that `open_grids` opens, bounded alike. Raises UnreadablePortfolio."""
    with _child("table", content, {}) as blocks:
        written = b"".join(blocks)
    return [(line, [_to_cell(*cell) for cell in cells]) for line, cells in json.loads(written)]


@contextmanager
def _child(task: str, content: bytes, options: Mapping[str, object]) -> Iterator[Iterator[bytes]]:
    """What the child writes about the content, block by block while it works. Raises UnreadablePortfolio."""
    if len(content) > MAX_BYTES:
        raise UnreadablePortfolio("Ce fichier dépasse 50 Mo : ne gardez que la liste des clients et déposez-la.")
    with TemporaryFile() as source, TemporaryFile() as complaints:
        source.write(content)
        source.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "clients.portfolio.child", task, json.dumps(options)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=_PROJECT,
            env={},  # the parent's secrets are none of its business
        )
        too_late = threading.Timer(WALL_SECONDS, child.kill)
        too_late.start()
        blocks: SimpleQueue[bytes] = SimpleQueue()
        # What the child has read waits here while the caller is busy, so that the child never waits for the caller.
        drain = threading.Thread(target=_drain, args=(child.stdout, blocks))
        drain.start()
        try:
            yield iter(blocks.get, b"")
            ended = child.wait()
        finally:
            child.kill()
            child.wait()
            drain.join()
            too_late.cancel()
        if ended != 0:
            complaints.seek(0)
            raise UnreadablePortfolio(_why(ended, complaints.read(), task, options))


def _drain(output: IO[bytes], blocks: SimpleQueue[bytes]) -> None:
    while block := os.read(output.fileno(), BLOCK_BYTES):
        blocks.put(block)
    output.close()
    blocks.put(b"")


def _why(ended: int, complaints: bytes, task: str, options: Mapping[str, object]) -> str:
    if ended == _UNREADABLE:
        return complaints.decode()
    last_words = complaints[-2000:].decode(errors="replace")
    logger.error("Reading a %s %s ended with %s: %s", task, options, ended, last_words)
    killed = ended < 0 or "MemoryError" in last_words
    return TOO_HEAVY if killed else FAILED


def main() -> int:
    """Read the file on standard input; write what the task wants on standard output, or the sentence why not on the
    error output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a short life without cycles: collecting a long list again and again costs a third of the time
    task, options = sys.argv[1], json.loads(sys.argv[2])
    content = sys.stdin.buffer.read()
    try:
        if task == "table":
            records = open_grids(content)[0].records
            json.dump([(line, [_from_cell(cell) for cell in cells]) for line, cells in records], sys.stdout)
        elif task == "lines":
            wanted = frozenset(options["lines"])
            records = open_grids(content, sheet=options["sheet"])[0].records
            json.dump([(line, list(map(as_text, cells))) for line, cells in records if line in wanted], sys.stdout)
        elif task == "whole":
            json.dump(to_json(read_portfolio(content, **options)), sys.stdout)
        else:
            _write_list(open_list(content, **options))
    except UnreadablePortfolio as error:
        sys.stderr.buffer.write(str(error).encode())
        return _UNREADABLE
    return 0


def _write_list(reader: ListReader) -> None:
    write = sys.stdout.buffer.write
    for line in reader.lines():
        write(copied(line, reader.reading).encode())
    write(_END_OF_SECTION)
    for line in reader.corrections():
        write(copied(line, reader.reading).encode())
    write(_END_OF_SECTION + json.dumps(reader.reading.about()).encode())


def _from_cell(cell: Cell) -> tuple[str, str]:
    """The cell as JSON has it: what it is, and its text."""
    if isinstance(cell, Decimal):
        return "number", str(cell)
    return ("date", cell.isoformat()) if isinstance(cell, date) else ("text", cell)


def _to_cell(kind: str, text: str) -> Cell:
    if kind == "number":
        return Decimal(text)
    return date.fromisoformat(text) if kind == "date" else text


if __name__ == "__main__":
    sys.exit(main())
