"""How much one visitor, address, channel or socket may do. Best effort on purpose: a limit protects and no more.

``Bucket`` belongs to one socket and lives in its process, as do the ``Buckets`` of many keys and the ``Doors`` that
count open sockets: they cost no round trip. ``allow`` counts in Django's cache, which is Redis in the cluster and
this process's memory otherwise; when Redis is away or was flushed the counting begins again, and honest people are
let through. What must not be got round by a restart (one-time codes, sign-in) counts in PostgreSQL instead.
See docs/decisions/0013-limits-of-a-flood.md.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import Enum, auto

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SWEEP_AT = 10_000  # buckets of one kind, before the full ones are looked for


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

    def is_full(self) -> bool:
        """Whether nothing that was taken is still missing."""
        return self._tokens + (self.clock() - self._filled_at) * self.rate >= self.burst


class Buckets:
    """A bucket for each key. One that is full again is forgotten in time. Not for sharing between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[Hashable, Bucket] = {}
        self._sweep_at = SWEEP_AT

    def take(self, key: Hashable, *, rate: float, burst: float) -> bool:
        """Whether the key's bucket had enough; ``rate`` and ``burst`` are those of a bucket that begins now."""
        bucket = self._held.get(key)
        if bucket is None:
            self._sweep()
            bucket = self._held[key] = Bucket(rate, burst, self._clock)
        return bucket.take()

    def _sweep(self) -> None:
        if len(self._held) >= self._sweep_at:
            self._held = {key: each for key, each in self._held.items() if not each.is_full()}
            self._sweep_at = max(SWEEP_AT, 2 * len(self._held))

    def __len__(self) -> int:
        return len(self._held)


class Entrance(Enum):
    """What becomes of a socket at the door: ``REFUSED`` is told so, ``TURNED_AWAY`` is not even accepted."""

    ADMITTED = auto()
    REFUSED = auto()
    TURNED_AWAY = auto()


class Doors:
    """The sockets of one surface that each address holds in this process, counted from the handshake on.

    At most ``most`` are admitted at a time, and twice as many may knock within a minute. Those that were refused
    count until they are gone, and from twice ``most`` on nothing is accepted any more: a refusal, too, holds a
    connection for a while.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._open: Counter[str] = Counter()
        self._knocks = Buckets(clock)
        self._told = Buckets(clock)

    def enter(self, address: str, *, most: int) -> Entrance:
        """Count one more socket; ``leave`` has to follow, whatever the answer."""
        self._open[address] += 1
        often = not self._knocks.take(address, rate=most / 30, burst=2 * most)
        if self._open[address] <= most and not often:
            return Entrance.ADMITTED
        if self._told.take(address, rate=1 / 60, burst=1):
            logger.warning("too many sockets of %s: more than %s are refused", address, most)
        return Entrance.REFUSED if self._open[address] <= 2 * most else Entrance.TURNED_AWAY

    def leave(self, address: str) -> None:
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]

    def count(self, address: str) -> int:
        """How many sockets of an address are here now, refused ones that have not gone yet included."""
        return self._open[address]


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
