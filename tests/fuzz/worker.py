"""Reads damaged files one after the other as the reader's child does, in a process that may die of one.

`python -m tests.fuzz.worker FIRST COUNT` writes the number of each file before it is read, then what is wrong with it.
"""

import gc
import json
import re
import resource
import sys
import time
import traceback
from pathlib import Path

from clients.portfolio.child import MEMORY
from clients.portfolio.choices import Told
from clients.portfolio.copying import COLUMNS, copied
from clients.portfolio.reader import open_list
from clients.portfolio.reading import ListReader, Row, UnreadablePortfolio
from clients.portfolio.terms import LONGEST_TERMS
from clients.portfolio.values import HIGHEST_AMOUNT
from tests.fuzz.mutations import damaged

SECONDS = 2.0  # of the processor
MEGABYTES = 500
LONGEST_SENTENCE = 400


def main(first: int, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for seed in range(first, first + count):
        print(json.dumps({"seed": seed}), flush=True)
        content, told = damaged(seed)
        started = time.process_time()
        wrong = what_is_wrong(content, told)
        seconds = time.process_time() - started
        megabytes = peak_megabytes()
        if seconds > SECONDS:
            wrong = wrong or f"took {seconds:.1f} s"
        if megabytes > MEGABYTES:
            wrong = wrong or f"took {megabytes:.0f} MB"
        if wrong:
            print(json.dumps({"seed": seed, "wrong": wrong}), flush=True)
        if seed % 50 == 0:
            gc.collect()


def peak_megabytes() -> float:
    """Of this program alone: `ru_maxrss` also remembers the process that started it."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def what_is_wrong(content: bytes, told: Told) -> str:
    """Empty when the file is read, or refused with a sentence."""
    try:
        return _contradiction(open_list(content, told))
    except UnreadablePortfolio as refusal:
        sentence = str(refusal)
        return "" if sentence.endswith(".") and len(sentence) <= LONGEST_SENTENCE else f"says {sentence!r}"
    except Exception:
        return traceback.format_exc()


def _contradiction(reader: ListReader) -> str:
    """What the reading says that cannot be."""
    seen: set[int] = set()
    for line in reader.lines():
        if line.line in seen:
            return f"line {line.line} comes twice"
        seen.add(line.line)
        if wrong := _impossible(line, reader):
            return wrong
    for line in reader.corrections():
        if line.line not in seen and not hasattr(line, "reason"):
            return f"line {line.line} is corrected without having been read"
        if wrong := _impossible(line, reader):
            return wrong
    json.dumps(reader.reading.about())
    return ""


def _impossible(line: object, reader: ListReader) -> str:
    said = copied(line, reader.reading)
    if said.count("\t") != COLUMNS.count(",") or said.count("\n") != 1 or "\x00" in said:
        return f"no line for COPY: {said!r}"
    if not isinstance(line, Row):
        return ""
    if any(amount is not None and abs(amount) >= HIGHEST_AMOUNT for amount in (line.outstanding, line.peak)):
        return f"beyond measure: {line}"
    if line.terms_days is not None and not 0 <= line.terms_days <= LONGEST_TERMS:
        return f"terms of {line.terms_days} days"
    if reader.reading.form and sum(line.ageing) != line.outstanding:
        return f"the ageing is not the balance: {line}"
    return "" if len(line.ageing) in (0, len(reader.reading.ageing_from)) else f"ageing of other columns: {line}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
