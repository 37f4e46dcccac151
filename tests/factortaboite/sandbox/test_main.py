"""The sandbox as the demo and the benchmarks start it: a process of its own."""

import signal
import subprocess
import sys
import urllib.request


def test_it_starts_says_where_it_is_and_stops_when_told(tmp_path):
    command = [sys.executable, "-m", "factortaboite.sandbox", "--port", "0", "--smtp-port", "0"]
    process = subprocess.Popen(
        [*command, "--mailbox", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(address + "/mailbox", timeout=60) as reply:
            assert "Aucun message" in reply.read().decode()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, errors) == (0, "")


def test_it_needs_no_django():
    code = "import factortaboite.sandbox.__main__, sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
