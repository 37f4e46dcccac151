"""Answers stored each second, against one Celery task for every question on 32 threads with a blocking client."""

import sys
import tempfile
import time
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402

from benchmarks.market_tests import bench_accounts, run  # noqa: E402
from benchmarks.pair_tasks import ask_one_question  # noqa: E402
from benchmarks.report import report  # noqa: E402
from factortaboite.servers.stack import PYTHON  # noqa: E402
from factortaboite.servers.supervisor import Service, Supervisor  # noqa: E402

LATENCY = 0.2
CONCURRENT = 100
BUYERS = 2000
PARTNERS = 5
PAIRS = 1000
AT_LEAST = 8
COMMAND = [PYTHON, "-m", "celery", "-A", "benchmarks.pair_tasks", "worker", "--pool", "threads", "-c", "32"]
COMMAND += ["-Q", "pairs", "-n", "pairs@%h", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


def main() -> int:
    accounts = bench_accounts((LATENCY,) * PARTNERS, concurrent=CONCURRENT)
    ours = BUYERS * PARTNERS / min(run(accounts, BUYERS) for _ in range(2))
    theirs = _pairs_per_second(accounts[0].base_url)
    print(f"answers stored each second: {ours:.0f} against {theirs:.0f}")
    # As a ratio to stay below: their rate times the goal, over ours.
    return report(f"{AT_LEAST} × one task per question ÷ ours", AT_LEAST * theirs, ours, 1.0, unit="answers/s")


def _pairs_per_second(url: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE pair_answers (reference text PRIMARY KEY, granted numeric, raw bytea)")
    with tempfile.TemporaryDirectory() as directory:
        supervisor = Supervisor(Path(directory), lambda label: None)
        try:
            supervisor.start(Service("pairs", "Exécutant de référence", COMMAND))
            _ask(url, "warm-up", 64)
            started = time.perf_counter()
            _ask(url, "measured", PAIRS)
            return PAIRS / (time.perf_counter() - started)
        finally:
            supervisor.stop()


def _ask(url: str, name: str, count: int) -> None:
    for number in range(count):
        ask_one_question.delay(url, f"{name}-{number}", f"{number:09d}", 10_000)
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM pair_answers WHERE reference LIKE %s", [f"{name}-%"])
            if cursor.fetchone()[0] == count:
                return
            time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
