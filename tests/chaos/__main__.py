"""`make chaos`: every fault once, with long outages, then random ones. `ARGS="--seeds 20"` says how many of those.

One line for each; ends with 1 when an invariant broke or a recovery took longer than RECOVERY_SECONDS.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.faults import FAKETIME, FAULTS, Fault, strike, wrong_clock
from tests.chaos.killed_supervisor import check_demonstration, is_alive, run_and_kill
from tests.chaos.launches import LAUNCHES, Launch
from tests.chaos.site import Site, open_site

RECOVERY_SECONDS = 5.0
OUTAGE_SECONDS = 60.0
SHORT_OUTAGE_SECONDS = 6.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many random schedules")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--only-seeds", action="store_true", help="leave out the faults one by one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        orphans = run_and_kill(directory)
        with open_site(directory / "var") as site:
            site.wait_for(lambda: not any(is_alive(pid) for pid in orphans))
            check_demonstration(site)
            print("killed supervisor: ok", flush=True)
            site.furnish()
            went_well = True
            known = [fault for fault in FAULTS if fault is not wrong_clock or FAKETIME]
            if wrong_clock not in known:
                print("wrong_clock: left out, libfaketime is not installed", flush=True)
            if not arguments.only_seeds:
                for launch in LAUNCHES[1:]:
                    went_well &= play(site, launch.__name__, launch, [], OUTAGE_SECONDS)
                for fault in known:
                    went_well &= play(site, fault.__name__, LAUNCHES[0], [fault], OUTAGE_SECONDS)
            for seed in range(arguments.first, arguments.first + arguments.seeds):
                random.seed(seed)
                faults = random.choices(known, k=random.randint(1, 4))
                went_well &= play(site, f"seed {seed}", random.choice(LAUNCHES), faults, SHORT_OUTAGE_SECONDS)
    return 0 if went_well else 1


def play(site: Site, name: str, launch: Launch, faults: Sequence[Fault], seconds: float) -> bool:
    """One market test or two, struck by these faults; says how it went in one line."""
    started = time.monotonic()
    recoveries = []
    try:
        launch(site)
        for fault in faults:
            time.sleep(random.uniform(0, 1.5))
            if not site.is_busy():
                site.launch()
            recoveries.append(strike(site, fault, seconds))
        runs, repeats = len(site.runs), site.check()
    except AssertionError as error:
        site.runs.clear()
        print(f"{name}: BROKEN: {error}", flush=True)
        return False
    told = ", ".join(f"{fault.__name__} {recovery:.1f} s" for fault, recovery in zip(faults, recoveries, strict=True))
    slow = [recovery for recovery in recoveries if recovery > RECOVERY_SECONDS]
    print(
        f"{name}: {'SLOW' if slow else 'ok'} · {launch.__name__}, {told or 'no fault'} · {runs} run(s), "
        f"{repeats} asked again, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return not slow


if __name__ == "__main__":
    sys.exit(main())
