"""The supervisor owns its processes: none is left behind, one that dies comes back, a failure says where to look."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg2
import pytest

from factortaboite.servers.stack import PYTHON, open_servers, publish, running_stack, withdraw
from factortaboite.servers.supervisor import Service, StartFailed, Supervisor, free_port, port_answers
from tests.stack import wait_for

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def supervisor(tmp_path):
    supervisor = Supervisor(tmp_path / "log", lambda label: None)
    yield supervisor
    supervisor.stop()


def is_at_work(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_dies_comes_back(supervisor):
    supervisor.start(Service("sleeper", "Dormeur", SLEEPER))
    first = supervisor.pid("sleeper")
    supervisor.running[0].started_at -= 60
    os.kill(first, signal.SIGKILL)
    supervisor.running[0].process.wait(5)
    supervisor.restart_dead()
    assert supervisor.pid("sleeper") != first
    assert is_alive(supervisor.pid("sleeper"))


def test_one_that_keeps_dying_is_brought_back_more_and_more_slowly(supervisor):
    supervisor.start(Service("broken", "Cassé", [sys.executable, "-c", "raise SystemExit(1)"]))
    supervisor.running[0].process.wait(10)
    supervisor.restart_dead()
    first = supervisor.running[0].quick_deaths
    time.sleep(1.1)
    supervisor.restart_dead()
    supervisor.running[0].process.wait(10)
    supervisor.restart_dead()
    assert supervisor.running[0].quick_deaths > first


def test_stop_leaves_nothing_behind_even_what_ignores_the_signal(supervisor, monkeypatch):
    monkeypatch.setattr("factortaboite.servers.supervisor.STOP_SECONDS", 1)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    supervisor.start(Service("deaf", "Sourd", [sys.executable, "-c", deaf]))
    supervisor.start(Service("sleeper", "Dormeur", SLEEPER))
    pids = [running.process.pid for running in supervisor.running]
    time.sleep(0.5)
    supervisor.stop()
    assert not any(is_alive(pid) for pid in pids)


def test_a_service_that_does_not_start_says_where_to_look(supervisor):
    command = [sys.executable, "-c", "raise SystemExit('pas de bras, pas de chocolat')"]
    supervisor.start(Service("broken", "Cassé", command, is_ready=lambda: False))
    with pytest.raises(StartFailed, match="pas de bras") as failure:
        supervisor.wait_until_ready("broken")
    assert "broken.log" in str(failure.value)


def test_embedded_servers_work_and_do_not_outlive_their_owner(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    with open_servers(tmp_path, lambda label: None) as supervisor:
        pids = [running.process.pid for running in supervisor.running]
        with psycopg2.connect(supervisor.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            assert cursor.fetchone() == ("factortaboite",)
        connection.close()
    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)


def test_the_addresses_are_published_while_the_stack_lives(tmp_path, supervisor):
    supervisor.environment["DATABASE_URL"] = "postgres://somewhere/else"
    publish(supervisor, tmp_path)
    assert running_stack(tmp_path)["DATABASE_URL"] == "postgres://somewhere/else"
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0
    withdraw(tmp_path)
    assert running_stack(tmp_path) == {}


def test_a_stack_whose_process_is_gone_does_not_count(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "stack.json").write_text(f'{{"pid": {gone.pid}, "environment": {{"DATABASE_URL": "postgres://x/y"}}}}')
    assert running_stack(tmp_path) == {}


def test_a_port_in_use_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port_answers(port)
        run = subprocess.run(
            [PYTHON, "-m", "factortaboite.servers", "run"],
            cwd=tmp_path,
            env={**os.environ, "PORT": str(port), "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert run.returncode == 1
    assert run.stderr.strip() == f"Le port {port} est déjà pris. Choisissez-en un autre : PORT={port + 1} make run"
    assert not port_answers(free_port())


@pytest.mark.parametrize("delay", [0.0, 0.3, 1.5, 4.0], ids=lambda delay: f"after-{delay}s")
def test_a_stop_at_any_moment_leaves_nothing_behind(tmp_path, delay):
    """Even in the middle of the start, while a process is being made or waited for."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    root = Path.cwd()
    (tmp_path / "manage.py").symlink_to(root / "manage.py")
    run = subprocess.Popen(
        [PYTHON, "-m", "factortaboite.servers", "run"],
        cwd=tmp_path,
        env={**environment, "PORT": str(free_port()), "PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(delay)
    children = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGTERM)
    run.wait(300)
    # A killed group's own children leave a moment after it; they are nobody's to wait for, here.
    wait_for(lambda: not any(map(is_at_work, children)))
