"""The whole product on one machine: which processes there are, in which order, and where they listen."""

import json
import os
import secrets
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from factortaboite.servers.supervisor import Service, StartFailed, Supervisor, free_port, port_answers

PYTHON = sys.executable
# Tells the commands below a supervisor that all they need is up, or about to be.
MARK = "FACTORTABOITE_STACK"
PASSED_DOWN = (
    MARK,
    "DATABASE_URL",
    "REDIS_URL",
    "SANDBOX_URL",
    "EMAIL_URL",
    "BOUNCE_MAILBOX_URL",
    "SECRET_KEY",
    "SITE_URL",
)


def running_stack(var: Path) -> dict[str, str]:
    """The addresses of the stack that runs on this machine, or nothing."""
    try:
        stack = json.loads((var / "stack.json").read_text())
        os.kill(stack["pid"], 0)
    except (OSError, ValueError, KeyError):
        return {}
    return stack["environment"]


@contextmanager
def open_servers(
    var: Path, report: Callable[[str], None], stop_requested: threading.Event | None = None
) -> Iterator[Supervisor]:
    """PostgreSQL and Valkey, embedded unless DATABASE_URL and REDIS_URL name others; stopped on the way out."""
    from factortaboite.servers.embedded import create_database, prepare_postgres, prepare_valkey

    supervisor = Supervisor(var / "log", report, stop_requested)
    environment = supervisor.environment
    environment.setdefault("SECRET_KEY", _local_secret(var))
    try:
        if "DATABASE_URL" not in environment:
            postgres = prepare_postgres(var / "postgres", "factortaboite")
            environment["DATABASE_URL"] = postgres.url
            supervisor.start(
                Service(
                    "postgres",
                    "PostgreSQL",
                    postgres.command,
                    lambda: create_database(postgres),
                    postgres.stop_signal,
                    postgres.user,
                )
            )
        if "REDIS_URL" not in environment:
            port = free_port()
            valkey = prepare_valkey(var / "valkey", port)
            environment["REDIS_URL"] = valkey.url
            supervisor.start(
                Service("valkey", "Valkey", valkey.command, lambda: port_answers(port), valkey.stop_signal)
            )
        supervisor.wait_until_ready("postgres", "valkey")
        yield supervisor
    finally:
        supervisor.stop()


def start_product(supervisor: Supervisor, var: Path, *, web_port: int | None = None) -> None:
    """The sandbox, the migrated database, the web where a port is given, then the workers and the clock."""
    start_sandbox(supervisor, var)
    supervisor.report("Base de données à jour")
    if supervisor.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"]):
        raise StartFailed("La base de données n’a pas pu être mise à jour : lisez le message ci-dessus.")
    supervisor.environment[MARK] = "1"
    if web_port:
        # First: the page should stand before the workers take the processors for their own start.
        start_web(supervisor, web_port)
        supervisor.wait_until_ready("web")
    start_workers(supervisor)
    supervisor.wait_until_ready("sandbox")


def start_sandbox(supervisor: Supervisor, var: Path) -> None:
    """The outside world's twins and the demo prospect's mailbox, unless SANDBOX_URL names another."""
    environment = supervisor.environment
    if "SANDBOX_URL" in environment:
        return
    port, smtp_port, imap_port = free_port(), free_port(), free_port()
    environment["SANDBOX_URL"] = f"http://127.0.0.1:{port}"
    if "EMAIL_URL" not in environment:
        environment["EMAIL_URL"] = f"smtp://127.0.0.1:{smtp_port}"
        environment["BOUNCE_MAILBOX_URL"] = f"imap://retours:retours@127.0.0.1:{imap_port}"
    command = [PYTHON, "-m", "factortaboite.sandbox", "--port", str(port), "--smtp-port", str(smtp_port)]
    command += ["--imap-port", str(imap_port), "--mailbox", str(var / "mailbox")]
    supervisor.start(Service("sandbox", "Bac à sable des assureurs", command, lambda: port_answers(port)))


def start_workers(supervisor: Supervisor) -> None:
    """Three pools, so that no long call or PDF ever holds back a mail or the sweep."""
    celery = [PYTHON, "-m", "celery", "-A", "factortaboite"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    threads = [*celery, "worker", "--pool", "threads", *quiet]
    prefork = [*celery, "worker", "--pool", "prefork", *quiet]
    supervisor.start(
        Service("calls", "Exécutant des appels", [*threads, "-c", "16", "-Q", "partners", "-n", "calls@%h"])
    )
    supervisor.start(
        Service(
            "mail", "Exécutant du courrier et du balayage", [*threads, "-c", "3", "-Q", "mail,sweep", "-n", "mail@%h"]
        )
    )
    supervisor.start(
        Service(
            "papers",
            "Exécutant des PDF et des imports",
            # WeasyPrint before the fork, so that no child begins by importing it.
            [*prefork, "-c", "1", "--max-tasks-per-child", "50", "-I", "weasyprint"]
            + ["-Q", "documents,imports", "-n", "papers@%h"],
        )
    )
    supervisor.start(
        Service(
            "beat",
            "Horloge",
            [*celery, "beat", "--loglevel", "WARNING", "--pidfile="],
        )
    )


def start_web(supervisor: Supervisor, port: int) -> None:
    command = [PYTHON, "-m", "gunicorn", "factortaboite.wsgi", "--bind", f"127.0.0.1:{port}"]
    # Imported once, before the fork: a worker that is replaced is there at once, even on a busy machine.
    # The control socket would be one file for all the sites of a user, and nobody here asks it anything.
    command += ["--preload", "--no-control-socket", "--workers", "2", "--threads", "4"]
    command += ["--max-requests", "2000", "--max-requests-jitter", "200"]
    supervisor.start(Service("web", "Site", command, lambda: _page_answers(port)))


def publish(supervisor: Supervisor, var: Path) -> None:
    """Lets the other commands of this machine find the servers while this process lives."""
    environment = {name: supervisor.environment[name] for name in PASSED_DOWN if name in supervisor.environment}
    path = var / "stack.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"pid": os.getpid(), "environment": environment}))


def withdraw(var: Path) -> None:
    (var / "stack.json").unlink(missing_ok=True)


def _local_secret(var: Path) -> str:
    path = var / "secret-key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def _page_answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/compte/connexion/", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
