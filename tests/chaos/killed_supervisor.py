"""`make run` killed without a chance to stop anything, in the middle of its demonstration's own market test."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg2

from factortaboite.servers.stack import PYTHON, running_stack
from factortaboite.servers.supervisor import free_port
from tests.chaos.site import Site, without_suite

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 300


def run_and_kill(directory: Path) -> list[int]:
    """Starts the product in a directory and kills its supervisor; returns the processes it had."""
    (directory / "manage.py").symlink_to(ROOT / "manage.py")
    with without_suite(), open(directory / "run.log", "wb") as log:
        environment = {**os.environ, "PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
        command = [PYTHON, "-m", "factortaboite.servers", "run"]
        supervisor = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _has_answers(directory / "var"):
            assert supervisor.poll() is None and time.monotonic() < deadline, (directory / "run.log").read_text()
            time.sleep(0.1)
        return _descendants(supervisor.pid)
    finally:
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait()


def is_alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def check_demonstration(site: Site) -> None:
    """The market test that was under way has ended: each question has its answer, or says why there is none.

    The twins died with the supervisor. Their orders are unknown to those of the next start (404), and what was being
    asked meanwhile found nobody until its patience ended: no answer, by no fault of ours.
    """
    site.wait_for(lambda: not site.query("SELECT 1 FROM quotes_submission WHERE ended_at IS NULL"))
    counted = site.query(
        "SELECT s.asked_count, s.settled_count, count(*) FILTER (WHERE i.settled_at IS NOT NULL) "
        "FROM quotes_submission s JOIN quotes_limitindication i ON i.submission_id = s.id GROUP BY s.id"
    )
    assert counted and all(asked == settled == ended for asked, settled, ended in counted), counted
    failures = site.query("SELECT DISTINCT message FROM quotes_limitindication WHERE state = 'failed'")
    assert all(" partenaire " in message for (message,) in failures), failures


def _has_answers(var: Path) -> bool:
    if not (stack := running_stack(var)):
        return False
    connection = psycopg2.connect(stack["DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM quotes_submission WHERE settled_count > 0")
            return cursor.fetchone() is not None
    finally:
        connection.close()


def _descendants(pid: int) -> list[int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int(_stat(int(path.name))[1])
        except OSError:
            continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _stat(pid: int) -> list[str]:
    """State, parent and so on: what stands after the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
