"""Market tests through the real workers, against the time the partners alone impose."""

import sys

import django

django.setup()

from benchmarks.market_tests import bench_accounts, floor_seconds, run  # noqa: E402
from benchmarks.report import report  # noqa: E402

ROUNDS = 2  # the better one counts: the first also pays for cold workers

# (name, latencies in seconds, buyers, slots, calls a second, goal)
SIZES = (
    ("300 × 5", (0.2, 0.3, 0.5, 0.8, 1.0), 300, 20, 40.0, 1.08),
    ("2 000 × 5", (1.0,) * 5, 2000, 100, None, 1.25),
)


def main() -> int:
    missed = 0
    for name, latencies, buyers, concurrent, per_second, goal in SIZES:
        accounts = bench_accounts(latencies, concurrent=concurrent, per_second=per_second)
        walls = [run(accounts, buyers) for _ in range(ROUNDS)]
        floor = floor_seconds(latencies, buyers, concurrent=concurrent, per_second=per_second)
        print(f"market test {name}, each round: {[round(wall, 2) for wall in walls]} s")
        missed |= report(f"market test {name} wall ÷ floor", min(walls), floor, goal)
    return missed


if __name__ == "__main__":
    sys.exit(main())
