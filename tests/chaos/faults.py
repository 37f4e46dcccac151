"""What happens to servers. Each fault strikes in mid-run, leaves the site whole again and says since when it is."""

import dataclasses
import random
import signal
import time
from collections.abc import Callable
from glob import glob
from pathlib import Path

import redis
from celery import Celery

from tests.chaos.site import Site

WORKERS = ("calls", "mail", "papers", "beat")
FAKETIME = glob("/usr/lib/*/faketime/libfaketimeMT.so.1")

# A fault: what it strikes, and for how many seconds what it takes away stays away. Returns when all was back.
Fault = Callable[[Site, float], float]


def kill_calls(site: Site, seconds: float) -> float:
    """The worker that talks to partners is killed."""
    site.end("calls", signal.SIGKILL)
    return site.bring_back("calls")


def kill_workers(site: Site, seconds: float) -> float:
    """All the workers and the clock are killed at once."""
    for name in WORKERS:
        site.end(name, signal.SIGKILL)
    return site.bring_back(*WORKERS)


def kill_sweep(site: Site, seconds: float) -> float:
    """The worker that makes up for lost messages is killed, and those under way are lost."""
    site.end("mail", signal.SIGKILL)
    flush_valkey(site, seconds)
    return site.bring_back("mail")


def flush_valkey(site: Site, seconds: float) -> float:
    """Every message is lost, and what Celery knows about its queues."""
    with redis.Redis.from_url(site.supervisor.environment["REDIS_URL"]) as valkey:
        valkey.flushall()
    return time.time()


def stop_valkey(site: Site, seconds: float) -> float:
    """The message broker is away, which no worker dies of; somebody launches a market test meanwhile."""
    workers = {name: site.service(name).process.pid for name in WORKERS}
    site.end("valkey", signal.SIGTERM)
    site.stay_away("valkey", seconds)
    site.launch(person=1)
    back_at = site.bring_back("valkey")
    died = [name for name, pid in workers.items() if site.service(name).process.pid != pid]
    assert not died, f"{died} died"
    return back_at


def kill_valkey(site: Site, seconds: float) -> float:
    """The message broker dies and comes back with what its append-only file kept."""
    site.end("valkey", signal.SIGKILL)
    return site.bring_back("valkey")


def restart_postgres(site: Site, seconds: float) -> float:
    """The database closes every connection and comes back."""
    site.end("postgres", signal.SIGINT)
    site.stay_away("postgres", seconds / 12)
    return site.bring_back("postgres")


def second_beat(site: Site, seconds: float) -> float:
    """Two clocks tick, as when two machines were both told to run one."""
    site.add(dataclasses.replace(site.service("beat").service, name="second-beat"))
    site.wait_for(lambda: not site.is_busy())
    site.remove("second-beat")
    return time.time()


def wrong_clock(site: Site, seconds: float) -> float:
    """All are killed, and come back on machines whose clocks are ten minutes wrong, until they are started again."""
    right = {name: site.service(name).service for name in WORKERS}
    for name in WORKERS:
        offset = random.choice(["+10m", "-10m"])
        fake = ["env", f"LD_PRELOAD={FAKETIME[0]}", f"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        command = ["tests.chaos.shifted_celery" if part == "celery" else part for part in right[name].command]
        site.service(name).service = dataclasses.replace(right[name], command=[*fake, *command])
    back_at = kill_workers(site, seconds)
    for name in WORKERS:
        running = site.service(name)
        assert "libfaketime" in Path(f"/proc/{running.process.pid}/maps").read_text(), f"{name} has the right time"
        running.service = right[name]
    return back_at


def deploy(site: Site, seconds: float) -> float:
    """A new worker comes, then the old one is told to leave and hands over in mid-run."""
    old = site.service("calls").service
    command = [part.replace("calls@", "new-calls@") for part in old.command]
    site.add(dataclasses.replace(old, name="new-calls", command=command))
    site.launch()
    site.wait_for_answers()
    told_at = time.time()
    site.end("calls", signal.SIGTERM)
    site.wait_for(lambda: not site.is_busy())
    site.bring_back("calls")
    site.remove("new-calls")
    return told_at


def deliver_often(site: Site, seconds: float) -> float:
    """Every task arrives many times."""
    with Celery(broker=site.supervisor.environment["REDIS_URL"]) as app:
        for account in site.accounts * 10:
            app.send_task("quotes.tasks.ask_partner_task", args=[account], queue="partners", ignore_result=True)
    return time.time()


FAULTS: tuple[Fault, ...] = (
    kill_calls,
    kill_workers,
    kill_sweep,
    flush_valkey,
    stop_valkey,
    kill_valkey,
    restart_postgres,
    second_beat,
    wrong_clock,
    deploy,
    deliver_often,
)


def strike(site: Site, fault: Fault, seconds: float) -> float:
    """Has the fault happen to the market tests under way; returns the recovery in seconds."""
    back_at = fault(site, seconds)
    site.wait_for(lambda: site.recovery(back_at) or not site.is_busy())
    return site.recovery(back_at)
