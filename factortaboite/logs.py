"""What a log may hold: never the secret part of an address, which opens the door that it names."""

import logging
import re

# The personal links of offers and of requests to clients, and the link that sets a new password.
_SECRET_PATHS = re.compile(r"(/o/|/clients/d/|/mot-de-passe/nouveau/)[^/\s?'\"]+")


class DiscreetFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _SECRET_PATHS.sub(r"\1…", super().format(record))
