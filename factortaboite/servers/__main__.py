"""`python -m factortaboite.servers run` starts the product; `… exec COMMAND` runs a command beside bare servers."""

import os
import shutil
import signal
import sys
import tempfile
import threading
from ctypes.util import find_library
from pathlib import Path

from factortaboite.servers.stack import (
    PYTHON,
    open_servers,
    publish,
    running_stack,
    start_product,
    withdraw,
)
from factortaboite.servers.supervisor import StartFailed, Stopped, port_answers

VAR = Path("var").resolve()


stop_requested = threading.Event()


def main() -> int:
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda signum, frame: stop_requested.set())
    try:
        if sys.argv[1:2] == ["run"]:
            return run()
        if sys.argv[1:2] == ["exec"] and len(sys.argv) > 2:
            return execute(sys.argv[2:])
    except StartFailed as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped:
        return 0
    print(__doc__, file=sys.stderr)
    return 2


def run() -> int:
    port = int(os.environ.get("PORT", "8000"))
    if problem := _what_is_missing(port):
        print(problem, file=sys.stderr)
        return 1
    with open_servers(VAR, _report, stop_requested) as supervisor:
        supervisor.environment.setdefault("SITE_URL", f"http://localhost:{port}")
        start_product(supervisor, VAR, web_port=port)
        publish(supervisor, VAR)
        try:
            if not supervisor.environment["SITE_URL"].startswith("https://"):  # its passwords are known to everybody
                supervisor.run([PYTHON, "manage.py", "load_demo", "--market-test"])
            print(f"\nFactortaboite : {supervisor.environment['SITE_URL']}", flush=True)
            print("Messagerie de démonstration : " + supervisor.environment["SANDBOX_URL"] + "/mailbox", flush=True)
            print("Ctrl-C arrête tout.\n", flush=True)
            while not stop_requested.wait(0.5):
                supervisor.restart_dead()
            return 0
        finally:
            print("\nArrêt en cours…", flush=True)
            withdraw(VAR)


def execute(command: list[str]) -> int:
    """Bare servers of its own, thrown away afterwards: for tests and benchmarks."""
    directory = Path(tempfile.mkdtemp(prefix="factortaboite-"))
    try:
        with open_servers(directory, lambda label: None, stop_requested) as supervisor:
            return supervisor.run(command)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _what_is_missing(port: int) -> str:
    if os.environ.get("PRODUCTION") == "1":
        return (
            "`make run` est fait pour un poste de travail : en production, lancez les services de docker-compose.yml."
        )
    if not find_library("pango-1.0"):
        return (
            "Pango manque : il dessine les PDF. Sous Debian ou Ubuntu : "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ; sous macOS : brew install pango."
        )
    if running_stack(VAR):
        return "Factortaboite tourne déjà depuis ce dossier : arrêtez-le (Ctrl-C dans son terminal) avant de relancer."
    if port_answers(port):
        return f"Le port {port} est déjà pris. Choisissez-en un autre : PORT={port + 1} make run"
    return ""


def _report(label: str) -> None:
    print(f"  · {label}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
