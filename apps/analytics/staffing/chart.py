"""A day of the plan as the points of a drawing; numbers are text, so that no locale changes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.analytics.staffing.forecast import QUARTERS
from apps.analytics.staffing.planning import Day, Quarter

WIDTH, HEIGHT = 960, 180
TWO_HOURS = 8  # quarters


@dataclass(frozen=True, slots=True)
class Box:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of arrivals by their own scale; operators as two staircases by another; gaps as bands."""

    arrivals: Sequence[Box]
    spreads: Sequence[Box]
    needed: str
    scheduled: str
    gaps: Sequence[Box]
    hours: Sequence[Mark]
    people: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of both scales and of the time shown, the same for all the days that stand together."""

    people: int
    arrivals: float
    # Quarters of the day, from–to: a night in which nothing happens takes no room.
    first: int
    last: int

    @property
    def slot(self) -> float:
        return WIDTH / (self.last - self.first)

    def height_of(self, people: float) -> float:
        return HEIGHT * people / self.people


def scale_of(days: Sequence[Day]) -> Scale:
    quarters = [each for day in days for each in day.quarters]
    people = max((max(each.needed, each.scheduled) for each in quarters), default=0)
    arrivals = max((each.expected + each.spread for each in quarters), default=0.0)
    busy = [
        number
        for day in days
        for number, each in enumerate(day.quarters)
        if each.expected or each.needed or each.scheduled
    ]
    first = min(busy, default=0) // TWO_HOURS * TWO_HOURS
    last = (max(busy, default=QUARTERS - 1) // TWO_HOURS + 1) * TWO_HOURS
    return Scale(max(1, people), max(1.0, arrivals), first, last)


def chart(day: Day, scale: Scale) -> Chart:
    """A day by this scale."""
    shown = list(enumerate(day.quarters[scale.first : scale.last]))
    return Chart(
        arrivals=[
            _column(n, HEIGHT * each.expected / scale.arrivals, scale, inset=1.5)
            for n, each in shown
            if each.expected
        ],
        spreads=[_spread(n, each, scale) for n, each in shown if each.expected and each.spread],
        needed=_stairs([each.needed for _n, each in shown], scale),
        scheduled=_stairs([each.scheduled for _n, each in shown], scale),
        gaps=[_column(n, HEIGHT, scale) for n, each in shown if each.missing],
        hours=[
            Mark(f"{(number - scale.first) * scale.slot:.1f}", f"{number // 4}:00")
            for number in range(scale.first, scale.last, 4 if scale.last - scale.first <= QUARTERS / 2 else 8)
        ],
        people=[Mark(f"{HEIGHT - scale.height_of(n):.1f}", str(n)) for n in _steps(scale.people)],
    )


def _column(number: int, height: float, scale: Scale, *, inset: float = 0.0) -> Box:
    x, width = number * scale.slot + inset, scale.slot - 2 * inset
    return Box(f"{x:.1f}", f"{HEIGHT - height:.1f}", f"{width:.1f}", f"{height:.1f}")


def _spread(number: int, each: Quarter, scale: Scale) -> Box:
    top = min(each.expected + each.spread, scale.arrivals)
    bottom = max(0.0, each.expected - each.spread)
    by = HEIGHT / scale.arrivals
    x = number * scale.slot + scale.slot / 2 - 0.5
    return Box(f"{x:.1f}", f"{HEIGHT - top * by:.1f}", "1.0", f"{(top - bottom) * by:.1f}")


def _stairs(values: Sequence[int], scale: Scale) -> str:
    points = []
    for number, value in enumerate(values):
        y = HEIGHT - scale.height_of(value)
        points += [f"{number * scale.slot:.1f},{y:.1f}", f"{(number + 1) * scale.slot:.1f},{y:.1f}"]
    return " ".join(points)


def _steps(most: int) -> list[int]:
    """At most six whole numbers from nothing to the top."""
    step = max(1, math.ceil(most / 5))
    return [*range(0, most, step), most] if most % step else list(range(0, most + 1, step))
