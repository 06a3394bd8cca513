"""What rules of escalation and overflow would do one after another with what comes in now, while nobody takes it.

Each step is asked of the functions that the sweeps ask (``escalating.wants`` and ``obstacle``, ``overflow``); only the
order of time is made here. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apps.conversations.models import State
from apps.operators.models import Overflow
from apps.routing.models import Escalation
from apps.routing.ruling.frozen import Content, FrozenOverflow
from apps.routing.services import escalating, overflow
from apps.routing.services.escalating import Case
from apps.routing.services.steps import Keeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a rule would do so many seconds after the message; ``refusal`` is the code why it could not.

    ``line``: where it stood; ``case`` and ``keeping``: how it stands afterwards.
    """

    rule: Escalation | FrozenOverflow
    line: int
    after: int
    refusal: str
    case: Case
    keeping: Keeping | None = None


@dataclass(slots=True, kw_only=True)
class Course:
    """A conversation on its way from rule to rule.

    ``began``: when the customer wrote; ``after``: how many seconds ago that was; ``entered``: of these, when it came to
    its line. ``place_of``: where it would stand there now. Who is at work and who waits is known of this moment only:
    of another one (``is_now`` false) no rule is foreseen that asks for it.
    """

    content: Content
    case: Case
    began: datetime
    place_of: Callable[[Case], int]
    is_now: bool
    after: int = 0
    entered: int = 0
    keeping: Keeping | None = None
    rules: list[Escalation] = field(default_factory=escalating.working)
    _had: set[int] = field(default_factory=set)
    _refused: set[tuple[int, FrozenOverflow]] = field(default_factory=set)
    _overflowed: set[int] = field(default_factory=set)

    def steps(self) -> Iterator[Step]:
        """In their order, until no rule wants anything more."""
        while True:
            step = self._escalated() or self._sent_on()
            if step is not None:
                yield step
            elif (later := self._next_moment()) is not None:
                self.after = later
            else:
                return

    @property
    def _moment(self) -> datetime:
        return self.began + timedelta(seconds=self.after)

    def _escalated(self) -> Step | None:
        """The first rule of escalation in order that wants it and has not had its turn: each has one."""
        rule = next((each for each in self.rules if self._is_wanted(each)), None)
        if rule is None:
            return None
        self._had.add(rule.pk)
        refusal, stood = escalating.obstacle(rule, self.case), self.case.line
        if not refusal:
            self._stand(
                escalating.after_rule(rule, self.case, now=self._moment),
                escalating.keeping_of(rule, now=self._moment),
            )
        return self._told(rule, stood, refusal)

    def _is_wanted(self, rule: Escalation) -> bool:
        return rule.pk not in self._had and escalating.wants(rule, self.case, now=self._moment)

    def _sent_on(self) -> Step | None:
        """The first rule of overflow of its line whose time has come, to a line that has not had it."""
        due = (rule for rule, after in self._overflows() if after <= self.after)
        rule = next(due, None)
        if rule is None:
            return None
        refusal, stood = overflow.obstacle(rule, now=self._moment), self.case.line
        if refusal:
            self._refused.add((stood, rule))
        else:
            self._overflowed.add(stood)
            self._stand(replace(self.case, line=rule.reserve), None)
        return self._told(rule, stood, refusal)

    def _overflows(self) -> Iterator[tuple[FrozenOverflow, int]]:
        """Rules of the line it waits in that may send it on, and when."""
        line = self.content.line(self.case.line) if self.case.state == State.QUEUED else None
        for rule in line.overflows if line else ():
            if rule.reserve in self._overflowed or (self.case.line, rule) in self._refused:
                continue
            found = self._wanted_after(rule)
            if found is not None:
                yield rule, found

    def _wanted_after(self, rule: FrozenOverflow) -> int | None:
        """How many seconds after the message the rule wants it; None: as things stand it does not."""
        if rule.by == Overflow.By.WAIT:
            kept = (self.keeping.until - self.began).total_seconds() if self.keeping else 0
            return max(self.entered + rule.limit, round(kept))
        if not self.is_now:
            return None
        if rule.by == Overflow.By.LENGTH:
            came_now = self.entered == self.after == 0
            return 0 if came_now and self.place_of(self.case) > rule.limit else None
        found = overflow.staff_missed_in(rule, self.case.line, now=self.began)
        return None if found is None else max(self.entered, found)

    def _next_moment(self) -> int | None:
        """When anything may be wanted next."""
        moments = {rule.seconds or 0 for rule in self.rules if rule.when == Escalation.When.UNANSWERED}
        moments |= {after for _rule, after in self._overflows()}
        return min((each for each in moments if each > self.after), default=None)

    def _stand(self, case: Case, keeping: Keeping | None) -> None:
        """It comes to stand so; who only rises stays in its line as long as it was."""
        if case.line != self.case.line or keeping is not None:
            self.entered, self.keeping = self.after, keeping
        self.case = case

    def _told(self, rule: Escalation | FrozenOverflow, line: int, refusal: str) -> Step:
        return Step(
            rule=rule, line=line, after=self.after, refusal=refusal, case=self.case, keeping=self.keeping
        )
