"""How much one visitor, address or socket may do. Best effort on purpose: a limit protects and no more.

``Bucket`` belongs to one socket and lives in its process. ``allow`` counts in Django's cache, which is Redis
in the cluster and this process's memory otherwise; when Redis is away or was flushed the counting begins
again, and honest people are let through. What must not be got round by a restart (one-time codes, sign-in)
counts in PostgreSQL instead.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Bucket:
    """``burst`` at once, then ``rate`` a second. Not for sharing between threads."""

    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst
        self._filled_at = self.clock()

    def take(self, amount: float = 1) -> bool:
        """Whether there was enough; if not, nothing is taken."""
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * self.rate)
        self._filled_at = now
        if self._tokens < amount:
            return False
        self._tokens -= amount
        return True


def allow(key: str, limit: int, seconds: int, *, clock: Callable[[], float] = time.time) -> bool:
    """Count one act under ``key`` ("upload:visitor:9"); whether at most ``limit`` fell into ``seconds``.

    A sliding window over two counters: the part of the former window that still reaches into the last
    stretch counts in proportion, so the turn of a window gives no second helping. Acts that were refused
    count as well: who keeps knocking stays outside.
    """
    now = clock()
    window, elapsed = divmod(now, seconds)
    try:
        current = _increment(f"limit:{key}:{seconds}:{int(window)}", 2 * seconds)
        former = cache.get(f"limit:{key}:{seconds}:{int(window) - 1}", 0)
    except (RedisError, OSError):
        logger.warning("the counter %s cannot be reached; letting the request pass", key.partition(":")[0])
        return True
    return bool(current + former * (1 - elapsed / seconds) <= limit)


def _increment(name: str, lifetime: int) -> int:
    """Add one, atomically on either cache; a counter that expires in between begins again."""
    cache.add(name, 0, lifetime)
    try:
        return cache.incr(name)
    except ValueError:
        cache.set(name, 1, lifetime)
        return 1
