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
from pathlib import Path

from clients.portfolio.reader import read_portfolio
from clients.portfolio.reading import Reading, UnreadablePortfolio, from_json, write_json

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
    options = json.dumps({"filename": filename, "sheet": sheet, "columns": dict(columns or {})})
    try:
        child = subprocess.run(
            [sys.executable, "-m", "clients.portfolio.child", options],
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
            "Reading %r ended with %s: %s", filename, child.returncode, child.stderr[-2000:].decode(errors="replace")
        )
        killed = child.returncode < 0 or b"MemoryError" in child.stderr
        raise UnreadablePortfolio(TOO_HEAVY if killed else FAILED)
    return child.stdout.decode()


def main() -> int:
    """Read the file on standard input; write the reading as JSON, or the sentence why not, on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a short life without cycles: collecting a long list again and again costs a third of the time
    options = json.loads(sys.argv[1])
    try:
        reading = read_portfolio(sys.stdin.buffer.read(), **options)
    except UnreadablePortfolio as error:
        sys.stdout.buffer.write(str(error).encode())
        return _UNREADABLE
    write_json(reading, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
