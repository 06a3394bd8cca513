"""The simulator: a day played through rules by the functions that the live dispatcher asks.

``ruling.placing.place`` chooses the line, ``matching.choose`` the operator, ``Terms`` say how offers, after-work and
silence go. What is done here is only what rows and tasks do in the product: who stands where, and what is due when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

import msgspec

from apps.analytics.whatif.acting import Acting
from apps.analytics.whatif.agenda import SILENCE, Agenda
from apps.analytics.whatif.cases import Case
from apps.analytics.whatif.crew import Crew
from apps.analytics.whatif.day import Abilities, Arrival, Day, Escalated, Pause
from apps.analytics.whatif.estimating import Estimates
from apps.analytics.whatif.figures import Figures, figures
from apps.analytics.whatif.gauges import Gauges
from apps.analytics.whatif.opening import Doors
from apps.analytics.whatif.outcome import Outcome
from apps.analytics.whatif.overflowing import Overflowing
from apps.analytics.whatif.queues import Queues
from apps.analytics.whatif.shifts import Shifts
from apps.operators.models import Policy
from apps.routing.matching import matching, pool
from apps.routing.matching.pool import Waiting
from apps.routing.ruling.frozen import Content, FrozenLine, Terms
from apps.routing.ruling.placing import place

Progress = Callable[[float], None]
# Moments are kept to the microsecond; sums of seconds between them are not exact.
EXACT = 1e-6


class Kept(NamedTuple):
    """Whom a conversation waits for and for how long; ``as_member``: not once he serves the line no more."""

    operator: int
    seconds: float
    as_member: bool = False


def simulate(day: Day, content: Content, *, estimates: bool = False) -> Simulation:
    """The day played to its end by these rules."""
    simulation = Simulation(day, content, estimates=estimates)
    simulation.play()
    return simulation


class Simulation:
    """One day under one version of the rules."""

    def __init__(self, day: Day, content: Content, *, estimates: bool = False) -> None:
        begins = min([day.begins, *(arrival.at for arrival in day.arrivals[:1])])
        self.day, self.content = day, content
        self.lines = {line.id: line for line in content.lines}
        for line in day.house.lines:
            self.lines.setdefault(line, FrozenLine(id=line, name="", priority=0))
        self.terms = {number: _terms(line.terms) for number, line in self.lines.items()}
        self.agenda = Agenda(begins)
        self.gauges = Gauges({number: line.priority for number, line in self.lines.items()})
        self.crew = Crew(day.staff, self.gauges, begins)
        self.queues = Queues(self.lines)
        self.doors = Doors(day.opening, day.last_minutes)
        self.estimates = Estimates(self) if estimates else None
        self.overflowing = Overflowing(self)
        self.acting = Acting(self)
        self.shifts = Shifts(self)
        self.outcomes: list[Outcome] = []
        self.cases: list[Case] = []
        self._held: dict[int, set[Case]] = {number: set() for number in self.crew.members}
        self._asked: dict[int, set[Case]] = {number: set() for number in self.crew.members}
        self._entries = count(1)
        self._may_match = False

    # --- the clock ------------------------------------------------------------------------------------

    def play(self, progress: Progress | None = None) -> None:
        """From the first arrival until nobody waits or works any more."""
        for staffer in self.day.staff:
            for moment, presence in staffer.presence:
                self.agenda.at(moment, self._set_presence, staffer.id, presence)
            for moment, abilities in staffer.changes:
                self.agenda.at(moment, self._learn, staffer.id, abilities)
        for number, arrival in enumerate(self.day.arrivals):
            self.agenda.at(arrival.at, self._arrive, arrival)
            if progress and number % 500 == 0:
                self.agenda.at(arrival.at, progress, number / len(self.day.arrivals))
        self.shifts.begin()
        if self.estimates:
            self.estimates.begin()
        while self.agenda.step():
            if self._may_match:
                self._match()
        for case in self.cases:
            case.outcome.clocks = self.day.promised.clocks(case, self.day.ends)

    def figures(self, *, within: float) -> Figures:
        """What came out, when everything was played."""
        works = list(self.crew.works(self.day.ends))
        return figures(self.outcomes, works, within=within, until=self.day.ends)

    @property
    def now(self) -> datetime:
        return self.agenda.now

    def look_again(self) -> None:
        """Somebody has room, or something waits: match before the clock goes on."""
        self._may_match = True

    # --- arrivals -------------------------------------------------------------------------------------

    def _arrive(self, arrival: Arrival) -> None:
        if arrival.held_by is not None:
            self._carry(arrival, arrival.held_by)
            return
        case = self._placed(arrival)
        self.outcomes.append(case.outcome)
        self.cases.append(case)
        case.outcome.carried = arrival.at < self.day.begins
        if arrival.before is not None and self._give_back(case):
            return
        if self._lets_in(case):
            if self.estimates:
                case.outcome.shown = self.estimates.shown(case.line)
            self.stand(case, keeping=self._preferred(case))
        else:
            case.outcome.offline = True
            self._wait_for_opening(case)
        for step in arrival.escalated:
            self.agenda.after(step.after, self._escalate, case, step)
        if arrival.handling.patience is not None:
            self.agenda.after(arrival.handling.patience, self._give_up, case)

    def _lets_in(self, case: Case) -> bool:
        """As ``services.hours``: who was served before is not sent away by the last minutes."""
        is_new = case.arrival.before is None and case.arrival.sent_to is None
        is_open = self.doors.takes_new if is_new else self.doors.is_open
        return is_open(case.line, self.now)

    def _placed(self, arrival: Arrival) -> Case:
        """The case in the line that the rules, or a person, chose."""
        if arrival.sent_to is not None and arrival.sent_to in self.day.house.lines:
            return Case(arrival, arrival.sent_to)
        placed = place(self.content, arrival.facts, self.day.house, before=arrival.before)
        case = Case(arrival, placed.line)
        if placed.category:
            case.rank, case.category = placed.category.rank, placed.category.id
        case.needs = placed.needs
        return case

    def _carry(self, arrival: Arrival, operator: int) -> None:
        """What somebody held already when the day began."""
        if operator not in self.crew.members or arrival.before not in self.lines:
            return
        case = Case(arrival, arrival.before)
        case.outcome.carried = True
        self.crew.reserve(operator, arrival.kind, arrival.units, self.now, given=True)
        case.operator = operator
        self._held[operator].add(case)
        self._go_on(case)

    def _give_back(self, case: Case) -> bool:
        """To who held it last, when he is at work, has room, and, unless he only put it aside, serves the line."""
        member = self.crew.members.get(case.arrival.last) if case.arrival.last is not None else None
        if member is None or not member.is_online:
            return False
        if case.arrival.begins and case.line not in member.hand.lines:
            return False
        if not member.hand.has_room(case.arrival.kind, case.arrival.units):
            return False
        self._reserve(case, member.hand.id)
        self._take(case)
        return True

    def _preferred(self, case: Case) -> Kept | None:
        """Who is asked before the others, and for how long: as ``services.keeping`` says."""
        terms, arrival = self.lines[case.line].terms, case.arrival
        manager, last = self.crew.hand(arrival.manager), self.crew.hand(arrival.last)
        if manager is not None and terms.prefers_manager_seconds:
            return Kept(manager.id, terms.prefers_manager_seconds)
        if last is not None and terms.prefers_last_seconds and case.line in last.lines:
            return Kept(last.id, terms.prefers_last_seconds, as_member=True)
        return None

    # --- standing in a line -------------------------------------------------------------------------

    def stand(self, case: Case, *, keeping: Kept | None = None, returns: bool = False) -> None:
        """It waits in its line from now on, as old as it is."""
        line, now = self.lines[case.line], self.now
        case.entered = case.stood = now
        case.refused, case.first_refused = {}, {}
        until = now + timedelta(seconds=keeping.seconds) if keeping else None
        case.waiting = Waiting(
            entry=next(self._entries),
            conversation=case.arrival.number,
            line=case.line,
            priority=line.priority,
            since=case.since,
            rank=case.rank,
            due_at=self.day.promised.due(case, now),
            kind=case.arrival.kind,
            units=case.arrival.units,
            needs=line.needs + case.needs,
            kept_for=keeping.operator if keeping else None,
            kept_until=until,
            returns=returns,
            as_member=keeping.as_member if keeping else False,
            refused=case.refused,
        )
        self.queues.add(case)
        self._remind(case.waiting)
        self.overflowing.entered(case)
        self.acting.look(case)
        self.look_again()

    def _remind(self, waiting: Waiting) -> None:
        """What time alone changes: nobody is waited for any more, or a lower level will do."""
        if waiting.kept_until:
            self.agenda.swept(waiting.kept_until, self.look_again)
        for need in waiting.needs:
            for step in range(1, need.level + 1 if need.relax else 1):
                self.agenda.swept(waiting.since + timedelta(seconds=step * need.relax), self.look_again)

    def leave(self, case: Case, *, gave_up: bool = False) -> None:
        """It stands in its line no more."""
        self.queues.remove(case)
        self.gauges.left(case.line, (self.now - case.stood).total_seconds(), gave_up=gave_up)

    def lift(self, case: Case, rank: int) -> None:
        """By a policy it stands higher in its line; what somebody holds stands in none."""
        stands = case.waiting is not None or case.operator is None
        if not stands or rank <= case.rank:
            return
        case.rank = rank
        if case.waiting is None:
            return
        in_line = case.operator is None
        if in_line:
            self.queues.remove(case)
        case.waiting = replace(case.waiting, rank=rank)
        if in_line:
            self.queues.add(case)

    def _escalate(self, case: Case, step: Escalated) -> None:
        """A rule of escalation acts as it did that day, on who waits where it found him and was never taken."""
        if case.waiting is None or case.outcome.taken is not None or case.line != step.line:
            return
        if step.to is None:
            self.lift(case, step.rank)
        else:
            self.send_on(case, step.to, keeping=Kept(*step.kept) if step.kept else None)

    def send_on(self, case: Case, line: int, *, keeping: Kept | None = None) -> None:
        """By a rule it goes to another line, out of its line or somebody's hands: ``services.sending``."""
        if line == case.line or not self.day.house.lines.get(line, False):
            return
        waits_since = self.day.promised.awaiting(case, self.now)
        if case.waiting is not None:
            if case.operator is not None:
                self._withdraw(case)
            self.leave(case)
            case.waiting = None
        elif case.operator is not None:
            self._take_away(case)
        case.epoch += 1
        case.line, case.since = line, waits_since or self.now
        case.places.append((self.now, line))
        if self.doors.is_open(line, self.now):
            self.stand(case, keeping=keeping)
        else:
            self._wait_for_opening(case)

    def _wait_for_opening(self, case: Case) -> None:
        self.acting.look(case)
        opening = self.doors.next_opening(case.line, self.now)
        if opening is not None:
            self.agenda.swept(opening, self._open, case, case.epoch)

    def _open(self, case: Case, epoch: int) -> None:
        if case.epoch == epoch and case.outcome.gave_up is None:
            self.stand(case)

    def _give_up(self, case: Case) -> None:
        """The customer's patience is over before anybody took him."""
        if case.outcome.taken is not None or case.outcome.gave_up is not None:
            return
        case.outcome.gave_up = self.now
        if case.operator is not None:
            self._withdraw(case)
        if case.waiting is not None:
            self.leave(case, gave_up=True)
            case.waiting = None
        self.look_again()

    # --- matching ---------------------------------------------------------------------------------------

    def _match(self) -> None:
        """Give what can be given, in the order of service: ``matching.match``, asked only of those with room."""
        self._may_match = False
        returning = self.queues.returning(self.now)
        for case in returning:
            self._offer_to_somebody(case)
        found = []
        lines = [line for line in self.queues.busy if self._somebody_for(line)]
        for case in self.queues.in_order(lines) if lines else ():
            if case in returning:
                continue
            if not any(map(self._somebody_for, lines)):
                break
            hand = self._choose(case)
            if hand is not None:
                # His place is taken at once, as the pass sees it; the line is changed when it is walked through.
                self._reserve(case, hand)
                found.append(case)
        for case in found:
            self._begin_offer(case)

    def _offer_to_somebody(self, case: Case) -> None:
        hand = self._choose(case)
        if hand is not None:
            self._reserve(case, hand)
            self._begin_offer(case)

    def _somebody_for(self, line: int) -> bool:
        return bool(self.crew.free(line)) or self._kept_outside(line)

    def _kept_outside(self, line: int) -> bool:
        """Whether something waits there for a free operator who is no member: a personal manager."""
        return any(
            (member := self.crew.members.get(number)) is not None and member.has_room
            for number in self.queues.kept(line)
        )

    def _choose(self, case: Case) -> int | None:
        waiting = case.waiting
        assert waiting is not None
        free = self.crew.free(case.line)
        hands = list(free.values())
        kept = self.crew.hand(waiting.kept_now(self.now))
        # Whoever is waited for is asked though he is full, or, where the dispatcher asks strangers, no member.
        asked = kept is not None and (case.line in kept.lines or matching.may_be_stranger(waiting, kept))
        if kept is not None and asked and kept.id not in free:
            hands.append(kept)
        found = matching.choose(waiting, hands, self.terms[case.line], now=self.now)
        return found.operator if found else None

    # --- offers -----------------------------------------------------------------------------------------

    def _reserve(self, case: Case, operator: int) -> None:
        case.operator, case.given_at = operator, self.now
        self.crew.reserve(operator, case.arrival.kind, case.arrival.units, self.now, given=True)

    def _begin_offer(self, case: Case) -> None:
        """The line gives it or asks; where it is not offered, he takes it himself in a moment."""
        self.leave(case)
        assert case.operator is not None
        self._asked[case.operator].add(case)
        own = self.lines[case.line].terms
        case.epoch += 1
        if own.offers and not own.accept_seconds:
            self._take(case)
            return
        if not own.offers:
            self.agenda.after(self.day.pulls_after, self._accept, case, case.epoch)
            return
        reaction = case.next_reaction()
        if reaction.seconds >= own.accept_seconds:
            missed = self.now + timedelta(seconds=own.accept_seconds)
            self.agenda.swept(missed, self._refused, case, case.epoch, matching.PAUSE.total_seconds())
        elif reaction.takes:
            self.agenda.after(reaction.seconds, self._accept, case, case.epoch)
        else:
            self.agenda.after(reaction.seconds, self._refused, case, case.epoch, reaction.rests)

    def _accept(self, case: Case, epoch: int) -> None:
        if case.epoch == epoch:
            self._take(case)

    def _refused(self, case: Case, epoch: int, rests: float) -> None:
        """Declined or missed: it waits again where it stood, and he is asked last, not before he has rested."""
        if case.epoch != epoch or case.operator is None:
            return
        operator = case.operator
        self._withdraw(case)
        times = case.refused.get(operator, (0, self.now))[0]
        again_at = self.now + timedelta(seconds=rests)
        case.refused[operator] = (times + 1, again_at)
        case.first_refused.setdefault(operator, self.now)
        self.agenda.swept(again_at, self.look_again)
        self.overflowing.refused(case)

    def _withdraw(self, case: Case) -> None:
        """What he was asked to take waits for others, in its place."""
        assert case.operator is not None
        case.epoch += 1
        self.crew.release(case.operator, case.arrival.kind, case.arrival.units, self.now, ended=True)
        self._asked[case.operator].discard(case)
        self.shifts.let_go(case.operator)
        case.operator = case.given_at = None
        case.stood = self.now
        self.queues.add(case)
        self.look_again()

    # --- handling -------------------------------------------------------------------------------------

    def _take(self, case: Case) -> None:
        """He holds it from now on, and works."""
        assert case.operator is not None
        case.epoch += 1
        case.waiting = None
        outcome, member = case.outcome, self.crew.members[case.operator]
        if outcome.taken is None:
            outcome.taken, outcome.operator, outcome.answered_in = self.now, case.operator, case.line
        member.work.taken += 1
        self._asked[case.operator].discard(case)
        self._held[case.operator].add(case)
        self.gauges.started(case.line, case.rank, member.hand.lines)
        self._go_on(case)

    def _go_on(self, case: Case) -> None:
        """Work until the first words, the customer's next pause, or the end."""
        case.resumed = self.now
        case.runs.append((case.done, self.now))
        self.acting.follow(case)
        handling, epoch = case.arrival.handling, case.epoch
        if handling.reply is not None and case.outcome.answered is None and not case.outcome.carried:
            self.agenda.after(max(0.0, handling.reply - case.done), self._answer, case, epoch)
        if case.pauses:
            self.agenda.after(max(0.0, case.pauses[-1].at - case.done), self._fall_quiet, case, epoch)
        else:
            self.agenda.after(max(0.0, handling.work - case.done), self._close, case, epoch)

    def _answer(self, case: Case, epoch: int) -> None:
        if case.epoch != epoch:
            return
        case.outcome.answered = self.now
        if case.given_at is not None:
            self.gauges.answered(case.line, (self.now - case.given_at).total_seconds())

    def _fall_quiet(self, case: Case, epoch: int) -> None:
        """The customer says nothing for a while; after the line's time his place is given away."""
        if case.epoch != epoch:
            return
        pause = case.pauses.pop()
        case.done, case.resumed = pause.at, None
        ends = self.now + timedelta(seconds=pause.length)
        idle = self.lines[case.line].terms.idle_minutes
        freed = self._found_silent(pause, 60 * idle) if idle else None
        if freed is not None:
            self.agenda.at(freed, self._free_the_silent, case, epoch, ends)
        self.agenda.at(ends, self._hear, case, epoch, pause)

    def _found_silent(self, pause: Pause, idle: float) -> datetime | None:
        """When the task passes while nobody has said anything for so long; a word just before it is a word."""
        for since, until in pause.silences(idle):
            passes = self.agenda.sweep_from(self.now + timedelta(seconds=since), SILENCE)
            if passes < self.now + timedelta(seconds=until):
                return passes
        return None

    def _free_the_silent(self, case: Case, epoch: int, until: datetime) -> None:
        if case.epoch != epoch or self.now >= until or case.operator is None:
            return
        case.free = True
        member = self.crew.members[case.operator]
        self.crew.release(case.operator, case.arrival.kind, case.arrival.units, self.now, ended=False)
        self.gauges.ended(member.hand.lines)
        self.look_again()

    def _hear(self, case: Case, epoch: int, pause: Pause) -> None:
        """The customer speaks again, or the conversation is at its end: its holder has it, or it waits for him."""
        if case.epoch != epoch or case.operator is None:
            return
        case.done = pause.at + pause.length
        if not case.pauses and case.done >= case.arrival.handling.work - EXACT:
            self._close(case, epoch)
            return
        if case.free:
            self.look_again()
            if not self._take_back(case):
                return
        self._go_on(case)

    def _take_back(self, case: Case) -> bool:
        assert case.operator is not None
        operator, arrival = case.operator, case.arrival
        hand = self.crew.members[operator].hand
        if hand.has_room(arrival.kind, arrival.units):
            self.crew.reserve(operator, arrival.kind, arrival.units, self.now, given=False)
            case.free = False
            return True
        self._lose(case)
        own = self.lines[case.line].terms.own_wait_seconds
        case.since = self.now
        self.stand(case, keeping=Kept(operator, own) if own else None, returns=bool(own))
        return False

    def _lose(self, case: Case) -> None:
        """Whoever holds it does so no more."""
        assert case.operator is not None
        case.epoch += 1
        if case.free:
            self.crew.let_go(case.operator, self.now)
        else:
            self.crew.release(case.operator, case.arrival.kind, case.arrival.units, self.now, ended=True)
            self.gauges.ended(self.crew.members[case.operator].hand.lines)
        self._held[case.operator].discard(case)
        self.shifts.let_go(case.operator)
        case.operator, case.free, case.given_at = None, False, None

    def _close(self, case: Case, epoch: int) -> None:
        if case.epoch != epoch or case.operator is None:
            return
        operator, line = case.operator, case.line
        case.outcome.closed = self.now
        self._lose(case)
        seconds = self.lines[line].terms.wrap_up_seconds
        if seconds and self.crew.members[operator].is_online:
            until = self.now + timedelta(seconds=seconds)
            self.crew.write_up(operator, until, self.now)
            # From that second on whatever makes the dispatcher look finds him ready; by itself the sweep does.
            self.agenda.at(until, self._ready, operator, until)
            self.agenda.swept(until, self.look_again)
        self.look_again()

    def _ready(self, operator: int, until: datetime) -> None:
        """After-work is over, unless he closed another meanwhile."""
        if self.crew.members[operator].after_work == until:
            self.crew.write_up(operator, None, self.now)

    # --- operators ------------------------------------------------------------------------------------

    def _learn(self, operator: int, abilities: Abilities) -> None:
        """He serves other lines, or knows or holds something else, from now on."""
        self.crew.learn(operator, abilities, self.now)
        self.overflowing.staff_changed(operator)
        self.look_again()

    def has_something(self, operator: int) -> bool:
        """He holds a conversation, perhaps a silent one, or is asked to take one."""
        return bool(self._held[operator] or self._asked[operator])

    def _set_presence(self, operator: int, presence: str) -> None:
        self.be(operator, self.shifts.allowed(operator, presence))

    def be(self, operator: int, presence: str) -> None:
        """He comes, goes on a break, or leaves."""
        self.crew.set_presence(operator, presence, self.now)
        self.overflowing.staff_changed(operator)
        if presence:
            self.agenda.swept(self.now, self._withdraw_offers, operator)
        else:
            self.look_again()
        if presence == pool.OFFLINE:
            gone = self.now + timedelta(seconds=self.day.grace)
            self.agenda.swept(gone, self._release, operator, self.now)

    def _withdraw_offers(self, operator: int) -> None:
        if self.crew.members[operator].is_online:
            return
        for case in sorted(self._asked[operator]):
            self._withdraw(case)

    def _release(self, operator: int, since: datetime) -> None:
        """He has been gone for the grace time: what he holds waits in its lines again."""
        member = self.crew.members[operator]
        if member.presence != pool.OFFLINE or member.since != since:
            return
        for case in sorted(self._held[operator]):
            self._put_back(case)

    def _take_away(self, case: Case) -> None:
        """What was done of it is done."""
        if case.resumed is not None:
            case.done += (self.now - case.resumed).total_seconds()
        self._lose(case)

    def _put_back(self, case: Case) -> None:
        self._take_away(case)
        if case.outcome.answered is not None:
            case.since = self.now
        self.stand(case)


def _terms(terms: Terms) -> Terms:
    """Of a line whose members take work themselves: whoever has had nothing for longest is quickest."""
    return terms if terms.offers else msgspec.structs.replace(terms, policy=Policy.LONGEST_IDLE)
