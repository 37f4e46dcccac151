"""`make bench`: each goal as a ratio against a reference measured in the same run, both values printed.

`make bench ARGS="market_test"` runs one of them.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from factortaboite.servers.stack import PYTHON, start_product  # noqa: E402
from factortaboite.servers.supervisor import Supervisor  # noqa: E402

BENCHES = (
    "market_test",
    "sick_partner",
    "cpu_per_answer",
    "one_task_per_question",
    "first_answer",
    "matrix_page",
    "import_portfolio",
    "list_page",
    "search_companies",
    "proposal_pdf",
    "proposal_cpu",
)


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHES)
    if unknown := set(chosen) - set(BENCHES):
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory:
        supervisor = Supervisor(Path(directory) / "log", lambda label: None)
        supervisor.environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
        try:
            start_product(supervisor, Path(directory))
            return max(supervisor.run([PYTHON, "-m", f"benchmarks.{name}"]) for name in chosen)
        finally:
            supervisor.stop()


if __name__ == "__main__":
    sys.exit(main())
