"""Owns the processes of one machine: starts them, restarts one that dies, stops them all in the reverse order."""

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10
QUICK_SECONDS = 5  # a process that dies within these may be broken, and not only unlucky
LONGEST_PAUSE_SECONDS = 15


class Stopped(Exception):
    """Somebody asked the supervisor to end while it waited for something."""


class StartFailed(Exception):
    """A process did not come up; the message says in French what to look at."""


@dataclass(frozen=True)
class Service:
    """One process. `is_ready` is asked until it says yes; without it the process counts as ready at once."""

    name: str
    label: str
    command: list[str]
    is_ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None
    ready_seconds: float = 300  # a small machine that starts everything at once takes its time


@dataclass
class RunningService:
    service: Service
    process: subprocess.Popen
    started_at: float
    died_at: float | None = None
    quick_deaths: int = 0  # in a row


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Supervisor:
    """`environment` is what every child sees; `log_directory` receives one file per service.

    `stop_requested` is set by a signal handler. It is looked at between two steps, never acted upon inside one: an
    exception thrown from a handler can be lost in whatever code it lands in.
    """

    def __init__(
        self, log_directory: Path, report: Callable[[str], None], stop_requested: threading.Event | None = None
    ) -> None:
        self.log_directory = log_directory
        self.report = report
        self.stop_requested = stop_requested or threading.Event()
        self.environment: dict[str, str] = dict(os.environ)
        self.running: list[RunningService] = []
        log_directory.mkdir(parents=True, exist_ok=True)

    def start(self, service: Service) -> None:
        """Starts the process without waiting for it."""
        self.report(service.label)
        self.running.append(RunningService(service, self._spawn(service), time.monotonic()))

    def wait_until_ready(self, *names: str) -> None:
        """Raises StartFailed when one of the named services dies or is not ready in time, and Stopped."""
        for running in self.running:
            service = running.service
            if service.name not in names or service.is_ready is None:
                continue
            deadline = time.monotonic() + service.ready_seconds
            while not service.is_ready():
                if self.stop_requested.is_set():
                    raise Stopped
                if running.process.poll() is not None or time.monotonic() > deadline:
                    raise StartFailed(
                        f"{service.label} n’a pas démarré. Le détail est dans {self._log_path(service)} :\n"
                        + self._last_lines(service)
                    )
                time.sleep(0.05)

    def restart_dead(self) -> None:
        """Brings back whatever died, more and more slowly when it keeps dying at once."""
        for running in self.running:
            if running.process.poll() is None:
                continue
            now = time.monotonic()
            if running.died_at is None:
                running.died_at = now
                running.quick_deaths = running.quick_deaths + 1 if now - running.started_at < QUICK_SECONDS else 0
            if running.quick_deaths and now - running.died_at < min(
                2**running.quick_deaths / 2, LONGEST_PAUSE_SECONDS
            ):
                continue
            self.report(f"{running.service.label} : arrêt inattendu, redémarrage")
            running.process = self._spawn(running.service)
            running.started_at, running.died_at = time.monotonic(), None

    def stop(self) -> None:
        """Asks every process to stop, last started first, and kills what does not obey."""
        for group in ([r for r in self.running if not r.service.user], [r for r in self.running if r.service.user]):
            for running in reversed(group):
                if running.process.poll() is None:
                    running.process.send_signal(running.service.stop_signal)
            deadline = time.monotonic() + STOP_SECONDS
            for running in reversed(group):
                try:
                    running.process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    os.killpg(running.process.pid, signal.SIGKILL)
                    running.process.wait()
        self.running.clear()

    def run(self, command: list[str], *, extra: Mapping[str, str] | None = None) -> int:
        """Runs a command to its end with the services' addresses in its environment; returns its exit code.

        Raises Stopped, once the command has ended, too, when somebody asks the supervisor to end meanwhile.
        """
        process = subprocess.Popen(
            command,
            env={**self.environment, **(extra or {})},
            preexec_fn=lambda: _die_with_parent(signal.SIGTERM),
        )
        while not self.stop_requested.is_set():
            with suppress(subprocess.TimeoutExpired):
                return process.wait(0.1)
        process.terminate()
        process.wait()
        raise Stopped

    def pid(self, name: str) -> int:
        return next(running.process.pid for running in self.running if running.service.name == name)

    def _spawn(self, service: Service) -> subprocess.Popen:
        # A new session keeps a Ctrl-C in the terminal from reaching the children behind our back.
        with open(self._log_path(service), "ab") as log:
            return subprocess.Popen(
                service.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=service.user,
                preexec_fn=lambda: _die_with_parent(service.stop_signal),
            )

    def _log_path(self, service: Service) -> Path:
        return self.log_directory / f"{service.name}.log"

    def _last_lines(self, service: Service) -> str:
        return "\n".join(self._log_path(service).read_text(errors="replace").splitlines()[-8:])


def _die_with_parent(stop_signal: signal.Signals) -> None:
    """Asks the kernel to signal this child should the supervisor be killed without a chance to stop it (Linux)."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))
    except (AttributeError, OSError):
        return
