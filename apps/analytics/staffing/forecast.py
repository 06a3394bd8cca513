"""How many will come? From days of the same kind, without the odd ones, and with how far they lie apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, stdev

QUARTERS = 96  # of an hour, in a day
CUT = 5  # of so many days the highest and the lowest are left out, of twice as many two each

# Known from fewer days of its kind, or conversations, a day is thin history.
FEW_DAYS, FEW = 2, 30

# Arrivals by quarter of an hour of each day of history; a day on which nobody came is there and empty.
History = Mapping[date, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Expected:
    """Arrivals of a quarter of an hour, and how far they usually lie from that."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """A day's arrivals and from which days they are known; ``borrowed``: from weekdays, for want of its own kind.

    ``came``: how many conversations those days had altogether.
    """

    quarters: Sequence[Expected]
    days: Sequence[date]
    borrowed: bool = False
    came: int = 0

    @property
    def is_thin(self) -> bool:
        """So little is known that single conversations show as if they were a pattern."""
        return 0 < len(self.days) < FEW_DAYS or (bool(self.days) and self.came < FEW)


def forecast(history: History, day: date, *, is_special: Callable[[date], bool]) -> Forecast:
    """The day from its like: special days from special ones, others from the same weekday."""
    own = [each for each in sorted(history) if is_special(each) == is_special(day)]
    alike = own if is_special(day) else _same_weekday(own, day)
    borrowed = is_special(day) and not alike
    if borrowed:
        alike = _same_weekday(sorted(history), day)
    quarters = [_expected([history[each].get(number, 0) for each in alike]) for number in range(QUARTERS)]
    return Forecast(quarters, alike, borrowed, sum(sum(history[each].values()) for each in alike))


def _same_weekday(days: Sequence[date], day: date) -> list[date]:
    return [each for each in days if each.weekday() == day.weekday()]


def _expected(counts: Sequence[int]) -> Expected:
    if not counts:
        return Expected(0.0, 0.0)
    kept = trimmed(counts)
    mean = fmean(kept)
    # Of too few days nothing is seen; what comes by chance lies apart by its root.
    return Expected(mean, stdev(kept) if len(kept) > 2 else math.sqrt(mean))


def trimmed(counts: Sequence[int]) -> list[int]:
    """Without the lowest and the highest: one advertisement or one outage is no rule."""
    cut = len(counts) // CUT
    return sorted(counts)[cut : len(counts) - cut]
