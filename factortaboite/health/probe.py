"""`python -m factortaboite.health.probe URL`: ends with 0 when the address answers 200. Containers ask it."""

import os
import sys
import urllib.request

TIMEOUT_SECONDS = 5


def main() -> int:
    request = urllib.request.Request(sys.argv[1])
    # From inside the container the site is asked by another name than its own, and refuses any other.
    if hosts := os.environ.get("ALLOWED_HOSTS"):
        request.add_header("Host", hosts.split(",")[0].removeprefix("."))
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
            return 0 if reply.status == 200 else 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
