"""`make fuzz`: damaged files through the reader of lists. `ARGS="--files 10000 --first 1"` says which.

Each must be read, or refused with a sentence, within 2 s and 500 MB. What goes wrong is told with its number, and the
file is kept in var/fuzz/. Ends with 1 when anything did.
"""

import argparse
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tests.fuzz.mutations import damaged

PROJECT = Path(__file__).resolve().parents[2]
KEPT = PROJECT / "var" / "fuzz"
PATIENCE_SECONDS = 30.0  # between two signs of life: a machine may be busy


class Failure(NamedTuple):
    seed: int
    wrong: str


def failures(first: int, count: int) -> Iterator[Failure]:
    """What is wrong with the damaged files of these numbers, also where one kills its reader."""
    last = first + count - 1
    while first <= last:
        command = [sys.executable, "-m", "tests.fuzz.worker", str(first), str(last - first + 1)]
        with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as worker:
            seed = first
            for sign in _signs(worker):
                seed = sign["seed"]
                if "wrong" in sign:
                    yield Failure(seed, sign["wrong"])
            worker.kill()
            ended = worker.wait()
        if ended == 0:
            return
        yield Failure(seed, f"killed its reader ({ended})")
        first = seed + 1


def _signs(worker: subprocess.Popen[str]) -> Iterator[dict]:
    """The worker's lines, until it ends or is silent for too long."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert worker.stdout is not None
    threading.Thread(target=_pump, args=(worker.stdout, lines), daemon=True).start()
    while line := _next(lines):
        yield json.loads(line)


def _next(lines: "queue.SimpleQueue[str]") -> str:
    try:
        return lines.get(timeout=PATIENCE_SECONDS)
    except queue.Empty:
        return ""


def _pump(output: IO[str], lines: "queue.SimpleQueue[str]") -> None:
    for line in output:
        lines.put(line)
    lines.put("")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how many damaged files")
    parser.add_argument("--first", type=int, default=1, help="the number of the first")
    arguments = parser.parse_args()
    started, found = time.monotonic(), 0
    for failure in failures(arguments.first, arguments.files):
        found += 1
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{failure.seed}.bin").write_bytes(damaged(failure.seed)[0])
        print(f"file {failure.seed}: {failure.wrong}", flush=True)
    minutes = (time.monotonic() - started) / 60
    print(f"{arguments.files} damaged files, {found} wrong, {minutes:.1f} min")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
