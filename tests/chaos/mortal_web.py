"""The site, killed between the commit of a launch and its wake-up. For gunicorn."""

import os
import signal

from factortaboite import enqueue
from factortaboite.wsgi import application

__all__ = ["application"]


def _die(*args) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


enqueue.enqueue = _die
