"""The range that is shown: wide enough to be kept, narrow enough to be of use."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from apps.routing.estimating.spread import Spread

# The share of customers who should be answered inside what they were shown.
AIMED_AT = 0.9
# No wider than twice the wait expected, or than this.
NARROW = 120.0
# Beyond this nothing is promised: whoever waits half a day is better called back.
LONGEST = 4 * 3600.0
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Range:
    """Whole seconds from joining the line to the operator's first words."""

    low: int
    high: int

    def holds(self, waited: float) -> bool:
        return self.low <= waited <= self.high


def widest(wait: Spread) -> float:
    """How wide a range may be where this wait is expected."""
    return max(2 * wait.quantile(0.5), NARROW)


def range_of(wait: Spread) -> Range | None:
    """The middle part of that share, or where that is too wide the densest part; None for longer than is promised."""
    tail = (1 - AIMED_AT) / 2
    low, high, limit = wait.quantile(tail), wait.quantile(1 - tail), widest(wait)
    if high - low > limit:
        low = _densest(wait, limit)
        high = low + limit
    if high > LONGEST:
        return None
    whole = floor(low)
    return Range(whole, floor(whole + (high - low)))


def _densest(wait: Spread, width: float) -> float:
    """Where a range of this width begins that holds most waits."""
    last = wait.quantile(0.5)
    starts = [last * step / _STEPS for step in range(_STEPS + 1)]
    return max(starts, key=lambda start: wait.share_within(start + width) - wait.share_within(start))
