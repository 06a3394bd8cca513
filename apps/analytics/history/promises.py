"""What was promised on a past day, and which of it was broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from apps.analytics.history.configured import as_of
from apps.analytics.history.episodes import Episode
from apps.analytics.whatif import outcome
from apps.analytics.whatif.promising import Given, Promised
from apps.operators.calendar import Hours, production_days
from apps.operators.models import Queue
from apps.routing.models import Clock, ClockKind, ClockState, Promise, ServicePolicy

BATCH = 2000


def promised(begins: datetime) -> Promised:
    """Service policies as they stood that day, with the hours of the lines."""
    produced = production_days()
    lines = Queue.objects.exclude(calendar=None).select_related("calendar")
    lines = lines.prefetch_related("calendar__intervals", "calendar__exceptions")
    return Promised(
        policies=tuple(each for each in as_of(ServicePolicy, begins) if each.is_active),
        hours={line.pk: Hours(line.calendar, produced) for line in lines if line.calendar},
    )


class Kept:
    """Clocks that the product kept in these episodes, and that were decided: kept or broken."""

    def __init__(self, found: Sequence[Episode]) -> None:
        self._of: defaultdict[tuple[int, datetime], list[Clock]] = defaultdict(list)
        stays: defaultdict[int, list[Episode]] = defaultdict(list)
        for each in found:
            stays[each.conversation].append(each)
        for clock in _clocks(stays):
            episode = _episode_of(clock, stays[clock.conversation_id])
            self._of[episode.conversation, episode.began].append(clock)

    def clocks(self, each: Episode) -> list[outcome.Clock]:
        return [_as_counted(clock) for clock in self._of[each.conversation, each.began]]

    def given(self, each: Episode) -> tuple[Given, ...]:
        """Public promises that its customer was given; one that holds for every turn stands there once."""
        found = {
            Given(
                what=clock.promise.what,
                seconds=clock.seconds,
                business_hours=clock.business_hours,
                pause=clock.pause,
                line=clock.line_id,
            )
            for clock in self._of[each.conversation, each.began]
            if clock.promise is not None
        }
        return tuple(sorted(found, key=lambda given: (given.what, given.seconds)))


def _clocks(conversations: Collection[int]) -> Iterator[Clock]:
    numbers = sorted(conversations)
    for start in range(0, len(numbers), BATCH):
        rows = Clock.objects.filter(
            conversation__in=numbers[start : start + BATCH], state__in=[ClockState.KEPT, ClockState.BROKEN]
        )
        yield from rows.select_related("promise").order_by("pk")


def _episode_of(clock: Clock, found: Sequence[Episode]) -> Episode:
    """In which it was decided; settling belongs to the one that began it."""
    decided = clock.broken_at or clock.ended_at or clock.started_at
    wanted = [each for each in found if each.begins] if _settles(clock) else []
    before = [each for each in wanted or found if each.began <= decided]
    return before[-1] if before else found[0]


def _settles(clock: Clock) -> bool:
    if clock.promise is not None:
        return clock.promise.what == Promise.What.RESOLUTION
    return clock.kind == ClockKind.RESOLUTION


def _as_counted(clock: Clock) -> outcome.Clock:
    return outcome.Clock(clock.kind, clock.broken_at, clock.ended_at, is_met=clock.state == ClockState.KEPT)
