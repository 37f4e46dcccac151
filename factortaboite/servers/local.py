"""For commands that need the whole product: use what runs, or start it for the time of one command."""

import os
from pathlib import Path

import environ
from celery import current_app
from kombu.exceptions import OperationalError

from factortaboite.servers.stack import MARK, PYTHON, open_servers, start_product

PING_SECONDS = 2.0


def servers_are_running() -> bool:
    """Whether a database is named and somebody works for it: our supervisor, or workers that answer a ping."""
    environment = environ.Env.ENVIRON
    if MARK in environment:
        return True
    if "DATABASE_URL" not in environment:
        return False
    try:
        return bool(current_app.control.ping(timeout=PING_SECONDS))
    except (OperationalError, ConnectionError, TimeoutError):
        return False


def run_beside_servers(arguments: list[str]) -> int:
    """Runs this command again with the servers it misses beside it, and stops those it started. Its exit code."""
    var = Path("var").resolve()
    with open_servers(var, lambda label: None) as supervisor:
        start_product(supervisor, var)
        return supervisor.run([PYTHON, *arguments], extra={"PYTHONPATH": os.getcwd()})
