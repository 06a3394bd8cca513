"""A day of the plan as the points of a drawing; numbers are text, so that no locale changes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.analytics.staffing.planning import Day, Quarter

WIDTH, HEIGHT = 960, 180
SLOT = WIDTH / 96


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


def tops(days: Sequence[Day]) -> tuple[int, float]:
    """The ends of both scales, the same for all the days that stand together."""
    quarters = [each for day in days for each in day.quarters]
    people = max((max(each.needed, each.scheduled) for each in quarters), default=0)
    arrivals = max((each.expected + each.spread for each in quarters), default=0.0)
    return max(1, people), max(1.0, arrivals)


def chart(day: Day, people: int, arrivals: float) -> Chart:
    """A day by these scales."""

    def height_of(number: float) -> float:
        return HEIGHT * number / people

    return Chart(
        arrivals=[
            _column(n, HEIGHT * each.expected / arrivals, inset=1.5)
            for n, each in enumerate(day.quarters)
            if each.expected
        ],
        spreads=[
            _spread(n, each, arrivals) for n, each in enumerate(day.quarters) if each.expected and each.spread
        ],
        needed=_stairs([each.needed for each in day.quarters], height_of),
        scheduled=_stairs([each.scheduled for each in day.quarters], height_of),
        gaps=[_column(n, HEIGHT) for n, each in enumerate(day.quarters) if each.missing],
        hours=[Mark(f"{hour * 4 * SLOT:.1f}", f"{hour}:00") for hour in range(0, 24, 2)],
        people=[Mark(f"{HEIGHT - height_of(n):.1f}", str(n)) for n in _steps(people)],
    )


def _column(number: int, height: float, *, inset: float = 0.0) -> Box:
    return Box(
        f"{number * SLOT + inset:.1f}", f"{HEIGHT - height:.1f}", f"{SLOT - 2 * inset:.1f}", f"{height:.1f}"
    )


def _spread(number: int, each: Quarter, arrivals: float) -> Box:
    top = min(each.expected + each.spread, arrivals)
    bottom = max(0.0, each.expected - each.spread)
    scale = HEIGHT / arrivals
    x = number * SLOT + SLOT / 2 - 0.5
    return Box(f"{x:.1f}", f"{HEIGHT - top * scale:.1f}", "1.0", f"{(top - bottom) * scale:.1f}")


def _stairs(values: Sequence[int], height_of: Callable[[float], float]) -> str:
    points = []
    for number, value in enumerate(values):
        y = HEIGHT - height_of(value)
        points += [f"{number * SLOT:.1f},{y:.1f}", f"{(number + 1) * SLOT:.1f},{y:.1f}"]
    return " ".join(points)


def _steps(most: int) -> list[int]:
    """At most six whole numbers from nothing to the top."""
    step = max(1, math.ceil(most / 5))
    return [*range(0, most, step), most] if most % step else list(range(0, most + 1, step))
