"""How honest the shown range is: the simulator with known arrivals, and the share of customers answered inside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean, median

from apps.analytics.whatif import generated
from apps.analytics.whatif.generated import LinePlan, Team
from apps.analytics.whatif.outcome import Outcome
from apps.analytics.whatif.simulator import simulate
from apps.routing.estimating.ranges import NARROW

OCCUPANCIES = (0.80, 0.90, 0.95)
SEEDS = (1, 2, 3)
HOURS = 10.0
# The first half hour fills an empty house, and nothing is known of its pace yet.
WARM_UP = timedelta(minutes=30)
AT_LEAST = 0.8

# Four lines: an important one, two with shared operators, and a small one of its own.
PLANS = (
    LinePlan(id=1, priority=20, part=2.0, work=420.0),
    LinePlan(id=2, priority=0, part=5.0, work=480.0),
    LinePlan(id=3, priority=0, part=3.0, work=600.0),
    LinePlan(id=4, priority=10, part=1.5, work=480.0),
)
TEAMS = (
    Team(lines=(1, 2), size=14),
    Team(lines=(2, 3), size=14),
    Team(lines=(1, 2, 3), size=8),
    Team(lines=(4,), size=6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of one run. ``inside``: of those shown a range; ``waiting_inside``: of those who waited for a place.

    ``width`` is the mean of all ranges; ``wide`` the share of them that are wider than the line's limit.
    """

    occupancy: float
    seed: int
    line: int
    shown: int
    inside: float
    waiting: int
    waiting_inside: float | None
    median: float
    width: float
    wide: float

    @property
    def allowed(self) -> float:
        return max(2 * self.median, NARROW)

    @property
    def holds(self) -> bool:
        return self.inside >= AT_LEAST and self.width <= self.allowed


def measure(
    *, occupancies: Sequence[float] = OCCUPANCIES, seeds: Sequence[int] = SEEDS, hours: float = HOURS
) -> list[Row]:
    """Every line of every run."""
    return [row for seed in seeds for occupancy in occupancies for row in _run(occupancy, seed, hours)]


def _run(occupancy: float, seed: int, hours: float) -> list[Row]:
    day = generated.day(PLANS, TEAMS, occupancy=occupancy, hours=hours, seed=seed)
    found = simulate(day, generated.content(PLANS), estimates=True).outcomes
    late = [each for each in found if each.arrived >= day.begins + WARM_UP]
    return [_row(occupancy, seed, plan.id, [each for each in late if each.line == plan.id]) for plan in PLANS]


def _row(occupancy: float, seed: int, line: int, found: Sequence[Outcome]) -> Row:
    shown = [each for each in found if each.shown is not None and each.wait is not None]
    # Who was taken at once waited for words only.
    waited = [each for each in shown if each.taken and each.taken - each.arrived > timedelta(seconds=10)]
    widths = [each.shown[1] - each.shown[0] for each in shown if each.shown]
    middle = median(each.wait for each in shown if each.wait is not None)
    limit = max(2 * middle, NARROW)
    return Row(
        occupancy=occupancy,
        seed=seed,
        line=line,
        shown=len(shown),
        inside=_inside(shown),
        waiting=len(waited),
        waiting_inside=_inside(waited) if waited else None,
        median=middle,
        width=fmean(widths),
        wide=sum(width > limit for width in widths) / len(widths),
    )


def _inside(found: Iterable[Outcome]) -> float:
    hits = [
        each.shown is not None and each.wait is not None and each.shown[0] <= each.wait <= each.shown[1]
        for each in found
    ]
    return sum(hits) / len(hits)
