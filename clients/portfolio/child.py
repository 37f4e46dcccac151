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
from itertools import takewhile
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from typing import IO, Any

from clients.portfolio.choices import Told
from clients.portfolio.copying import copied
from clients.portfolio.fec_text import fec_records
from clients.portfolio.reader import open_list, read_portfolio
from clients.portfolio.reading import ListReader, UnreadablePortfolio, to_json
from clients.portfolio.sheets import open_grids
from clients.portfolio.texts import Record
from clients.portfolio.values import as_text, cell_as_json, cell_from_json

MEMORY = 1 << 30
CPU_SECONDS = 20
WALL_SECONDS = 60  # a busy machine gives a reader a third of a processor
MAX_BYTES = 200_000_000
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

    def __init__(self, content: bytes | Iterable[bytes], told: Told | None = None) -> None:
        """The content may come in chunks."""
        self.about: dict[str, Any] = {}
        self._content = content
        self._told = (told or Told()).as_json()

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        sections = [b"", b"", b""]  # lines, corrections, about: what is not handed out yet
        section = 0
        with _child("list", self._content, self._told) as blocks:
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


def lines_in_child(
    content: bytes | Iterable[bytes], lines: Sequence[int], *, sheet: str | None = None
) -> list[tuple[int, list[str]]]:
    """These physical lines of a list as they are written, each with its number. Raises UnreadablePortfolio."""
    with _child("lines", content, {"sheet": sheet or None, "lines": list(lines)}) as blocks:
        written = b"".join(blocks)
    found: list[tuple[int, list[str]]] = [(line, cells) for line, cells in json.loads(written)]
    return found


def open_in_child(content: bytes) -> list[Record]:
    """The first filled table of any file that `open_grids` opens, bounded alike. Raises UnreadablePortfolio."""
    with _child("table", content, {}) as blocks:
        written = b"".join(blocks)
    return [(line, [cell_from_json(cell) for cell in cells]) for line, cells in json.loads(written)]


@contextmanager
def _child(task: str, content: bytes | Iterable[bytes], options: Mapping[str, object]) -> Iterator[Iterator[bytes]]:
    """What the child writes about the content, block by block while it works. Raises UnreadablePortfolio."""
    with TemporaryFile() as source, TemporaryFile() as complaints:
        source.write(json.dumps(options).encode() + b"\n")
        before = source.tell()
        source.writelines([content] if isinstance(content, bytes) else content)
        if source.tell() - before > MAX_BYTES:
            raise UnreadablePortfolio("Ce fichier dépasse 200 Mo : ne gardez que la liste des clients et déposez-la.")
        source.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "clients.portfolio.child", task],
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
            raise _failure(ended, complaints.read(), task)


def _drain(output: IO[bytes], blocks: SimpleQueue[bytes]) -> None:
    while block := os.read(output.fileno(), BLOCK_BYTES):
        blocks.put(block)
    output.close()
    blocks.put(b"")


def _failure(ended: int, complaints: bytes, task: str) -> UnreadablePortfolio:
    if ended == _UNREADABLE:
        sentence, form = json.loads(complaints)
        failure = UnreadablePortfolio(sentence)
        failure.form = form
        return failure
    last_words = complaints[-2000:].decode(errors="replace")
    logger.error("Reading a %s ended with %s: %s", task, ended, last_words)
    killed = ended < 0 or "MemoryError" in last_words
    return UnreadablePortfolio(TOO_HEAVY if killed else FAILED)


def main() -> int:
    """Read options and file on standard input; write what the task wants on standard output, or the sentence why not
    on the error output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a short life without cycles: collecting a long list again and again costs a third of the time
    task, options = sys.argv[1], json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    try:
        if task == "table":
            records = open_grids(content)[0].records
            json.dump([(line, [cell_as_json(cell) for cell in cells]) for line, cells in records], sys.stdout)
        elif task == "lines":
            json.dump(_lines_of(content, options["lines"], options["sheet"]), sys.stdout)
        elif task == "whole":
            json.dump(to_json(read_portfolio(content, **options)), sys.stdout)
        else:
            _write_list(open_list(content, Told.from_json(options)))
    except UnreadablePortfolio as error:
        json.dump((str(error), error.form), sys.stderr)
        return _UNREADABLE
    return 0


def _lines_of(content: bytes, lines: Sequence[int], sheet: str | None) -> list[tuple[int, list[str]]]:
    fec = fec_records(content)  # longer than any other list
    records = fec.records if fec else iter(open_grids(content, sheet=sheet)[0].records)
    wanted, last = frozenset(lines), max(lines)
    up_to_last = takewhile(lambda record: record[0] <= last, records)
    return [(line, list(map(as_text, cells))) for line, cells in up_to_last if line in wanted]


def _write_list(reader: ListReader) -> None:
    write = sys.stdout.buffer.write
    for line in reader.lines():
        write(copied(line, reader.reading).encode())
    write(_END_OF_SECTION)
    for line in reader.corrections():
        write(copied(line, reader.reading).encode())
    write(_END_OF_SECTION + json.dumps(reader.reading.about()).encode())


if __name__ == "__main__":
    sys.exit(main())
