"""Counting login attempts and the like for all web processes together."""

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class JsonSerializer:
    """In place of pickle: what comes back from Redis may be wrong, but never runs."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, content: bytes) -> Any:
        return json.loads(content)


class ForgivingRedisCache(RedisCache):
    """While Redis is away nobody is counted, and people still get in."""

    def add(self, key: str, value: Any, *args, **kwargs) -> bool:
        return _unless_away(partial(super().add, key, value, *args, **kwargs), True)

    def get(self, key: str, default: Any = None, *args, **kwargs) -> Any:
        return _unless_away(partial(super().get, key, default, *args, **kwargs), default)

    def set(self, key: str, value: Any, *args, **kwargs) -> None:
        _unless_away(partial(super().set, key, value, *args, **kwargs), None)

    def delete(self, key: str, *args, **kwargs) -> bool:
        return _unless_away(partial(super().delete, key, *args, **kwargs), False)


def _unless_away(call: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return call()
    except RedisError:
        logger.warning("attempts are not counted: Redis does not answer")
        return otherwise
