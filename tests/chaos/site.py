"""A whole site in a directory: PostgreSQL, Valkey, sandbox, web, workers and clock, any of which may be killed."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch
from uuid import UUID, uuid4

import psycopg2
import psycopg2.extensions

from factortaboite.servers.stack import PASSED_DOWN, PYTHON, open_servers, start_product
from factortaboite.servers.supervisor import RunningService, Service, Supervisor, free_port
from tests.chaos import BUYERS, IN_HAND, PARTNERS
from tests.chaos.person import Person

RUN_SECONDS = 600  # when to stop waiting for what does not come
LEAVE_SECONDS = 60  # docker-compose.yml's stop_grace_period: then a process is killed
POLL_SECONDS = 0.1
TWINS = ("allianz-trade", "atradius", "coface")
READY = " ready."


@dataclass
class Site:
    supervisor: Supervisor
    port: int
    snapshot: int = 0
    accounts: list[int] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    runs: "dict[UUID, Run]" = field(default_factory=dict)  # those not checked yet, by launch key
    connection: psycopg2.extensions.connection | None = None
    readied: dict[str, int] = field(default_factory=dict)  # how often each worker had been ready before its end

    def furnish(self) -> None:
        """Adds a list of buyers, and people who are logged in; slows the partners down."""
        command = [PYTHON, "-m", "tests.chaos.seed"]
        seeded = subprocess.run(command, env=self.supervisor.environment, check=True, stdout=subprocess.PIPE)
        self.snapshot, self.accounts, emails, password = json.loads(seeded.stdout)
        self.people = [Person(f"http://127.0.0.1:{self.port}", email, password) for email in emails]
        _slow_twins(self.supervisor.environment["SANDBOX_URL"])

    # What people do.

    def launch(self, *, person: int = 0, key: UUID | None = None) -> int:
        """Launches a market test of all the buyers with all the partners; returns its number."""
        key = key or uuid4()
        number = self.people[person].launch(self.snapshot, self.accounts, key)
        self.expect(key, number)
        return number

    def expect(self, key: UUID, number: int) -> None:
        """This market test is under way, and must end well."""
        self.runs.setdefault(key, Run(self, key, number))

    def wait_for_answers(self) -> None:
        """Until the last launched market test is in mid-run."""
        *_, last = self.runs.values()
        self.wait_for(lambda: last.settled() >= BUYERS // 3)

    def is_busy(self) -> bool:
        return any(run.is_open() for run in self.runs.values())

    def check(self) -> int:
        """The invariants of every market test launched since; returns how many questions were put more than once."""
        repeats = sum(run.check() for run in self.runs.values())
        self.runs.clear()
        return repeats

    # What is there to see.

    def query(self, sql: str, *values) -> list[tuple]:
        """Rows of the site's database, on a connection that is opened again when the server closed it."""
        if self.connection is None:
            self.connection = psycopg2.connect(self.supervisor.environment["DATABASE_URL"])
            self.connection.autocommit = True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.close()
            return self.query(sql, *values)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def orders(self) -> dict[str, int]:
        """How often each reference was ordered, over all the twins."""
        with urllib.request.urlopen(self.supervisor.environment["SANDBOX_URL"] + "/control", timeout=60) as reply:
            partners = json.load(reply)["partners"]
        return {reference: count for twin in TWINS for reference, count in partners[twin]["orders"].items()}

    def recovery(self, back_at: float) -> float:
        """Seconds from this moment to the next stored answer; 0 when nothing was left to store."""
        sql = "SELECT EXTRACT(EPOCH FROM min(at)) FROM witness WHERE step = 'settled' AND at >= to_timestamp(%s)"
        ((first,),) = self.query(sql, back_at)
        return 0.0 if first is None else float(first) - back_at

    def log(self, name: str) -> str:
        return (self.supervisor.log_directory / f"{name}.log").read_text(errors="replace")

    def wait_for(self, condition: Callable[[], object], *, seconds: float = RUN_SECONDS) -> None:
        """Waits, bringing back what died as the product's own supervisor does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            self.supervisor.restart_dead()
            time.sleep(POLL_SECONDS)

    # What is done to it.

    def service(self, name: str) -> RunningService:
        return next(running for running in self.supervisor.running if running.service.name == name)

    def end(self, name: str, with_signal: signal.Signals) -> None:
        """Ends a process and does not bring it back."""
        process = self.service(name).process
        process.send_signal(with_signal)
        process.wait(LEAVE_SECONDS)
        self.readied[name] = self.log(name).count(READY)

    def stay_away(self, name: str, seconds: float) -> None:
        """Leaves an ended process away for so long, while the others are brought back should they die of that."""
        running = self.service(name)
        self.supervisor.running.remove(running)
        until = time.monotonic() + seconds
        self.wait_for(lambda: time.monotonic() > until, seconds=seconds + RUN_SECONDS)
        self.supervisor.running.insert(0, running)

    def bring_back(self, *names: str) -> float:
        """Waits until these processes run and are ready again; returns when that was, on the wall's clock."""
        self.wait_for(lambda: all(self.service(name).process.poll() is None for name in names))
        self.supervisor.wait_until_ready(*names)
        workers = [name for name in names if "worker" in self.service(name).service.command]
        self.wait_for(lambda: all(self.log(name).count(READY) > self.readied.get(name, 0) for name in workers))
        return time.time()

    def add(self, service: Service) -> None:
        self.supervisor.start(service)
        self.bring_back(service.name)

    def remove(self, name: str) -> None:
        """Ends a process for good."""
        running = self.service(name)
        self.end(name, signal.SIGTERM)
        self.supervisor.running.remove(running)


@dataclass
class Run:
    """One market test under way, and what must hold whatever happened to it."""

    site: Site
    key: UUID
    number: int

    def settled(self) -> int:
        sql = "SELECT sum(settled_count) FROM quotes_submission WHERE market_test_id = %s"
        return self.site.query(sql, self.number)[0][0]

    def is_open(self) -> bool:
        return bool(
            self.site.query(
                "SELECT 1 FROM quotes_submission WHERE market_test_id = %s AND ended_at IS NULL LIMIT 1", self.number
            )
        )

    def check(self) -> int:
        """The invariants; returns how many questions were put to a partner more than once."""
        site, prefix = self.site, self.key.hex[:12]
        site.wait_for(lambda: not self.is_open())
        # Counters equal rows, and each question has its answer.
        counted = site.query(
            "SELECT s.asked_count, s.settled_count, count(*), count(*) FILTER (WHERE i.state = 'answered') "
            "FROM quotes_submission s JOIN quotes_limitindication i ON i.submission_id = s.id "
            "WHERE s.market_test_id = %s GROUP BY s.id",
            self.number,
        )
        assert counted == [(BUYERS,) * 4] * PARTNERS, counted
        # One stored final answer for each question: settled once, never changed after.
        steps = {
            step: dict(
                site.query(
                    "SELECT reference, count(*) FROM witness WHERE reference LIKE %s AND step = %s GROUP BY reference",
                    f"{prefix}-%",
                    step,
                )
            )
            for step in ("settled", "changed", "reopened")
        }
        assert not steps["changed"], steps["changed"]
        assert set(steps["settled"].values()) == {1} and len(steps["settled"]) == BUYERS * PARTNERS
        # Asked again only what was in a call when its runner went away, under the same reference.
        orders = {reference: count for reference, count in site.orders().items() if reference.startswith(prefix)}
        assert orders.keys() == steps["settled"].keys()
        for reference, count in orders.items():
            assert count <= 1 + steps["reopened"].get(reference, 0), (reference, count)
        # Whoever took over found no more than one runner has in hand.
        ((most,),) = site.query(
            "SELECT COALESCE(max(count), 0) FROM (SELECT count(*) FROM witness "
            "WHERE reference LIKE %s AND step = 'reopened' GROUP BY submission, transaction) AS taken_over",
            f"{prefix}-%",
        )
        assert most <= IN_HAND, most
        return sum(orders.values()) - len(orders)


@contextmanager
def without_suite() -> Iterator[None]:
    """Nothing of the suite's own servers and settings may leak into the site."""
    with patch.dict(os.environ, {"DJANGO_SETTINGS_MODULE": "factortaboite.settings", "CI": ""}):
        for name in (*PASSED_DOWN, "PYTEST_XDIST_WORKER"):
            os.environ.pop(name, None)
        yield


@contextmanager
def open_site(var: Path) -> Iterator[Site]:
    """The product as `make run` starts it; stopped on the way out."""
    port = free_port()
    with without_suite(), open_servers(var, lambda label: None) as supervisor:
        supervisor.environment["SITE_URL"] = f"http://127.0.0.1:{port}"
        start_product(supervisor, var, web_port=port)
        site = Site(supervisor, port)
        try:
            yield site
        finally:
            site.close()


def _slow_twins(sandbox: str) -> None:
    """About ten answers a second from each partner: time enough to die in mid-run."""
    body = json.dumps({"partner": "*", "latency_seconds": 0.15, "job_seconds": 0.1}).encode()
    request = urllib.request.Request(f"{sandbox}/control", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60):
        pass
