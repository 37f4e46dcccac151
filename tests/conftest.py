"""What every test may rely on: no unplanned call leaves the machine, and continuous integration skips nothing."""

import socket

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

pytest_plugins = ["tests.demo", "tests.stack", "tests.browser"]

# Nothing here is timed: a busy machine is no fault of the code.
# And every run tries the same examples: what one machine builds, another may not refuse.
hypothesis_settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")

LOOPBACK = ("127.0.0.1", "::1", "localhost")
real_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch):
    """An outgoing connection to anywhere else fails the test that made it."""

    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"unplanned call to {address[0]}")
        return real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
