"""The worker's CPU for each stored answer, against bare aiohttp with one batched upsert of the same rows."""

import asyncio
import statistics
import sys
import time

import django

django.setup()

import aiohttp  # noqa: E402
import psutil  # noqa: E402
from django.db import connection  # noqa: E402
from psycopg2.extras import execute_values  # noqa: E402

from benchmarks.market_tests import bench_accounts, run  # noqa: E402
from benchmarks.report import report  # noqa: E402
from quotes.models import PartnerAccount  # noqa: E402

BUYERS = 2000
CONCURRENT = 100
ROUNDS = 5
GOAL = 2.0


def main() -> int:
    (account,) = bench_accounts((0.2,), concurrent=CONCURRENT)
    worker = _calls_worker()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare_answers (reference text PRIMARY KEY, granted numeric, raw bytea)")
    run([account], BUYERS)
    ours, bare = [], []
    for round_number in range(ROUNDS):
        before = _cpu(worker)
        run([account], BUYERS)
        ours.append(_cpu(worker) - before)
        started = time.process_time()
        _upsert(asyncio.run(_ask_all(account, round_number)))
        bare.append(time.process_time() - started)
    milliseconds = 1000 / BUYERS
    return report(
        "CPU per stored answer ÷ bare aiohttp and one upsert",
        statistics.median(ours) * milliseconds,
        statistics.median(bare) * milliseconds,
        GOAL,
        unit="ms",
    )


def _calls_worker() -> psutil.Process:
    (worker,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if {"worker", "partners"} <= set(process.info["cmdline"] or ()) and _is_ours(process)
    )
    return worker


def _is_ours(process: psutil.Process) -> bool:
    """Of the same supervisor as this benchmark."""
    return process.ppid() == psutil.Process().ppid()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _ask_all(account: PartnerAccount, round_number: int) -> list[tuple]:
    slots = asyncio.Semaphore(CONCURRENT)

    async def ask(number: int) -> tuple:
        reference = f"bare-{round_number}-{number}"
        question = {"reference": reference, "identifier": f"{number:09d}", "amount": 10_000}
        async with slots, session.post(f"{account.base_url}/answer", json=question) as response:
            raw = await response.read()
            answer = await response.json()
        return answer["reference"], answer["granted"], raw

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENT)) as session:
        return await asyncio.gather(*(ask(number) for number in range(BUYERS)))


def _upsert(rows: list[tuple]) -> None:
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "INSERT INTO bare_answers VALUES %s ON CONFLICT (reference) "
            "DO UPDATE SET granted = EXCLUDED.granted, raw = EXCLUDED.raw",
            rows,
            page_size=len(rows),
        )


if __name__ == "__main__":
    sys.exit(main())
