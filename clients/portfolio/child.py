"""Reading an untrusted file in a process of its own, with a bound on memory and time.

A workbook of 1 kB can abort the interpreter that parses it (PERFORMANCE.md §7): only this child may die of it. It is
started with `subprocess`, because a prefork Celery worker may not use multiprocessing, and imports neither Django
nor Celery.
"""

import gc
import json
import logging
import resource
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from clients.portfolio.reader import read_portfolio
from clients.portfolio.reading import Reading, UnreadablePortfolio, from_json, write_json
from clients.portfolio.sheets import open_grids
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell

MEMORY = 1 << 30
CPU_SECONDS = 20
WALL_SECONDS = 60  # a busy machine gives a reader a third of a processor
MAX_BYTES = 50_000_000

logger = logging.getLogger(__name__)

_PROJECT = Path(__file__).resolve().parents[2]
_UNREADABLE = 3

TOO_HEAVY = (
    "La lecture de ce fichier demande trop de temps ou de mémoire : copiez votre liste seule dans un nouveau "
    "classeur, ou enregistrez-la en CSV, et déposez-la."
)
FAILED = "Ce fichier n’a pas pu être lu : ouvrez-le dans Excel, enregistrez-le en .xlsx et déposez-le à nouveau."


def read_in_child(
    content: bytes, filename: str = "", *, sheet: str | None = None, columns: Mapping[str, str] | None = None
) -> Reading:
    """`read_portfolio` in a child process capped at 1 GiB, 20 s of processor and 60 s of waiting.

    Raises UnreadablePortfolio, also when the child is killed, aborts or takes too long.
    """
    return from_json(json.loads(read_in_child_as_json(content, filename, sheet=sheet, columns=columns)))


def read_in_child_as_json(
    content: bytes, filename: str = "", *, sheet: str | None = None, columns: Mapping[str, str] | None = None
) -> str:
    """The same in the form that `from_json` reads, for who stores it as it is."""
    if len(content) > MAX_BYTES:
        raise UnreadablePortfolio("Ce fichier dépasse 50 Mo : ne gardez que la liste des clients et déposez-la.")
    return _run("list", content, filename=filename, sheet=sheet, columns=dict(columns or {}))


def open_in_child(content: bytes) -> list[Record]:
    """The first filled table of any file that `open_grids` opens, bounded alike. Raises UnreadablePortfolio."""
    records = json.loads(_run("table", content))
    return [(line, [_to_cell(*cell) for cell in cells]) for line, cells in records]


def _run(task: str, content: bytes, **options: object) -> str:
    """What the child writes about the content. Raises UnreadablePortfolio."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "clients.portfolio.child", task, json.dumps(options)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            cwd=_PROJECT,
            env={},  # the parent's secrets are none of its business
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadablePortfolio(TOO_HEAVY) from error
    if child.returncode == _UNREADABLE:
        raise UnreadablePortfolio(child.stdout.decode())
    if child.returncode != 0:
        logger.error(
            "Reading a %s %s ended with %s: %s",
            task,
            options,
            child.returncode,
            child.stderr[-2000:].decode(errors="replace"),
        )
        killed = child.returncode < 0 or b"MemoryError" in child.stderr
        raise UnreadablePortfolio(TOO_HEAVY if killed else FAILED)
    return child.stdout.decode()


def main() -> int:
    """Read the file on standard input; write what the task wants as JSON, or the sentence why not, on standard
    output."""
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
        else:
            write_json(read_portfolio(content, **options), sys.stdout)
    except UnreadablePortfolio as error:
        sys.stdout.buffer.write(str(error).encode())
        return _UNREADABLE
    return 0


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
