"""Celery under libfaketime, which moves the deadline of Python's own sleep and breaks it; other waits are sound."""

import threading
import time

time.sleep = lambda seconds: threading.Event().wait(seconds)

from celery.__main__ import main  # noqa: E402

main()
