"""How many will come? From days of the same kind, without the odd ones, and with how far they lie apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, stdev
from typing import TypeVar

Number = TypeVar("Number", int, float)
QUARTERS = 96  # of an hour, in a day
CUT = 5  # of so many days the highest and the lowest are left out, of twice as many two each

# Each quarter is the mean of so many around it: the fewest that saw, on days alike, so many conversations.
AROUND, ENOUGH = (1, 3, 5, 9), 12
FEW_DAYS = 2

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

    ``came``: how many conversations those days had altogether; ``around``: over how many quarters each is averaged.
    """

    quarters: Sequence[Expected]
    days: Sequence[date]
    borrowed: bool = False
    came: int = 0
    around: int = 1

    @property
    def is_thin(self) -> bool:
        """So little is known that without averaging single conversations would look like a pattern."""
        return bool(self.days) and self.around == AROUND[-1]


def forecast(history: History, day: date, *, is_special: Callable[[date], bool]) -> Forecast:
    """The day from its like: special days from special ones, others from the same weekday."""
    own = [each for each in sorted(history) if is_special(each) == is_special(day)]
    alike = own if is_special(day) else _same_weekday(own, day)
    borrowed = is_special(day) and not alike
    if borrowed:
        alike = _same_weekday(sorted(history), day)
    counts = [[history[each].get(number, 0) for number in range(QUARTERS)] for each in alike]
    around = _around(counts)
    levelled = [_levelled(each, around, _span(counts)) for each in counts]
    quarters = [
        _expected([each[number] for each in levelled], [each[number] for each in counts])
        for number in range(QUARTERS)
    ]
    return Forecast(quarters, alike, borrowed, sum(map(sum, counts)), around)


def _around(counts: Sequence[Sequence[int]]) -> int:
    """Over how many quarters to average, so that a single customer of the past is no peak of the future."""
    if len(counts) < FEW_DAYS:
        return AROUND[-1] if counts and sum(counts[0]) < ENOUGH * QUARTERS else 1
    begins, ends = _span(counts)
    busy = sum(any(each[number] for each in counts) for number in range(begins, ends))
    a_quarter = sum(map(sum, counts)) / busy if busy else 0.0
    return next((each for each in AROUND if each * a_quarter >= ENOUGH), AROUND[-1])


def _span(counts: Sequence[Sequence[int]]) -> tuple[int, int]:
    """From the first quarter in which anybody came to after the last."""
    busy = [number for number in range(QUARTERS) if any(each[number] for each in counts)]
    return (busy[0], busy[-1] + 1) if busy else (0, 0)


def _levelled(counts: Sequence[int], around: int, span: tuple[int, int]) -> list[float]:
    """Each quarter as the mean of those around it; where nobody ever came before or after, nobody is expected."""
    begins, ends = span
    found = [0.0] * QUARTERS
    for number in range(begins, ends):
        near = counts[max(begins, number - around // 2) : min(ends, number + around // 2 + 1)]
        found[number] = fmean(near)
    return found


def _same_weekday(days: Sequence[date], day: date) -> list[date]:
    return [each for each in days if each.weekday() == day.weekday()]


def _expected(levelled: Sequence[float], counts: Sequence[int]) -> Expected:
    if not counts:
        return Expected(0.0, 0.0)
    mean, kept = fmean(trimmed(levelled)), trimmed(counts)
    # Of too few days nothing is seen; what comes by chance lies apart by its root.
    return Expected(mean, stdev(kept) if len(kept) > 2 else math.sqrt(mean))


def trimmed(counts: Sequence[Number]) -> list[Number]:
    """Without the lowest and the highest: one advertisement or one outage is no rule."""
    cut = len(counts) // CUT
    return sorted(counts)[cut : len(counts) - cut]
