"""What was promised on a past day, and which of it was broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter

from apps.analytics.history.configured import as_of
from apps.analytics.history.episodes import Episode
from apps.analytics.whatif import outcome
from apps.analytics.whatif.promising import Given, Promised
from apps.operators.calendar import Hours, production_days
from apps.operators.models import Queue
from apps.routing.models import Clock, ClockKind, ClockState, PolicyAction, Promise, ServicePolicy

BATCH = 2000


def promised(moment: datetime | None) -> Promised:
    """Service policies as they stood at a moment, with what they do, and the hours of the lines.

    None: as they stand now, and as if they had worked always.
    """
    policies = _always() if moment is None else as_of(ServicePolicy, moment)
    actions = PolicyAction.objects.order_by("pk") if moment is None else as_of(PolicyAction, moment)
    acting: defaultdict[int, list[PolicyAction]] = defaultdict(list)
    for action in sorted(actions, key=attrgetter("pk")):
        acting[action.policy_id].append(action)
    produced = production_days()
    lines = Queue.objects.exclude(calendar=None).select_related("calendar")
    lines = lines.prefetch_related("calendar__intervals", "calendar__exceptions")
    return Promised(
        policies=tuple(each for each in policies if each.is_active),
        hours={line.pk: Hours(line.calendar, produced) for line in lines if line.calendar},
        actions=dict(acting),
    )


def _always() -> list[ServicePolicy]:
    """Those of now; what came before one of them is promised as if it had been there."""
    found = list(ServicePolicy.objects.all())
    for each in found:
        each.since = datetime.min.replace(tzinfo=UTC)
    return found


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
