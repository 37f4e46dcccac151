"""Fixtures for tests where the wire matters: the sandbox over HTTP, and real workers on the test database."""

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from factortaboite.servers.stack import PYTHON, start_workers
from factortaboite.servers.supervisor import Service, Supervisor, free_port, port_answers


def wait_for(condition: Callable[[], object], *, seconds: float = 60) -> object:
    """Asks until the answer is true and returns it; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.05)
    return value


@dataclass(frozen=True)
class Sandbox:
    """The outside world of a test: where it listens, and the control of its twins."""

    url: str
    smtp_url: str
    imap_url: str
    mailbox: Path

    def control(self, **settings_of_twin) -> None:
        body = json.dumps(settings_of_twin).encode()
        request = urllib.request.Request(f"{self.url}/control", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60):
            pass

    def counters(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/control", timeout=60) as reply:
            return json.load(reply)


@contextmanager
def open_sandbox(directory: Path) -> Iterator[Sandbox]:
    """A sandbox process with a mailbox, which keeps its files in `directory`."""
    port, smtp_port, imap_port = free_port(), free_port(), free_port()
    supervisor = Supervisor(directory / "log", lambda label: None)
    command = [PYTHON, "-m", "factortaboite.sandbox", "--port", str(port), "--smtp-port", str(smtp_port)]
    command += ["--imap-port", str(imap_port), "--mailbox", str(directory / "mailbox")]
    supervisor.start(
        Service("sandbox", "Bac à sable", command, lambda: all(map(port_answers, (port, smtp_port, imap_port))))
    )
    try:
        supervisor.wait_until_ready("sandbox")
        urls = f"smtp://127.0.0.1:{smtp_port}", f"imap://retours:retours@127.0.0.1:{imap_port}"
        yield Sandbox(f"http://127.0.0.1:{port}", *urls, directory / "mailbox")
    finally:
        supervisor.stop()


@pytest.fixture
def sandbox(tmp_path, settings) -> Iterator[Sandbox]:
    """A sandbox of the test's own."""
    with open_sandbox(tmp_path) as sandbox:
        settings.SANDBOX_URL = sandbox.url
        yield sandbox


@pytest.fixture
def workers(transactional_db, sandbox, tmp_path) -> Iterator[Supervisor]:
    """The product's own worker processes and clock, on the test database."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    supervisor = Supervisor(tmp_path / "log", lambda label: None)
    supervisor.environment |= {
        "DATABASE_URL": _test_database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "SANDBOX_URL": sandbox.url,
        "EMAIL_URL": sandbox.smtp_url,
        "BOUNCE_MAILBOX_URL": sandbox.imap_url,
        "DJANGO_SETTINGS_MODULE": "factortaboite.settings",
        "PYTEST_XDIST_WORKER": "",
    }
    try:
        start_workers(supervisor)
        yield supervisor
    finally:
        supervisor.stop()
        redis.Redis.from_url(settings.REDIS_URL).flushdb()


def _test_database_url() -> str:
    """DATABASE_URL with the test database's name in place of its own."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
