"""What an estimate of waiting sees of each line, counted as the day goes by."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean, variance

from apps.routing.estimating import pace
from apps.routing.estimating.pace import Seen
from apps.routing.estimating.spread import Spread

WINDOW = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
ANSWERS = 200  # of the last ones the time to the first words is known


@dataclass(slots=True)
class Gauge:
    """Sums of one line since the day began, and what they were at each full minute of the last half hour."""

    held: float = 0.0
    ends: int = 0
    overtakers: int = 0
    starts: int = 0
    left: int = 0
    waited: float = 0.0
    # Starts of this line at operators of another, by that other line.
    starts_at: dict[int, int] = field(default_factory=dict)
    answers: deque[float] = field(default_factory=lambda: deque(maxlen=ANSWERS))
    minutes: deque[tuple[datetime, tuple[float, ...]]] = field(default_factory=deque)

    def sums(self) -> tuple[float, ...]:
        return (self.held, self.ends, self.overtakers, self.left, self.waited)


class Gauges:
    """The gauges of all lines. What they cost is a few additions for each start and end."""

    def __init__(self, priorities: Mapping[int, int]) -> None:
        self._priorities = priorities
        self._of = {line: Gauge() for line in priorities}

    def held(self, lines: Iterable[int], seconds: float) -> None:
        for line in lines:
            self._of[line].held += seconds

    def ended(self, lines: Iterable[int]) -> None:
        for line in lines:
            self._of[line].ends += 1

    def started(self, line: int, rank: int, lines: Iterable[int]) -> None:
        """A conversation of ``line`` was taken by an operator of ``lines``."""
        gauge, own = self._of[line], self._priorities[line]
        gauge.starts += 1
        for other in lines:
            gauge.starts_at[other] = gauge.starts_at.get(other, 0) + 1
            if own > self._priorities[other] or (other == line and rank > 0):
                self._of[other].overtakers += 1

    def answered(self, line: int, seconds: float) -> None:
        self._of[line].answers.append(seconds)

    def left(self, line: int, waited: float, *, gave_up: bool) -> None:
        self._of[line].waited += waited
        self._of[line].left += gave_up

    def minute(self, now: datetime) -> None:
        """Keep the sums of a full minute."""
        for gauge in self._of.values():
            gauge.minutes.append((now, gauge.sums()))
            while gauge.minutes[0][0] < now - WINDOW:
                gauge.minutes.popleft()

    def seen(
        self,
        line: int,
        now: datetime,
        *,
        free: int,
        places: int,
        waiting: Callable[[int], int],
        wrap_up: float,
    ) -> Seen:
        """What ``routing.services.estimates`` reads of the rows, from these sums."""
        gauge = self._of[line]
        since, before = gauge.minutes[0] if gauge.minutes else (now, gauge.sums())
        held, ends, overtakers, left, waited = (
            after - earlier for after, earlier in zip(gauge.sums(), before, strict=True)
        )
        seconds = max((now - since).total_seconds(), 1.0)
        return Seen(
            free=free,
            places=places,
            waiting=waiting(line),
            elsewhere=sum(self._share(other, line) * waiting(other) for other in self._before(line)),
            held=held,
            ends=round(ends),
            wrap_up=wrap_up,
            overtaking=overtakers / seconds,
            leaving=left / waited if waited else 0.0,
            answering=_spread(gauge.answers),
        )

    def _before(self, line: int) -> list[int]:
        own = self._priorities[line]
        return [other for other, priority in self._priorities.items() if priority >= own and other != line]

    def _share(self, other: int, line: int) -> float:
        gauge = self._of[other]
        return gauge.starts_at.get(line, 0) / gauge.starts if gauge.starts else 0.0


def _spread(answers: deque[float]) -> Spread:
    if len(answers) < pace.FEWEST_ENDS:
        return pace.UNKNOWN_ANSWER
    return Spread(fmean(answers), max(variance(answers), 1.0))
