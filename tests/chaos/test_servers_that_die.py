"""Whatever dies in mid-run: every question ends with one stored final answer. `make chaos` goes on for longer."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.chaos.faults import (
    FAKETIME,
    Fault,
    deliver_often,
    deploy,
    flush_valkey,
    kill_calls,
    restart_postgres,
    second_beat,
    stop_valkey,
    strike,
    wrong_clock,
)
from tests.chaos.killed_supervisor import check_demonstration, is_alive, run_and_kill
from tests.chaos.launches import Launch, double_click, killed_web, once, two_people
from tests.chaos.site import Site, open_site

pytestmark = pytest.mark.long

OUTAGE_SECONDS = 2.0


@pytest.fixture(scope="module")
def directory():
    # Not pytest's own, which is closed to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture(scope="module")
def orphans(directory) -> list[int]:
    """The processes of a supervisor that was killed in mid-run."""
    return run_and_kill(directory)


@pytest.fixture(scope="module")
def site(directory, orphans):
    """Started at once after that, in the same place."""
    with open_site(directory / "var") as site:
        site.furnish()
        yield site


@pytest.mark.parametrize(
    ("launch", "strikes"),
    [
        pytest.param(double_click, [flush_valkey, deliver_often, second_beat], id="messages lost and repeated"),
        pytest.param(two_people, [restart_postgres], id="database restarted"),
        pytest.param(killed_web, [stop_valkey], id="broker away"),
        pytest.param(once, [kill_calls, deploy], id="worker killed, then deployed"),
        pytest.param(once, [wrong_clock], id="workers killed, and back with a wrong clock"),
    ],
)
def test_no_answer_is_lost_or_doubled(site: Site, launch: Launch, strikes: list[Fault]):
    if wrong_clock in strikes and not FAKETIME:
        assert not os.environ.get("CI"), "libfaketime is missing: .ci/run installs it"
        pytest.skip("libfaketime n’est pas installé")
    launch(site)
    site.wait_for_answers()
    for fault in strikes:
        strike(site, fault, OUTAGE_SECONDS)
    site.check()


def test_a_killed_supervisor_leaves_nobody_behind_and_the_next_start_goes_on(site: Site, orphans: list[int]):
    site.wait_for(lambda: not any(is_alive(pid) for pid in orphans))
    check_demonstration(site)
