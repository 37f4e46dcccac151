"""Whatever dies in mid-run: every question ends with one stored final answer. `make chaos` goes on for longer."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.chaos.faults import FAKETIME, FAULTS, Fault, strike, wrong_clock
from tests.chaos.killed_supervisor import check_demonstration, is_alive, run_and_kill
from tests.chaos.launches import LAUNCHES, Launch
from tests.chaos.site import Site, open_site

OUTAGE_SECONDS = 3.0


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
def started_again(directory, orphans):
    """Started at once after that, in the same place."""
    with open_site(directory / "var") as site:
        yield site


@pytest.fixture(scope="module")
def site(started_again) -> Site:
    started_again.furnish()
    return started_again


def test_a_killed_supervisor_leaves_nobody_behind_and_the_next_start_goes_on(started_again, orphans):
    started_again.wait_for(lambda: not any(is_alive(pid) for pid in orphans))
    check_demonstration(started_again)


@pytest.mark.parametrize("launch", [pytest.param(launch, id=launch.__name__) for launch in LAUNCHES[1:]])
def test_every_launch_is_asked_once(site: Site, launch: Launch):
    launch(site)
    assert site.check() == 0


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.__name__) for fault in FAULTS])
def test_no_fault_loses_or_doubles_an_answer(site: Site, fault: Fault):
    if fault is wrong_clock and not FAKETIME:
        assert not os.environ.get("CI"), "libfaketime is missing: .ci/run installs it"
        pytest.skip("libfaketime n’est pas installé")
    site.launch()
    site.wait_for_answers()
    recovery = strike(site, fault, OUTAGE_SECONDS)
    print(f"recovery: {recovery:.1f} s")
    print(f"repeats: {site.check()}")
