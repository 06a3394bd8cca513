"""Promises of a played day: the clocks of ``routing.services.clocks``, reckoned from who wrote when.

The same terms, runs and business hours as in the product. A story is told in seconds of handling, so what is known of
it holds whatever the wait was; ``Case.moment`` says when that was on the virtual clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from apps.analytics.whatif.outcome import Clock
from apps.routing.models import ClockKind, Pause, PolicyAction, Promise, ServicePolicy
from apps.routing.promising.business import Opening
from apps.routing.promising.running import Run
from apps.routing.promising.terms import Place, most_specific
from apps.routing.services.clocks import GRACE

if TYPE_CHECKING:
    from apps.analytics.whatif.cases import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A public promise that a customer was given that day; it holds wherever he is sent."""

    what: str
    seconds: int
    business_hours: bool
    pause: str
    line: int


@dataclass(frozen=True, slots=True)
class Window:
    """From when somebody was owed an answer, until he got it or closed; no end: nobody answers any more."""

    since: datetime
    until: datetime | None
    answered: bool


class Running(NamedTuple):
    """A clock of a policy where it stands by now, with the terms of the line in which it does."""

    policy: ServicePolicy
    run: Run
    hours: Opening | None

    @property
    def due(self) -> datetime | None:
        return self.run.due(self.hours)

    @property
    def warning(self) -> datetime | None:
        return self.run.warning(self.policy.warn_percent, self.hours)


class Key(NamedTuple):
    """Which clock of a story, and whether its warning or its breach."""

    kind: str
    since: datetime
    moment: str


class Alarm(NamedTuple):
    """At this moment something follows by a policy, unless what is owed is done before."""

    key: Key
    at: datetime
    policy: int


@dataclass(frozen=True, slots=True)
class Promised:
    """Service policies of the day and hours of lines; the clocks of any story follow from them.

    ``actions``: what each policy does at a warning and a breach, of those that do something.
    """

    policies: Sequence[ServicePolicy] = ()
    hours: Mapping[int, Opening] = field(default_factory=dict)
    actions: Mapping[int, Sequence[PolicyAction]] = field(default_factory=dict)

    def due(self, case: Case, now: datetime) -> datetime | None:
        """The nearest deadline of what is owed now: by it lines are ordered."""
        found = [clock.due for clock in self._owed(case, now) if clock.due is not None]
        return min(found, default=None)

    def clocks(self, case: Case, until: datetime) -> list[Clock]:
        """All clocks that were kept or broken by then.

        Who gave up in time was promised nothing any more; what the house closed without an answer breaks at its moment.
        """
        windows = list(self._windows(case))
        found = [
            clock for number, window in enumerate(windows) for clock in self._answers(case, number, window)
        ]
        found += self._settling(case, windows)
        # What was broken before a person sent it there is none of this line's.
        arrived = case.arrival.at
        return [each for each in found if each.counts(until) and (each.due is None or each.due > arrived)]

    # --- answers ----------------------------------------------------------------------------------------

    def _owed(self, case: Case, now: datetime) -> Iterator[Clock]:
        windows = list(self._windows(case, now))
        if windows and windows[-1].until is None:
            yield from self._answers(case, len(windows) - 1, windows[-1])
        yield from self._settling(case, windows)

    def _windows(self, case: Case, now: datetime | None = None) -> Iterator[Window]:
        """What was owed and answered, as far as it was played; ``now``: and has happened by then."""
        outcome, arrival = case.outcome, case.arrival
        if arrival.asked is not None:
            ended = outcome.answered or outcome.gave_up or (outcome.closed if now is None else None)
            yield Window(arrival.at - arrival.asked, ended, outcome.answered is not None)
        for turn in arrival.handling.turns:
            asked = case.moment(turn.asked, before=True)
            if asked is None or (now is not None and asked > now):
                return
            answered = case.moment(turn.answered) if turn.answered is not None else None
            if answered is not None and now is not None and answered > now:
                answered = None
            yield Window(asked, answered or (outcome.closed if now is None else None), answered is not None)

    def _answers(self, case: Case, number: int, window: Window) -> Iterator[Clock]:
        is_first = number == 0 and case.arrival.is_first
        kind = ClockKind.FIRST if is_first else ClockKind.NEXT
        policy = self.policy(case, kind, window.since)
        if policy is not None:
            running = self.running(case, kind, policy, window.since)
            due = running.due if running else None
            may_stay = kind == ClockKind.NEXT and policy.last_word_may_stay
            ended = window.until if may_stay else _waited_until(case, window)
            yield Clock(kind, due, ended, is_met=window.answered)
        for given in case.arrival.given:
            if given.what == Promise.What.EVERY or (given.what == Promise.What.FIRST and is_first):
                run = Run(seconds=given.seconds, resumed_at=window.since)
                hours = self._hours(given.line, given.business_hours)
                ended = _waited_until(case, window)
                yield Clock(ClockKind.PROMISE, run.due(hours), ended, is_met=window.answered)

    def policy(self, case: Case, kind: str, since: datetime, line: int | None = None) -> ServicePolicy | None:
        """Whose terms count in the line in which it stood then; what came before the policy has none."""
        place = Place(line or case.line_at(since), case.arrival.facts.channel or 0, case.category)
        policy = most_specific(self.policies, place)
        if policy is None or policy.seconds_for(kind) is None or policy.since > since:
            return None
        return policy

    def running(self, case: Case, kind: str, policy: ServicePolicy, since: datetime) -> Running | None:
        """A line to which it is sent on has its own terms; what has run stays run. None: it has none there."""
        run = Run(seconds=policy.seconds_for(kind) or 0, resumed_at=since)
        running = Running(policy, run, self._hours(case.line_at(since), policy.business_hours))
        for moment, other in case.places:
            due = running.due
            if moment <= since or (due is not None and due <= moment):
                continue
            spent = running.run.spent_at(moment, running.hours)
            found = self.policy(case, kind, since, other)
            if found is None:
                return None
            run = Run(seconds=found.seconds_for(kind) or 0, spent=spent, resumed_at=moment)
            running = Running(found, run, self._hours(other, found.business_hours))
        return running

    def _hours(self, line: int, business_hours: bool) -> Opening | None:
        return self.hours.get(line) if business_hours else None

    # --- what follows ------------------------------------------------------------------------------------

    def alarms(self, case: Case, now: datetime) -> Iterator[Alarm]:
        """What will follow from clocks that run now; those of public promises owe money, and change no wait."""
        windows = list(self._windows(case, now))
        if not windows or case.outcome.closed is not None or case.outcome.gave_up is not None:
            return
        last = windows[-1]
        if last.until is None:
            is_first = len(windows) == 1 and case.arrival.is_first
            kind = ClockKind.FIRST if is_first else ClockKind.NEXT
            policy = self.policy(case, kind, last.since)
            running = self.running(case, kind, policy, last.since) if policy else None
            if running is not None:
                yield from self._of(running.policy, kind, last.since, running.warning, running.due)
        if case.arrival.begins:
            yield from self._alarms_of_settling(case, windows)

    def _alarms_of_settling(self, case: Case, windows: Sequence[Window]) -> Iterator[Alarm]:
        since = windows[0].since
        policy = self.policy(case, ClockKind.RESOLUTION, since)
        if policy is None:
            return
        seconds, hours = policy.resolution_seconds or 0, self._hours(case.line, policy.business_hours)
        warned = policy.warn_percent
        warning = _used_up(windows, None, seconds * warned / 100, policy.pause, hours) if warned else None
        due = _used_up(windows, None, seconds, policy.pause, hours)
        yield from self._of(policy, ClockKind.RESOLUTION, since, warning, due)

    def _of(
        self,
        policy: ServicePolicy,
        kind: str,
        since: datetime,
        warning: datetime | None,
        due: datetime | None,
    ) -> Iterator[Alarm]:
        if policy.pk not in self.actions:
            return
        if warning is not None:
            yield Alarm(Key(kind, since, PolicyAction.Moment.WARNING), warning, policy.pk)
        if due is not None:
            yield Alarm(Key(kind, since, PolicyAction.Moment.BREACH), due + GRACE, policy.pk)

    def awaiting(self, case: Case, now: datetime) -> datetime | None:
        """Since when he waits for an answer; None while he has one."""
        windows = list(self._windows(case, now))
        return windows[-1].since if windows and windows[-1].until is None else None

    # --- settling ---------------------------------------------------------------------------------------

    def _settling(self, case: Case, windows: Sequence[Window]) -> Iterator[Clock]:
        """From the first message to closing, of what began that day; closed by nobody it may be broken, not kept."""
        if not case.arrival.begins or not windows:
            return
        since = windows[0].since
        closes = case.arrival.handling.closes and any(window.answered for window in windows)
        ended = case.outcome.gave_up or (case.outcome.closed if closes else None)
        policy = self.policy(case, ClockKind.RESOLUTION, since)
        if policy is not None:
            terms = (
                policy.resolution_seconds or 0,
                policy.pause,
                self._hours(case.line, policy.business_hours),
            )
            yield Clock(
                ClockKind.RESOLUTION, _used_up(windows, ended, *terms), ended, is_met=ended is not None
            )
        for given in case.arrival.given:
            if given.what == Promise.What.RESOLUTION:
                own = (given.seconds, given.pause, self._hours(given.line, given.business_hours))
                due = _used_up(windows, ended, *own)
                yield Clock(ClockKind.PROMISE, due, ended, is_met=ended is not None)


def _waited_until(case: Case, window: Window) -> datetime | None:
    """Closing by the house is no answer: what is owed runs on. Who gave up or was sent on waits here no longer."""
    is_shut = case.arrival.handling.closes and not window.answered and window.until != case.outcome.gave_up
    return None if is_shut else window.until


def _used_up(
    windows: Sequence[Window], ended: datetime | None, seconds: float, pause: str, hours: Opening | None
) -> datetime | None:
    """When the time of settling is over; while the customer is waited for it may stand still."""
    run = Run(seconds=seconds, resumed_at=windows[0].since)
    if pause != Pause.ANSWERED:
        return run.due(hours)
    for window in windows:
        run = run.resumed(window.since)
        due, until = run.due(hours), window.until or ended
        if until is None or (due is not None and due < until):
            return due
        run = run.paused(until, hours)
    return None
