"""Secrets at rest: sealed with a key that is not in the database."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class BrokenSeal(ValueError):
    """What was sealed does not open with today's SEALING_KEY."""


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(settings.SEALING_KEY.encode()).digest()))


def seal(secrets: dict[str, str]) -> bytes:
    return _box().encrypt(json.dumps(secrets).encode()) if secrets else b""


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Raises BrokenSeal when SEALING_KEY is not the one that sealed."""
    try:
        return json.loads(_box().decrypt(bytes(sealed))) if sealed else {}
    except InvalidToken as error:
        raise BrokenSeal("SEALING_KEY has changed") from error
