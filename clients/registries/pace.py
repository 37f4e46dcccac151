"""How often a registry is called, by all our processes together: turns are taken in Redis, on Redis's own clock.

Redis away, each process keeps to its share of the pace by itself, and to the rests it heard of.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Web servers, worker pools and their children, commands: no more of them call at once on one machine.
PROCESSES = 8
FAILURES_BEFORE_REST = 3
FAILURES_KEPT_SECONDS = 600
REST_AFTER_FAILURES_SECONDS = 30.0

# Evenly spaced turns (GCRA without a burst). Times are milliseconds of Redis; a wait over the patience is refused, as
# a negative number, and takes no turn.
_TAKE_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rest = math.max(0, redis.call('PTTL', KEYS[2]))
local due = math.max(now + rest, tonumber(redis.call('GET', KEYS[1]) or 0))
local wait = due - now
if wait > tonumber(ARGV[2]) then return -wait end
local following = due + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', string.format('%.0f', following - now + 1000))
return wait
"""
_REST = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end
"""


class Resting(Exception):
    """No turn within the caller's patience: the next one is in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no turn for {seconds:.1f} s")
        self.seconds = seconds


class Pace:
    """The turns of one registry. `per_second` holds for all processes together."""

    def __init__(self, code: str, per_second: float) -> None:
        self._keys = [f"registries:{code}:{name}" for name in ("turn", "rest", "failures")]
        self._interval = 1 / per_second
        self._lock = threading.Lock()
        self._next_turn = 0.0  # these two on this process's monotonic clock
        self._rest_until = 0.0

    def wait_for_turn(self, patience_seconds: float) -> None:
        """Returns when it is our turn. Raises Resting at once when that would take longer than the patience."""
        give_up = time.monotonic() + patience_seconds
        while wait := self._take_turn(max(0.0, give_up - time.monotonic())):
            time.sleep(wait)
            if not self.resting_seconds():
                return
            # Somebody was told to slow down while we slept: our turn is void.

    def rest(self, seconds: float) -> None:
        """Nobody calls for so long."""
        self._rest_until = max(self._rest_until, time.monotonic() + seconds)
        milliseconds = max(1, round(seconds * 1000))
        self._in_redis(lambda redis: redis.register_script(_REST)(self._keys[1:2], [milliseconds]))

    def resting_seconds(self) -> float:
        """How long the registry is still left alone; 0 when it may be called."""
        shared = self._in_redis(lambda redis: redis.pttl(self._keys[1])) or 0
        return max(0.0, shared / 1000, self._rest_until - time.monotonic())

    def failed(self) -> None:
        """A breakdown. After some in a row everybody leaves the registry alone for a while."""
        failures = self._in_redis(self._count_failure)
        if failures is None or failures >= FAILURES_BEFORE_REST:
            self.rest(REST_AFTER_FAILURES_SECONDS)

    def succeeded(self) -> None:
        self._in_redis(lambda redis: redis.delete(self._keys[2]))

    def _count_failure(self, redis: Redis) -> int:
        pipeline = redis.pipeline()
        pipeline.incr(self._keys[2])
        pipeline.expire(self._keys[2], FAILURES_KEPT_SECONDS)
        return int(pipeline.execute()[0])

    def _take_turn(self, patience: float) -> float:
        rest = self._rest_until - time.monotonic()
        if rest > patience:
            raise Resting(rest)
        arguments = [round(self._interval * 1000), round(patience * 1000)]
        wait = self._in_redis(lambda redis: redis.register_script(_TAKE_TURN)(self._keys[:2], arguments))
        if wait is None:
            return self._take_turn_alone(patience)
        if wait < 0:
            raise Resting(-wait / 1000)
        return float(wait / 1000)

    def _take_turn_alone(self, patience: float) -> float:
        with self._lock:
            now = time.monotonic()
            due = max(now, self._next_turn, self._rest_until)
            if due - now > patience:
                raise Resting(due - now)
            self._next_turn = due + self._interval * PROCESSES
            return due - now

    @staticmethod
    def _in_redis(call: Callable[[Redis], Any]) -> Any:
        """What the call gives; None while Redis is away."""
        try:
            return call(_redis(settings.REDIS_URL))
        except RedisError:
            logger.warning("registries are paced by each process alone: Redis does not answer")
            return None


@cache
def _redis(url: str) -> Redis:
    # One try: whoever asks a registry should not wait for Redis first.
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0))
