"""Secrets at rest: sealed with a key that is not in the database."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class BrokenSeal(ValueError):
    """What was sealed opens with none of today's keys."""


def _box() -> MultiFernet:
    """Seals with SEALING_KEY; opens with it and with each of SEALING_KEY_FALLBACKS."""
    keys = [settings.SEALING_KEY, *settings.SEALING_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def seal(secrets: dict[str, str]) -> bytes:
    return _box().encrypt(json.dumps(secrets).encode()) if secrets else b""


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Raises BrokenSeal when the key that sealed is neither SEALING_KEY nor one of its fallbacks."""
    try:
        return json.loads(_box().decrypt(bytes(sealed))) if sealed else {}
    except InvalidToken as error:
        raise BrokenSeal("SEALING_KEY has changed") from error


def reseal(sealed: bytes | memoryview) -> bytes:
    """The same secrets, sealed with today's SEALING_KEY. Raises BrokenSeal."""
    try:
        return _box().rotate(bytes(sealed)) if sealed else b""
    except InvalidToken as error:
        raise BrokenSeal("SEALING_KEY has changed") from error
